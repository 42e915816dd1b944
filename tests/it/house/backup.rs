//! A backup is one consistent moment, made while the server works, and comes back whole or not at all.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use serde_json::json;

use super::{Served, done, folder, json_of, picture, portico, read_everything, run};

/// Conversations come and go until it is told to stop.
async fn restless(server: Arc<Served>, stop: Arc<AtomicBool>, first: u32, deleted: Arc<AtomicU32>) {
    let mut number = first;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let session = server.conversation(picture(number), &["crop to 1:1", "rotate 90 degrees"]).await;
        if number.is_multiple_of(2) {
            let gone = server.client.delete(server.api(&format!("/sessions/{session}"))).send().await.unwrap();
            assert_eq!(gone.status(), 204);
            deleted.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_taken_while_people_write_and_delete_comes_back_whole() {
    let (home, data) = folder();
    let server = Arc::new(Served::start(&data));
    let kept = server.conversation(picture(1), &["crop to 1:1"]).await;
    let (stop, deleted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let writers: Vec<_> = (0..3).map(|n| tokio::spawn(restless(server.clone(), stop.clone(), 1000 * (n + 1), deleted.clone()))).collect();
    // In the thick of it: something was deleted before, and something is while the backups are made.
    while deleted.load(Ordering::Relaxed) < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    for n in 0..4 {
        let file = home.path().join(format!("{n}.zip"));
        let said = tokio::task::spawn_blocking({
            let (file, data) = (file.clone(), data.clone());
            move || done(&["backup", file.to_str().unwrap()], &data)
        });
        assert!(said.await.unwrap().contains("backed up"));
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    for n in 0..4 {
        let (file, into) = (home.path().join(format!("{n}.zip")), home.path().join(format!("restored-{n}")));
        done(&["restore", file.to_str().unwrap()], &into);
        let back = Served::start(&into);
        // Every version of every conversation opens, and none was found interrupted in a way that loses one.
        assert!(read_everything(&back).await >= 2, "backup {n}");
        assert_eq!(back.get(&format!("/sessions/{kept}")).await["versions"].as_array().unwrap().len(), 2);
        // And it is a data folder like any other.
        back.conversation(picture(9), &["crop to 1:1"]).await;
    }
    assert_eq!(json_of(server.client.get(format!("{}/readyz", server.url))).await["database"], true);
}

/// An archive's files by name.
type Members = Vec<(String, Vec<u8>)>;

#[tokio::test]
async fn a_backup_goes_to_standard_output_and_overwrites_only_when_told_to() {
    let (home, data) = folder();
    let server = Served::start(&data);
    server.conversation(picture(1), &["crop to 1:1"]).await;
    let file = home.path().join("b.zip");
    let piped = portico().args(["backup", "-", "--data"]).arg(&data).output().unwrap();
    assert!(piped.status.success(), "{}", String::from_utf8_lossy(&piped.stderr));
    std::fs::write(&file, &piped.stdout).unwrap();
    let refused = run(&["backup", file.to_str().unwrap()], &data);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force"));
    assert_eq!(std::fs::read(&file).unwrap(), piped.stdout, "a refusal leaves the file as it is");
    done(&["restore", file.to_str().unwrap()], &home.path().join("from-pipe"));
    done(&["backup", file.to_str().unwrap(), "--force"], &data);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "it holds everybody's pictures");
    }
    let names: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!names.iter().any(|name| name.ends_with(".part")), "{names:?}");
    let left: Vec<_> = std::fs::read_dir(&data).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.ends_with(".tmp")), "{left:?}");
}

/// The archive's entries, for making it worse.
fn entries(file: &Path) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(file).unwrap()).unwrap();
    (0..zip.len())
        .map(|n| {
            let mut entry = zip.by_index(n).unwrap();
            let mut bytes = vec![];
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().to_owned(), bytes)
        })
        .collect()
}

fn write(file: &Path, entries: &[(String, Vec<u8>)]) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(file).unwrap());
    for (name, bytes) in entries {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// A change of the manifest's JSON.
fn manifest(entries: &mut [(String, Vec<u8>)], change: impl FnOnce(&mut serde_json::Value)) {
    let (_, bytes) = entries.iter_mut().find(|(name, _)| name == "manifest.json").unwrap();
    let mut value = serde_json::from_slice(bytes).unwrap();
    change(&mut value);
    *bytes = serde_json::to_vec(&value).unwrap();
}

#[tokio::test]
async fn what_is_damaged_foreign_or_newer_is_refused_and_nothing_is_put_in_place() {
    let (home, data) = folder();
    let server = Served::start(&data);
    server.conversation(picture(1), &["crop to 1:1"]).await;
    let good = home.path().join("good.zip");
    done(&["backup", good.to_str().unwrap()], &data);
    let whole = entries(&good);
    let blob = whole.iter().position(|(name, _)| name.starts_with("blobs/")).unwrap();
    let database = whole.iter().position(|(name, _)| name == "portico.db").unwrap();
    let bad: Vec<(&str, Members, &str)> = vec![
        (
            "a picture's byte",
            {
                let mut e = whole.clone();
                e[blob].1[40] ^= 1;
                e
            },
            "checksum",
        ),
        (
            "a picture missing",
            {
                let mut e = whole.clone();
                e.remove(blob);
                e
            },
            "is not in it",
        ),
        (
            "a byte of the database",
            {
                let mut e = whole.clone();
                let at = e[database].1.len() / 2;
                e[database].1[at] ^= 1;
                e
            },
            "checksum",
        ),
        ("no manifest", whole.iter().filter(|(name, _)| name != "manifest.json").cloned().collect(), "manifest"),
        (
            "a way out",
            {
                let mut e = whole.clone();
                e.push(("../outside".into(), b"x".to_vec()));
                e
            },
            "outside",
        ),
        (
            "an absolute name",
            {
                let mut e = whole.clone();
                e.push(("/tmp/outside".into(), b"x".to_vec()));
                e
            },
            "outside",
        ),
        (
            "a strange blob",
            {
                let mut e = whole.clone();
                manifest(&mut e, |m| m["blobs"]["../../x"] = json!({"bytes": 1, "sha256": "00"}));
                e
            },
            "not the name",
        ),
        (
            "a newer schema",
            {
                let mut e = whole.clone();
                manifest(&mut e, |m| {
                    m["schema"] = json!(99);
                    m["program"] = json!("7.0.0");
                });
                e
            },
            "7.0.0",
        ),
        (
            "another schema than it says",
            {
                let mut e = whole.clone();
                manifest(&mut e, |m| m["schema"] = json!(1));
                e
            },
            "schema",
        ),
        (
            "something else",
            {
                let mut e = whole.clone();
                manifest(&mut e, |m| m["kind"] = json!("holiday"));
                e
            },
            "not a backup",
        ),
    ];
    for (what, entries, word) in bad {
        let (file, into) = (home.path().join("bad.zip"), home.path().join("into"));
        write(&file, &entries);
        let out = run(&["restore", file.to_str().unwrap()], &into);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(1), "{what}: {said}");
        assert!(said.contains(word), "{what}: {said}");
        assert!(!into.exists() || std::fs::read_dir(&into).unwrap().next().is_none(), "{what}: something was put in place");
    }
    assert!(!home.path().join("outside").exists() && !Path::new("/tmp/outside").exists());
    let cut = std::fs::read(&good).unwrap();
    std::fs::write(home.path().join("cut.zip"), &cut[..cut.len() / 2]).unwrap();
    let out = run(&["restore", home.path().join("cut.zip").to_str().unwrap()], &home.path().join("into"));
    assert_eq!(out.status.code(), Some(1));
    // The good one still goes where the bad ones were refused, and not where something is.
    done(&["restore", good.to_str().unwrap()], &home.path().join("into"));
    let again = run(&["restore", good.to_str().unwrap()], &home.path().join("into"));
    assert!(String::from_utf8_lossy(&again.stderr).contains("not empty"));
}

#[tokio::test]
async fn a_picture_that_was_gone_before_is_named_and_the_rest_is_saved() {
    let (home, data) = folder();
    let server = Served::start(&data);
    server.conversation(picture(1), &["crop to 1:1", "rotate 90 degrees"]).await;
    server.stop();
    let mut blobs = vec![];
    for head in std::fs::read_dir(data.join("blobs")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.file_name().unwrap().len() == 2) {
        blobs.extend(std::fs::read_dir(head).unwrap().map(|e| e.unwrap().path()));
    }
    blobs.sort();
    assert!(blobs.len() >= 3, "{blobs:?}");
    std::fs::remove_file(&blobs[0]).unwrap();
    let mut bytes = std::fs::read(&blobs[1]).unwrap();
    bytes[30] ^= 1;
    std::fs::write(&blobs[1], bytes).unwrap();
    let file = home.path().join("b.zip");
    let out = run(&["backup", file.to_str().unwrap()], &data);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(3), "{said}");
    assert!(said.contains("missing from the data folder") && said.contains("damaged in the data folder"), "{said}");
    done(&["restore", file.to_str().unwrap()], &home.path().join("back"));
    let back = Served::start(&home.path().join("back"));
    assert_eq!(back.get("/sessions").await["sessions"].as_array().unwrap().len(), 1);
}
