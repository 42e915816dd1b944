//! Every operation × every way of storing pixels × sizes that break arithmetic, each result written in every format: size, depth, transparency and colour
//! stay, or it is said that they cannot.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Cursor, Read as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use portico::engine::execute::{Inputs, Run};
use portico::imaging::encode::{EncodeOptions, encode};
use portico::imaging::{Foreign, Format, Limits, Picture, decode};
use portico::models::Models;
use portico::plan::{ImageRef, Plan, Step};
use portico::text::Explain;
use serde_json::json;

use crate::kit::{self, Png, Rgb};
use crate::operations::{inputs, run_with, step, without_a_model};

/// One pixel, a long line, odd sides, a small photograph.
const SIZES: [(u32, u32); 4] = [(1, 1), (1, 5000), (37, 41), (1021, 767)];
/// Formats of one picture, besides AVIF, which is written but not read: a browser opens it in `tests/browser`.
const WRITTEN: [Format; 5] = [Format::Png, Format::Jpeg, Format::Webp, Format::Tiff, Format::Gif];
/// Formats of layers, which hold the steps: they are written by the plan.
const LAYERED: [&str; 2] = ["ora", "psd"];

/// Smooth colour, so that nothing but a fault changes it much.
fn colours(width: u32, height: u32) -> Rgb {
    let wave = |v: u32, side: u32| (v * 180 / side.max(1) + 30) as u8;
    Rgb::new(width, height, |x, y| [wave(x, width), wave(y, height), 200 - wave(x, width) / 2])
}

/// One file for every way of storing pixels.
fn files(width: u32, height: u32) -> Vec<(&'static str, Vec<u8>)> {
    let picture = colours(width, height);
    let at = |x: u32, y: u32| picture.at(x, y);
    let alpha = |x: u32, y: u32| if (x + y).is_multiple_of(3) { 255 } else { ((x * 5 + y * 3) % 256) as u8 };
    let deep = |v: u8, x: u32| (u16::from(v) * 257).saturating_add((x % 200) as u16);
    let rows = |f: &dyn Fn(u32, u32) -> Vec<u8>| (0..height).map(|y| (0..width).flat_map(|x| f(x, y)).collect()).collect::<Vec<Vec<u8>>>();
    let palette: Vec<[u8; 3]> = (0..=255).map(|i| [i, 255 - i, i / 2]).collect();
    let ink = jpeg_of_ink(&picture);
    vec![
        ("L", Png::new(width, height, 8, kit::GREY, rows(&|x, y| vec![at(x, y)[0]]).into_iter()).bytes()),
        ("LA", Png::new(width, height, 8, kit::GREY_ALPHA, rows(&|x, y| vec![at(x, y)[0], alpha(x, y)]).into_iter()).bytes()),
        ("RGB", Png::rgb(&picture).bytes()),
        ("RGBA", Png::new(width, height, 8, kit::RGBA, rows(&|x, y| [&at(x, y)[..], &[alpha(x, y)]].concat()).into_iter()).bytes()),
        ("P", kit::palette_png(width, height, &palette, &[], |x, y| at(x, y)[0])),
        ("P with alpha", kit::palette_png(width, height, &palette, &[0, 90, 255], |x, y| ((x + y) % 5) as u8)),
        ("1 bit", kit::low_depth_png(&kit::strokes(width, height), 1)),
        ("16 bit grey", kit::deep_png(width, height, kit::GREY, |x, y| vec![deep(at(x, y)[0], x)])),
        ("16 bit RGB", kit::deep_png(width, height, kit::RGB, |x, y| at(x, y).map(|v| deep(v, x)).to_vec())),
        (
            "16 bit RGBA",
            kit::deep_png(width, height, kit::RGBA, |x, y| {
                let [r, g, b] = at(x, y).map(|v| deep(v, x));
                vec![r, g, b, u16::from(alpha(x, y)) * 257]
            }),
        ),
        ("CMYK", ink),
    ]
}

fn jpeg_of_ink(picture: &Rgb) -> Vec<u8> {
    let ink: Vec<u8> = picture.pixels.iter().flat_map(|&[r, g, b]| [255 - r, 255 - g, 255 - b, 0]).collect();
    let mut out = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut out, 95);
    encoder.encode(&ink, picture.width as u16, picture.height as u16, jpeg_encoder::ColorType::Cmyk).unwrap();
    out
}

/// Mean of the two channels of colour (Rec. 601 Cb and Cr, in levels), which the ringing of sharp edges leaves alone.
fn chroma(picture: &Picture) -> [f64; 2] {
    let mut sum = [0.0; 2];
    for p in picture.rgba8().as_chunks::<4>().0 {
        let [r, g, b] = [p[0], p[1], p[2]].map(f64::from);
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        sum = [sum[0] + (b - y) * 0.564, sum[1] + (r - y) * 0.713];
    }
    sum.map(|s| s / picture.area() as f64)
}

/// What every written file has to hold of a picture.
fn check_file(what: &str, picture: &Picture, format: Format) {
    let out = encode(picture, &EncodeOptions::new(format)).unwrap_or_else(|e| panic!("{what}: {e}"));
    let said = |code: &str| out.notices.iter().any(|n| n.code == code);
    if format == Format::Avif {
        assert_eq!(Format::sniff(&out.bytes), Err(Foreign::Avif), "{what}");
        assert_eq!(avif_size(&out.bytes), Some((picture.width(), picture.height())), "{what}");
        return;
    }
    assert_eq!(Format::sniff(&out.bytes), Ok(format), "{what}");
    let back = open(&out.bytes);
    assert_eq!((back.width(), back.height()), (picture.width(), picture.height()), "{what}");
    let deep = picture.bit_depth() == 16;
    if format.holds_sixteen_bits() {
        assert_eq!(*back, *picture, "{what}: a lossless format keeps everything");
    } else {
        assert_eq!(said("depth_reduced"), deep, "{what}: fewer bits are said");
        assert_eq!(back.bit_depth(), 8, "{what}");
    }
    let opaque = picture.is_opaque();
    match format {
        Format::Jpeg => assert!(back.is_opaque() && said("alpha_flattened") != opaque, "{what}: lost transparency is said"),
        Format::Gif => {
            let hard =
                picture.rgba8().as_chunks::<4>().0.iter().zip(back.rgba8().as_chunks::<4>().0).all(|(a, b)| (a[3] >= 128) == (b[3] == 255));
            assert!(hard, "{what}: alpha became hard at the middle");
        }
        _ => {
            let same = picture.rgba8().as_chunks::<4>().0.iter().zip(back.rgba8().as_chunks::<4>().0).all(|(a, b)| a[3] == b[3]);
            assert!(same, "{what}: alpha stays");
        }
    }
    if opaque {
        let (before, after) = (chroma(picture), chroma(&back));
        let off = (before[0] - after[0]).hypot(before[1] - after[1]);
        assert!(off <= before[0].hypot(before[1]) * 0.03 + 1.0, "{what}: chroma {before:.2?} became {after:.2?}");
    }
}

/// Width and height of the image spatial extents property (ISO/IEC 23008-12, 6.5.3).
fn avif_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let at = bytes.windows(4).position(|w| w == b"ispe")?;
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    Some((number(at + 8)?, number(at + 12)?))
}

/// A result as one number.
fn fingerprint(picture: &Picture) -> u64 {
    let mut hasher = DefaultHasher::new();
    (picture.width(), picture.height(), picture.rgba8(), picture.deep()).hash(&mut hasher);
    hasher.finish()
}

/// What was written already: how a picture is written depends on nothing but the picture, so the same one need not be written twice.
#[derive(Default)]
struct Written(Mutex<HashSet<(u64, Format)>>);

impl Written {
    fn is_new(&self, picture: u64, format: Format) -> bool {
        self.0.lock().unwrap().insert((picture, format))
    }
}

/// Pixels up to which a result goes into every format, and those up to which AVIF, which takes its time, is among them.
const IN_ALL: [u64; 2] = [8_000, 2_000];
/// Pixels up to which AVIF of a larger one is written now and then.
const AVIF_MOST: u64 = 1_000_000;

/// The formats that the `nth` result is written in. Those that take turns do so along the kinds of files, which are neighbours, so that each operation and
/// each kind meets every format.
fn formats_for(picture: &Picture, nth: usize) -> Vec<Format> {
    let area = picture.area();
    let mut formats = match area {
        _ if area <= IN_ALL[0] => WRITTEN.to_vec(),
        _ => vec![WRITTEN[(nth + nth / 5) % WRITTEN.len()]],
    };
    if area <= IN_ALL[1] || (area <= AVIF_MOST && nth.is_multiple_of(67)) {
        formats.push(Format::Avif);
    }
    formats
}

/// One input, and what is done to it.
struct Cell<'a> {
    mode: &'a str,
    size: (u32, u32),
    inputs: &'a Inputs,
    step: &'a Step,
    expected: (u32, u32),
    models: &'a Models,
}

impl Cell<'_> {
    fn what(&self) -> String {
        format!("{} {} on {} {:?}", self.step.op, serde_json::to_string(&self.step.params).unwrap(), self.mode, self.size)
    }

    fn input(&self) -> &Picture {
        &self.inputs.images[&ImageRef::Image(1)]
    }

    /// The result; `None` where the picture rules the operation out.
    fn run(&self, then: Option<Step>) -> Option<Run> {
        let mut steps = vec![self.step.clone()];
        steps.extend(then);
        match run_with(self.models, &Plan::new(steps), self.inputs) {
            Ok(result) => Some(result),
            Err(e) => {
                assert!(ruled_out(e.code(), self.input()), "{}: {e}", self.what());
                None
            }
        }
    }

    fn check(&self, written: &Written, nth: usize) {
        let Some(result) = self.run(None) else { return };
        let what = self.what();
        assert_eq!((result.picture.width(), result.picture.height()), self.expected, "{what}");
        assert_depth(&what, self.input(), &result);
        let print = fingerprint(&result.picture);
        for format in formats_for(&result.picture, nth) {
            if written.is_new(print, format) {
                check_file(&format!("{what} as {}", format.label()), &result.picture, format);
            }
        }
    }

    /// Files with layers show the result, whole.
    fn check_layered(&self, format: &str) {
        let what = format!("{} as {format}", self.what());
        let Some(result) = self.run(Some(step("export", json!({ "format": format })))) else { return };
        let file = result.files.last().unwrap_or_else(|| panic!("{what}: no file"));
        if file.part.is_some() {
            return; // Parts have sizes of their own; that they make up the whole is the matter of `tests/it/long.rs`.
        }
        let picture = &result.picture;
        assert_eq!((file.width, file.height), (picture.width(), picture.height()), "{what}");
        if format == "ora" {
            let mut bytes = vec![];
            let mut zip = zip::ZipArchive::new(Cursor::new(file.bytes.as_slice())).unwrap_or_else(|e| panic!("{what}: {e}"));
            zip.by_name("mergedimage.png").unwrap().read_to_end(&mut bytes).unwrap();
            let shown = open(&bytes);
            assert_eq!(
                (shown.width(), shown.height(), shown.bit_depth()),
                (picture.width(), picture.height(), picture.bit_depth()),
                "{what}"
            );
            let alpha = |p: &Picture| p.rgba8().as_chunks::<4>().0.iter().map(|p| p[3]).collect::<Vec<u8>>();
            assert!(alpha(&shown) == alpha(picture), "{what}: alpha stays");
        } else {
            let number = |at: usize| u32::from_be_bytes(file.bytes[at..at + 4].try_into().unwrap());
            assert_eq!((&file.bytes[..4], number(18), number(14)), (&b"8BPS"[..], picture.width(), picture.height()), "{what}");
            assert_eq!(file.bytes[22..24], [0, 8], "{what}: eight bits a channel");
        }
    }
}

fn open(bytes: &[u8]) -> Arc<Picture> {
    decode(bytes, &Limits::default()).unwrap_or_else(|e| panic!("{e}")).picture
}

/// Does all work on as many threads as there are; the first that fails ends the test.
fn in_parallel<T: Sync>(work: &[T], each: impl Fn(usize, &T) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = work.get(n) else { break };
                    each(n, item);
                }
            });
        }
    });
}

/// Operations that look at every pixel again and again.
const HEAVY: [&str; 20] = [
    "background",
    "colorize",
    "compose",
    "deblur",
    "denoise",
    "describe",
    "detail",
    "enhance",
    "erase",
    "fit",
    "match",
    "place",
    "recolor",
    "redact",
    "restore",
    "retouch",
    "sharpen",
    "swap",
    "upscale",
    "watermark",
];

/// Which results are made. All, but on the large size heavy operations meet one kind of file each, in turns; so do, nearly, plans whose result is many times
/// as large as the picture, which is another matter than its kind.
fn is_made(cell: &Cell<'_>, nth: usize) -> bool {
    let area = |(w, h): (u32, u32)| u64::from(w) * u64::from(h);
    let (before, after) = (area(cell.size), area(cell.expected));
    let heavy = before > 100_000 && HEAVY.contains(&cell.step.op.as_str());
    let grows = after > 500_000 && after > 4 * before;
    match (heavy || after > 4_000_000, grows) {
        (true, _) => nth.is_multiple_of(12),
        (false, true) => nth.is_multiple_of(6),
        (false, false) => true,
    }
}

/// A file with layers runs the operation anew: on long and large pictures one kind for each operation.
fn is_layered(cell: &Cell<'_>, nth: usize) -> bool {
    cell.size.0 * cell.size.1 <= 4_000 || (nth.is_multiple_of(12) && cell.expected.0 * cell.expected.1 <= 1_000_000)
}

#[test]
fn every_operation_takes_every_kind_of_file_of_every_size_and_its_result_goes_into_every_format() {
    let models = Models::none();
    for size in SIZES {
        let files: Vec<(&str, Inputs)> = files(size.0, size.1).into_iter().map(|(mode, bytes)| (mode, inputs(&open(&bytes)))).collect();
        let plans = without_a_model(size);
        let mut cells = vec![];
        for (step, expected) in &plans {
            cells.extend(files.iter().map(|(mode, inputs)| Cell { mode, size, inputs, step, expected: *expected, models: &models }));
        }
        let (written, made) = (Written::default(), AtomicUsize::new(0));
        in_parallel(&cells, |nth, cell| {
            if is_made(cell, nth) {
                made.fetch_add(1, Ordering::Relaxed);
                cell.check(&written, nth);
            }
            if is_layered(cell, nth) {
                LAYERED.into_iter().for_each(|format| cell.check_layered(format));
            }
        });
        println!("{size:?}: {} of {} results, {} different files", made.into_inner(), cells.len(), written.0.lock().unwrap().len());
    }
}

/// Sizes for operations with models: what a model sees has a size of its own, so a large picture shows nothing that these do not.
const SMALL: [(u32, u32); 3] = [(1, 1), (37, 41), (255, 191)];

/// One plan for every use of a model, and the size that comes out.
fn with_a_model((w, h): (u32, u32)) -> Vec<(Step, (u32, u32))> {
    let subject = json!({ "kind": "subject" });
    let person = json!({ "kind": "object", "label": "person" });
    vec![
        (step("cutout", json!({})), (w, h)),
        (step("background", json!({ "color": "white", "shadow": "drop" })), (w, h)),
        (step("background", json!({ "fill": "blur", "radius": 4 })), (w, h)),
        (step("erase", json!({ "target": person })), (w, h)),
        (step("select", json!({ "target": { "kind": "background" } })), (w, h)),
        (step("redact", json!({ "target": { "kind": "face" } })), (w, h)),
        (step("recolor", json!({ "target": subject, "color": "teal" })), (w, h)),
        (step("adjust", json!({ "target": subject, "brightness": 20 })), (w, h)),
        (step("retouch", json!({ "target": { "kind": "face" } })), (w, h)),
        (step("swap", json!({ "target": subject, "with": "image:2" })), (w, h)),
        (step("colorize", json!({ "force": true })), (w, h)),
        (step("restore", json!({})), (w, h)),
        (step("upscale", json!({ "scale": 2 })), (2 * w, 2 * h)),
        (step("describe", json!({})), (w, h)),
    ]
}

/// Every use of a model meets every size, each time with another way of storing pixels, so that together they meet every pair of size and way.
#[test]
fn operations_with_models_take_all_kinds_of_files_and_their_results_go_into_every_format() {
    let Some(models) = crate::models::models("operations_with_models_take_all_kinds_of_files") else { return };
    let written = Written::default();
    let mut pairs = HashSet::new();
    for (s, size) in SMALL.into_iter().enumerate() {
        let files = files(size.0, size.1);
        for (i, (step, expected)) in with_a_model(size).iter().enumerate() {
            let (mode, bytes) = &files[(i + 3 * s) % files.len()];
            pairs.insert((size, *mode));
            let inputs = inputs(&open(bytes));
            Cell { mode, size, inputs: &inputs, step, expected: *expected, models }.check(&written, i);
        }
    }
    assert_eq!(pairs.len(), SMALL.len() * files(1, 1).len(), "every pair of size and way of storing pixels");
}

/// What the picture itself rules out: of one column the left half is empty, behind a cut-out there is nothing, and 5000 rows cannot be twenty times
/// as many.
fn ruled_out(code: &str, picture: &Picture) -> bool {
    match code {
        "mask_empty" | "box_outside" | "nothing_to_fill_from" => picture.width() == 1,
        "no_background" | "no_common_ground" => !picture.is_opaque(),
        // Waves of colour show nobody and nothing.
        "target_not_found" | "subject_not_found" | "no_subject" | "no_face" => true,
        "image_too_large" => picture.height() == 5000,
        // One row of pixels has no parts; what is painted all over, or in one colour, has no blank bands between contents.
        "too_many_parts" => picture.area() == 1,
        "no_blank_bands" => true,
        _ => false,
    }
}

/// Sixteen bits stay, or it is said that they do not.
fn assert_depth(what: &str, input: &Picture, result: &Run) {
    if input.bit_depth() == 16 && result.picture.bit_depth() == 8 {
        assert!(result.notices().iter().any(|n| n.code == "depth_reduced"), "{what}: depth was lost without a word");
    }
    if input.bit_depth() == 8 {
        assert_eq!(result.picture.bit_depth(), 8, "{what}: no depth comes from nothing");
    }
}
