//! Instructions in every conversation: one answer, whose plans are sound and can be said in both languages.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portico::engine;
use portico::plan::{Answer, Context, Plan, Question, read, suggestions, validate, words};
use portico::text::Lang;

/// A plan and a question as conversations have them.
static BEFORE: LazyLock<(Vec<Plan>, Vec<Question>)> = LazyLock::new(|| {
    let ctx = Context { attached: 2, versions: 3, ..Context::default() };
    let (mut plans, mut questions) = (vec![], vec![]);
    let said = [
        "remove the background and crop to 3:4", "把右边的人去掉", "make the car red", "亮一点，再锐化", "save as webp below 200 KB", "缩小一点", "remove the third dog from the left", "add a watermark", "模糊背景",
        "rotate it", "把两张图拼在一起", "帮我处理一下", "put her next to him",
    ];
    for text in said {
        match read(text, &ctx).answer {
            Answer::Plan(plan) => plans.push(plan),
            Answer::Question(question) => questions.push(question),
            _ => {}
        }
    }
    (plans, questions)
});

fn context(bits: u16) -> Context {
    let (plans, questions) = &*BEFORE;
    let versions = usize::from(bits >> 2 & 7);
    Context {
        attached: usize::from(bits & 3),
        versions,
        uploads: (1..=versions.min(2)).collect(),
        mask: bits & 32 != 0,
        last_plan: (bits & 64 != 0).then(|| plans[usize::from(bits >> 10) % plans.len()].clone()),
        parent: versions.checked_sub(1).filter(|&v| v > 0),
        last_mask: (bits & 128 != 0).then(|| "img_mask".to_owned()),
        question: (bits & 256 != 0).then(|| questions[usize::from(bits >> 9) % questions.len()].clone()),
    }
}

fn check(plan: &Plan, ctx: &Context, text: &str) {
    assert!(validate(plan, ctx).is_ok(), "{text:?} in {ctx:?}: {:?} for {plan:?}", validate(plan, ctx));
    if let Err(error) = engine::check(plan) {
        let error = format!("{error:?}");
        // Understood, and said to be for later; and numbers that are asked for beyond what is possible are answered as such.
        assert!(!error.contains("does not fit"), "{text:?} in {ctx:?}: {error} for {plan:?}");
    }
    for lang in [Lang::Zh, Lang::En] {
        assert_eq!(words(plan, lang).len(), plan.steps.len());
        let _ = suggestions(plan, lang);
    }
}

fuzz_target!(|data: &[u8]| {
    let [low, high, text @ ..] = data else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let ctx = context(u16::from_le_bytes([*low, *high]));
    let reading = read(text, &ctx);
    assert!((0.0..=1.0).contains(&reading.confidence));
    let length = text.encode_utf16().count();
    assert!(reading.spans.iter().all(|s| s.start <= s.end && s.end <= length), "{text:?}");
    match &reading.answer {
        Answer::Plan(plan) => check(plan, &ctx, text),
        Answer::Question(question) => question.options.iter().for_each(|option| check(&option.plan, &ctx, text)),
        Answer::Reply(reply) => assert!(!reply.zh.is_empty() && !reply.en.is_empty()),
        Answer::Command(_) => {}
    }
    assert_eq!(read(text, &ctx), reading, "the same words have the same meaning");
});
