//! Real models on real photographs.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use portico::cancel::Cancel;
use portico::imaging::{Mask, Picture};
use portico::models::{Models, ModelsConfig, isnet};

/// The installed models, or `None` after saying loudly that a test was skipped.
fn models(test: &str) -> Option<&'static Models> {
    static MODELS: LazyLock<Models> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dir = std::env::var_os("PORTICO_MODELS").map_or_else(|| root.join("models"), PathBuf::from);
        Models::open(ModelsConfig::new(dir)).expect("the manifest is valid")
    });
    match MODELS.default_for("cutout") {
        Ok(_) => Some(&MODELS),
        Err(e) => {
            eprintln!("SKIPPED {test}: {e}");
            None
        }
    }
}

fn photo(name: &str) -> Picture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/photos").join(name);
    let rgba = image::open(path).expect("a test photo").into_rgba8();
    Picture::from_rgba8(rgba.width(), rgba.height(), rgba.into_raw())
}

fn cut(models: &Models, picture: &Picture, size: u32) -> Mask {
    let info = models.default_for("cutout").expect("installed");
    let input = isnet::prepare(picture, &info.input, size);
    let answer = models.infer(&info.name, vec![input], &Cancel::new()).expect("it runs");
    eprintln!(
        "load {:?} wait {:?} run {:?} rss {:?} peak {:?}",
        answer.load,
        answer.wait,
        answer.run,
        portico::sys::resident_bytes().map(|b| b >> 20),
        portico::sys::peak_resident_bytes().map(|b| b >> 20)
    );
    assert_eq!(answer.outputs.len(), 1);
    assert!(answer.run > Duration::ZERO);
    isnet::matte(&answer.outputs[0], &info.output, picture.width(), picture.height()).expect("a matte")
}

#[test]
fn isnet_finds_the_cup_on_the_table() {
    let Some(models) = models("isnet_finds_the_cup_on_the_table") else { return };
    let picture = photo("coffee.png");
    for size in [1024, 1024, 640] {
        let mask = cut(models, &picture, size);
        let q = isnet::quality(&mask);
        eprintln!("{size}: {q:?} {:?}", mask.bounding_box(128));
        image::save_buffer(format!("/tmp/coffee-{size}.png"), mask.values(), mask.width(), mask.height(), image::ExtendedColorType::L8)
            .unwrap();
    }
}
