//! A batch of cut-outs beside the model alone: `cargo bench --bench batch`. Idle cores, please; needs the cut-out model (`portico models install`).
//!
//! The model's own rate is that of runs back to back on one prepared input, after two to warm up, nothing else going on. The batch does everything: read, decode,
//! scale, run, scale the matte up, clean the edges, write PNG. Every picture is another one, so that nothing is remembered. The cup is clear to the model at its
//! first look; the cat, half out of the picture, gets a second one, so that its pictures cost more than one run. Memory is that of the whole process.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use portico::batch::journal::Journal;
use portico::batch::local::{Became, Local, Runner, Task};
use portico::cancel::Cancel;
use portico::imaging::resize::resize;
use portico::imaging::{EncodeOptions, Format, Limits, Picture, decode, encode};
use portico::models::{Models, ModelsConfig, Tensor, models_dir};
use portico::plan::{Plan, Step};
use portico::recipe::{Recipe, Values};

/// Pictures of each size.
const PICTURES: usize = 16;
/// Photographs of the tests.
const PHOTOS: [&str; 2] = ["coffee.png", "chelsea.png"];
/// Width and height: 2 and 12 megapixels.
const SIZES: [(u32, u32); 2] = [(1632, 1224), (4000, 3000)];

fn main() {
    let models = Models::open(ModelsConfig::new(models_dir(None))).expect("the models folder");
    let Ok(info) = models.default_for("cutout") else {
        println!("no cut-out model here: portico models install");
        return;
    };
    let alone = alone(&models, &info.name);
    println!("{} back to back: {:.2} s a picture, {:.1} a minute", info.name, alone, 60.0 / alone);
    println!("{:>12} {:>12} {:>8} {:>12} {:>10} {:>10}", "size", "of", "pictures", "s a picture", "of model", "RSS MB");
    for (width, height) in SIZES {
        for (of, photos) in [("cup", &PHOTOS[..1]), ("cup, cat", &PHOTOS[..])] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            pictures(folder.path(), (width, height), photos);
            let took = batch(&models, folder.path());
            let (size, share) = (format!("{width}×{height}"), 100.0 * alone / took);
            println!("{size:>12} {of:>12} {PICTURES:>8} {took:>12.2} {share:>9.0}% {:>10.0}", peak_mb());
        }
    }
    println!("resident after each sixth of a long batch: {}", flat(&models));
}

/// Seconds of one run of the model, nothing else going on.
fn alone(models: &Models, name: &str) -> f64 {
    let side = 1024;
    let input = || Tensor { shape: vec![1, 3, side, side], data: (0..3 * side * side).map(|i| (i % 251) as f32 / 251.0 - 0.5).collect() };
    for _ in 0..2 {
        models.infer(name, vec![input()], &Cancel::new()).expect("the model runs");
    }
    let runs = 8;
    let began = Instant::now();
    for _ in 0..runs {
        models.infer(name, vec![input()], &Cancel::new()).expect("the model runs");
    }
    began.elapsed().as_secs_f64() / f64::from(runs)
}

/// Photographs, each cut and toned another way.
fn pictures(folder: &Path, (width, height): (u32, u32), photos: &[&str]) {
    let photo = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/photos").join(name);
        decode(&std::fs::read(path).expect("the test photos are there"), &Limits::default()).expect("readable").picture
    };
    let sources: Vec<_> = photos.iter().map(|name| photo(name)).collect();
    for n in 0..PICTURES {
        let source = &sources[n % sources.len()];
        let toned: Vec<u8> =
            source.rgba8().iter().enumerate().map(|(i, v)| if i % 4 == 3 { *v } else { v.saturating_add(n as u8) }).collect();
        let large = resize(&Picture::from_rgba8(source.width(), source.height(), toned), width, height);
        let file = encode(&large, &EncodeOptions::new(Format::Jpeg).with_quality(90)).expect("a JPEG").bytes;
        std::fs::write(folder.join(format!("p{n:02}.jpg")), file).expect("a place for it");
    }
}

/// Seconds a picture of a whole batch, its first two left out: the model is loaded by then.
fn batch(models: &Models, folder: &Path) -> f64 {
    let ends = Mutex::new(vec![]);
    run(models, folder, &|_| ends.lock().expect("no thread panics").push(Instant::now()));
    let ends = ends.into_inner().expect("no thread panics");
    ends[PICTURES - 1].duration_since(ends[1]).as_secs_f64() / (PICTURES - 2) as f64
}

fn run(models: &Models, folder: &Path, ended: &(dyn Fn(usize) + Sync)) {
    let plan = Plan::new(vec![Step::new("cutout"), Step::new("export").with("format", "png")]);
    let recipe = Recipe::of_plan("cut-outs", plan);
    let out = folder.join("out");
    let local = Local {
        models,
        limits: Limits::default(),
        recipe: &recipe,
        with: BTreeMap::new(),
        format: None,
        out: out.clone(),
        folders: vec![],
        cancel: Cancel::new(),
        pixels_in_flight: 180_000_000,
    };
    let bound = recipe.bind(&Values::new()).expect("no values to go wrong");
    let task = |n: usize| {
        let file = format!("p{n:02}.jpg");
        Task { path: folder.join(&file), stem: format!("p{n:02}"), file, bound: Ok(bound.clone()) }
    };
    let tasks: Vec<Task> = (0..PICTURES).map(task).collect();
    let mut journal = Journal::open(&out).expect("a journal");
    journal.forget().expect("a journal");
    Runner::new(&local, journal).run(&tasks, 2, &|n, became| {
        assert!(matches!(became, Became::Done(_)), "{became:?}");
        ended(n);
    });
}

/// Three rounds over the larger pictures; the process's size along the way.
fn flat(models: &Models) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    pictures(folder.path(), SIZES[1], &PHOTOS);
    let sizes = Mutex::new(vec![]);
    for _ in 0..3 {
        run(models, folder.path(), &|_| sizes.lock().expect("no thread panics").push(resident_mb()));
    }
    let sizes = sizes.into_inner().expect("no thread panics");
    sizes.chunks(PICTURES / 2).map(|part| format!("{:.0}", part.iter().sum::<f64>() / part.len() as f64)).collect::<Vec<_>>().join(" ")
}

fn status(field: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix(field));
    line.and_then(|l| l.split_whitespace().nth(1)?.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

fn resident_mb() -> f64 {
    status("VmRSS")
}

fn peak_mb() -> f64 {
    status("VmHWM")
}
