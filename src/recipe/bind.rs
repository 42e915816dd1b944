//! Values go into a recipe, a plan comes out.

use serde_json::{Map, Value};

use super::{MAX_FILES_BYTES, MAX_NAME_CHARS, MAX_PARAMS, Param, ParamType, RECIPE_FORMAT, Recipe, RecipeError, read};
use crate::engine;
use crate::plan::{self, Context, ImageRef, Plan};
use crate::text::Explain as _;

/// By parameter. Texts are read as the parameter's type, an empty one is the default.
pub type Values = Map<String, Value>;

/// A plan that is ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    pub plan: Plan,
    /// Which picture an `image:N` (N ≥ 2) is, as it was named in the values.
    pub images: Vec<(usize, String)>,
    /// Which file a mask of the plan is, as it was named in the values.
    pub masks: Vec<(String, String)>,
}

impl Recipe {
    /// Whether it holds together: format, name, plan, and parameters that lead to something.
    ///
    /// # Errors
    /// [`RecipeError::Invalid`] that names the field.
    pub fn validate(&self) -> Result<(), RecipeError> {
        if self.format != RECIPE_FORMAT {
            return Err(RecipeError::invalid(
                "portico_recipe",
                format!("配方格式是 {}，这个版本只认识 {RECIPE_FORMAT}。", self.format),
                format!("The recipe's format is {}; this program knows {RECIPE_FORMAT}.", self.format),
            ));
        }
        check_name(&self.name)?;
        self.check_plan()?;
        self.check_params()?;
        self.check_files()
    }

    fn check_plan(&self) -> Result<(), RecipeError> {
        let pictures = self.pictures().len();
        let context = Context { attached: pictures, mask: true, ..Context::default() };
        plan::validate(&self.plan, &context).map_err(|e| RecipeError::Invalid { text: e.text(), field: "plan".to_owned() })?;
        engine::check(&self.plan)
            .map_err(|e| RecipeError::Invalid { text: e.text(), field: format!("plan.{}", e.field().unwrap_or("steps")) })
    }

    fn check_params(&self) -> Result<(), RecipeError> {
        if self.params.len() > MAX_PARAMS {
            return Err(RecipeError::invalid(
                "params",
                format!("配方最多 {MAX_PARAMS} 个参数。"),
                format!("A recipe has at most {MAX_PARAMS} parameters."),
            ));
        }
        let whole = plan_value(&self.plan);
        for (i, param) in self.params.iter().enumerate() {
            let field = format!("params[{i}]");
            let name = param.name.trim();
            let reserved = super::params::FILE_COLUMNS.contains(&name.to_lowercase().as_str());
            if name.is_empty() || name != param.name || name.chars().count() > MAX_NAME_CHARS || reserved {
                return Err(RecipeError::invalid(
                    format!("{field}.name"),
                    format!("参数名“{}”不可用：不能为空，最多 {MAX_NAME_CHARS} 个字，也不能是 file、文件、图片。", param.name),
                    format!(
                        "`{}` cannot be a parameter's name: 1 to {MAX_NAME_CHARS} characters, and not `file`, which names the picture.",
                        param.name
                    ),
                ));
            }
            if self.params[..i].iter().any(|other| other.name == param.name) {
                return Err(RecipeError::invalid(
                    format!("{field}.name"),
                    format!("参数名“{name}”用了两次。"),
                    format!("The parameter name `{name}` is used twice."),
                ));
            }
            let inside = param.path.strip_prefix("/steps/").is_some_and(|rest| rest.contains("/params/"));
            if !inside || whole.pointer(&param.path).is_none() {
                return Err(RecipeError::invalid(
                    format!("{field}.path"),
                    format!("参数“{name}”的位置“{}”在步骤里找不到。", param.path),
                    format!("The parameter `{name}` leads to `{}`, which the plan does not have.", param.path),
                ));
            }
        }
        Ok(())
    }

    fn check_files(&self) -> Result<(), RecipeError> {
        let bytes: usize = self.files.values().map(|f| f.data.len()).sum();
        if bytes > MAX_FILES_BYTES {
            let most = MAX_FILES_BYTES / 1_000_000;
            return Err(RecipeError::invalid(
                "files",
                format!("配方里的图片合计最多 {most} MB。"),
                format!("The pictures inside a recipe may have {most} MB together."),
            ));
        }
        let pictures: Vec<String> = self.pictures().iter().skip(1).map(ToString::to_string).collect();
        let masks = self.masks();
        match self.files.keys().find(|key| !pictures.contains(key) && !masks.contains(key)) {
            None => Ok(()),
            Some(key) => Err(RecipeError::invalid(
                format!("files.{key}"),
                format!("配方带了“{key}”，但步骤没有用到它。"),
                format!("The recipe brings `{key}`, but no step uses it."),
            )),
        }
    }

    /// The masks that the plan names.
    pub fn masks(&self) -> Vec<String> {
        let mut found = vec![];
        for step in &self.plan.steps {
            read::each_mask(&mut step.clone(), |name| found.push(name.clone()));
        }
        found.sort();
        found.dedup();
        found
    }

    /// Puts the values in.
    ///
    /// # Errors
    /// [`RecipeError::Value`] that names the parameter: one that the recipe does not have, a value of another type, or one that the operation refuses.
    pub fn bind(&self, values: &Values) -> Result<Bound, RecipeError> {
        let mut whole = plan_value(&self.plan);
        let mut bound = Bound { plan: Plan::new(vec![]), images: vec![], masks: vec![] };
        let mut set: Vec<&Param> = vec![];
        for (name, value) in values {
            let param = self.param(name)?;
            let Some(value) = coerced(param, value)? else { continue };
            set.push(param);
            let place = whole.pointer_mut(&param.path).ok_or_else(|| missing_place(param))?;
            match (param.kind, &value, &*place) {
                (ParamType::Image, Value::String(file), Value::String(reference)) => {
                    if let Ok(ImageRef::Image(n)) = reference.parse() {
                        bound.images.push((n, file.clone()));
                    }
                }
                (ParamType::Mask, Value::String(file), Value::String(mask)) => bound.masks.push((mask.clone(), file.clone())),
                _ => *place = value,
            }
        }
        bound.plan = serde_json::from_value(whole)
            .map_err(|e| RecipeError::invalid("plan", format!("步骤不完整：{e}"), format!("The plan does not hold together: {e}.")))?;
        engine::check(&bound.plan).map_err(|error| {
            let field = error.field().unwrap_or_default().to_owned();
            let culprit = set.iter().find(|param| field.starts_with(&dotted(&param.path)));
            match culprit {
                Some(param) => RecipeError::Value { name: param.name.clone(), text: error.text() },
                None => RecipeError::Invalid { text: error.text(), field: format!("plan.{field}") },
            }
        })?;
        Ok(bound)
    }

    /// By name or label, in any case.
    fn param(&self, name: &str) -> Result<&Param, RecipeError> {
        let same = |text: &str| text == name || text.to_lowercase() == name.to_lowercase();
        let found = self.params.iter().find(|p| p.name == name).or_else(|| self.params.iter().find(|p| same(&p.name) || same(&p.label)));
        found.ok_or_else(|| {
            let known: Vec<&str> = self.params.iter().map(|p| p.name.as_str()).collect();
            let (zh, en) = match known.is_empty() {
                true => (format!("没有参数“{name}”；这里没有可填的参数。"), format!("There is no parameter `{name}`; this takes none.")),
                false => {
                    let known = known.join(", ");
                    (format!("没有参数“{name}”。可填的有：{known}。"), format!("There is no parameter `{name}`. It takes: {known}."))
                }
            };
            RecipeError::value(name, zh, en)
        })
    }
}

/// Whether a recipe may have this name.
///
/// # Errors
/// [`RecipeError::Invalid`].
pub fn check_name(name: &str) -> Result<(), RecipeError> {
    let fits = !name.trim().is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    Err(RecipeError::invalid(
        "name",
        format!("配方名应为 1 到 {MAX_NAME_CHARS} 个字，不含换行等控制字符。"),
        format!("A recipe's name has 1 to {MAX_NAME_CHARS} characters and no control characters."),
    ))
}

fn plan_value(plan: &Plan) -> Value {
    serde_json::to_value(plan).expect("a plan has string keys and finite numbers")
}

fn missing_place(param: &Param) -> RecipeError {
    let (name, path) = (&param.name, &param.path);
    RecipeError::invalid(
        format!("params.{name}.path"),
        format!("参数“{name}”的位置“{path}”在步骤里找不到。"),
        format!("The parameter `{name}` leads to `{path}`, which the plan does not have."),
    )
}

/// `/steps/1/params/text` as the executor names it: `steps[1].params.text`.
fn dotted(pointer: &str) -> String {
    let mut out = String::new();
    for part in pointer.split('/').skip(1) {
        match part.parse::<usize>() {
            Ok(n) => out.push_str(&format!("[{n}]")),
            Err(_) if out.is_empty() => out.push_str(part),
            Err(_) => out.push_str(&format!(".{part}")),
        }
    }
    out
}

/// The value as the parameter's type; `None` where the default stays.
fn coerced(param: &Param, value: &Value) -> Result<Option<Value>, RecipeError> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => Some(text.trim()),
        _ => None,
    };
    let as_text = || text.map(str::to_owned).or_else(|| (value.is_number() || value.is_boolean()).then(|| value.to_string()));
    let wrong = |zh: &str, en: &str| {
        let shown = as_text().unwrap_or_else(|| value.to_string());
        let name = &param.name;
        RecipeError::value(
            name,
            format!("参数“{name}”应是{zh}，收到的是“{shown}”。"),
            format!("The parameter `{name}` must be {en}; it is `{shown}`."),
        )
    };
    let number = || value.as_f64().or_else(|| text.and_then(|t| t.replace([',', ' '], "").parse().ok())).filter(|n| n.is_finite());
    let value = match param.kind {
        ParamType::Text | ParamType::Color | ParamType::Image | ParamType::Mask => {
            as_text().map(Value::from).ok_or_else(|| wrong("一段文字", "a text"))?
        }
        ParamType::Number => number().map(Value::from).ok_or_else(|| wrong("数字", "a number"))?,
        ParamType::Integer => {
            let whole = number().filter(|n| n.fract() == 0.0 && n.abs() < 1e15).ok_or_else(|| wrong("整数", "a whole number"))?;
            Value::from(whole as i64)
        }
        ParamType::Boolean => match (value.as_bool(), text.map(str::to_lowercase).as_deref()) {
            (Some(yes), _) => Value::from(yes),
            (_, Some("true" | "yes" | "y" | "1" | "on" | "是" | "对" | "开")) => Value::from(true),
            (_, Some("false" | "no" | "n" | "0" | "off" | "否" | "不" | "关")) => Value::from(false),
            _ => return Err(wrong("是或否", "yes or no")),
        },
        ParamType::Choice => {
            let wanted = as_text().unwrap_or_default().to_lowercase();
            let known = param.choices.join(", ");
            let found = param.choices.iter().find(|c| c.to_lowercase() == wanted);
            // Without a list the operation decides.
            let found = found.cloned().or_else(|| param.choices.is_empty().then_some(wanted));
            Value::from(found.ok_or_else(|| wrong(&format!("以下之一：{known}"), &format!("one of {known}")))?)
        }
        ParamType::List => match (value, text) {
            (Value::Array(list), _) if list.iter().all(Value::is_string) => value.clone(),
            (_, Some(text)) => text.split(['|', '｜']).map(|part| Value::from(part.trim())).collect(),
            _ => return Err(wrong("用 | 分开的文字", "texts divided by |")),
        },
    };
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::super::params::suggested;
    use super::*;
    use crate::plan::Step;
    use serde_json::json;

    fn recipe() -> Recipe {
        let plan = Plan::new(vec![
            Step::new("place").with("image", "image:2"),
            Step::new("watermark").with("text", "NEW").with("opacity", 0.4),
            Step::new("resize").with("width", 800),
        ]);
        let params = super::super::params::possible(&plan).into_iter().map(|p| p.param).collect();
        Recipe { params, ..Recipe::of_plan("标价", plan) }
    }

    fn bind(values: Value) -> Result<Bound, RecipeError> {
        recipe().bind(values.as_object().expect("an object"))
    }

    #[test]
    fn values_go_where_their_parameters_lead() {
        let bound = bind(json!({ "text": "¥199", "width": "1200", "opacity": 0.9, "image": "logos/a.png" })).unwrap();
        assert_eq!(bound.plan.steps[1].params["text"], "¥199");
        assert_eq!(bound.plan.steps[1].params["opacity"], 0.9);
        assert_eq!(bound.plan.steps[2].params["width"], 1200);
        assert_eq!(bound.images, [(2, "logos/a.png".to_owned())]);
        assert_eq!(bound.plan.steps[0].params["image"], "image:2", "the picture's number stays");
    }

    #[test]
    fn an_empty_cell_is_the_default_and_a_number_as_text_is_a_number() {
        let bound = bind(json!({ "text": "  ", "width": "", "opacity": null })).unwrap();
        assert_eq!(bound.plan, recipe().plan);
        assert_eq!(
            bind(json!({ "text": 199 })).unwrap().plan.steps[1].params["text"],
            "199",
            "a price is a text where a text is asked for"
        );
        assert_eq!(bind(json!({ "width": "1,200" })).unwrap().plan.steps[2].params["width"], 1200);
    }

    #[test]
    fn a_value_that_does_not_fit_names_its_parameter() {
        let name = |values: Value| match bind(values) {
            Err(RecipeError::Value { name, text }) => (name, text.en),
            other => panic!("{other:?}"),
        };
        let (unknown, words) = name(json!({ "price": 3 }));
        assert!(unknown == "price" && words.contains("text, opacity, width"), "{words}");
        assert_eq!(name(json!({ "width": "wide" })).0, "width");
        assert_eq!(name(json!({ "width": 1.5 })).0, "width");
        assert_eq!(name(json!({ "opacity": 7 })).0, "opacity", "the operation's own range");
    }

    #[test]
    fn a_recipe_that_does_not_hold_together_names_the_field() {
        let field = |recipe: Recipe| recipe.validate().unwrap_err().field().map(str::to_owned).unwrap_or_default();
        assert_eq!(recipe().validate(), Ok(()));
        assert_eq!(field(Recipe { name: " ".into(), ..recipe() }), "name");
        assert_eq!(field(Recipe { format: 9, ..recipe() }), "portico_recipe");
        let mut twice = recipe();
        twice.params.push(twice.params[0].clone());
        assert_eq!(field(twice), "params[4].name");
        let mut astray = recipe();
        astray.params[0].path = "/steps/9/params/x".into();
        assert_eq!(field(astray), "params[0].path");
        let mut outside = recipe();
        outside.params[0].path = "/version".into();
        assert_eq!(field(outside), "params[0].path", "only values of steps");
        let version = Plan::new(vec![Step { input: Some(ImageRef::Version(3)), ..Step::new("crop").with("aspect", "1:1") }]);
        assert_eq!(field(Recipe::of_plan("x", version)), "plan", "a recipe has no conversation");
    }

    #[test]
    fn a_recipe_is_the_same_after_a_way_through_json() {
        let mut recipe = Recipe { params: suggested(&recipe().plan), ..recipe() };
        recipe.files.insert("image:2".into(), super::super::RecipeFile { name: "标.png".into(), data: vec![0, 1, 255] });
        let text = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
        assert!(recipe.asks_for().is_empty() && Recipe { files: Default::default(), ..recipe }.asks_for() == [2]);
    }
}
