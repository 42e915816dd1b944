//! "A bit smaller" after something was put into the picture: that thing is meant, not the picture.

use serde_json::json;

use super::clause::weight;
use super::lexicon::Verb;
use super::token::{Kind, Thing, Token};
use super::types::{Context, Step};

/// What "smaller" and "larger" multiply by, and what "a bit" of it does.
const SMALLER: f64 = 0.7;
const A_BIT_SMALLER: f64 = 0.85;

const SMALL: &[&str] = &["smaller", "too big", "too large", "shrink", "小一点", "小点", "小一些", "缩小", "太大", "再小"];
const LARGE: &[&str] = &["bigger", "larger", "too small", "enlarge", "大一点", "大点", "大一些", "放大", "太小", "再大"];
const A_BIT: &[&str] = &["a bit", "a little", "slightly", "稍微", "略", "一点点"];

/// The last step with what it put in made smaller or larger, where the message says that and nothing else.
pub fn resized(step: &Step, words: &str, tokens: &[Token], ctx: &Context) -> Option<Step> {
    let named = match step.op.as_str() {
        "place" => "width",
        "watermark" => "size",
        _ => return None,
    };
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let factor = match (has(SMALL), has(LARGE), has(A_BIT)) {
        (true, false, false) => SMALLER,
        (true, false, true) => A_BIT_SMALLER,
        (false, true, false) => 1.0 / SMALLER,
        (false, true, true) => 1.0 / A_BIT_SMALLER,
        _ => return None,
    };
    if !tokens.iter().all(|t| t.guessed || about_its_size(&t.kind)) {
        return None;
    }
    let size = step.params.get(named).and_then(|v| v.as_f64()).or(ctx.last_size)?;
    let mut out = step.clone();
    out.params.shift_remove("scale");
    out.params.shift_remove("height");
    Some(out.with(named, json!((size * factor).round().max(4.0) as u64)))
}

/// Words that say how large, or name what was put in.
fn about_its_size(kind: &Kind) -> bool {
    match kind {
        Kind::Verb(verb) => {
            matches!(verb, Verb::Make | Verb::Shrink | Verb::Enlarge | Verb::Upscale | Verb::Resize | Verb::Raise | Verb::Lower)
        }
        Kind::Thing(thing, _) => matches!(thing, Thing::It | Thing::Logo | Thing::Watermark | Thing::Text | Thing::Subject | Thing::Noun),
        Kind::Degree(_) | Kind::Unknown => true,
        kind => weight(kind) == 0,
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::{Answer, Context, Plan, Step, read};

    fn after(step: Step, last_size: Option<f64>) -> Context {
        Context { versions: 3, parent: Some(1), last_plan: Some(Plan::new(vec![step])), last_size, ..Context::default() }
    }

    fn width(text: &str, ctx: &Context, name: &str) -> Option<u64> {
        match read(text, ctx).answer {
            Answer::Plan(plan) => plan.steps.first()?.params.get(name)?.as_u64(),
            _ => None,
        }
    }

    #[test]
    fn smaller_and_larger_speak_of_what_was_just_put_in() {
        let logo = after(Step::new("place").with("image", "version:2").with("position", "bottom-right"), Some(200.0));
        for (text, px) in [("小一点", 140), ("太大了", 140), ("make the logo smaller", 140), ("logo大一点", 286), ("a bit bigger", 235)]
        {
            assert_eq!(width(text, &logo, "width"), Some(px), "{text}");
        }
        let mark = after(Step::new("watermark").with("text", "Kestrel").with("size", 40), None);
        assert_eq!(width("bigger", &mark, "size"), Some(57));
        assert_eq!(width("水印小一点", &mark, "size"), Some(28));
    }

    #[test]
    fn a_size_of_the_picture_is_still_the_pictures() {
        let logo = after(Step::new("place").with("image", "version:2"), Some(200.0));
        for text in ["make the picture smaller", "resize to 800 px", "图片缩小一半", "放大2倍"] {
            let step = match read(text, &logo).answer {
                Answer::Plan(plan) => plan.steps[0].op.clone(),
                _ => "asked".to_owned(),
            };
            assert_ne!(step, "place", "{text}");
        }
    }
}
