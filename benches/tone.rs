//! Nanoseconds a pixel of `adjust`, `filter`, `revert` and `rotate auto` at twelve megapixels: `cargo bench --bench tone`. Idle cores, please.
//!
//! Each line is the best of five runs, in whole-clock time of all cores together.

use std::hint::black_box;
use std::time::{Duration, Instant};

use portico::imaging::adjust::Sliders;
use portico::imaging::filter::{Cube, Filter, Look};
use portico::imaging::geometry::{seen_through, turned_within};
use portico::imaging::level::tilt;
use portico::imaging::pace::Pace;
use portico::imaging::resize::resize;
use portico::imaging::{Affine, Limits, Mask, Picture, blend, decode};

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;

fn main() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/photos/astronaut.png");
    let bytes = std::fs::read(path).expect("the test photos are there");
    let small = decode(&bytes, &Limits::default()).expect("readable").picture;
    let picture = resize(&small, WIDTH, HEIGHT);
    adjusted(&picture);
    filtered(&picture);
    let mask = Mask::new(WIDTH, HEIGHT, (0..WIDTH * HEIGHT).map(|i| if i % WIDTH < WIDTH / 2 { 255 } else { 0 }).collect());
    timed("revert: through a scale, half of it painted back", || {
        let was = seen_through(&small, &Affine::scaling(512.0 / f64::from(WIDTH), 512.0 / f64::from(HEIGHT)), WIDTH, HEIGHT);
        black_box(blend::masked(&picture, &was, &mask));
    });
    timed("rotate auto: the angle", || {
        black_box(tilt(&picture));
    });
    timed("rotate auto: turned by 2.3 degrees and cropped", || {
        black_box(turned_within(&picture, 2.3));
    });
}

fn adjusted(picture: &Picture) {
    let none = Sliders::default();
    let tone = Sliders { exposure: 20.0, brightness: 10.0, contrast: 15.0, temperature: 12.0, ..none };
    let half = Mask::new(WIDTH, HEIGHT, (0..WIDTH * HEIGHT).map(|i| (i % 256) as u8).collect());
    for (name, sliders) in [
        ("adjust: exposure, brightness, contrast, temperature", tone),
        ("adjust: saturation", Sliders { saturation: 25.0, ..none }),
        ("adjust: highlights and shadows", Sliders { highlights: -40.0, shadows: 40.0, ..none }),
        ("adjust: all nine", Sliders { tint: 5.0, saturation: 20.0, hue: 3.0, highlights: -40.0, shadows: 40.0, ..tone }),
    ] {
        timed(name, || {
            black_box(sliders.apply(picture, None, Pace::ALONE));
        });
    }
    timed("adjust: saturation through a soft mask", || {
        black_box(Sliders { saturation: 25.0, ..none }.apply(picture, Some(&half), Pace::ALONE));
    });
}

fn filtered(picture: &Picture) {
    let mut text = String::from("LUT_3D_SIZE 33\n");
    for i in 0..33 * 33 * 33 {
        let [r, g, b] = [i % 33, i / 33 % 33, i / 1089].map(|v| v as f32 / 32.0);
        text.push_str(&format!("{} {} {}\n", r.sqrt(), g * 0.9, b * b));
    }
    let cube = Cube::parse(&text).expect("a table");
    for (name, filter) in [
        ("filter: grayscale", Filter::Look(Look::Grayscale, 1.0)),
        ("filter: sepia", Filter::Look(Look::Sepia, 1.0)),
        ("filter: vintage", Filter::Look(Look::Vintage, 1.0)),
        ("filter: warm", Filter::Warm(1.0)),
        ("filter: invert", Filter::Invert(1.0)),
        ("filter: lut, 33 points a side", Filter::Cube(&cube, 1.0)),
        ("filter: blur, sigma 2", Filter::Blur(2.0)),
        ("filter: blur, sigma 6", Filter::Blur(6.0)),
        ("filter: blur, sigma 32", Filter::Blur(32.0)),
        ("filter: blur, sigma 200", Filter::Blur(200.0)),
        ("filter: pixelate, 80", Filter::Pixelate(80)),
    ] {
        timed(name, || {
            black_box(filter.apply(picture, Pace::ALONE));
        });
    }
}

fn timed(name: &str, work: impl Fn()) {
    let once = |_| -> Duration {
        let began = Instant::now();
        work();
        began.elapsed()
    };
    work();
    let best = (0..5).map(once).min().expect("five runs");
    let pixels = f64::from(WIDTH) * f64::from(HEIGHT);
    println!("{name}: {:.2} ns a pixel, {:.0} ms", best.as_nanos() as f64 / pixels, best.as_secs_f64() * 1e3);
}
