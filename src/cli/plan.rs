//! `portico plan`: how an instruction is read, without running anything.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::UNCLEAR;
use crate::plan::{Answer, Context, Reading, read, words};
use crate::text::Lang;

#[derive(Args)]
pub struct PlanArgs {
    /// What to do with the picture, in Chinese or English
    instruction: String,
    /// How many pictures come with it
    #[arg(long, default_value_t = 1)]
    attached: usize,
    /// How many versions the conversation has
    #[arg(long, default_value_t = 0)]
    versions: usize,
    /// Print everything as JSON, the reading of each word included
    #[arg(long)]
    json: bool,
}

pub fn run(args: &PlanArgs) -> anyhow::Result<ExitCode> {
    let context = Context { attached: args.attached, versions: args.versions, ..Context::default() };
    let reading = read(&args.instruction, &context);
    let lang = Lang::of(&args.instruction).unwrap_or_default();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&reading_json(&reading, lang))?);
    } else {
        print_reading(&reading, lang)?;
    }
    let clear = !matches!(reading.answer, Answer::Question(_));
    Ok(if clear { ExitCode::SUCCESS } else { ExitCode::from(UNCLEAR) })
}

/// The body of `POST /plan` as well.
pub fn reading_json(reading: &Reading, lang: Lang) -> serde_json::Value {
    let mut out = match &reading.answer {
        Answer::Plan(plan) => json!({ "plan": plan, "words": words(plan, lang) }),
        Answer::Command(command) => json!({ "command": command }),
        Answer::Question(question) => json!({ "question": crate::http::shapes::question(question, lang) }),
        Answer::Reply(text) => json!({ "reply": text.get(lang) }),
    };
    out["confidence"] = json!((f64::from(reading.confidence) * 100.0).round() / 100.0);
    out["spans"] = json!(reading.spans);
    out
}

fn print_reading(reading: &Reading, lang: Lang) -> anyhow::Result<()> {
    match &reading.answer {
        Answer::Plan(plan) => {
            for (i, line) in words(plan, lang).iter().enumerate() {
                println!("{}. {line}", i + 1);
            }
            println!("{}", serde_json::to_string_pretty(plan)?);
        }
        Answer::Command(command) => println!("{}", serde_json::to_string(command)?),
        Answer::Question(question) => {
            println!("{}", question.text.get(lang));
            for (i, option) in question.options.iter().enumerate() {
                println!("  {}. {}", i + 1, option.label.get(lang));
            }
        }
        Answer::Reply(text) => println!("{}", text.get(lang)),
    }
    Ok(())
}
