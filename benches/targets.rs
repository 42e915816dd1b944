//! How well targets are found: `cargo bench --bench targets -- SCENES [OUT]`.
//!
//! SCENES is made by `benches/targets/scenes.py`: pictures composed of cut-outs on photographs, so that the right masks are known. For every question the
//! target is resolved and compared; the Chinese and the English sentence must be read as that target. With OUT, each answer is drawn into a picture there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, execute};
use portico::imaging::{EncodeOptions, Format, Limits, Mask, Picture, decode, decode_mask, encode};
use portico::models::{Models, ModelsConfig, models_dir};
use portico::ops::Unwatched;
use portico::plan::{Answer, Context, Plan, Step, read};
use portico::text::Explain;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Scene {
    name: String,
    queries: Vec<Query>,
}

#[derive(Deserialize)]
struct Query {
    target: Value,
    zh: String,
    en: String,
    /// Things overlap.
    overlap: bool,
}

struct Score {
    iou: f64,
    overlap: bool,
    read: usize,
}

fn main() -> anyhow::Result<()> {
    let mut paths = std::env::args().skip(1).filter(|a| !a.starts_with("--")).map(PathBuf::from);
    let Some(folder) = paths.next() else {
        eprintln!("usage: cargo bench --bench targets -- SCENES [OUT]");
        return Ok(());
    };
    let out = paths.next();
    let models = Models::open(ModelsConfig::new(models_dir(None)))?;
    let scenes: Vec<Scene> = serde_json::from_slice(&std::fs::read(folder.join("scenes.json"))?)?;
    let mut scores = vec![];
    for scene in &scenes {
        let picture = decode(&std::fs::read(folder.join(format!("{}.png", scene.name)))?, &Limits::default())?.picture;
        for (k, query) in scene.queries.iter().enumerate() {
            let name = format!("{}.{k}", scene.name);
            let truth = decode_mask(&std::fs::read(folder.join(format!("{name}.png")))?, &Limits::default())?;
            let began = Instant::now();
            let found = resolve(&models, &picture, &query.target);
            let ms = began.elapsed().as_millis();
            let iou = found.as_ref().map_or(0.0, |mask| intersection_over_union(mask, &truth));
            let read = [&query.zh, &query.en].into_iter().filter(|words| is_read_as(words, &query.target)).count();
            println!("{name:<6} {iou:.3} {ms:>6} ms  {}/2 read  {}", read, found.as_ref().err().map_or(query.en.as_str(), String::as_str));
            if let (Some(out), Ok(mask)) = (&out, &found) {
                draw(&out.join(format!("{name}.jpg")), &picture, mask)?;
            }
            scores.push(Score { iou, overlap: query.overlap, read });
        }
    }
    summary(&scores);
    Ok(())
}

fn resolve(models: &Models, picture: &Arc<Picture>, target: &Value) -> Result<Mask, String> {
    let plan = Plan::new(vec![Step::new("select").with("target", target.clone())]);
    let env = Env { models, limits: &Limits::default() };
    let run = execute(&plan, &Inputs::one(picture.clone()), &env, &Unwatched, &Cancel::new()).map_err(|e| e.text().en)?;
    run.mask.map(|mask| Mask::clone(&mask)).ok_or_else(|| "nothing was selected".to_owned())
}

fn is_read_as(words: &str, target: &Value) -> bool {
    match read(words, &Context { attached: 1, ..Context::default() }).answer {
        Answer::Plan(plan) => plan.steps.iter().any(|s| s.params.get("target") == Some(target)),
        _ => false,
    }
}

fn intersection_over_union(a: &Mask, b: &Mask) -> f64 {
    let (mut both, mut either) = (0u64, 0u64);
    for (&a, &b) in a.values().iter().zip(b.values()) {
        both += u64::from(a > 127 && b > 127);
        either += u64::from(a > 127 || b > 127);
    }
    both as f64 / either.max(1) as f64
}

/// What is selected in its colours, the rest dark and blue.
fn draw(path: &Path, picture: &Picture, mask: &Mask) -> anyhow::Result<()> {
    let mut shown = picture.clone();
    let (pixels, _) = shown.rgba8_mut().as_chunks_mut::<4>();
    for (pixel, &selected) in pixels.iter_mut().zip(mask.values()) {
        let share = f32::from(selected) / 255.0;
        for (c, ground) in [20.0, 40.0, 140.0].into_iter().enumerate() {
            pixel[c] = (f32::from(pixel[c]) * (0.25 + 0.75 * share) + ground * (1.0 - share)).min(255.0) as u8;
        }
    }
    std::fs::write(path, encode(&shown, &EncodeOptions::new(Format::Jpeg))?.bytes)?;
    Ok(())
}

fn summary(scores: &[Score]) {
    for (what, overlap) in [("apart", false), ("overlapping", true)] {
        let mut ious: Vec<f64> = scores.iter().filter(|s| s.overlap == overlap).map(|s| s.iou).collect();
        ious.sort_by(f64::total_cmp);
        let Some(median) = ious.get(ious.len() / 2) else { continue };
        let right = ious.iter().filter(|iou| **iou >= 0.5).count();
        println!(
            "{what}: {} questions, right instance {right} ({:.1} %), median IoU {median:.3}",
            ious.len(),
            100.0 * right as f64 / ious.len() as f64
        );
    }
    println!("sentences read as meant: {} of {}", scores.iter().map(|s| s.read).sum::<usize>(), scores.len() * 2);
}
