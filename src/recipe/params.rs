//! Parameters of a recipe: where in the plan a value goes, and of what type it is. The type follows from the operation's own schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::read;
use crate::ops::registry;
use crate::plan::{ImageRef, Plan, Step};

/// What a value is. Values may come as text, as they stand in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParamType {
    Text,
    Number,
    Integer,
    Boolean,
    /// Hex or a CSS name.
    Color,
    /// One of `choices`.
    Choice,
    /// Texts; in a table divided by `|`.
    List,
    /// A picture: the name of a file, or the id of one on the server.
    Image,
    /// A selection of the picture, white = selected: the name of a file, or the id of one on the server.
    Mask,
}

impl ParamType {
    pub fn name(self) -> &'static str {
        match self {
            ParamType::Text => "text",
            ParamType::Number => "number",
            ParamType::Integer => "integer",
            ParamType::Boolean => "boolean",
            ParamType::Color => "color",
            ParamType::Choice => "choice",
            ParamType::List => "list",
            ParamType::Image => "image",
            ParamType::Mask => "mask",
        }
    }
}

/// A place in the plan that has a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// The column of a table, the key of a value.
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ParamType,
    /// JSON pointer into the plan, e.g. `/steps/1/params/text`.
    pub path: String,
    /// What stands there.
    #[serde(default)]
    pub default: Value,
    /// For people; the name where it is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// For `choice`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// What may be a parameter, and whether it usually is.
#[derive(Clone, Debug, PartialEq)]
pub struct Possible {
    pub param: Param,
    /// Words, other pictures and masks differ from picture to picture; amounts and sizes seldom do.
    pub suggested: bool,
}

/// Columns that name the picture itself.
pub const FILE_COLUMNS: &[&str] = &["file", "filename", "文件", "文件名", "图片"];

/// Every value that stands in the plan, with a name of its own.
pub fn possible(plan: &Plan) -> Vec<Possible> {
    let mut found: Vec<Possible> = vec![];
    for (i, step) in plan.steps.iter().enumerate() {
        for (name, value) in &step.params {
            let path = format!("/steps/{i}/params/{}", escaped(name));
            let Some((kind, choices)) = kind_of(step, name, value) else { continue };
            push(&mut found, step, name, Param { name: String::new(), kind, path, default: value.clone(), label: String::new(), choices });
        }
        if let Some(Value::Object(target)) = step.params.get("target") {
            for (name, value) in target.iter().filter(|(name, _)| ["mask", "label", "match"].contains(&name.as_str())) {
                let kind = if name == "mask" { ParamType::Mask } else { ParamType::Text };
                let path = format!("/steps/{i}/params/target/{name}");
                let param = Param { name: String::new(), kind, path, default: value.clone(), label: String::new(), choices: vec![] };
                push(&mut found, step, name, param);
            }
        }
    }
    found
}

/// Those that are taken where nobody chose.
pub fn suggested(plan: &Plan) -> Vec<Param> {
    possible(plan).into_iter().filter(|p| p.suggested).map(|p| p.param).collect()
}

fn push(found: &mut Vec<Possible>, step: &Step, name: &str, mut param: Param) {
    let taken = |wanted: &str| FILE_COLUMNS.contains(&wanted) || found.iter().any(|p| p.param.name == wanted);
    let plain = name.to_owned();
    let longer = std::iter::once(format!("{}_{name}", step.op.replace('.', "_")));
    let counted = (2..).map(|n| format!("{name}_{n}"));
    param.name = std::iter::once(plain).chain(longer).chain(counted).find(|wanted| !taken(wanted)).unwrap_or_default();
    let words = ["text", "title", "subtitle", "prompt", "captions", "find", "match"].contains(&name)
        || (name == "with" && param.kind == ParamType::Text);
    let suggested = words || matches!(param.kind, ParamType::Image | ParamType::Mask);
    found.push(Possible { param, suggested });
}

/// The type of what stands there; `None` for objects and lists of objects.
fn kind_of(step: &Step, name: &str, value: &Value) -> Option<(ParamType, Vec<String>)> {
    let schema = schema_of(step, name);
    let choices = choices(&schema);
    let plain = |kind| Some((kind, vec![]));
    match value {
        Value::Bool(_) => plain(ParamType::Boolean),
        Value::Number(n) => plain(if says(&schema, "integer") && n.is_u64() { ParamType::Integer } else { ParamType::Number }),
        Value::String(text) => {
            let other = matches!(text.parse(), Ok(ImageRef::Image(n)) if n > 1);
            match () {
                () if (read::names_pictures(&schema) || name == "background") && other => plain(ParamType::Image),
                // Its own picture or a step of the plan: nothing that another value could stand for.
                () if read::names_pictures(&schema) => None,
                () if name == "mask" => plain(ParamType::Mask),
                () if !choices.is_empty() => Some((ParamType::Choice, choices)),
                () if name.starts_with("color") || name.ends_with("color") || name == "background" => plain(ParamType::Color),
                () => plain(ParamType::Text),
            }
        }
        Value::Array(list) if !list.is_empty() && list.iter().all(Value::is_string) && !read::names_pictures(&schema) => {
            plain(ParamType::List)
        }
        _ => None,
    }
}

/// The schema of a parameter, its references followed.
fn schema_of(step: &Step, name: &str) -> Value {
    let Some(op) = registry::find(&step.op) else { return Value::Null };
    let whole = (op.spec().params)();
    let whole = whole.as_value();
    let property = whole["properties"][name].clone();
    if read::names_pictures(&property) { property } else { followed(whole, property) }
}

fn followed(whole: &Value, schema: Value) -> Value {
    let target = |v: &Value| v.get("$ref").and_then(Value::as_str).and_then(|r| whole.pointer(r.trim_start_matches('#'))).cloned();
    if let Some(shared) = target(&schema) {
        return shared;
    }
    match schema.get("anyOf").and_then(Value::as_array) {
        Some(options) => {
            let options: Vec<Value> = options.iter().map(|o| target(o).unwrap_or_else(|| o.clone())).collect();
            serde_json::json!({ "anyOf": options })
        }
        None => schema,
    }
}

fn says(schema: &Value, kind: &str) -> bool {
    let here = match schema.get("type") {
        Some(Value::String(name)) => name == kind,
        Some(Value::Array(names)) => names.iter().any(|n| n == kind),
        _ => false,
    };
    here || schema.get("anyOf").and_then(Value::as_array).is_some_and(|options| options.iter().any(|o| says(o, kind)))
}

/// The words that a schema allows, whether it lists them or gives each its own description.
fn choices(schema: &Value) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    found.extend(listed);
    found.extend(schema.get("const").and_then(Value::as_str).map(str::to_owned));
    for key in ["oneOf", "anyOf"] {
        found.extend(schema.get(key).and_then(Value::as_array).into_iter().flatten().flat_map(choices));
    }
    found
}

/// A name as it stands in a JSON pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan() -> Plan {
        Plan::new(vec![
            Step::new("background").with("fill", "color").with("color", "#ffffff"),
            Step::new("place").with("image", "image:2").with("opacity", 0.8),
            Step::new("watermark").with("text", "新品").with("tile", true),
            Step::new("watermark").with("text", "¥199"),
            Step::new("erase").with("target", json!({ "kind": "mask", "mask": "mask_1" })),
            Step::new("detail").with("from", "original"),
            Step::new("compose").with("images", json!(["image:1", "image:3"])).with("captions", json!(["a", "b"])),
            Step::new("resize").with("width", 800),
        ])
    }

    #[test]
    fn every_value_of_a_plan_has_a_name_and_the_type_of_its_schema() {
        let all: Vec<(String, &str)> = possible(&plan()).iter().map(|p| (p.param.name.clone(), p.param.kind.name())).collect();
        let all: Vec<(&str, &str)> = all.iter().map(|(n, k)| (n.as_str(), *k)).collect();
        let expected = [
            ("fill", "choice"),
            ("color", "color"),
            ("image", "image"),
            ("opacity", "number"),
            ("text", "text"),
            ("tile", "boolean"),
            ("watermark_text", "text"),
            ("mask", "mask"),
            ("captions", "list"),
            ("width", "integer"),
        ];
        assert_eq!(all, expected);
        let fill = &possible(&plan())[0].param;
        assert!(fill.choices.contains(&"gradient".to_owned()), "{:?}", fill.choices);
    }

    #[test]
    fn words_pictures_and_masks_are_parameters_unless_somebody_chooses() {
        let names: Vec<String> = suggested(&plan()).into_iter().map(|p| p.name).collect();
        assert_eq!(names, ["image", "text", "watermark_text", "mask", "captions"]);
    }
}
