//! Batches on the server: every picture is worked on once, whatever comes between, and one that cannot be is said by name.

use std::collections::{BTreeMap, HashSet};
use std::io::{Cursor, Read, Write};
use std::time::{Duration, Instant};

use portico::imaging::{Limits, decode};
use portico::store::UserId;
use portico::store::sweep::Keep;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::accounts::{Person, picture, with_accounts};
use crate::app::{TestApp, error_code};
use crate::process::{LIVE, Server};

fn plan(steps: &[(&str, Value)]) -> String {
    let steps: Vec<Value> = steps.iter().map(|(op, params)| json!({ "op": op, "params": params })).collect();
    json!({ "version": 1, "steps": steps }).to_string()
}

fn square() -> String {
    plan(&[("crop", json!({ "aspect": "1:1" })), ("export", json!({ "format": "png" }))])
}

/// Some seconds of work without a model.
fn slow() -> String {
    plan(&[("resize", json!({ "width": 1400, "height": 1400, "fit": "fill" })), ("filter", json!({ "name": "blur", "radius": 30 }))])
}

/// A form as browsers send it: names in UTF-8.
fn form() -> Form {
    Form::new().percent_encode_noop()
}

fn with_files(form: Form, files: &[(String, Vec<u8>)]) -> Form {
    files.iter().fold(form, |form, (name, bytes)| form.part("image", Part::bytes(bytes.clone()).file_name(name.clone())))
}

fn files(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    names.iter().enumerate().map(|(n, name)| ((*name).to_owned(), picture(40 + n as u32, 30))).collect()
}

/// One who calls `/api/v1` of some server.
struct Api<'a> {
    client: &'a Client,
    url: String,
}

impl<'a> Api<'a> {
    fn of(app: &'a TestApp) -> Api<'a> {
        Api { client: &app.client, url: app.api("") }
    }

    fn of_server(server: &'a Server) -> Api<'a> {
        Api { client: &server.client, url: server.api("") }
    }

    async fn send(&self, path: &str, form: Form) -> Value {
        let response = self.client.post(format!("{}{path}", self.url)).multipart(form).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn refused(&self, path: &str, form: Form) -> (u16, String) {
        error_code(self.client.post(format!("{}{path}", self.url)).multipart(form).send().await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn act(&self, id: &str, what: &str) -> Value {
        let response = self.client.post(format!("{}/batches/{id}/{what}", self.url)).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{what}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn bytes(&self, path: &str) -> Vec<u8> {
        let response = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        assert!(response.status().is_success(), "{path}");
        response.bytes().await.unwrap().to_vec()
    }

    /// Waits until the batch is as asked.
    async fn until(&self, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + LIVE;
        loop {
            let batch = self.get(&format!("/batches/{id}")).await;
            if is(&batch) {
                return batch;
            }
            assert!(Instant::now() < deadline, "{what}: {batch}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    async fn done(&self, id: &str) -> Value {
        self.until(id, "it ends", |batch| batch["state"] == "done").await
    }

    async fn items(&self, id: &str) -> Vec<Value> {
        let (mut all, mut after) = (vec![], 0);
        loop {
            let page = self.get(&format!("/batches/{id}/items?after={after}&limit=70")).await;
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_u64() {
                Some(next) => after = next,
                None => return all,
            }
        }
    }
}

fn id_of(batch: &Value) -> String {
    batch["id"].as_str().unwrap().to_owned()
}

fn count(batch: &Value, state: &str) -> u64 {
    batch["counts"][state].as_u64().unwrap()
}

fn unpack(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut found = BTreeMap::new();
    for n in 0..zip.len() {
        let mut file = zip.by_index(n).unwrap();
        let name = file.name().to_owned();
        assert!(file.enclosed_name().is_some_and(|path| path.to_str() == Some(name.as_str())), "{name} leads somewhere else");
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).unwrap();
        assert!(found.insert(name, bytes).is_none(), "a name twice");
    }
    found
}

/// 200 files: 196 pictures with names of all kinds, and four that cannot be worked on.
fn two_hundred() -> (Vec<(String, Vec<u8>)>, HashSet<String>) {
    let odd = [
        "红裙/正面.jpg",
        "红裙/背面.jpg",
        "猫🐱.jpg",
        "été.png",
        "a.jpg",
        "A.JPG",
        "a.png",
        "sub/a.jpg",
        "Sub/A.jpg",
        "../../etc/passwd.png",
        "..\\..\\boot.png",
        "/root/x.png",
        "C:\\Windows\\y.png",
        "con.png",
        "%2e%2e%2fz.png",
        ".htaccess.png",
        "a/../../b.png",
        "photo\u{202e}gpj.png",
    ];
    let mut files: Vec<(String, Vec<u8>)> = odd.iter().map(|name| ((*name).to_owned(), picture(31, 20))).collect();
    files.extend((files.len()..196).map(|n| (format!("goods/{:03}.png", n), picture(24 + n as u32 % 40, 20))));
    let whole = picture(150, 100);
    let bad = [
        ("bad/garbage.jpg", b"this is no picture at all".repeat(40)),
        ("bad/half.png", whole[..whole.len() / 2].to_vec()),
        ("bad/空.png", vec![]),
        ("bad/large.png", vec![7; 200_001]),
    ];
    // In the middle, so that the rest comes after them.
    for (n, (name, bytes)) in bad.iter().enumerate() {
        files.insert(50 + 30 * n, ((*name).to_owned(), bytes.clone()));
    }
    (files, bad.iter().map(|(name, _)| (*name).to_owned()).collect())
}

#[tokio::test]
async fn of_two_hundred_files_all_but_the_four_bad_ones_are_done_and_those_are_named() {
    let app = TestApp::with(|config| config.limits.max_upload_bytes = 200_000).await;
    let api = Api::of(&app);
    let (files, bad) = two_hundred();
    assert_eq!(files.len(), 200);
    let (first, rest) = files.split_at(60);
    let batch = api.send("/batches", with_files(form().text("plan", square()).text("name", "今晚"), first)).await;
    let id = id_of(&batch);
    assert_eq!((&batch["name"], count(&batch, "total")), (&json!("今晚"), 60));
    for part in rest.chunks(70) {
        api.send(&format!("/batches/{id}/items"), with_files(form(), part)).await;
    }
    let batch = api.done(&id).await;
    assert_eq!((count(&batch, "succeeded"), count(&batch, "failed"), count(&batch, "total")), (196, 4, 200), "{batch}");

    let items = api.items(&id).await;
    assert_eq!(items.iter().map(|item| item["n"].as_u64().unwrap()).collect::<Vec<_>>(), (1..=200).collect::<Vec<_>>());
    let failed: Vec<&Value> = items.iter().filter(|item| item["state"] == "failed").collect();
    assert_eq!(failed.iter().map(|item| item["file"].as_str().unwrap().to_owned()).collect::<HashSet<_>>(), bad);
    let codes: BTreeMap<&str, &str> = failed.iter().map(|i| (i["file"].as_str().unwrap(), i["error"]["code"].as_str().unwrap())).collect();
    assert_eq!(
        codes.into_iter().collect::<Vec<_>>(),
        [
            ("bad/garbage.jpg", "unsupported_format"),
            ("bad/half.png", "image_unreadable"),
            ("bad/large.png", "file_too_large"),
            ("bad/空.png", "image_empty")
        ]
    );

    let archive = unpack(&api.bytes(&format!("/batches/{id}/archive")).await);
    assert_eq!(archive.len(), 198, "the results and two reports");
    assert_eq!(archive.keys().map(|name| name.to_lowercase()).collect::<HashSet<_>>().len(), 198, "whatever the case");
    let named: HashSet<String> =
        items.iter().filter(|i| i["state"] == "succeeded").map(|i| i["name"].as_str().unwrap().to_owned()).collect();
    for (name, bytes) in archive.iter().filter(|(name, _)| !name.starts_with("report.")) {
        assert!(named.contains(name) && name.ends_with(".png"), "{name}");
        let result = decode(bytes, &Limits::default()).unwrap().picture;
        assert_eq!((result.width(), result.height()), (20, 20), "{name}");
    }
    for name in ["红裙/正面.png", "猫🐱.png", "a.png", "A-2.png", "a-3.png", "sub/a.png", "etc/passwd.png", "Windows/y.png", "_con.png"]
    {
        assert!(archive.contains_key(name), "{name}: {:?}", archive.keys().collect::<Vec<_>>());
    }
    let report = String::from_utf8(archive["report.csv"].clone()).unwrap();
    assert!(report.starts_with('\u{feff}') && report.lines().count() == 201 && report.contains("bad/空.png,failed"), "{report}");
    let report: Value = serde_json::from_slice(&archive["report.json"]).unwrap();
    assert_eq!((report["items"].as_array().unwrap().len(), &report["batch"]["counts"]["failed"]), (200, &json!(4)));

    // Only what can be tried again is: the half picture was stored, the others never were.
    let before = jobs(&app).await;
    api.act(&id, "retry").await;
    let batch = api.done(&id).await;
    assert_eq!((count(&batch, "succeeded"), count(&batch, "failed")), (196, 4));
    assert_eq!(jobs(&app).await, before + 1);
}

async fn jobs(app: &TestApp) -> i64 {
    count_in(app.app.store.folder(), "SELECT count(*) FROM jobs").await
}

async fn count_in(folder: &std::path::Path, sql: &'static str) -> i64 {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("portico.db"));
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let count = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
    pool.close().await;
    count
}

#[tokio::test]
async fn a_server_that_is_killed_goes_on_where_it_was_and_does_nothing_twice() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let api = Api::of_server(&server);
    let names: Vec<String> = (0..24).map(|n| format!("{n:02}.png")).collect();
    let all: Vec<(String, Vec<u8>)> = names.iter().map(|name| (name.clone(), picture(60, 40))).collect();
    let id = id_of(&api.send("/batches", with_files(form().text("plan", slow()), &all)).await);
    api.until(&id, "some are done", |batch| count(batch, "succeeded") >= 4 && count(batch, "running") > 0).await;
    let before: BTreeMap<u64, Value> = api
        .items(&id)
        .await
        .into_iter()
        .filter(|i| i["state"] == "succeeded")
        .map(|i| (i["n"].as_u64().unwrap(), i["results"].clone()))
        .collect();
    assert!(before.len() < 24);
    server.kill();
    let done_then = count_in(data.path(), "SELECT count(*) FROM batch_items WHERE state = 'succeeded'").await;
    let interrupted = count_in(data.path(), "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')").await;
    assert!(interrupted > 0 && done_then < 24);

    let server = Server::start(data.path());
    let api = Api::of_server(&server);
    let batch = api.done(&id).await;
    assert_eq!((count(&batch, "succeeded"), count(&batch, "total")), (24, 24), "{batch}");
    for item in api.items(&id).await {
        if let Some(results) = before.get(&item["n"].as_u64().unwrap()) {
            assert_eq!(item["results"], *results, "done before, not done again");
        }
    }
    server.kill();
    let jobs = count_in(data.path(), "SELECT count(*) FROM jobs WHERE state = 'succeeded'").await;
    assert_eq!(jobs, 24, "one job that succeeded for each picture");
    let all = count_in(data.path(), "SELECT count(*) FROM jobs").await;
    assert_eq!(all, 24 + interrupted, "and those that the end of the process interrupted");
}

#[tokio::test]
async fn a_batch_is_paused_resumed_and_cancelled() {
    let app = TestApp::start().await;
    let api = Api::of(&app);
    let names: Vec<String> = (0..12).map(|n| format!("{n}.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let id = id_of(&api.send("/batches", with_files(form().text("plan", slow()), &files(&names))).await);
    api.until(&id, "one runs", |batch| count(batch, "running") > 0).await;
    let batch = api.act(&id, "pause").await;
    assert_eq!((&batch["state"], &batch["reason"]), (&json!("paused"), &Value::Null));
    let still = api.until(&id, "what runs ends", |batch| count(batch, "running") == 0).await;
    assert_eq!(still["state"], "paused");
    assert!(count(&still, "queued") >= 8, "{still}");
    assert_eq!(app.app.engine.load().queued, [0, 0], "nothing of it waits in the queue");
    let done = count(&still, "succeeded");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(count(&api.get(&format!("/batches/{id}")).await, "succeeded"), done, "and nothing begins");

    assert_eq!(api.act(&id, "resume").await["state"], "running");
    api.until(&id, "it goes on", |batch| count(batch, "succeeded") > done).await;
    api.act(&id, "cancel").await;
    let batch = api.until(&id, "it ends", |batch| count(batch, "running") == 0).await;
    assert_eq!((&batch["state"], count(&batch, "queued")), (&json!("cancelled"), 0));
    assert!(count(&batch, "cancelled") > 0 && count(&batch, "failed") == 0 && batch["finished_at"].is_string(), "{batch}");
    assert_eq!(api.refused(&format!("/batches/{id}/items"), with_files(form(), &files(&["x.png"]))).await, (409, "batch_cancelled".into()));
    let response = app.client.post(app.api(&format!("/batches/{id}/resume"))).send().await.unwrap();
    assert_eq!(error_code(response).await, (409, "batch_cancelled".into()));
}

#[tokio::test]
async fn what_is_added_after_the_end_is_done_too_and_pictures_by_id_are_taken() {
    let app = TestApp::start().await;
    let api = Api::of(&app);
    let batch = api.send("/batches", form().text("instruction", "裁成1:1")).await;
    let id = id_of(&batch);
    assert_eq!((&batch["state"], count(&batch, "total"), &batch["words"][0].is_string()), (&json!("done"), 0, &true));
    let uploaded = app.upload("old.png", picture(50, 30)).await;
    let added = app.post(&format!("/batches/{id}/items"), &json!({ "images": [uploaded["id"]] })).await;
    assert_eq!((&added["state"], count(&added, "total")), (&json!("running"), 1));
    api.done(&id).await;
    api.send(&format!("/batches/{id}/items"), with_files(form(), &files(&["old.png"]))).await;
    api.done(&id).await;
    let items = api.items(&id).await;
    assert_eq!(items.iter().map(|i| i["name"].as_str().unwrap()).collect::<Vec<_>>(), ["old.png", "old-2.png"]);
    assert_eq!(items[0]["image"]["id"], uploaded["id"]);
    assert_eq!((&items[0]["results"][0]["width"], &items[0]["results"][0]["height"]), (&json!(30), &json!(30)));

    for (form, code) in [
        (form(), (400, "missing_part")),
        (form().text("instruction", "换个颜色"), (422, "question")),
        (form().text("instruction", "撤销"), (400, "session_command")),
        (form().text("instruction", "crop to 1:1").text("recipe", "x"), (400, "invalid_parameter")),
        (form().text("instruction", "crop to 1:1").text("values", "{\"price\":1}"), (400, "recipe_value")),
        (form().text("instruction", "crop to 1:1").text("format", "exe"), (400, "invalid_parameter")),
        (form().text("recipe", "no such recipe"), (404, "not_found")),
        (form().text("plan", plan(&[("place", json!({ "image": "image:2" }))])), (400, "image_missing")),
    ] {
        let form = with_files(form, &files(&["a.png"]));
        assert_eq!(api.refused("/batches", form).await, (code.0, code.1.to_owned()));
    }
    let listed = api.get("/batches").await;
    assert_eq!(listed["batches"].as_array().unwrap().len(), 1, "nothing is left of what was refused");
}

/// A recipe whose width is a parameter.
fn by_width() -> String {
    let plan: Value = serde_json::from_str(&plan(&[("resize", json!({ "width": 33 }))])).unwrap();
    let params = json!([{ "name": "宽度", "type": "integer", "path": "/steps/0/params/width", "default": 33 }]);
    json!({ "portico_recipe": 1, "name": "缩小", "plan": plan, "params": params }).to_string()
}

#[tokio::test]
async fn rows_say_what_each_picture_gets_and_wait_until_it_comes() {
    let app = TestApp::start().await;
    let api = Api::of(&app);
    let table = "文件,宽度\r\nA.png,20\r\n裙/b.png,\r\n裙/b.png,12\r\nc.png,wide\r\nlater.png,15\r\n";
    let rows = Part::bytes(table.as_bytes().to_vec()).file_name("goods.csv");
    let batch = api.send("/batches", with_files(form().text("recipe", by_width()).part("rows", rows), &files(&["x/a.PNG"]))).await;
    let id = id_of(&batch);
    assert_eq!(count(&batch, "total"), 5, "{batch}");
    api.send(&format!("/batches/{id}/items"), with_files(form(), &files(&["upload/裙/B.png", "c.png", "stranger.png"]))).await;
    let batch = api.until(&id, "what can be done is", |b| count(b, "queued") + count(b, "running") == 0).await;
    assert_eq!((&batch["state"], count(&batch, "waiting")), (&json!("running"), 1), "a row still waits: {batch}");
    let items = api.items(&id).await;
    let told: Vec<(&str, &str, u64, &str)> = items
        .iter()
        .map(|i| {
            let width = i["results"][0]["width"].as_u64().unwrap_or(0);
            (i["file"].as_str().unwrap(), i["state"].as_str().unwrap(), width, i["error"]["code"].as_str().unwrap_or(""))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("A.png", "succeeded", 20, ""),
            ("裙/b.png", "succeeded", 33, ""),
            ("裙/b.png", "succeeded", 12, ""),
            ("c.png", "failed", 0, "recipe_value"),
            ("later.png", "waiting", 0, ""),
            ("stranger.png", "failed", 0, "not_in_table"),
        ]
    );
    assert_eq!(items[2]["name"], "裙/b-2.png", "two results of one picture have two names");
    api.send(&format!("/batches/{id}/items"), with_files(form(), &files(&["later.png"]))).await;
    assert_eq!(count(&api.done(&id).await, "succeeded"), 4);

    let unknown = Part::bytes(b"file,price\na.png,3\n".to_vec()).file_name("t.csv");
    assert_eq!(api.refused("/batches", form().text("recipe", by_width()).part("rows", unknown)).await, (400, "recipe_value".into()));
    let broken = Part::bytes(b"file,t\n,3\n".to_vec()).file_name("t.csv");
    assert_eq!(api.refused("/batches", form().text("recipe", by_width()).part("rows", broken)).await, (400, "rows_invalid".into()));
    // The same as JSON.
    let image = app.upload("z.png", picture(50, 50)).await;
    let body = json!({ "recipe": by_width(), "images": [image["id"]], "rows": [{ "file": "z.png", "宽度": 9 }] });
    let id = id_of(&app.post("/batches", &body).await);
    api.done(&id).await;
    assert_eq!(api.items(&id).await[0]["results"][0]["width"], 9);
}

#[tokio::test]
async fn a_row_that_names_a_picture_which_comes_later_is_done_when_it_comes() {
    let app = TestApp::start().await;
    let api = Api::of(&app);
    let recipe = json!({
        "name": "标",
        "plan": { "version": 1, "steps": [{ "op": "place", "params": { "image": "image:2", "cutout": false, "shadow": "none" } }] },
        "params": [{ "name": "logo", "type": "image", "path": "/steps/0/params/image" }],
    });
    let rows = Part::bytes("file,logo\na.png,logos/Red.png\nb.png,blue.png\n".as_bytes().to_vec()).file_name("goods.csv");
    let form = form().text("recipe", recipe.to_string()).part("rows", rows);
    let id = id_of(&api.send("/batches", with_files(form, &files(&["a.png", "b.png"]))).await);
    let batch = api.done(&id).await;
    assert_eq!(count(&batch, "failed"), 2, "{batch}");
    assert!(api.items(&id).await.iter().all(|i| i["error"]["code"] == "image_missing"));
    api.send(&format!("/batches/{id}/items"), with_files(Form::new(), &files(&["logos/red.png"]))).await;
    let batch = api.done(&id).await;
    assert_eq!(count(&batch, "succeeded"), 1, "{batch}");
    let state = |items: &[Value], file: &str| items.iter().find(|i| i["file"] == file).unwrap()["state"].clone();
    let items = api.items(&id).await;
    assert_eq!((state(&items, "a.png"), state(&items, "b.png")), (json!("succeeded"), json!("failed")), "only the one whose picture came");
}

#[tokio::test]
async fn somebody_who_talks_does_not_wait_for_a_batch() {
    let app = TestApp::start().await;
    let api = Api::of(&app);
    let names: Vec<String> = (0..16).map(|n| format!("{n}.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let id = id_of(&api.send("/batches", with_files(form().text("plan", slow()), &files(&names))).await);
    api.until(&id, "one runs", |batch| count(batch, "running") > 0).await;
    assert!(app.app.engine.load().queued[1] <= 4, "thousands wait in the database, not in the queue");
    assert_eq!(app.edit("mine.png", picture(60, 40), "裁成1:1").await.status(), 200);
    let batch = api.get(&format!("/batches/{id}")).await;
    assert!(count(&batch, "queued") > 0, "the batch is still at it: {batch}");
    app.client.delete(app.api(&format!("/batches/{id}"))).send().await.unwrap();
}

#[tokio::test]
async fn what_every_item_would_meet_pauses_the_batch_with_the_reason() {
    let empty = tempfile::tempdir().unwrap();
    let app = TestApp::with(|config| config.models = Some(empty.path().to_owned())).await;
    let api = Api::of(&app);
    let id = id_of(&api.send("/batches", with_files(form().text("instruction", "抠图"), &files(&["a.png", "b.png", "c.png"]))).await);
    let batch = api.until(&id, "it pauses", |batch| batch["state"] == "paused").await;
    let code = batch["reason"]["code"].as_str().unwrap();
    assert!(code.starts_with("model_") || code.starts_with("runtime_"), "{batch}");
    let batch = api.until(&id, "nothing runs", |batch| count(batch, "running") == 0).await;
    assert_eq!((count(&batch, "queued"), count(&batch, "failed")), (3, 0), "nothing has failed: {batch}");
}

#[tokio::test]
async fn a_full_quota_pauses_a_batch_and_its_owner_goes_on_when_there_is_room() {
    let one = picture(120, 120).len() as u64;
    let app = with_accounts(|config| config.limits.storage_bytes = one * 6 + 1).await;
    let ann = Person::owner(&app).await;
    let enlarge = plan(&[("resize", json!({ "width": 360 }))]);
    let names: Vec<String> = (0..6).map(|n| format!("{n}.png")).collect();
    let all: Vec<(String, Vec<u8>)> = names.iter().map(|name| (name.clone(), picture(120, 120))).collect();
    let send = |path: &str, form: Form| ann.request(Method::POST, &app.api(path)).multipart(form).send();
    let batch: Value = send("/batches", with_files(form().text("plan", enlarge), &all)).await.unwrap().json().await.unwrap();
    let id = id_of(&batch);
    let deadline = Instant::now() + LIVE;
    let paused = loop {
        let batch = ann.get(&format!("/batches/{id}")).await;
        if batch["state"] == "paused" && count(&batch, "running") == 0 {
            break batch;
        }
        assert!(Instant::now() < deadline && batch["state"] != "done", "{batch}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    };
    assert_eq!(paused["reason"]["code"], "quota_exceeded");
    assert!(count(&paused, "failed") == 0 && count(&paused, "queued") > 0 && count(&paused, "succeeded") > 0, "{paused}");
    let refused = error_code(send(&format!("/batches/{id}/items"), with_files(form(), &all)).await.unwrap()).await;
    assert_eq!(refused, (507, "quota_exceeded".into()));
    assert_eq!(ann.get(&format!("/batches/{id}")).await["counts"]["total"], 6, "nothing of it was added");
    let user = ann.get("/me").await["user"]["id"].as_str().unwrap().to_owned();
    let more = ann.send(Method::PATCH, &format!("/users/{user}"), Some(json!({ "limits": { "storage_bytes": 0 } }))).await;
    assert_eq!(more.status(), 200, "{}", more.text().await.unwrap());
    ann.post(&format!("/batches/{id}/resume"), json!({})).await;
    let deadline = Instant::now() + LIVE;
    while ann.get(&format!("/batches/{id}")).await["counts"]["succeeded"] != 6 {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test]
async fn a_zip_keeps_its_folders_and_can_neither_lead_outside_nor_grow_without_end() {
    let app = TestApp::with(|config| config.limits.max_upload_bytes = 1_000_000).await;
    let api = Api::of(&app);
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    let options = zip::write::SimpleFileOptions::default();
    let members: [(&str, Vec<u8>); 7] = [
        ("裙/正面.png", picture(40, 30)),
        ("../../outside.png", picture(41, 30)),
        ("__MACOSX/._a.png", b"junk".to_vec()),
        (".DS_Store", b"junk".to_vec()),
        ("notes.txt", b"words".to_vec()),
        ("bomb.png", vec![0; 50_000_000]),
        ("deep/er/x.png", picture(42, 30)),
    ];
    for (name, bytes) in &members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.add_directory("empty", options).unwrap();
    let mut packed = zip.finish().unwrap().into_inner();
    let id = id_of(&api.send("/batches", form().text("plan", square()).part("zip", Part::bytes(packed.clone()).file_name("a.zip"))).await);
    api.done(&id).await;
    let items = api.items(&id).await;
    let told: Vec<(&str, &str, &str)> = items
        .iter()
        .map(|i| (i["file"].as_str().unwrap(), i["name"].as_str().unwrap(), i["error"]["code"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(
        told,
        [
            ("裙/正面.png", "裙/正面.png", ""),
            ("../../outside.png", "outside.png", ""),
            ("notes.txt", "notes.txt", "unsupported_format"),
            ("bomb.png", "bomb.png", "file_too_large"),
            ("deep/er/x.png", "deep/er/x.png", ""),
        ]
    );
    packed.truncate(packed.len() / 2);
    let half = form().text("plan", square()).part("zip", Part::bytes(packed).file_name("a.zip"));
    assert_eq!(api.refused("/batches", half).await, (400, "zip_invalid".into()));
}

/// Reads events until `enough`; gives them as pairs of a kind and its data. `None` at the end of the stream.
async fn read_events(response: &mut reqwest::Response, enough: impl Fn(&[(String, Value)]) -> bool) -> Option<Vec<(String, Value)>> {
    let (mut text, mut events) = (String::new(), vec![]);
    while !enough(&events) {
        let chunk = tokio::time::timeout(LIVE, response.chunk()).await.expect("something comes").ok()??;
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        while let Some(end) = text.find("\n\n") {
            let block: String = text.drain(..end + 2).collect();
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let (Some(kind), Some(data)) = (field("event:"), field("data:")) {
                events.push((kind.to_owned(), serde_json::from_str(data).unwrap()));
            }
        }
    }
    Some(events)
}

#[tokio::test]
async fn whoever_watches_sees_every_item_and_the_end() {
    let app = TestApp::start().await;
    let api = Api::of(&app);
    let id = id_of(&api.send("/batches", form().text("plan", square())).await);
    let mut watching = app.client.get(app.api(&format!("/batches/{id}/events"))).send().await.unwrap();
    assert_eq!(watching.headers()["content-type"], "text/event-stream");
    api.send(&format!("/batches/{id}/items"), with_files(form(), &files(&["a.png", "b.png", "c.png"]))).await;
    let all_done = |events: &[(String, Value)]| events.iter().any(|(kind, data)| kind == "batch" && count(data, "succeeded") == 3);
    let events = read_events(&mut watching, all_done).await.unwrap();
    let last: BTreeMap<u64, &Value> =
        events.iter().filter(|(kind, _)| kind == "item").map(|(_, i)| (i["n"].as_u64().unwrap(), i)).collect();
    assert!(last.len() == 3 && last.values().all(|item| item["state"] == "succeeded" && item["results"][0]["url"].is_string()), "{last:?}");
    let seqs: Vec<i64> = events.iter().filter(|(kind, _)| kind == "item").map(|(_, i)| i["seq"].as_i64().unwrap()).collect();
    assert!(seqs.is_sorted(), "{seqs:?}");

    // Whoever comes back gets what follows, and only that.
    let known = last.values().map(|item| item["seq"].as_i64().unwrap()).min().unwrap();
    let mut again = app.client.get(app.api(&format!("/batches/{id}/events?after={known}"))).send().await.unwrap();
    let events = read_events(&mut again, all_done).await.unwrap();
    assert!(events.iter().filter(|(kind, _)| kind == "item").all(|(_, item)| item["seq"].as_i64().unwrap() > known), "{events:?}");
    app.client.delete(app.api(&format!("/batches/{id}"))).send().await.unwrap();
    for stream in [&mut watching, &mut again] {
        assert!(read_events(stream, |_| false).await.is_none(), "the stream ends with its batch");
    }
}

#[tokio::test]
async fn a_deleted_batch_takes_its_files_along_and_an_old_one_goes_by_itself() {
    let app = TestApp::start().await;
    let api = Api::of(&app);
    let blobs = || walk(&app.app.store.folder().join("blobs"));
    let shared = app.upload("mine.png", picture(90, 90)).await;
    let session = app.session().await;
    app.say(&session, "裁成1:1", &[shared["id"].as_str().unwrap()]).await;
    let before = blobs();
    let mut ids = vec![];
    for names in [["a.png", "b.png"], ["c.png", "d.png"]] {
        let id = id_of(&api.send("/batches", with_files(form().text("plan", square()), &files(&names))).await);
        app.post(&format!("/batches/{id}/items"), &json!({ "images": [shared["id"]] })).await;
        assert_eq!(count(&api.done(&id).await, "succeeded"), 3);
        ids.push(id);
    }
    assert!(blobs() > before);
    let store = &app.app.store;
    assert_eq!(store.sweep(&Keep { batches: Some(Duration::from_secs(3600)), ..Keep::default() }).await.unwrap().batches, 0);
    assert_eq!(app.client.delete(app.api(&format!("/batches/{}", ids[0]))).send().await.unwrap().status(), 204);
    assert_eq!(app.client.get(app.api(&format!("/batches/{}", ids[0]))).send().await.unwrap().status(), 404);
    assert_eq!(store.sweep(&Keep { batches: Some(Duration::ZERO), ..Keep::default() }).await.unwrap().batches, 1);
    assert!(api.get("/batches").await["batches"].as_array().unwrap().is_empty());
    assert_eq!(blobs(), before, "only what the conversation keeps is left");
    assert!(store.image(&UserId::local(), &shared["id"].as_str().unwrap().parse().unwrap()).await.is_ok());
}

fn walk(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}
