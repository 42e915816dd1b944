//! What this build cannot do yet ends in no dead end: where something that it can do comes close, that is offered.

use crate::ops::registry;
use crate::plan::{Plan, Question, QuestionOption, Step};
use crate::text::Text;

/// Another way to something like a step, as said on a button.
struct Way {
    label: Text,
    step: Step,
}

fn way(zh: &str, en: &str, step: Step) -> Way {
    Way { label: Text::new(zh, en), step }
}

/// The question to put in place of a plan with a step that this build cannot run; `None` where every step runs or nothing comes close.
pub(super) fn question(plan: &Plan) -> Option<Question> {
    let lacks = |step: &Step| registry::find(&step.op).is_some_and(|op| !op.spec().available);
    let at = plan.steps.iter().position(lacks)?;
    if plan.steps.iter().filter(|step| lacks(step)).count() > 1 {
        return None;
    }
    let wanted = &plan.steps[at];
    let options: Vec<QuestionOption> = ways(wanted)
        .into_iter()
        .map(|Way { label, step }| {
            let mut plan = plan.clone();
            plan.steps[at] = Step { id: wanted.id.clone(), input: wanted.input.clone(), ..step };
            QuestionOption { label, plan }
        })
        .collect();
    let spec = registry::find(&wanted.op)?.spec();
    (!options.is_empty()).then(|| Question {
        id: "q1".into(),
        text: Text::new(
            format!("听懂了：{}。这个版本还做不了，图片没有改动。最接近的做法：", spec.summary_zh),
            "Understood, but this build cannot do that yet, so nothing was changed. What comes closest:",
        ),
        part: String::new(),
        options,
    })
}

/// What comes close to a step, the closest first.
fn ways(wanted: &Step) -> Vec<Way> {
    match wanted.op.as_str() {
        "text.add" => written(wanted).into_iter().collect(),
        "text.remove" => vec![way("我来涂出文字，把它去掉", "I paint over the text, remove it", painted("erase"))],
        "cover" => {
            let platform = match wanted.params.get("platform").and_then(|p| p.as_str()) {
                None | Some("xiaohongshu" | "xiaohongshu.cover") => Step::new("fit").with("platform", "xiaohongshu.cover"),
                Some(_) => return vec![],
            };
            vec![way("只做成小红书封面的尺寸，不加标题", "Only the size of a Xiaohongshu cover, without a title", platform)]
        }
        "expand" => extended(wanted),
        _ => vec![],
    }
}

/// Text as a watermark that hides what is below it.
fn written(wanted: &Step) -> Option<Way> {
    let text = wanted.params.get("text")?.as_str()?;
    // "write Happy birthday on it": where it goes is no part of it.
    let text = [" on it", " on the picture", " on the photo", " on this"].iter().find_map(|tail| text.strip_suffix(tail)).unwrap_or(text);
    let mut step = Step::new("watermark").with("text", text).with("opacity", 1.0);
    for name in ["position", "color"] {
        if let Some(value) = wanted.params.get(name).filter(|v| v.is_string()) {
            step = step.with(name, value.clone());
        }
    }
    Some(way("用不透明的水印写上去", "Write it as a solid watermark", step))
}

fn painted(op: &str) -> Step {
    Step::new(op).with("target", serde_json::json!({ "kind": "mask", "mask": "upload" }))
}

/// The canvas made larger by its own edges in place of new content.
fn extended(wanted: &Step) -> Vec<Way> {
    let mut pad = Step::new("pad");
    for name in ["aspect", "left", "right", "top", "bottom"] {
        if let Some(value) = wanted.params.get(name) {
            pad = pad.with(name, value.clone());
        }
    }
    if pad.params.is_empty() {
        return vec![];
    }
    vec![
        way("补边，用模糊的画面填充", "Pad it, filled with the blurred picture", pad.clone().with("fill", "blur")),
        way("补边，镜像填充", "Pad it, with mirrored edges", pad.with("fill", "mirror")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Answer;
    use crate::text::Lang;

    fn read(text: &str) -> Plan {
        let context = crate::plan::Context { versions: 1, ..Default::default() };
        match crate::plan::read(text, &context).answer {
            Answer::Plan(plan) => plan,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn what_cannot_be_done_yet_is_answered_with_what_comes_closest_and_every_offer_runs() {
        for text in ["左下角写上“小林家”", "add the text “Sale” at the top", "做成小红书封面", "去掉图上的文字", "expand it to 16:9"]
        {
            let plan = read(text);
            let Some(question) = question(&plan) else { panic!("{text}: {plan:?}") };
            for option in &question.options {
                assert!(crate::engine::check(&option.plan).is_ok(), "{text}: {:?}", option.plan);
                assert!(!crate::plan::words(&option.plan, Lang::En).is_empty());
            }
        }
        let kept = question(&read("裁成1:1，左下角写上“小林家”，导出PNG")).unwrap();
        let ops: Vec<&str> = kept.options[0].plan.steps.iter().map(|s| s.op.as_str()).collect();
        assert_eq!(ops, ["crop", "watermark", "export"], "the rest of the instruction stays");
    }

    #[test]
    fn nothing_is_offered_where_nothing_comes_close_or_all_of_it_runs() {
        for text in ["做成一套表情包", "裁成1:1", "画一座雪山"] {
            assert_eq!(question(&read(text)).map(|q| q.options.len()), None, "{text}");
        }
    }
}
