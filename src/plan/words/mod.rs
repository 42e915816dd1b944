//! A plan said in words, one line a step, in Chinese and English.

mod edits;
mod parts;

use serde_json::Value;

use super::types::{ImageRef, Plan, Step};
use crate::text::{Lang, Text};

/// Bytes as people say them: "200 KB", "1.5 MB".
pub fn file_size(bytes: f64) -> String {
    if bytes >= 1e6 { format!("{} MB", bytes / 1e6) } else { format!("{} KB", bytes / 1e3) }
}

/// One line for each step: what is done, not how. Unknown operations are said by their name.
pub fn words(plan: &Plan, lang: Lang) -> Vec<String> {
    plan.steps.iter().map(|step| line(step, lang)).collect()
}

fn line(step: &Step, lang: Lang) -> String {
    let said = edits::say(step).get(lang).to_owned();
    match &step.input {
        None | Some(ImageRef::Current | ImageRef::Step(_)) => said,
        Some(input) => {
            let name = super::session::name_of(input);
            match lang {
                Lang::Zh => format!("用{}，{said}", name.zh),
                Lang::En => format!("Use {}, {}", the(&name.en), lower(&said)),
            }
        }
    }
}

/// "the original", "image 2".
fn the(name: &str) -> String {
    if name.ends_with(|c: char| c.is_ascii_digit()) { name.to_owned() } else { format!("the {name}") }
}

fn lower(said: &str) -> String {
    let mut chars = said.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Reading a step's parameters for words.
pub(super) trait Said {
    fn str(&self, name: &str) -> Option<&str>;
    fn num(&self, name: &str) -> Option<f64>;
    fn yes(&self, name: &str) -> bool;
}

impl Said for Step {
    fn str(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    fn num(&self, name: &str) -> Option<f64> {
        self.params.get(name).and_then(Value::as_f64)
    }

    fn yes(&self, name: &str) -> bool {
        self.params.get(name).is_some_and(|v| v == &Value::Bool(true))
    }
}

/// A head with what follows it, joined by the language's own colon and commas.
pub(super) fn with(head_zh: &str, head_en: &str, details: &[Text]) -> Text {
    if details.is_empty() {
        return Text::new(head_zh, head_en);
    }
    let zh: Vec<&str> = details.iter().map(|d| d.zh.as_str()).collect();
    let en: Vec<&str> = details.iter().map(|d| d.en.as_str()).collect();
    Text::new(format!("{head_zh}：{}", zh.join("，")), format!("{head_en}: {}", en.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plan_is_said_in_both_languages() {
        let plan = Plan::new(vec![
            Step::new("background").with("fill", "color").with("color", "#ffffff"),
            Step::new("crop").with("aspect", "1:1"),
            Step::new("erase").with("target", json!({"kind": "people", "which": "left"})),
            Step::new("export").with("format", "png"),
        ]);
        assert_eq!(words(&plan, Lang::Zh), ["背景：白色（#ffffff）", "裁剪成 1:1", "去除：左侧人物", "导出：PNG"]);
        assert_eq!(words(&plan, Lang::En), ["Background: white (#ffffff)", "Crop to 1:1", "Remove: person on the left", "Export: PNG"]);
    }
}
