//! The kernels at 12 megapixels, on a made-up portrait: `cargo bench --bench kernels`.

use criterion::{Criterion, criterion_group, criterion_main};
use portico::imaging::pace::Pace;
use portico::imaging::{
    EncodeOptions, Format, Limits, Mask, Picture, blend, decode, denoise, encode, enhance, fade, foreground, geometry, preview, resize,
    sharpen,
};
use std::hint::black_box;

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;

/// Smooth light with fine grain: compresses like a photo rather than like a drawing.
fn photo() -> Picture {
    let mut state = 7u32;
    let pixels = (0..WIDTH * HEIGHT).flat_map(|i| {
        let (x, y) = (i % WIDTH, i / WIDTH);
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (state >> 29) as u8;
        [(x / 20) as u8 / 2 + grain + 60, (y / 16) as u8 / 2 + grain + 40, ((x + y) / 40) as u8 / 2 + grain + 50, 255]
    });
    Picture::from_rgba8(WIDTH, HEIGHT, pixels.collect())
}

/// A head and shoulders with a rim of strands, at a model's resolution.
fn matte(side: u32) -> Vec<f32> {
    let half = side as f32 / 2.0;
    (0..side * side)
        .map(|i| {
            let (x, y) = (((i % side) as f32 - half) / half, ((i / side) as f32 - half) / half);
            let head = 0.45 - x.hypot(y * 0.8 + 0.2);
            let body = (y - 0.35).min(0.75 - x.abs());
            let strands = (y.atan2(x) * 80.0).sin() * 0.02;
            ((head.max(body) + strands) * 25.0 + 0.5).clamp(0.0, 1.0)
        })
        .collect()
}

fn kernels(c: &mut Criterion) {
    let picture = photo();
    let values = matte(1024);
    let mask: Mask = resize::resize_matte(&values, (1024, 1024), (WIDTH, HEIGHT));
    let cut = blend::with_alpha(&picture, &mask);
    let jpeg = encode(&picture, &EncodeOptions::new(Format::Jpeg)).expect("JPEG holds it").bytes;
    let png = encode(&picture, &EncodeOptions::new(Format::Png)).expect("PNG holds it").bytes;
    let limits = Limits::default();

    let mut group = c.benchmark_group("12 MP");
    group.sample_size(10);
    group.bench_function("decode jpeg", |b| b.iter(|| decode(black_box(&jpeg), &limits).expect("readable")));
    group.bench_function("decode png", |b| b.iter(|| decode(black_box(&png), &limits).expect("readable")));
    group.bench_function("model input 1024", |b| {
        b.iter(|| resize::to_planes(&resize::to_model_rgb(&picture, 1024, 1024), [0.5; 3], [1.0; 3]))
    });
    group.bench_function("matte up from 1024", |b| b.iter(|| resize::resize_matte(black_box(&values), (1024, 1024), (WIDTH, HEIGHT))));
    group.bench_function("foreground", |b| b.iter(|| foreground::cut_out(&picture, &mask)));
    group.bench_function("over white", |b| b.iter(|| blend::over_colour(&cut, [255; 3])));
    group.bench_function("resize to 1600x1200", |b| b.iter(|| resize::resize(&picture, 1600, 1200)));
    group.bench_function("resize cut-out to 1600x1200", |b| b.iter(|| resize::resize(&cut, 1600, 1200)));
    group.bench_function("rotate 90", |b| b.iter(|| geometry::rotate_quarters(&picture, 1)));
    group.bench_function("rotate 3.5", |b| b.iter(|| geometry::rotate(&picture, 3.5, [0; 4])));
    group.bench_function("grow 12 px", |b| b.iter(|| mask.grown(12)));
    group.bench_function("feather 12 px", |b| b.iter(|| mask.feathered(12)));
    group.bench_function("preview", |b| b.iter(|| preview(&picture, 512, 30_000).expect("small")));
    let faded = fade::FadeOptions { strength: 1.0, keep_tone: false };
    let light = enhance::Options { strength: 1.0, low_light: None };
    group.bench_function("denoise", |b| b.iter(|| denoise::denoise(&picture, 0.5, Pace::ALONE).expect("nobody cancels")));
    group.bench_function("sharpen", |b| b.iter(|| sharpen::sharpen(&picture, 0.5, Pace::ALONE).expect("nobody cancels")));
    group.bench_function("fade", |b| b.iter(|| fade::recover(&picture, &faded, Pace::ALONE).expect("nobody cancels")));
    group.bench_function("enhance", |b| b.iter(|| enhance::enhance(&picture, &light, Pace::ALONE).expect("nobody cancels")));
    for (name, source, options) in [
        ("png", &picture, EncodeOptions::new(Format::Png)),
        ("png of a cut-out", &cut, EncodeOptions::new(Format::Png)),
        ("jpeg q92", &picture, EncodeOptions::new(Format::Jpeg)),
        ("jpeg q85", &picture, EncodeOptions::new(Format::Jpeg).with_quality(85)),
        ("webp lossless of a cut-out", &cut, EncodeOptions::new(Format::Webp)),
        ("webp q85 of a cut-out", &cut, EncodeOptions::new(Format::Webp).with_quality(85)),
    ] {
        group.bench_function(format!("encode {name}"), |b| b.iter(|| encode(source, &options).expect("it fits")));
    }
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
