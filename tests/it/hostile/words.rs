//! Instructions that nobody means: every script at full length, floods of marks, nested wishes.

use std::time::{Duration, Instant};

use portico::plan::{Answer, Context, read, validate, words};
use portico::text::Lang;

use super::damage::Dice;
use super::server::{Server, answered};
use crate::kit;

/// Longest instruction that is read, in characters.
const LONGEST: usize = 4_000;

fn filled(unit: &str, length: usize) -> String {
    unit.chars().cycle().take(length).collect()
}

/// What floods are made of.
fn units() -> Vec<&'static str> {
    vec![
        "a",
        " ",
        "\t",
        "\n",
        ".",
        ",",
        "，",
        "。",
        "、",
        "-",
        "\"",
        "“",
        "”",
        "'",
        "(",
        ")",
        "（",
        "《",
        "0",
        "9",
        "1.",
        "9,",
        "%",
        "#",
        "#ff",
        "×",
        ":",
        "1:",
        "x",
        "\0",
        "\u{7f}",
        "\u{200b}",
        "\u{200d}",
        "\u{feff}",
        "\u{202e}",
        "\u{2066}",
        "e\u{301}",
        "\u{301}",
        "\u{fe0f}",
        "🦊",
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈",
        "ﷺ",
        "ﬃ",
        "İ",
        "ß",
        "Ω",
        "ж",
        "א",
        "ع",
        "ก็",
        "한",
        "ㅎ",
        "あ",
        "ア",
        "ｱ",
        "長",
        "长",
        "一",
        "百",
        "万",
        "亿",
        "零点",
        "负",
        "\u{10ffff}",
        "\u{e000}",
        "\u{fffd}",
        "把",
        "去掉",
        "的",
        "和",
        "不要",
        "先",
        "再",
        "然后",
        "左边第三个",
        "红色的",
        "把把",
        "变成",
        "比",
        "第二张图",
        "undo ",
        "and ",
        "then ",
        "not ",
        "the ",
        "remove ",
        "crop ",
        "to ",
        "but ",
        "before ",
        "left ",
        "third ",
        "red ",
        "make it ",
        "in the ",
        "1:1 ",
        "200 KB ",
        "remove the dog and ",
        "去掉左边的狗，",
        "crop to 3:4, ",
        "resize to 99999999999x99999999999 ",
        "rotate -99999999999999999999 degrees, ",
        "亮一点暗一点",
        "write \"",
        "文字“",
        "a bit more ",
        "version 99999999999999 ",
    ]
}

fn context() -> Context {
    let last = match read("remove the background and crop to 3:4", &Context { attached: 1, ..Context::default() }).answer {
        Answer::Plan(plan) => Some(plan),
        _ => None,
    };
    Context {
        attached: 2,
        versions: 5,
        uploads: vec![1, 2],
        mask: true,
        last_plan: last,
        last_size: Some(120.0),
        parent: Some(4),
        last_mask: Some("img_m".into()),
        question: None,
    }
}

/// One answer, and what it says holds together. Gives back how long it took.
fn check(text: &str, ctx: &Context) -> Duration {
    let began = Instant::now();
    let reading = read(text, ctx);
    let took = began.elapsed();
    let what: String = text.chars().take(60).collect();
    assert!((0.0..=1.0).contains(&reading.confidence), "{what:?}");
    let length = text.encode_utf16().count();
    assert!(reading.spans.iter().all(|s| s.start <= s.end && s.end <= length), "{what:?}");
    let plans: Vec<_> = match &reading.answer {
        Answer::Plan(plan) => vec![plan],
        Answer::Question(question) => question.options.iter().map(|o| &o.plan).collect(),
        _ => vec![],
    };
    for plan in plans {
        assert!(validate(plan, ctx).is_ok(), "{what:?}: {:?}", validate(plan, ctx));
        for lang in [Lang::Zh, Lang::En] {
            assert_eq!(words(plan, lang).len(), plan.steps.len(), "{what:?}");
        }
    }
    took
}

#[test]
fn an_instruction_of_any_script_has_one_answer_and_work_grows_with_its_length() {
    let ctx = context();
    // Far more than any takes; a blow-up takes minutes.
    let patience = Duration::from_secs(60);
    let mut slowest = (Duration::ZERO, String::new(), 0.0);
    for unit in units() {
        let half = check(&filled(unit, LONGEST / 2), &ctx);
        let whole = check(&filled(unit, LONGEST), &ctx);
        assert!(whole < patience, "{unit:?}: {whole:?}");
        let growth = whole.as_secs_f64() / half.as_secs_f64().max(1e-4);
        if whole > slowest.0 {
            slowest = (whole, format!("{unit:?}"), growth);
        }
        if growth > 3.0 && whole > Duration::from_millis(20) {
            println!("{unit:?}: {half:?} for {} characters, {whole:?} for {LONGEST}", LONGEST / 2);
        }
        check(&filled(unit, LONGEST + 1), &ctx);
    }
    println!("the slowest is {}: {:?}, {:.1} times half of it", slowest.1, slowest.0, slowest.2);
}

#[test]
fn words_thrown_together_have_one_answer() {
    let ctx = context();
    let units = units();
    let mut dice = Dice(4);
    for round in 0..600 {
        let mut text = String::new();
        for _ in 0..=dice.below(if round % 50 == 0 { 600 } else { 14 }) {
            text.push_str(units[dice.below(units.len())]);
            if dice.below(9) == 0 {
                text.push(char::from_u32(dice.below(0x11_0000) as u32).unwrap_or('\u{fffd}'));
            }
        }
        let text: String = text.chars().take(LONGEST).collect();
        let alone = Context { attached: 1, ..Context::default() };
        check(&text, if round % 2 == 0 { &ctx } else { &alone });
    }
}

#[tokio::test]
async fn instructions_of_any_length_are_answered_over_http() {
    let mut server = Server::start();
    let picture = kit::Png::rgb(&kit::marker(40, 30)).bytes();
    for unit in ["a", "去掉左边的狗，", "\u{301}", "\u{202e}", "\0", "remove ", "🦊", "resize to 99999999999x99999999999 "] {
        for length in [1, 4_000, 4_001, 900_000] {
            let text = filled(unit, length);
            answered(&format!("{unit:?} x {length}"), server.edit("a.png", picture.clone(), &text).await).await;
            let body = serde_json::json!({"instruction": text, "context": {"attached": usize::MAX, "versions": usize::MAX, "mask": true}});
            answered(&format!("plan of {unit:?} x {length}"), server.client.post(server.api("/plan")).json(&body).send().await.unwrap())
                .await;
        }
    }
    for text in [
        "remove the dog in the second picture",
        "回到版本 999999999999",
        "undo",
        "do the same as in version 3",
        "put the last picture behind it",
    ] {
        let body = serde_json::json!({"instruction": text, "context": {"attached": usize::MAX, "versions": usize::MAX}});
        answered(text, server.client.post(server.api("/plan")).json(&body).send().await.unwrap()).await;
    }
    server.assert_well("instructions").await;
}
