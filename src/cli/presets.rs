//! `portico presets`: whose rules `fit` knows, and what they are.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::ops::rule_words;
use crate::presets::{Preset, Presets};

#[derive(Args)]
pub struct PresetsArgs {
    /// Show this one's rules, with their sources
    #[arg(value_name = "ID")]
    id: Option<String>,
}

pub fn run(args: &PresetsArgs, models_dir: &Path) -> anyhow::Result<ExitCode> {
    let presets = Presets::with_overlays(models_dir)?;
    match &args.id {
        Some(id) => rules(presets.find(id).with_context(|| format!("there is no preset `{id}`; `portico presets` lists them"))?),
        None => presets.all().iter().for_each(line),
    }
    Ok(ExitCode::SUCCESS)
}

fn line(preset: &Preset) {
    let sizes: Vec<String> = preset.make.sizes.iter().take(3).map(|[w, h]| format!("{w}x{h}")).collect();
    let more = if preset.make.sizes.len() > 3 { " …" } else { "" };
    println!("{:<22} {:<40} {}{more}", preset.id, preset.name_en, sizes.join(" "));
}

fn rules(preset: &Preset) {
    line(preset);
    for rule in &preset.rules {
        let status = serde_json::json!(rule.status);
        println!("  {}", rule_words(&rule.ask).en);
        println!("      {}, {}: {}", status.as_str().unwrap_or_default(), rule.date, rule.source);
    }
}
