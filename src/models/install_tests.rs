//! Installing from folders built here: packages in chunks, ready files, damage.

use super::super::testing::{entry, sha256};
use super::*;
use crate::text::Explain;

const CONTENT: &[u8] = b"the first chunk|and the second|end";

/// A manifest with the model `tiny`, in chunks of the package `@p/data`, and a folder to install into.
fn folder(checksum: bool) -> (tempfile::TempDir, ModelInfo) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("models.d")).unwrap();
    let hash = sha256(CONTENT);
    let text =
        entry("tiny", "npm:@p/data@1.0.0/dist/resources.json#/models/tiny", checksum.then_some((CONTENT.len() as u64, hash.as_str())));
    std::fs::write(dir.path().join("models.d/tiny.toml"), text).unwrap();
    let info = Manifest::with_overlays(dir.path()).unwrap().model("tiny").unwrap().clone();
    (dir, info)
}

/// The package, its chunks listed out of order.
fn package(root: &Path) {
    let dist = root.join("dist");
    std::fs::create_dir_all(&dist).unwrap();
    std::fs::write(root.join("package.json"), r#"{"name": "@p/data", "version": "1.0.0"}"#).unwrap();
    std::fs::write(root.join("LICENSE.md"), "terms").unwrap();
    std::fs::write(dist.join("bb"), &CONTENT[16..]).unwrap();
    std::fs::write(dist.join("aa"), &CONTENT[..16]).unwrap();
    let list = r#"{"/models/tiny": {"size": 34, "mime": "x", "chunks": [{"hash": "bb", "offsets": [16, 34]}, {"hash": "aa", "offsets": [0, 16]}]}}"#;
    std::fs::write(dist.join("resources.json"), list).unwrap();
}

fn leftovers(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|n| n.ends_with(".part") || n.ends_with(".tmp")).collect()
}

#[test]
fn chunks_of_a_package_become_one_verified_file_with_its_licence() {
    let (dir, info) = folder(true);
    let from = tempfile::tempdir().unwrap();
    for place in ["node_modules/@p/data", "@p/data", "package", "."] {
        let from = from.path().join(place.replace('/', "-"));
        package(&from.join(place));
        let installer = Installer::new(dir.path(), Some(&from)).unwrap();
        installer.model(&info).unwrap();
        assert_eq!(std::fs::read(dir.path().join("tiny.onnx")).unwrap(), CONTENT, "{place}");
        installer.remove(&info).unwrap();
    }
    let from = from.path().join("node_modules-@p-data");
    let installer = Installer::new(dir.path(), Some(&from)).unwrap();
    installer.model(&info).unwrap();
    assert_eq!(std::fs::read_to_string(dir.path().join("licences/tiny/LICENSE.md")).unwrap(), "terms");
    assert!(std::fs::read_to_string(dir.path().join("licences/tiny/NOTICE.txt")).unwrap().contains("Owner: nobody"));
    assert_eq!(verify_model(dir.path(), &info), FileState::Good);
    assert!(leftovers(dir.path()).is_empty());
}

#[test]
fn what_is_installed_is_not_installed_again() {
    let (dir, info) = folder(true);
    let from = tempfile::tempdir().unwrap();
    package(from.path());
    let installer = Installer::new(dir.path(), Some(from.path())).unwrap();
    assert!(!installer.has_model(&info).unwrap());
    installer.model(&info).unwrap();
    assert!(installer.has_model(&info).unwrap());
    // Without its stamp the content decides.
    std::fs::remove_file(dir.path().join("installed.json")).unwrap();
    assert!(installer.has_model(&info).unwrap());
    assert!(dir.path().join("installed.json").is_file());
}

#[test]
fn a_wrong_or_short_source_installs_nothing() {
    let (dir, info) = folder(true);
    let from = tempfile::tempdir().unwrap();
    package(from.path());
    let installer = Installer::new(dir.path(), Some(from.path())).unwrap();
    std::fs::write(from.path().join("dist/bb"), b"and the sec").unwrap();
    assert!(matches!(installer.model(&info), Err(InstallError::Mismatch { .. })));
    std::fs::write(from.path().join("dist/bb"), b"and the sekond|end").unwrap();
    assert!(matches!(installer.model(&info), Err(InstallError::Mismatch { .. })));
    std::fs::remove_file(from.path().join("dist/aa")).unwrap();
    assert!(matches!(installer.model(&info), Err(InstallError::Io { .. })));
    assert!(!dir.path().join("tiny.onnx").exists());
    assert!(leftovers(dir.path()).is_empty());
}

#[test]
fn chunks_with_a_gap_are_refused() {
    let (dir, info) = folder(true);
    let from = tempfile::tempdir().unwrap();
    package(from.path());
    let list = r#"{"/models/tiny": {"size": 34, "chunks": [{"hash": "aa", "offsets": [0, 15]}, {"hash": "bb", "offsets": [16, 34]}]}}"#;
    std::fs::write(from.path().join("dist/resources.json"), list).unwrap();
    let error = Installer::new(dir.path(), Some(from.path())).unwrap().model(&info).unwrap_err();
    assert!(error.to_string().contains("do not follow"), "{error}");
}

#[test]
fn damage_is_found_and_mended() {
    let (dir, info) = folder(true);
    let from = tempfile::tempdir().unwrap();
    // A finished file instead of a package, as on a machine without npm.
    std::fs::write(from.path().join("tiny.onnx"), CONTENT).unwrap();
    let installer = Installer::new(dir.path(), Some(from.path())).unwrap();
    installer.model(&info).unwrap();
    let path = dir.path().join("tiny.onnx");
    let mut bytes = CONTENT.to_vec();
    bytes[5] ^= 1;
    for damaged in [bytes.as_slice(), &CONTENT[..20]] {
        std::fs::write(&path, damaged).unwrap();
        let FileState::Damaged(why) = verify_model(dir.path(), &info) else { panic!("damage was not found") };
        assert!(why.contains("instead of"), "{why}");
        assert!(!installer.has_model(&info).unwrap());
        installer.model(&info).unwrap();
        assert_eq!(verify_model(dir.path(), &info), FileState::Good);
    }
}

#[test]
fn a_model_without_a_known_checksum_is_pinned_by_its_first_install() {
    let (dir, info) = folder(false);
    assert_eq!(verify_model(dir.path(), &info), FileState::Missing);
    std::fs::write(dir.path().join("tiny.onnx"), CONTENT).unwrap();
    assert!(matches!(verify_model(dir.path(), &info), FileState::Damaged(_)), "nobody knows what this is");
    let from = tempfile::tempdir().unwrap();
    package(from.path());
    let installer = Installer::new(dir.path(), Some(from.path())).unwrap();
    installer.model(&info).unwrap();
    assert_eq!(verify_model(dir.path(), &info), FileState::Good);
    assert_eq!(super::super::stamp::sha256_of(dir.path(), &info).unwrap(), sha256(CONTENT));
    std::fs::write(dir.path().join("tiny.onnx"), b"another").unwrap();
    assert!(matches!(verify_model(dir.path(), &info), FileState::Damaged(_)));
}

#[test]
fn a_missing_source_names_the_commands_that_get_it() {
    let (dir, info) = folder(true);
    let empty = tempfile::tempdir().unwrap();
    let error = Installer::new(dir.path(), Some(empty.path())).unwrap().model(&info).unwrap_err();
    assert!(error.text().en.contains("tiny.onnx"), "{error}");
    let error = Installer::new(dir.path(), None).unwrap().model(&info).unwrap_err();
    for words in ["@p/data@1.0.0", "npm ci", "portico models install --from"] {
        assert!(error.text().en.contains(words) && error.text().zh.contains(words), "{error}");
    }
}

#[test]
fn removing_takes_everything_of_the_model_and_nothing_else() {
    let (dir, info) = folder(true);
    let from = tempfile::tempdir().unwrap();
    package(from.path());
    let installer = Installer::new(dir.path(), Some(from.path())).unwrap();
    installer.model(&info).unwrap();
    let prepared = dir.path().join("prepared");
    std::fs::create_dir(&prepared).unwrap();
    for name in ["tiny-0123456789ab-ort1-v1-00000000.onnx", "tiny-small-0123456789ab-ort1-v1-00000000.onnx"] {
        std::fs::write(prepared.join(name), "").unwrap();
    }
    assert!(installer.remove(&info).unwrap());
    assert!(!installer.remove(&info).unwrap());
    assert!(!dir.path().join("tiny.onnx").exists() && !dir.path().join("licences/tiny").exists());
    assert_eq!(std::fs::read_dir(&prepared).unwrap().count(), 1, "another model's graph stays");
    assert_eq!(verify_model(dir.path(), &info), FileState::Missing);
}
