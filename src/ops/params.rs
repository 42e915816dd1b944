//! Reading a step's parameters: into the operation's own struct, within the ranges that its schema states.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{OpError, Params};
use crate::imaging::colour::{Srgb8, parse_hex};
use crate::text::Text;

/// More parameters than any operation takes.
const MOST_NAMES: usize = 64;

impl Params {
    /// Reads them as the operation's own struct. Numbers are held against the `minimum` and `maximum` of its schema, so that a range is
    /// written once, in the type.
    ///
    /// # Errors
    /// [`OpError::Param`] that names the field.
    pub fn read<T: DeserializeOwned + JsonSchema>(&self) -> Result<T, OpError> {
        let value = Value::Object(self.0.clone());
        let parsed = serde_json::from_value(value.clone()).map_err(|e| self.explain::<T>(&e))?;
        let schema = schemars::schema_for!(T);
        check_ranges(schema.as_value(), schema.as_value(), &value, "")?;
        Ok(parsed)
    }

    /// serde does not say which field a wrong value belongs to: it is the one without which the rest can be read.
    fn explain<T: DeserializeOwned>(&self, error: &serde_json::Error) -> OpError {
        // Each name costs reading all the others; more than this no operation has, and the error says which one is unknown.
        let few = self.0.len() <= MOST_NAMES;
        let culprit = self.0.keys().filter(|_| few).find(|key| {
            let mut rest = self.0.clone();
            rest.shift_remove(*key);
            match serde_json::from_value::<T>(Value::Object(rest)) {
                Ok(_) => true,
                // Without it only itself is missing: it is required.
                Err(e) => e.to_string().starts_with(&format!("missing field `{key}`")),
            }
        });
        let field = culprit.cloned().unwrap_or_default();
        let (zh, en) = match culprit {
            Some(name) => (format!("参数“{name}”不对：{error}"), format!("The parameter `{name}` does not fit: {error}.")),
            None => (format!("参数不对：{error}"), format!("The parameters do not fit: {error}.")),
        };
        OpError::Param { field, text: Text::new(zh, en) }
    }
}

/// Follows the schema into objects, lists and, by `$ref`, into shared types.
fn check_ranges(root: &Value, schema: &Value, value: &Value, path: &str) -> Result<(), OpError> {
    let schema = match schema.get("$ref").and_then(Value::as_str).and_then(|r| root.pointer(r.trim_start_matches('#'))) {
        Some(shared) => shared,
        None => schema,
    };
    if let Some(number) = value.as_f64() {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let (low, high) = (bound("minimum"), bound("maximum"));
        if low.is_some_and(|low| number < low) || high.is_some_and(|high| number > high) {
            return Err(out_of_range(path, number, low, high));
        }
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        // An optional shared type is written as "this type or null".
        for choice in choices.iter().filter(|c| c.get("type").and_then(Value::as_str) != Some("null")) {
            check_ranges(root, choice, value, path)?;
        }
    }
    if let (Some(properties), Some(object)) = (schema.get("properties"), value.as_object()) {
        for (name, value) in object {
            if let Some(schema) = properties.get(name) {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                check_ranges(root, schema, value, &path)?;
            }
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for (i, value) in values.iter().enumerate() {
            check_ranges(root, items, value, &format!("{path}[{i}]"))?;
        }
    }
    Ok(())
}

fn out_of_range(field: &str, number: f64, low: Option<f64>, high: Option<f64>) -> OpError {
    let (zh, en) = match (low, high) {
        (Some(low), Some(high)) => (format!("应在 {low} 到 {high} 之间"), format!("between {low} and {high}")),
        (Some(low), None) => (format!("不能小于 {low}"), format!("{low} or more")),
        (_, Some(high)) => (format!("不能大于 {high}"), format!("{high} or less")),
        (None, None) => (String::new(), String::new()),
    };
    param(field, format!("“{field}”{zh}，收到的是 {number}。"), format!("`{field}` must be {en}; it is {number}."))
}

/// A parameter error.
pub(super) fn param(field: &str, zh: impl Into<String>, en: impl Into<String>) -> OpError {
    OpError::Param { field: field.to_owned(), text: Text::new(zh, en) }
}

/// A refusal with a stable code.
pub(super) fn refused(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> OpError {
    OpError::Refused { code, text: Text::new(zh, en) }
}

/// `"3:4"` as width and height. Decimals are allowed (`1.91:1`), and so are `/`, `x`, `×` and `：`.
pub(super) fn aspect(field: &str, text: &str) -> Result<(f64, f64), OpError> {
    let part = |s: &str| s.trim().parse::<f64>().ok().filter(|v| v.is_finite() && *v > 0.0);
    text.split_once([':', '：', '/', 'x', '×'])
        .and_then(|(w, h)| Some((part(w)?, part(h)?)))
        .filter(|(w, h)| (0.01..=100.0).contains(&(w / h)))
        .ok_or_else(|| {
            param(
                field,
                format!("“{text}”不是比例，请写成 1:1、3:4、16:9 这样（最长 100:1）。"),
                format!("`{text}` is not an aspect; write it as 1:1, 3:4 or 16:9 (100:1 at most)."),
            )
        })
}

/// A hex colour or a CSS colour name. Alpha is refused: `fill: transparent` is the way to transparency.
pub(super) fn colour(field: &str, text: &str) -> Result<Srgb8, OpError> {
    let name = text.trim().to_ascii_lowercase();
    let named = super::css::COLOURS.iter().find(|(n, _)| *n == name).map(|&(_, rgb)| rgb.to_be_bytes()).map(|[_, r, g, b]| [r, g, b]);
    let hex = || parse_hex(&name).filter(|c| c[3] == 255).map(|[r, g, b, _]| [r, g, b]);
    named.or_else(hex).ok_or_else(|| {
        param(
            field,
            format!("看不懂颜色“{text}”，请写成 #ff8800 或 CSS 颜色名（white、navy……）。"),
            format!("`{text}` is not a colour; write it as #ff8800 or as a CSS name (white, navy …)."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Explain;
    use serde_json::json;

    #[derive(Debug, serde::Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Demo {
        #[serde(default)]
        #[schemars(range(min = 1, max = 9))]
        size: Option<u32>,
        #[serde(default)]
        #[allow(dead_code)]
        target: Option<crate::plan::Target>,
    }

    #[derive(Debug, serde::Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Needed {
        #[allow(dead_code)]
        to: crate::plan::ImageRef,
        #[serde(default)]
        #[allow(dead_code)]
        strength: f32,
    }

    fn read(value: Value) -> Result<Demo, OpError> {
        Params(value.as_object().unwrap().clone()).read()
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        assert_eq!(read(json!({"size": 3})).unwrap().size, Some(3));
        let field = |v: Value| read(v).unwrap_err().field().map(str::to_owned);
        assert_eq!(field(json!({"size": "big", "target": null})).as_deref(), Some("size"));
        assert_eq!(field(json!({"colour": "red"})).as_deref(), Some("colour"));
        assert_eq!(field(json!({"size": 10})).as_deref(), Some("size"), "the schema's range holds");
        let needed = Params(json!({"to": "the other", "strength": 1.0}).as_object().unwrap().clone()).read::<Needed>().unwrap_err();
        assert_eq!(needed.field(), Some("to"), "a required one as well");
        assert_eq!(field(json!({"target": {"kind": "subject", "grow": 9000}})).as_deref(), Some("target.grow"), "in shared types too");
    }

    #[test]
    fn aspects_and_colours_are_read_or_refused_with_an_example() {
        assert_eq!(aspect("aspect", "3:4").unwrap(), (3.0, 4.0));
        assert_eq!(aspect("aspect", "1.91：1").unwrap(), (1.91, 1.0));
        assert!(["", "3", "0:1", "-1:1", "nan:1", "1:inf", "1000:1"].iter().all(|t| aspect("aspect", t).is_err()));
        assert_eq!(colour("color", "RebeccaPurple").unwrap(), [0x66, 0x33, 0x99]);
        assert_eq!(colour("color", "#F80").unwrap(), [0xff, 0x88, 0x00]);
        assert!(colour("color", "#ff880080").is_err() && colour("color", "猩红").is_err());
    }
}
