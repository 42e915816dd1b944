//! What the manifest promises: sound entries, sources that read back, overlays that replace or are refused.

use super::*;

#[test]
fn the_manifest_in_the_program_is_sound() {
    let manifest = Manifest::embedded();
    for model in manifest.models() {
        check(model).unwrap();
        assert!(!model.licence.note_en.is_empty() && !model.licence.note_zh.is_empty());
    }
    for job in ["cutout", "objects", "faces", "face-mesh", "person-mask", "colorize", "upscale", "deblur", "face-restore"] {
        assert_eq!(manifest.default_for(job).unwrap().job, job);
    }
    let isnet = manifest.model("isnet").unwrap();
    assert_eq!(isnet.licence.commercial, Commercial::Unclear, "nobody has said that its weights may be used commercially");
    assert!(isnet.sha256.is_some() && isnet.size.is_some());
    let tint = manifest.default_for("colorize").unwrap();
    assert_eq!(tint.licence.commercial, Commercial::Unclear, "its photos were for research");
}

#[test]
fn a_fresh_portico_gets_what_is_in_the_program_and_the_defaults_but_nothing_that_is_only_for_those_who_name_it() {
    let manifest = Manifest::embedded();
    let names: Vec<&str> = manifest.first_set().map(|m| m.name.as_str()).collect();
    for name in ["isnet", "nanodet", "realesr-animevideov3-x2", "realesr-animevideov3-x4"] {
        assert!(names.contains(&name), "{name} is missing from {names:?}");
    }
    assert!(!names.contains(&"deblur-nafnet") && !names.contains(&"birefnet-lite"));
    assert!(manifest.first_set().all(|m| m.source.host().is_none()), "nothing is downloaded without being asked for");
}

#[test]
fn a_source_reads_back_as_it_was_written() {
    for text in [
        "npm:@imgly/background-removal-data@1.4.5/dist/resources.json#/models/medium",
        "npm:onnxruntime-node@1.30.0/bin/x.so.1",
        "hf:owner/repository/onnx/model.onnx@main",
        "https://example.org/a/b.onnx",
        "file:/some/where.onnx",
        "bundled:selfie.onnx",
        "ncnn:/some/x4.param",
        "ncnn:/some/x4.param#/other/weights.bin",
    ] {
        assert_eq!(Source::try_from(text.to_owned()).unwrap().to_string(), text);
    }
    assert!(Source::try_from("ftp:x".to_owned()).is_err());
    let Source::Npm { package, version, .. } = Source::try_from("npm:@a/b@1.2.3/c/d".to_owned()).unwrap() else { panic!("npm") };
    assert_eq!((package.as_str(), version.as_str()), ("@a/b", "1.2.3"));
}

#[test]
fn one_line_in_an_overlay_file_makes_another_model_the_default() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("models.d")).unwrap();
    std::fs::write(dir.path().join("models.d/mine.toml"), "defaults.cutout = \"birefnet-lite\"\n").unwrap();
    let manifest = Manifest::with_overlays(dir.path()).unwrap();
    assert_eq!(manifest.default_for("cutout").unwrap().name, "birefnet-lite");
}

#[test]
fn a_wrong_overlay_is_refused_with_its_file_name() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("models.d")).unwrap();
    for text in ["defaults.cutout = \"nonesuch\"", "[[model]]\nname = \"../up\"", "nonsense = 1"] {
        std::fs::write(dir.path().join("models.d/bad.toml"), text).unwrap();
        let error = Manifest::with_overlays(dir.path()).unwrap_err();
        assert!(error.file.ends_with("bad.toml"), "{error}");
    }
}
