//! Formats: what comes in keeps its depth and its metadata where it can, and what cannot be kept is said. Every operation on every kind of file is the
//! matter of [`crate::matrix`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, execute};
use portico::imaging::encode::{EncodeOptions, Extras, encode, encode_with};
use portico::imaging::{Affine, Decoded, Format, Limits, Picture, decode, depth, exif, geometry, resize};
use portico::models::Models;
use portico::ops::{SourceFormat, Unwatched};
use portico::plan::{Plan, Step};
use portico::text::Explain;
use serde_json::{Value, json};

use crate::kit;
use crate::operations::{run, step};

const WRITTEN: [Format; 5] = [Format::Png, Format::Jpeg, Format::Webp, Format::Tiff, Format::Gif];

fn open(bytes: &[u8]) -> Decoded {
    decode(bytes, &Limits::default()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn sixteen_bits_pass_exact_geometry_bit_by_bit_and_smooth_ramps_stay_smooth() {
    let ramp = Picture::from_rgba16(400, 60, (0..400 * 60u32).flat_map(|i| [(i % 400 * 60) as u16, 20_000, 40_000, 65535]).collect());
    let of = |op: &str, params: Value| run(&Plan::new(vec![step(op, params)]), &Inputs::one(Arc::new(ramp.clone()))).unwrap();
    let (mirrored, _) = geometry::flip(&ramp, geometry::FlipAxis::Horizontal);
    assert_eq!(*of("flip", json!({"axis": "horizontal"})).picture, mirrored);
    assert_eq!(mirrored.deep().expect("deep")[0], 399 * 60);
    let turned = of("rotate", json!({"degrees": 90})).picture;
    assert_eq!(geometry::rotate_quarters(&turned, 3).0, ramp);
    let cut = of("crop", json!({"box": [10, 5, 200, 40]}));
    assert_eq!(cut.picture.deep().expect("deep")[..4], [600, 20_000, 40_000, 65535]);
    let half = resize::resize(&ramp, 200, 30);
    let values: Vec<i32> = half.deep().expect("deep").as_chunks::<4>().0[..200].iter().map(|p| p[0].into()).collect();
    assert!(values.windows(2).all(|w| (100..=140).contains(&(w[1] - w[0]))), "even steps of 120: {values:?}");
    let tilted = geometry::warp(&ramp, &Affine::translation(0.5, 0.0), 399, 60, [0; 4]);
    let values: Vec<i32> = tilted.deep().expect("deep").as_chunks::<4>().0[..399].iter().map(|p| p[0].into()).collect();
    assert!(values.windows(2).skip(2).take(390).all(|w| (40..=80).contains(&(w[1] - w[0]))), "even steps of 60");
}

#[test]
fn an_operation_of_eight_bits_leaves_sixteen_where_it_changed_nothing_and_says_so() {
    let ramp = Picture::from_rgba16(
        300,
        200,
        (0..300 * 200u32).flat_map(|i| [(i % 300 * 200) as u16, (i / 300 * 300) as u16, 9_999, 65535]).collect(),
    );
    let params = json!({"target": {"kind": "region", "box": [100, 50, 40, 30]}, "style": "solid"});
    let result = run(&Plan::new(vec![step("redact", params)]), &Inputs::one(Arc::new(ramp.clone()))).unwrap();
    let (before, after) = (ramp.deep().expect("deep"), result.picture.deep().expect("still deep"));
    let mask = result.mask.clone().expect("the target");
    for (i, &inside) in mask.values().iter().enumerate() {
        assert!(inside > 0 || before[i * 4..i * 4 + 4] == after[i * 4..i * 4 + 4], "outside the target at {i}");
    }
    assert_eq!(result.notices().iter().filter(|n| n.code == "depth_reduced").count(), 1);
    assert_eq!(depth::keep(&ramp, &ramp), None, "nothing to do where nothing was lost");
}

/// Files of an independent writer, see `tests/fixtures/tiff/README.md`.
#[test]
fn tiff_files_of_every_kind_are_the_same_picture() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiff");
    let expected = open(&std::fs::read(folder.join("expected.png")).unwrap()).picture;
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|e| e != "tif") {
            continue;
        }
        seen += 1;
        let bytes = std::fs::read(&path).unwrap();
        if name.starts_with("refused") {
            let error = decode(&bytes, &Limits::default()).unwrap_err();
            assert_eq!(error.code(), "unsupported_format", "{name}");
            continue;
        }
        let found = open(&bytes);
        assert_eq!((found.picture.width(), found.picture.height()), (expected.width(), expected.height()), "{name}");
        let grey = name.contains("grey");
        let tolerance = if name.contains("jpeg") {
            12.0
        } else if name.contains("premultiplied") {
            2.0
        } else if name.contains("bilevel") {
            300.0
        } else {
            1.0
        };
        let luminance = |p: &[u8; 4]| f64::from(p[0]) * 0.299 + f64::from(p[1]) * 0.587 + f64::from(p[2]) * 0.114;
        for (a, b) in found.picture.rgba8().as_chunks::<4>().0.iter().zip(expected.rgba8().as_chunks::<4>().0) {
            if b[3] == 0 || (b[3] < 255 && !name.contains("alpha")) {
                continue;
            }
            if grey {
                assert!((luminance(a) - luminance(b)).abs() <= tolerance + 1.0, "{name}: {a:?} for {b:?}");
            } else if !name.contains("bilevel") {
                assert!((0..3).all(|c| f64::from(a[c].abs_diff(b[c])) <= tolerance), "{name}: {a:?} for {b:?}");
            } else if (luminance(b) - 127.5).abs() > 1.0 {
                assert_eq!(luminance(a) > 127.0, luminance(b) > 127.0, "{name}: {a:?} for {b:?}");
            }
        }
        assert_eq!(found.picture.bit_depth() == 16, name.contains("16"), "{name}");
        assert_eq!(found.picture.is_opaque(), !name.contains("alpha"), "{name}");
        assert_eq!(found.notices.iter().any(|n| n.code == "first_page_only"), name.contains("pages"), "{name}");
    }
    assert!(seen >= 15, "only {seen} files");
}

#[test]
fn no_damage_to_a_tiff_brings_the_decoder_down() {
    let picture = Picture::from_rgba16(31, 17, (0..31 * 17 * 4u32).map(|i| (i * 97 % 65536) as u16).collect());
    let whole = encode(&picture, &EncodeOptions::new(Format::Tiff)).unwrap().bytes;
    for end in 0..whole.len() {
        let _ = decode(&whole[..end], &Limits::default());
    }
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut hurt = whole.clone();
            hurt[at] ^= flip;
            let _ = decode(&hurt, &Limits::default());
        }
    }
}

/// A JPEG as a camera writes it: place, thumbnail, owner.
fn camera_jpeg() -> Vec<u8> {
    kit::gps_tagged().into_iter().find(|(name, _)| *name == "jpeg").expect("a JPEG").1
}

fn with_exif(bytes: &[u8]) -> Inputs {
    let limits = Limits::default();
    let block = exif::block(bytes, &limits).and_then(|block| exif::kept(block, true)).map(Arc::new);
    Inputs { exif: block, ..Inputs::one(open(bytes).picture) }
}

fn export(inputs: &Inputs, params: Value) -> (Vec<u8>, Run) {
    let run = run(&Plan::new(vec![Step { params: params.as_object().cloned().unwrap(), ..Step::new("export") }]), inputs).unwrap();
    (run.files[0].bytes.to_vec(), run)
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|w| w == needle)
}

#[test]
fn metadata_stays_where_it_is_asked_for_without_the_place_and_never_with_the_old_thumbnail() {
    let original = camera_jpeg();
    let inputs = with_exif(&original);
    for format in ["jpeg", "png", "webp", "tiff"] {
        let (plain, _) = export(&inputs, json!({"format": format}));
        let (kept, _) = export(&inputs, json!({"format": format, "metadata": "keep"}));
        assert!(!holds(&plain, kit::CAMERA.as_bytes()), "{format}: nothing unless asked");
        assert!(holds(&kept, kit::CAMERA.as_bytes()), "{format} keeps the camera");
        let limits = Limits::default();
        let block = exif::block(&kept, &limits).expect("a block");
        assert!(exif::kept(block, true).is_some_and(|b| exif::kept(block, false).is_some_and(|c| b == c)), "{format}: no place");
        assert!(kept.windows(3).filter(|w| *w == [0xff, 0xd8, 0xff]).count() <= 1, "{format} has a thumbnail");
        assert_eq!(open(&kept).source.orientation, 1, "{format}");
        assert_eq!(
            (open(&kept).picture.width(), open(&kept).picture.height()),
            (open(&original).picture.width(), open(&original).picture.height())
        );
    }
    let (with_place, _) = export(&inputs, json!({"format": "jpeg", "metadata": "keep", "gps": true}));
    let limits = Limits::default();
    let block = exif::block(&with_place, &limits).expect("a block");
    assert!(exif::kept(block, true).unwrap().len() > exif::kept(block, false).unwrap().len(), "the place where it is asked for");
    let bare = Inputs::one(open(&original).picture);
    assert!(export(&bare, json!({"format": "jpeg", "metadata": "keep"})).1.notices().iter().any(|n| n.code == "no_metadata"));
}

#[test]
fn dpi_is_written_where_each_format_keeps_it() {
    let inputs = Inputs::one(Arc::new(Picture::filled(30, 20, [10, 200, 90, 255])));
    let (jpeg, _) = export(&inputs, json!({"format": "jpeg", "dpi": 300}));
    let at = jpeg.windows(5).position(|w| w == b"JFIF\0").expect("JFIF");
    assert_eq!(jpeg[at + 7..at + 12], [1, 1, 44, 1, 44], "300 by 300 per inch");
    let (png, _) = export(&inputs, json!({"format": "png", "dpi": 300}));
    let at = png.windows(4).position(|w| w == b"pHYs").expect("pHYs");
    assert_eq!(png[at + 4..at + 13], [0, 0, 0x2e, 0x23, 0, 0, 0x2e, 0x23, 1], "11811 per metre");
    let (tiff, _) = export(&inputs, json!({"format": "tiff", "dpi": 300}));
    let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(&tiff)).unwrap();
    assert_eq!(decoder.get_tag_u32(tiff::tags::Tag::ResolutionUnit).unwrap(), 2);
    assert_eq!(decoder.get_tag_u32_vec(tiff::tags::Tag::XResolution).unwrap(), [300, 1]);
    let (webp, _) = export(&inputs, json!({"format": "webp", "dpi": 300}));
    assert!(holds(&webp, b"EXIF") && open(&webp).picture.pixel(3, 3)[3] == 255);
    image::load_from_memory(&webp).expect("a second decoder reads it");
    let (_, gif) = export(&inputs, json!({"format": "gif", "dpi": 300}));
    assert!(gif.notices().iter().any(|n| n.code == "metadata_not_kept"));
}

#[test]
fn a_byte_limit_lowers_quality_first_then_size_and_says_both() {
    let noise = |i: u32| {
        let v = i.wrapping_mul(2_654_435_761) >> 8;
        [v as u8, (v >> 7) as u8, (v >> 13) as u8, 255]
    };
    let inputs = Inputs::one(Arc::new(Picture::from_rgba8(600, 400, (0..600 * 400).flat_map(noise).collect())));
    let full = export(&inputs, json!({"format": "jpeg"})).0.len() as u64;
    let (file, quality) = export(&inputs, json!({"format": "jpeg", "max_bytes": full * 6 / 10}));
    assert!(file.len() as u64 <= full * 6 / 10);
    assert!(quality.notices().iter().any(|n| n.code == "quality_lowered"));
    assert_eq!(open(&file).picture.width(), 600);
    for (format, limit) in [("jpeg", 20_000), ("png", 60_000), ("webp", 15_000), ("tiff", 60_000), ("gif", 30_000)] {
        let (file, run) = export(&inputs, json!({"format": format, "max_bytes": limit}));
        assert!(file.len() <= limit, "{format}: {}", file.len());
        assert!(file.len() * 10 >= limit * 8, "{format}: {} of {limit} is much smaller than it has to be", file.len());
        assert!(run.notices().iter().any(|n| n.code == "shrunk_to_fit"), "{format}");
    }
}

#[test]
fn an_avif_that_takes_long_is_cancelled_at_once() {
    let noise = (0..2000 * 1500u32).flat_map(|i| (i.wrapping_mul(2_654_435_761) | 0xff).to_be_bytes()).collect();
    let inputs = Inputs::one(Arc::new(Picture::from_rgba8(2000, 1500, noise)));
    let plan = Plan::new(vec![step("export", json!({"format": "avif"}))]);
    let cancel = Cancel::new();
    let (models, limits) = (Models::none(), Limits::default());
    let error = std::thread::scope(|scope| {
        let work = scope.spawn(|| execute(&plan, &inputs, &Env { models: &models, limits: &limits }, &Unwatched, &cancel).unwrap_err());
        std::thread::sleep(Duration::from_millis(200));
        cancel.cancel();
        let since = Instant::now();
        let error = work.join().unwrap();
        // Ten times what is promised: a test asserts that it ends, a bench how fast.
        assert!(since.elapsed() < Duration::from_secs(5));
        error
    });
    assert_eq!(error.code(), "cancelled");
}

#[test]
fn a_description_names_what_was_sent_and_its_depth() {
    let bytes = kit::deep_png(12, 9, kit::RGB, |x, y| vec![(x * 5000) as u16, (y * 7000) as u16, 100]);
    let source = SourceFormat::of(Format::Png, &bytes);
    let inputs = Inputs { source: Some(source), ..Inputs::one(open(&bytes).picture) };
    let (report, words) = run(&Plan::new(vec![step("describe", json!({}))]), &inputs).unwrap().report.expect("a report");
    assert_eq!((&report["format"], &report["bit_depth"]), (&json!("png"), &json!(16)));
    assert!(words.en.contains("sent as PNG, 16 bits a channel") && words.zh.contains("上传时为 PNG，每通道 16 位"), "{words:?}");
}

#[test]
fn an_animation_is_written_as_its_first_frame() {
    let picture = open(&kit::animated_gif([[250, 10, 20], [10, 250, 20], [10, 20, 250]])).picture;
    for format in WRITTEN {
        let out = encode_with(&picture, &EncodeOptions::new(format), &Extras::default()).unwrap();
        let back = open(&out.bytes);
        assert!(back.source.frames.is_none(), "{format:?}");
        let [r, g, b, _] = back.picture.pixel(3, 2);
        assert!(r > 240 && g < 20 && b < 30, "{format:?}: {r} {g} {b}");
    }
}
