//! Networks of `tests/fixtures/ncnn`, whose expected outputs the ncnn package made; damaged files.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::models::graph;
use crate::models::session::{LoadedSession, Optimise, SessionSpec};
use crate::models::testing::real_runtime;
use crate::text::Explain;

/// Sides of the fixtures' input.
const HEIGHT: usize = 12;
const WIDTH: usize = 14;

pub fn fixture(file: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ncnn").join(file)).expect("a fixture")
}

fn network(name: &str) -> Imported {
    import(&fixture(&format!("{name}.param")), fixture(&format!("{name}.bin"))).expect("a sound network")
}

fn run(model: &Model, shape: [usize; 2], data: Vec<f32>) -> Option<crate::models::Tensor> {
    let runtime = real_runtime("ncnn")?;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("net.onnx");
    std::fs::write(&path, graph::encode(model)).unwrap();
    let spec = SessionSpec { name: "net", outputs: &[OUTPUT.to_owned()], threads: 1 };
    let mut session = LoadedSession::open(runtime, &path, Optimise::Now, &spec).expect("ONNX Runtime takes the graph");
    let input = crate::models::Tensor { shape: vec![1, 3, shape[0], shape[1]], data };
    Some(session.run_alone(&[input]).expect("it runs").remove(0))
}

#[test]
fn every_layer_in_both_precisions_gives_what_ncnn_gives() {
    for name in ["compact", "everything", "compact-half", "everything-half"] {
        let network = network(name);
        assert_eq!((network.half, network.layers), (name.ends_with("half"), if name.starts_with("compact") { 10 } else { 33 }), "{name}");
        let at = |i: usize| (7 * (i / (HEIGHT * WIDTH)) + 3 * (i / WIDTH % HEIGHT) + 5 * (i % WIDTH)) % 17;
        let input = (0..3 * HEIGHT * WIDTH).map(|i| at(i) as f32 / 16.0).collect();
        let Some(output) = run(&network.model, [HEIGHT, WIDTH], input) else { return };
        let scale = network.scale as usize;
        assert_eq!(output.shape, [1, 3, HEIGHT * scale, WIDTH * scale], "{name}");
        let expected = fixture(&format!("{name}.expected"));
        let expected = expected.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
        assert_eq!(expected.len(), output.data.len());
        let largest = output.data.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest < 2e-5, "{name}: {largest}");
    }
}

#[test]
fn the_fixtures_hold_every_kind_of_layer_that_is_supported() {
    let kinds: std::collections::HashSet<String> =
        ["compact.param", "everything.param"].iter().flat_map(|f| param::parse(&fixture(f)).unwrap()).map(|layer| layer.kind).collect();
    let missing: Vec<&str> = SUPPORTED.split(", ").filter(|kind| !kinds.contains(*kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_model_takes_any_size_and_its_scale_and_reach_follow_from_the_layers() {
    // Four times, then three quarters of that; convolutions of radius 1 (three of them) and the bicubic reduction: 3 + 2 / 4.
    let compact = network("compact");
    assert_eq!((compact.scale, compact.reach_px, compact.multiple), (3, 4, 1));
    let everything = network("everything");
    assert_eq!((everything.scale, everything.multiple), (2, 2), "a layer works at half the size");
    for (height, width) in [(1, 1), (5, 40), (64, 3)] {
        let Some(output) = run(&compact.model, [height, width], vec![0.5; 3 * height * width]) else { return };
        assert_eq!(output.shape, [1, 3, 3 * height, 3 * width]);
    }
}

/// What `edit` makes of a sound network's error: code and English words.
fn refusal(name: &str, edit: impl Fn(String) -> String) -> (&'static str, String) {
    let text = edit(String::from_utf8(fixture(&format!("{name}.param"))).unwrap());
    let error = import(text.as_bytes(), fixture(&format!("{name}.bin"))).expect_err("refused");
    assert_ne!(error.text().zh, error.text().en);
    (error.code(), error.text().en)
}

#[test]
fn what_is_wrong_is_said_with_the_layer_and_its_line() {
    let cases: &[(&str, &str, &str, &[&str])] = &[
        ("7767517", "7767518", "ncnn_format", &["not a text .param file"]),
        ("10 1", "11 1", "ncnn_format", &["announces 11 layers and has 10"]),
        ("PReLU  ", "Softmax", "ncnn_layer", &["line 6", "`slopes`", "Softmax", "not supported", "PixelShuffle"]),
        ("6=135", "6=136", "ncnn_weights", &["line 5", "`head`", "136", "135"]),
        (" 0=4\n", " 0=9\n", "ncnn_shape", &["`shuffle`", "9 × 9"]),
        (" s 0=5\n", " s 0=4\n", "ncnn_weights", &["`slopes`", "4 slopes", "5 channels"]),
        (" h s ", " nowhere s ", "ncnn_format", &["`slopes`", "`nowhere`"]),
        ("9=2", "9=7", "ncnn_layer", &["`depth`", "9=7"]),
        ("9=2", "19=1", "ncnn_layer", &["`depth`", "19=1"]),
        ("9=2", "9=two", "ncnn_format", &["line 7", "`9=two`", "`depth`"]),
        ("1=7.500000e-01 2=7.500000e-01", "1=2.500000e-01 2=2.500000e-01", "ncnn_shape", &["no upscaler"]),
        ("1=7.500000e-01 2=7.500000e-01", "1=7.500000e-01 2=5.000000e-01", "ncnn_shape", &["`smaller`"]),
    ];
    for (from, to, code, words) in cases {
        let (found, text) = refusal("compact", |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        assert_eq!(found, *code, "{to}: {text}");
        assert!(words.iter().all(|w| text.contains(w)), "{to}: {text}");
    }
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let (param, bin) = (fixture("compact.param"), fixture("compact.bin"));
    for (bin, words) in [
        (fixture("everything.bin"), "weights"),
        ([bin.as_slice(), &[0; 8]].concat(), "8 bytes"),
        (bin[..bin.len() - 1].to_vec(), "`tail`"),
        (vec![], "`head`"),
    ] {
        let error = import(&param, bin).expect_err("refused");
        assert_eq!(error.code(), "ncnn_weights");
        assert!(error.text().en.contains(words), "{error}");
    }
    let error = import(&bin, param).expect_err("the two in the wrong order");
    assert_eq!(error.code(), "ncnn_format");
    assert!(error.text().en.contains(".param file first"), "{error}");
}

#[test]
fn quantised_weights_are_refused_by_name() {
    for (flag, words) in [(0x000D_4B38u32, "8-bit"), (0x0000_0001, "table"), (0x1234_5600, "0x12345600")] {
        let mut bin = fixture("compact.bin");
        bin[..4].copy_from_slice(&flag.to_le_bytes());
        let error = import(&fixture("compact.param"), bin).expect_err("refused");
        assert_eq!(error.code(), "ncnn_weights");
        assert!(error.text().en.contains(words) && error.text().en.contains("line 5"), "{error}");
    }
}

#[test]
fn weights_that_are_not_numbers_are_refused() {
    let mut bin = fixture("compact.bin");
    bin[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = import(&fixture("compact.param"), bin).expect_err("refused");
    assert!(error.text().en.contains("not numbers"), "{error}");
}

#[test]
fn files_cut_anywhere_are_an_error_and_never_a_panic() {
    for name in ["compact", "everything"] {
        let (param, bin) = (fixture(&format!("{name}.param")), fixture(&format!("{name}.bin")));
        // The last byte of a text is its line break.
        for end in 0..param.len() - 1 {
            // A cut inside the last line can leave a line that is valid too.
            if import(&param[..end], bin.clone()).is_ok() {
                assert!(end + 40 > param.len(), "{name} cut after {end} bytes");
            }
        }
        for end in (0..bin.len()).step_by(5) {
            assert!(import(&param, bin[..end].to_vec()).is_err(), "{name} cut after {end} bytes");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(
        which in 0..4usize,
        hits in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), prop::sample::select(b"0123456789=-. e,\n".to_vec())]), 1..12),
        bin_hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let name = ["compact", "everything", "compact-half", "everything-half"][which];
        let (mut param, mut bin) = (fixture(&format!("{name}.param")), fixture(&format!("{name}.bin")));
        for (at, byte) in hits {
            let at = at.index(param.len());
            param[at] = byte;
        }
        for (at, byte) in bin_hits {
            let at = at.index(bin.len());
            bin[at] = byte;
        }
        if let Ok(network) = import(&param, bin) {
            prop_assert!(SCALES.contains(&u64::from(network.scale)) && network.multiple <= 64);
            graph::decode(graph::encode(&network.model)).expect("what is written can be read");
        }
    }

    /// Numbers put where a layer counts something.
    #[test]
    fn absurd_parameters_never_panic(which in 0..2usize, line in any::<prop::sample::Index>(), id in 0..24i64, value in any::<i64>(), small in -300..300i64) {
        let name = ["compact", "everything"][which];
        let text = String::from_utf8(fixture(&format!("{name}.param"))).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = 2 + line.index(lines.len() - 2);
        for value in [value, small, i64::from(i32::MAX)] {
            let mut edited = lines.clone();
            edited[at].push_str(&format!(" {id}={value}"));
            let _ = import(edited.join("\n").as_bytes(), fixture(&format!("{name}.bin")));
        }
        lines[at].push_str(&format!(" {id}=1e38"));
        let _ = import(lines.join("\n").as_bytes(), fixture(&format!("{name}.bin")));
    }
}
