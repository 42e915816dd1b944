//! Importing the networks of `tests/fixtures/ncnn` into a folder of its own.

use super::super::{FileState, verify_model};
use super::*;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ncnn")
}

fn files(dir: &Path) -> Vec<String> {
    let mut out = vec![];
    for folder in ["", "models.d", "licences"] {
        let entries = std::fs::read_dir(dir.join(folder)).into_iter().flatten().flatten();
        out.extend(
            entries.filter(|e| e.path().is_file() || folder == "licences").map(|e| format!("{folder}/{}", e.file_name().to_string_lossy())),
        );
    }
    out.sort();
    out.retain(|name| name != "/.install.lock");
    out
}

fn import(dir: &Path, param: &Path, bin: &Path, name: &str) -> Result<Import, InstallError> {
    Installer::new(dir, None).unwrap().import((param, bin), name, true)
}

#[test]
fn an_imported_upscaler_stands_in_the_manifest_is_whole_and_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let (param, bin) = (fixtures().join("compact.param"), fixtures().join("compact-half.bin"));
    let done = import(dir.path(), &param, &bin, "mine").unwrap();
    assert_eq!((done.scale, done.layers), (3, 10));
    let manifest = Manifest::with_overlays(dir.path()).unwrap();
    let info = manifest.default_for("upscale").expect("it was made the default");
    assert_eq!((info.name.as_str(), info.family.as_str(), info.file.as_str()), ("mine", "tiles", "mine.onnx"));
    assert_eq!(*info, done.info);
    assert_eq!(info.settings["scale"].as_integer(), Some(3));
    assert!(info.prepare.single_precision, "its weights are half precision");
    assert!(info.licence.note_en.contains("not known to Portico") && info.licence.note_zh.contains("不知道它的许可证"));
    assert_eq!(verify_model(dir.path(), info), FileState::Good);
    // Damaged: the usual command makes it again from the same files.
    std::fs::write(dir.path().join("mine.onnx"), b"damage").unwrap();
    assert!(matches!(verify_model(dir.path(), info), FileState::Damaged(_)));
    Installer::new(dir.path(), None).unwrap().model(info).unwrap();
    assert_eq!(verify_model(dir.path(), info), FileState::Good);
    assert!(Installer::new(dir.path(), None).unwrap().remove(info).unwrap());
    assert_eq!(files(dir.path()), ["/installed.json"], "nothing of it is left");
}

#[test]
fn files_that_are_wrong_install_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (compact, everything) = (fixtures().join("compact.param"), fixtures().join("everything.bin"));
    let wrong = [
        (compact.clone(), everything),
        (compact.with_extension("bin"), compact.clone()),
        (compact.clone(), compact.with_extension("nonesuch")),
    ];
    for (param, bin) in wrong {
        let error = import(dir.path(), &param, &bin, "mine").unwrap_err();
        assert!(error.code() == "io" || error.text().en.contains("Nothing was installed"), "{error}");
        assert!(files(dir.path()).is_empty(), "{:?}", files(dir.path()));
    }
    assert!(Manifest::with_overlays(dir.path()).unwrap().model("mine").is_none());
}

#[test]
fn an_import_takes_no_name_that_is_another_models_or_leaves_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (param, bin) = (fixtures().join("compact.param"), fixtures().join("compact.bin"));
    std::fs::create_dir(dir.path().join("models.d")).unwrap();
    std::fs::write(dir.path().join("models.d/own.toml"), "# written by hand\n").unwrap();
    for name in ["isnet", "own", "../up", "a b", "", ".hidden"] {
        let error = import(dir.path(), &param, &bin, name).unwrap_err();
        assert_eq!(error.code(), "name_taken", "{name}");
    }
    assert_eq!(files(dir.path()), ["models.d/own.toml"]);
    import(dir.path(), &param, &bin, "twice").unwrap();
    import(dir.path(), &fixtures().join("everything.param"), &fixtures().join("everything.bin"), "twice")
        .expect("an import replaces an import");
    assert_eq!(Manifest::with_overlays(dir.path()).unwrap().model("twice").unwrap().settings["scale"].as_integer(), Some(2));
    assert_eq!(name_of(Path::new("/x/4x NMKD (Siax).param")), "4x-NMKD--Siax-");
}
