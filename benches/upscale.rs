//! Figures of `upscale`: `PORTICO_MODELS=models cargo bench --bench upscale [-- FOLDER]`; crops for looking at go to FOLDER. Idle cores, please. With
//! QUALITY_ONLY=1 the first part is left out.
//!
//! 1. Four times a two-megapixel photo: memory, time inside and outside the model's runs, and its rate against runs back to back.
//! 2. Test photos made smaller, enlarged again, against the truth: plain Catmull-Rom and Lanczos beside the models. PSNR in stored values; SSIM (Z. Wang and
//!    others, 2004) of luma in 8×8 windows; GMSD (W. Xue and others, 2014), 0 is best.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, execute};
use portico::imaging::resize::resize;
use portico::imaging::{EncodeOptions, Format, Limits, Picture, Rect, decode, encode, geometry};
use portico::models::{Models, ModelsConfig, Tensor, models_dir};
use portico::ops::Unwatched;
use portico::plan::{Plan, Step};
use portico_resample::{Filter, Job, rgba8};

const PHOTOS: [&str; 7] = [
    "astronaut.png",
    "chelsea.png",
    "coffee.png",
    "rocket.png",
    "nagasaki-boats.jpg",
    "french-alpine-landscape.jpg",
    "allium-oreophilum.jpg",
];

fn main() {
    let models = Models::open(ModelsConfig::new(models_dir(None))).expect("a valid manifest");
    if let Err(e) = models.default_for("upscale") {
        eprintln!("{e}");
        return;
    }
    let folder = std::env::args().skip(1).find(|a| !a.starts_with('-')).map(PathBuf::from);
    if std::env::var_os("QUALITY_ONLY").is_none() {
        speed(&models);
    }
    quality(&models, folder.as_deref());
}

fn photo(name: &str) -> Picture {
    let path = format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).expect("the test photos are there");
    Picture::clone(&decode(&bytes, &Limits::default()).expect("readable").picture)
}

/// The result, the time of all of it and the time inside the model's runs.
fn upscaled(models: &Models, picture: &Arc<Picture>, scale: u32, model: &str) -> (Picture, Duration, Duration) {
    let plan = Plan::new(vec![Step::new("upscale").with("scale", scale).with("model", model)]);
    let env = Env { models, limits: &Limits::default() };
    let began = Instant::now();
    let run = execute(&plan, &Inputs::many([picture.clone()]), &env, &Unwatched, &Cancel::new()).expect("it runs");
    let whole = began.elapsed() - run.model_time.load;
    (Picture::clone(&run.picture), whole, run.model_time.run)
}

fn speed(models: &Models) {
    let picture = Arc::new(resize(&photo("coffee.png"), 1736, 1157));
    let name = "realesr-animevideov3-x4";
    // The same tiles back to back: 6 × 4 of 290 × 290 with their margins.
    let (w, h) = (1736usize.div_ceil(6) + 52, 1157usize.div_ceil(4) + 52);
    let tile = Tensor { shape: vec![1, 3, h, w], data: vec![0.4; 3 * h * w] };
    let alone = |n: u32| -> Duration { (0..n).map(|_| models.infer(name, vec![tile.clone()], &Cancel::new()).expect("it runs").run).sum() };
    alone(2);
    // In turn, so that what else the machine does meets both.
    for _ in 0..3 {
        let before = alone(12);
        let (_, whole, inside) = upscaled(models, &picture, 4, name);
        let alone = before + alone(12);
        let outside = whole - inside;
        println!(
            "4 × {:.2} MP: {:.1} s, {:.1} s in the model, {:.1} % outside; the same runs back to back: {:.1} s, so {:.2} times as long",
            picture.area() as f64 / 1e6,
            whole.as_secs_f64(),
            inside.as_secs_f64(),
            100.0 * outside.as_secs_f64() / whole.as_secs_f64(),
            alone.as_secs_f64(),
            inside.as_secs_f64() / alone.as_secs_f64()
        );
    }
    if let Some(peak) = peak_mb() {
        println!("peak memory of the process: {peak:.0} MB");
    }
}

/// The most memory that this process had, in MB.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? * 1024.0 / 1e6)
}

fn quality(models: &Models, folder: Option<&Path>) {
    for (scale, linear) in [(2u32, false), (4, false), (2, true), (4, true)] {
        println!("\nmade smaller in {}", if linear { "linear light" } else { "stored values, as most programs do" });
        println!("\n| ×{scale} | Catmull-Rom | Lanczos | upscale |\n| --- | --- | --- | --- |");
        let mut sums = [[0.0; 3]; 3];
        for name in PHOTOS {
            let whole = photo(name);
            let (w, h) = (whole.width().min(768) / 4 * 4, whole.height().min(768) / 4 * 4);
            let truth = geometry::crop(&whole, Rect { x: (whole.width() - w) / 2, y: (whole.height() - h) / 2, width: w, height: h }).0;
            let to = (w / scale, h / scale);
            let small = if linear { resize(&truth, to.0, to.1) } else { lanczos(&truth, to) };
            let (own, ..) = upscaled(models, &Arc::new(small.clone()), scale, &format!("realesr-animevideov3-x{scale}"));
            let candidates = [resize(&small, w, h), lanczos(&small, (w, h)), own];
            let rows = candidates.each_ref().map(|c| [psnr(&truth, c), ssim(&truth, c), gmsd(&truth, c)]);
            rows.iter().zip(&mut sums).for_each(|(row, sum)| row.iter().zip(sum).for_each(|(v, s)| *s += v / PHOTOS.len() as f64));
            println!("| {name} | {} |", rows.map(words).join(" | "));
            if let Some(folder) = folder.filter(|_| !linear) {
                crops(folder, &format!("{}-x{scale}", name.split('.').next().unwrap_or(name)), &truth, &candidates);
            }
        }
        println!("| mean | {} |", sums.map(words).join(" | "));
    }
}

/// In stored values.
fn lanczos(picture: &Picture, to: (u32, u32)) -> Picture {
    let job = Job { from: (picture.width(), picture.height()), part: None, to, filter: Filter::Lanczos3, by_alpha: false };
    Picture::from_rgba8(to.0, to.1, rgba8(picture.rgba8(), &job))
}

fn words([psnr, ssim, gmsd]: [f64; 3]) -> String {
    format!("{psnr:.2} dB, {ssim:.3}, {gmsd:.3}")
}

/// The middle of the truth and of each candidate, side by side.
fn crops(folder: &Path, name: &str, truth: &Picture, candidates: &[Picture]) {
    const SIDE: u32 = 192;
    let (x, y) = ((truth.width() - SIDE) / 2, (truth.height() - SIDE) / 3);
    let parts: Vec<Picture> =
        std::iter::once(truth).chain(candidates).map(|p| geometry::crop(p, Rect { x, y, width: SIDE, height: SIDE }).0).collect();
    let row_bytes = SIDE as usize * 4;
    let rows = (0..SIDE as usize).flat_map(|y| parts.iter().flat_map(move |p| p.rgba8()[y * row_bytes..(y + 1) * row_bytes].to_vec()));
    let sheet = Picture::from_rgba8(SIDE * parts.len() as u32, SIDE, rows.collect());
    let bytes = encode(&sheet, &EncodeOptions::new(Format::Png)).expect("PNG holds it").bytes;
    std::fs::write(folder.join(format!("{name}.png")), bytes).expect("the folder can be written to");
}

fn psnr(a: &Picture, b: &Picture) -> f64 {
    let pairs = a.rgba8().iter().zip(b.rgba8()).enumerate().filter(|(i, _)| i % 4 != 3);
    let (sum, count) = pairs.fold((0.0, 0u64), |(sum, n), (_, (a, b))| (sum + f64::from(a.abs_diff(*b)).powi(2), n + 1));
    10.0 * (255.0 * 255.0 * count as f64 / sum).log10()
}

fn luma(p: &Picture) -> Vec<f64> {
    p.rgba8().chunks_exact(4).map(|p| 0.299 * f64::from(p[0]) + 0.587 * f64::from(p[1]) + 0.114 * f64::from(p[2])).collect()
}

fn ssim(a: &Picture, b: &Picture) -> f64 {
    let (w, h, x, y) = (a.width() as usize, a.height() as usize, luma(a), luma(b));
    let (c1, c2) = ((0.01f64 * 255.0).powi(2), (0.03f64 * 255.0).powi(2));
    let (mut sum, mut count) = (0.0, 0.0);
    for top in (0..h - 7).step_by(4) {
        for left in (0..w - 7).step_by(4) {
            let at = |k: usize| (top + k / 8) * w + left + k % 8;
            let mean = |v: &[f64]| (0..64).map(|k| v[at(k)]).sum::<f64>() / 64.0;
            let (mx, my) = (mean(&x), mean(&y));
            let co = |p: &[f64], mp: f64, q: &[f64], mq: f64| (0..64).map(|k| (p[at(k)] - mp) * (q[at(k)] - mq)).sum::<f64>() / 63.0;
            let (vx, vy, vxy) = (co(&x, mx, &x, mx), co(&y, my, &y, my), co(&x, mx, &y, my));
            sum += (2.0 * mx * my + c1) * (2.0 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2));
            count += 1.0;
        }
    }
    sum / count
}

/// Deviation of the similarity of gradient magnitudes (Prewitt), at half size as in the paper.
fn gmsd(a: &Picture, b: &Picture) -> f64 {
    let (w, h) = (a.width() as usize / 2, a.height() as usize / 2);
    let half = |p: &Picture| {
        let (full, row) = (luma(p), p.width() as usize);
        let mean = |i: usize| {
            let at = i / w * 2 * row + i % w * 2;
            (full[at] + full[at + 1] + full[at + row] + full[at + row + 1]) / 4.0
        };
        (0..w * h).map(mean).collect::<Vec<f64>>()
    };
    let magnitude = |v: &[f64], x: usize, y: usize| {
        let at = |dx: usize, dy: usize| v[(y + dy - 1) * w + x + dx - 1];
        let across: f64 = (0..3).map(|d| at(2, d) - at(0, d)).sum::<f64>() / 3.0;
        let down: f64 = (0..3).map(|d| at(d, 2) - at(d, 0)).sum::<f64>() / 3.0;
        across.hypot(down)
    };
    let (x, y) = (half(a), half(b));
    let similar: Vec<f64> = (1..h - 1)
        .flat_map(|row| (1..w - 1).map(move |column| (column, row)))
        .map(|(column, row)| {
            let (m, n) = (magnitude(&x, column, row), magnitude(&y, column, row));
            (2.0 * m * n + 170.0) / (m * m + n * n + 170.0)
        })
        .collect();
    let mean = similar.iter().sum::<f64>() / similar.len() as f64;
    (similar.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / similar.len() as f64).sqrt()
}
