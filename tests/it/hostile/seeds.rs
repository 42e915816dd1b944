//! The fuzz targets' inputs: what they begin with is made here, and what they found stays harmless.

use std::path::{Path, PathBuf};

use portico::imaging::{Limits, decode, decode_mask, exif, filter::Cube};
use portico::plan::{Context, Plan, read};

use super::{Bad, jpegs, pngs, rasters, tiffs, webps};
use crate::kit;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

/// Valid inputs for each target.
fn seeds() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let bytes = |files: Vec<Bad>| files.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    let files = [
        ("decode_png", pngs::valid()),
        ("decode_jpeg", jpegs::valid()),
        ("decode_webp", webps::valid()),
        ("decode_gif", rasters::valid_gifs()),
        ("decode_bmp", rasters::valid_bmps()),
        ("decode_tiff", tiffs::valid()),
    ];
    let small =
        |limit: usize| files.iter().flat_map(|(_, f)| f.iter().map(|(_, b)| b.clone())).filter(|b| b.len() < limit).collect::<Vec<_>>();
    let any = small(2_000).into_iter().map(|b| [vec![0], b].concat()).collect();
    let masks = small(1_500);
    let texts = |all: &[&str]| all.iter().map(|t| t.as_bytes().to_vec()).collect::<Vec<_>>();
    let said = [
        "remove the background and crop to 3:4",
        "把右边的人去掉，再亮一点",
        "save as webp below 200 KB",
        "不要那个，左边的",
        "undo",
        "resize to 1200x800",
        "make the car red",
        "加水印“样片”",
        "put the dog from the second picture on the left",
    ];
    let instructions = said.iter().flat_map(|t| [[5u8, 0], [0xff, 3]].map(|head| [&head[..], t.as_bytes()].concat())).collect();
    let plans = said.iter().filter_map(|t| match read(t, &Context { attached: 2, versions: 3, ..Context::default() }).answer {
        portico::plan::Answer::Plan(plan) => serde_json::to_vec(&plan).ok(),
        _ => None,
    });
    let form = b"; boundary=x\n--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nabc\r\n--x\r\nContent-Disposition: form-data; name=\"instruction\"\r\n\r\ncrop\r\n--x--\r\n";
    let json = texts(&[
        r#"{"image":"aGVsbG8=","instruction":"crop to 1:1","plan":{"steps":[{"op":"flip"}]}}"#,
        r#"{"images":["img_x","data:image/png;base64,aGk"],"mask":null,"format":"png"}"#,
    ]);
    let sockets = vec![
        vec![0, 0x81, 0x85, 0, 0, 0, 0, b'h', b'e', b'l', b'l', b'o', 0x88, 0x82, 0, 0, 0, 0, 3, 0xe8],
        vec![0, 0x01, 0x81, 0, 0, 0, 0, b'a', 0x89, 0x80, 0, 0, 0, 0, 0x80, 0x81, 0, 0, 0, 0, b'b'],
        [&[7][..], b"GET /ws HTTP/1.1\r\n\r\n"].concat(),
    ];
    let cubes = texts(&[
        "TITLE \"a\"\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\nLUT_1D_SIZE 2\n0.1 0 0\n1 1 0.8\n",
        "LUT_3D_SIZE 2\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n",
    ]);
    let profiles = vec![kit::display_p3(), kit::srgb(), kit::grey_gamma(2.2), kit::press()];
    let blocks = vec![kit::exif(6, None), kit::exif(3, Some(b"thumbnail")), tiffs::looping(), tiffs::far_offsets()];
    let mut out: Vec<(&'static str, Vec<Vec<u8>>)> = files.into_iter().map(|(target, files)| (target, bytes(files))).collect();
    out.extend([
        ("decode_any", any),
        ("mask", masks),
        ("exif", blocks),
        ("icc", profiles),
        ("cube", cubes),
        ("instruction", instructions),
        ("plan_json", plans.collect()),
        ("body_multipart", vec![form.to_vec()]),
        ("body_json", json),
        ("ws_frames", sockets),
    ]);
    out
}

/// With `UPDATE_FUZZ_SEEDS=1` the seeds are written to `fuzz/corpus`.
#[test]
fn every_fuzz_target_has_inputs_to_begin_with() {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml")).unwrap();
    for target in
        manifest.lines().filter_map(|l| l.strip_prefix("name = \"")).map(|l| l.trim_end_matches('"')).filter(|t| *t != "portico-fuzz")
    {
        let made = seeds().into_iter().find(|(name, _)| *name == target).unwrap_or_else(|| panic!("{target} has no seeds")).1;
        assert!(!made.is_empty(), "{target}");
        let folder = corpus().join(target);
        if std::env::var_os("UPDATE_FUZZ_SEEDS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            for (i, bytes) in made.iter().enumerate() {
                std::fs::write(folder.join(format!("seed-{i}")), bytes).unwrap();
            }
        }
    }
}

/// Every committed input, in the build that people run.
#[test]
fn what_the_fuzzers_found_stays_harmless() {
    let (mut files, mut bytes_in_all) = (0, 0);
    for target in std::fs::read_dir(corpus()).unwrap().flatten() {
        let name = target.file_name().to_string_lossy().into_owned();
        for file in std::fs::read_dir(target.path()).unwrap().flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            (files, bytes_in_all) = (files + 1, bytes_in_all + bytes.len());
            let text = String::from_utf8_lossy(&bytes);
            let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
            match name.as_str() {
                "cube" => drop(Cube::parse(&text)),
                "exif" => drop((exif::kept(&bytes, true), exif::with_resolution(Some(&bytes), 300))),
                "mask" => drop(decode_mask(&bytes, &limits)),
                "instruction" => drop(read(text.trim_start_matches(char::is_control), &Context { attached: 1, ..Context::default() })),
                "plan_json" => drop(serde_json::from_slice::<Plan>(&bytes).map(|plan| portico::engine::check(&plan))),
                "decode_any" => drop(decode(bytes.get(1..).unwrap_or_default(), &limits)),
                "icc" => drop(decode(&kit::jpeg_with(&kit::marker(8, 8), 90, |e| drop(e.add_icc_profile(&bytes))), &limits)),
                name if name.starts_with("decode_") => drop(decode(&bytes, &limits)),
                _ => {}
            }
        }
    }
    assert!(files > 30 && bytes_in_all < 500_000, "{files} files of {bytes_in_all} bytes");
}
