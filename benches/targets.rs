//! How well targets are found: `cargo bench --bench targets -- SCENES [OUT]`.
//!
//! SCENES is made by `benches/targets/scenes.py`: pictures composed of cut-outs on photographs, so that the right masks are known. For every question the
//! target is resolved and compared; the Chinese and the English sentence must be read as that target. What is asked for and not there (`animals.py`) must be
//! refused. With OUT, each answer is drawn into a picture there.
//!
//! `cargo bench --bench targets -- --groups PHOTOS [OUT]` asks for each person of the real group photographs of `benches/targets/groups.json` by number from
//! the left. No masks are known there: right is an answer that holds the two points which the file gives for that person, and none of the others'.

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
use serde_json::{Value, json};

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
    /// Nothing of the kind is there, so the question has to be refused.
    #[serde(default)]
    absent: bool,
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
    if std::env::args().any(|a| a == "--groups") {
        return groups(&models, &folder, out.as_deref());
    }
    let scenes: Vec<Scene> = serde_json::from_slice(&std::fs::read(folder.join("scenes.json"))?)?;
    let (mut scores, mut absent, mut refused) = (vec![], 0, 0);
    for scene in &scenes {
        let picture = decode(&std::fs::read(folder.join(format!("{}.png", scene.name)))?, &Limits::default())?.picture;
        for (k, query) in scene.queries.iter().enumerate() {
            let name = format!("{}.{k}", scene.name);
            if query.absent {
                let found = resolve(&models, &picture, &query.target);
                absent += 1;
                refused += usize::from(found.is_err());
                println!("{name:<6} {}  {}", if found.is_err() { "refused" } else { "EDITED" }, found.as_ref().err().unwrap_or(&query.en));
                if let (Some(out), Ok(mask)) = (&out, &found) {
                    draw(&out.join(format!("{name}.jpg")), &picture, mask)?;
                }
                continue;
            }
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
    if absent > 0 {
        println!("not there: {absent} questions, refused {refused} ({:.1} %)", 100.0 * refused as f64 / absent as f64);
    }
    Ok(())
}

/// A photograph and two points on each person in it, as shares of its sides, from left to right.
#[derive(Deserialize)]
struct Group {
    picture: String,
    people: Vec<[[f64; 2]; 2]>,
}

fn groups(models: &Models, folder: &Path, out: Option<&Path>) -> anyhow::Result<()> {
    let groups: Vec<Group> = serde_json::from_str(include_str!("targets/groups.json"))?;
    let (mut asked, mut right) = (0u32, 0u32);
    for group in &groups {
        let picture = decode(&std::fs::read(folder.join(&group.picture))?, &Limits::default())?.picture;
        for (k, own) in group.people.iter().enumerate() {
            let target = json!({"kind": "people", "which": "left", "index": k + 1});
            let found = resolve(models, &picture, &target);
            let holds = |point: &[f64; 2]| found.as_ref().is_ok_and(|mask| selected(mask, point));
            let others = group.people.iter().enumerate().filter(|(i, _)| *i != k).flat_map(|(_, points)| points);
            let (own, others) = (own.iter().filter(|p| holds(p)).count(), others.filter(|p| holds(p)).count());
            asked += 1;
            right += u32::from(own == 2 && others == 0);
            let name = format!("{}.{}", group.picture, k + 1);
            println!("{name:<28} {own}/2 own points, {others} of others  {}", found.as_ref().err().map_or("", String::as_str));
            if let (Some(out), Ok(mask)) = (out, &found) {
                draw(&out.join(format!("{name}.jpg")), &picture, mask)?;
            }
        }
    }
    println!("group photographs: right instance {right} of {asked} ({:.1} %)", 100.0 * f64::from(right) / f64::from(asked.max(1)));
    Ok(())
}

fn selected(mask: &Mask, [x, y]: &[f64; 2]) -> bool {
    let (width, height) = (mask.width() as usize, mask.height() as usize);
    let (x, y) = ((x * width as f64) as usize, (y * height as f64) as usize);
    mask.values()[y.min(height - 1) * width + x.min(width - 1)] > 127
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
