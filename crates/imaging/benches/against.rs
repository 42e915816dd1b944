//! Times kernels as `benches/vips.py` times libvips: `against PICTURE [NAME…]` prints a JSON object of wall-clock and processor time by task.
//!
//! Each figure is the best of five runs after one to warm up, on the decoded picture in memory; processor time is that of all threads.

use std::hint::black_box;
use std::time::Instant;

use portico_imaging::adjust::Sliders;
use portico_imaging::filter::Filter;
use portico_imaging::pace::Pace;
use portico_imaging::resize::resize;
use portico_imaging::{Limits, Picture, decode};

const RUNS: usize = 5;

type Task = (&'static str, Box<dyn Fn(&Picture)>);

fn main() {
    // `cargo bench` adds a flag of its own.
    let mut arguments = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let Some(path) = arguments.next() else {
        return eprintln!("against PICTURE [NAME…]: run by benches/vips.py");
    };
    let only: Vec<String> = arguments.collect();
    let bytes = std::fs::read(&path).expect("a readable file");
    let picture = decode(&bytes, &Limits::default()).expect("a picture").picture;
    let lines: Vec<String> = tasks()
        .iter()
        .filter(|(name, _)| only.is_empty() || only.iter().any(|o| o == name))
        .map(|(name, work)| {
            let (wall, processor) = timed(|| work(&picture));
            format!("  \"{name}\": [{wall:.5}, {processor:.5}]")
        })
        .collect();
    println!("{{\n{}\n}}", lines.join(",\n"));
}

fn tasks() -> Vec<Task> {
    let none = Sliders::default();
    let mut tasks: Vec<Task> = vec![];
    for (name, sigma) in [("blur 1", 1.0), ("blur 2", 2.0), ("blur 6", 6.0), ("blur 12", 12.0), ("blur 32", 32.0), ("blur 200", 200.0)] {
        tasks.push((name, Box::new(move |p| drop(black_box(Filter::Blur(sigma).apply(p, Pace::ALONE))))));
    }
    for (name, by) in [("resize 0.4", 0.4), ("resize 0.8", 0.8), ("resize 1.5", 1.5)] {
        let size = move |v: u32| (f64::from(v) * by).round() as u32;
        tasks.push((name, Box::new(move |p| drop(black_box(resize(p, size(p.width()), size(p.height())))))));
    }
    let tone = Sliders { exposure: 20.0, brightness: 10.0, contrast: 15.0, temperature: 12.0, ..none };
    for (name, sliders) in [
        ("adjust tone", tone),
        ("adjust saturation", Sliders { saturation: 25.0, ..none }),
        ("adjust highlights, shadows", Sliders { highlights: -40.0, shadows: 40.0, ..none }),
        ("adjust all", Sliders { tint: 5.0, saturation: 20.0, hue: 3.0, highlights: -40.0, shadows: 40.0, ..tone }),
    ] {
        tasks.push((name, Box::new(move |p| drop(black_box(sliders.apply(p, None, Pace::ALONE))))));
    }
    tasks
}

/// Seconds of the best run: on the clock, and of processor time.
fn timed(work: impl Fn()) -> (f64, f64) {
    work();
    let once = |_| {
        let (began, used) = (Instant::now(), processor_seconds());
        work();
        (began.elapsed().as_secs_f64(), processor_seconds() - used)
    };
    let runs: Vec<(f64, f64)> = (0..RUNS).map(once).collect();
    let least = |of: fn(&(f64, f64)) -> f64| runs.iter().map(of).fold(f64::INFINITY, f64::min);
    (least(|r| r.0), least(|r| r.1))
}

/// Processor time of all of this process's living threads so far; 0 where the system does not tell (it is read from Linux's `/proc`).
fn processor_seconds() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let nanoseconds = |entry: std::fs::DirEntry| -> Option<u64> {
        let text = std::fs::read_to_string(entry.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    threads.flatten().filter_map(nanoseconds).sum::<u64>() as f64 / 1e9
}
