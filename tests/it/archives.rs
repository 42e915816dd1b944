//! What is taken away: archives of a conversation and of some of its pictures.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::app::{TestApp, error_code};

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The files of an archive by name, in order of their names.
async fn unpacked(app: &TestApp, path: &str, lang: &str) -> (reqwest::header::HeaderMap, HashMap<String, Vec<u8>>) {
    let response = app.client.get(app.api(path)).header("accept-language", lang).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    let headers = response.headers().clone();
    assert_eq!(headers["content-type"], "application/zip");
    let bytes = response.bytes().await.unwrap();
    assert_eq!(headers["content-length"].to_str().unwrap(), bytes.len().to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.to_vec())).unwrap();
    let mut files = HashMap::new();
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).unwrap();
        let name = file.name().to_owned();
        assert_eq!(file.enclosed_name().as_deref(), Some(std::path::Path::new(&name)), "{name} leads nowhere else");
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).unwrap();
        assert!(files.insert(name.clone(), bytes).is_none(), "{name} twice");
    }
    (headers, files)
}

fn json_of(files: &HashMap<String, Vec<u8>>, name: &str) -> Value {
    serde_json::from_slice(files.get(name).unwrap_or_else(|| panic!("{name} in {:?}", files.keys()))).unwrap()
}

/// A conversation with awkward names: an upload that leads upwards, one in Chinese with blanks and brackets, a title that is no file name.
async fn talk(app: &TestApp) -> String {
    let title = "../../秋天的 *猫* <b>";
    let session = app.post("/sessions", &json!({ "title": title })).await["id"].as_str().unwrap().to_owned();
    let upload = async |name: &str, photo: Vec<u8>| {
        let form = Form::new().part("image", Part::bytes(photo).file_name(name.to_owned()));
        let response = app.client.post(app.api("/images")).multipart(form).send().await.unwrap();
        response.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let first = upload("我的 猫 (2).png", photo("chelsea.png")).await;
    let second = upload("..\\..\\evil.jpg", photo("coffee.png")).await;
    app.say(&session, "裁成1:1", &[&first]).await;
    app.say(&session, "crop to 3:4", &[&second]).await;
    app.say(&session, "<script>alert(1)</script> make it frobnicated", &[]).await;
    app.say(&session, "撤销", &[]).await;
    session
}

#[tokio::test]
async fn an_exported_conversation_holds_everything_and_reads_well_in_both_languages() {
    let app = TestApp::start().await;
    let session = talk(&app).await;
    let (headers, files) = unpacked(&app, &format!("/sessions/{session}/export"), "zh").await;
    let name = headers["content-disposition"].to_str().unwrap();
    assert!(name.starts_with("attachment") && name.ends_with(".zip") && !name.contains(".."), "{name}");
    assert!(name.contains("%E7%A7%8B%E5%A4%A9"), "the title's letters: {name}");
    let mut names: Vec<&str> = files.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "chat.json",
        "chat.md",
        "manifest.json",
        "pictures/v001-我的 猫 (2).png",
        "pictures/v002-我的 猫 (2).png",
        "pictures/v003-evil.png",
        "pictures/v004-evil.png",
        "plans/v002.json",
        "plans/v004.json",
    ];
    assert_eq!(names, expected);
    assert_eq!(files["pictures/v001-我的 猫 (2).png"], photo("chelsea.png"), "uploads as they were sent");
    let manifest = json_of(&files, "manifest.json");
    assert_eq!((&manifest["current"], manifest["versions"].as_array().unwrap().len()), (&json!(3), 4));
    for version in manifest["versions"].as_array().unwrap() {
        let bytes = &files[version["file"].as_str().unwrap()];
        assert_eq!(hex::encode(Sha256::digest(bytes)), version["sha256"].as_str().unwrap());
        let stored = app.get(&format!("/sessions/{session}/versions/{}", version["number"])).await;
        assert_eq!(*bytes, app.bytes(stored["image"]["url"].as_str().unwrap()).await);
    }
    let plan = json_of(&files, "plans/v004.json");
    assert_eq!((&plan["parent"], &plan["plan"]["steps"][0]["op"]), (&json!(3), &json!("crop")));
    assert!(plan["resolved_plan"]["steps"][0]["params"].is_object(), "as run, too: {plan}");
    let chat = json_of(&files, "chat.json");
    assert!(chat["messages"].as_array().unwrap().iter().any(|m| m["files"] == json!(["pictures/v004-evil.png"])), "{chat}");

    let zh = String::from_utf8(files["chat.md"].clone()).unwrap();
    let (_, files) = unpacked(&app, &format!("/sessions/{session}/export"), "en").await;
    let en = String::from_utf8(files["chat.md"].clone()).unwrap();
    for (text, you, version, undone) in [(&zh, "**你**", "第 4 版", "4 个版本"), (&en, "**You**", "Version 4", "4 versions")] {
        for expected in [you, version, undone, "> 裁成1:1", "**Portico**", "# ../../秋天的 \\*猫\\* \\<b\\>"] {
            assert!(text.contains(expected), "{expected:?} in\n{text}");
        }
        assert!(!text.contains("<script>"), "what was typed is shown, not run:\n{text}");
        let links: Vec<&str> = text.split("![").skip(1).map(|rest| rest.split("](").nth(1).unwrap().split(')').next().unwrap()).collect();
        assert!(links.len() >= 4, "{links:?}");
        for link in links {
            let file = reqwest::Url::parse("file:///").unwrap().join(link).unwrap();
            let decoded = decoded(file.path().trim_start_matches('/'));
            assert!(files.contains_key(&decoded), "{link} leads to {decoded}");
        }
    }
}

fn decoded(path: &str) -> String {
    let mut bytes = vec![];
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn some_versions_come_as_one_archive_and_wrong_numbers_are_refused() {
    let app = TestApp::start().await;
    let session = talk(&app).await;
    let (_, files) = unpacked(&app, &format!("/sessions/{session}/versions.zip?n=4,%201,4"), "en").await;
    let mut names: Vec<&str> = files.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["manifest.json", "v001-我的 猫 (2).png", "v004-evil.png"]);
    let listed = json_of(&files, "manifest.json");
    assert_eq!(listed["versions"][1]["file"], "v004-evil.png");
    let ask = async |query: &str| {
        error_code(app.client.get(app.api(&format!("/sessions/{session}/versions.zip{query}"))).send().await.unwrap()).await
    };
    assert_eq!(ask("?n=1,9").await, (404, "not_found".to_owned()));
    for query in ["?n=", "?n=a", "?n=1-3", "?n=-1", "?n=1,,2"] {
        assert_eq!(ask(query).await, (400, "invalid_parameter".to_owned()), "{query}");
    }
    assert_eq!(ask("").await.0, 400);
    let empty = app.session().await;
    let (_, files) = unpacked(&app, &format!("/sessions/{empty}/export"), "en").await;
    assert_eq!(files.len(), 3, "an empty conversation is an archive too: {:?}", files.keys());
    let left = std::fs::read_dir(app.app.config.data.join("blobs/tmp")).unwrap().count();
    assert_eq!(left, 0, "nothing is left of what was put together");
}
