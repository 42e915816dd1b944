//! Recipes: what was done in a conversation is done again on other pictures, by name, and looks the same.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, error_code};
use crate::kit;
use portico::imaging::Picture;

fn decode(bytes: &[u8]) -> Arc<Picture> {
    portico::imaging::decode(bytes, &portico::imaging::Limits::default()).unwrap().picture
}

async fn upload(app: &TestApp, name: &str, width: u32, height: u32) -> String {
    let seed = name.len() as u32 * 37;
    let bytes = kit::jpeg(&kit::Rgb::new(width, height, |x, y| [(x * 3 + seed) as u8, (y * 5) as u8, ((x ^ y) + seed) as u8]), 95);
    app.upload(name, bytes).await["id"].as_str().unwrap().to_owned()
}

async fn picture_of(app: &TestApp, session: &str, version: &Value) -> Arc<Picture> {
    let version = app.get(&format!("/sessions/{session}/versions/{version}")).await;
    decode(&app.bytes(version["image"]["url"].as_str().unwrap()).await)
}

async fn send(app: &TestApp, method: Method, path: &str, body: &Value) -> reqwest::Response {
    app.client.request(method, app.api(path)).json(body).send().await.unwrap()
}

fn succeeded(said: &Value) {
    assert_eq!(said["job"]["state"], "succeeded", "{said}");
}

#[tokio::test]
async fn steps_saved_in_the_conversation_run_by_their_name_on_other_pictures() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let first = upload(&app, "first.jpg", 90, 60).await;
    let nothing = app.say(&session, "存为配方", &[]).await;
    assert!(nothing["reply"].as_str().is_some_and(|r| r.contains("还没有")), "{nothing}");
    succeeded(&app.say(&session, "裁成1:1", &[&first]).await);
    succeeded(&app.say(&session, "水平翻转", &[]).await);
    let saved = app.say(&session, "存为配方“方图”", &[]).await;
    assert!(saved["reply"].as_str().unwrap().contains("方图") && saved["command"]["name"] == "recipe", "{saved}");
    let recipes = app.get("/recipes").await;
    let recipe = &recipes["recipes"][0];
    assert_eq!((&recipe["id"], &recipe["name"], &recipe["version"]), (&saved["command"]["recipe"], &json!("方图"), &json!(1)));
    assert_eq!(recipe["plan"]["steps"].as_array().unwrap().len(), 2, "both versions' steps");

    let second = upload(&app, "other.jpg", 80, 120).await;
    let run = app.say(&session, "用配方“方图”处理这张", &[&second]).await;
    succeeded(&run);
    let by_chat = picture_of(&app, &session, &run["job"]["version"]).await;
    assert_eq!((by_chat.width(), by_chat.height()), (80, 80));
    // The same as the steps one by one, pixel for pixel.
    let other = app.session().await;
    succeeded(&app.say(&other, "裁成1:1", &[&second]).await);
    let steps = app.say(&other, "水平翻转", &[]).await;
    assert_eq!(by_chat.rgba8(), picture_of(&app, &other, &steps["job"]["version"]).await.rgba8());
    // Without a picture it runs on the current version; in English too.
    let again = app.say(&session, "run 方图 on this", &[]).await;
    succeeded(&again);
    let unknown = app.say(&session, "用配方红底处理", &[]).await;
    assert!(unknown["reply"].as_str().unwrap().contains("方图"), "it says which there are: {unknown}");
}

#[tokio::test]
async fn several_pictures_are_each_made_by_the_recipe() {
    let app = TestApp::start().await;
    app.post("/recipes", &json!({ "name": "small", "plan": { "steps": [{ "op": "resize", "params": { "width": 20 } }] } })).await;
    let session = app.session().await;
    let [a, b] = [upload(&app, "a.jpg", 40, 40).await, upload(&app, "bb.jpg", 40, 80).await];
    let said = app.say(&session, "run small on these", &[&a, &b]).await;
    assert_eq!(said["answers"].as_array().map(Vec::len), Some(2), "{said}");
    let snapshot = app.get(&format!("/sessions/{session}")).await;
    let sizes: Vec<(u64, u64)> = snapshot["versions"].as_array().unwrap()[2..]
        .iter()
        .map(|v| (v["image"]["width"].as_u64().unwrap(), v["image"]["height"].as_u64().unwrap()))
        .collect();
    assert_eq!(sizes, [(20, 20), (20, 40)]);
}

#[tokio::test]
async fn saving_under_the_same_name_is_a_further_version_and_the_earlier_ones_stay() {
    let app = TestApp::start().await;
    let plan = |width: u32| json!({ "name": "Main", "plan": { "steps": [{ "op": "resize", "params": { "width": width } }] } });
    let first = app.post("/recipes", &plan(30)).await;
    let second = app.post("/recipes", &json!({ "name": "main", "plan": plan(40)["plan"] })).await;
    assert_eq!((&second["id"], &second["version"]), (&first["id"], &json!(2)), "names are the same in any case");
    let id = first["id"].as_str().unwrap();
    let of = async |query: &str| app.get(&format!("/recipes/{id}{query}")).await["plan"]["steps"][0]["params"]["width"].clone();
    assert_eq!((of("").await, of("?version=1").await, of("?version=2").await), (json!(40), json!(30), json!(40)));
    assert_eq!(send(&app, Method::GET, &format!("/recipes/{id}?version=3"), &json!({})).await.status(), 404);
    // A new name is that of all versions; one that is taken is refused.
    app.post("/recipes", &json!({ "name": "other", "plan": plan(5)["plan"] })).await;
    let taken = error_code(send(&app, Method::PATCH, &format!("/recipes/{id}"), &json!({ "name": "OTHER" })).await).await;
    assert_eq!(taken, (409, "name_taken".to_owned()));
    let renamed: Value = send(&app, Method::PATCH, &format!("/recipes/{id}"), &json!({ "name": "主图" })).await.json().await.unwrap();
    assert_eq!(renamed["name"], "主图");
    assert_eq!(send(&app, Method::DELETE, &format!("/recipes/{id}"), &json!({})).await.status(), 204);
    assert_eq!(app.get("/recipes").await["recipes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn values_change_what_a_recipe_does_and_wrong_ones_are_named() {
    let app = TestApp::start().await;
    let plan = json!({ "steps": [{ "op": "background", "params": { "fill": "color", "color": "#ff0000" } }, { "op": "resize", "params": { "width": 30 } }] });
    let draft = app.post("/recipes?dry=true", &json!({ "plan": plan })).await;
    let names: Vec<&str> = draft["possible"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["fill", "color", "width"]);
    assert!(draft.get("id").is_none() && app.get("/recipes").await["recipes"].as_array().unwrap().is_empty(), "nothing was saved");
    let params = json!([{ "name": "宽", "type": "text", "path": "/steps/0/params/width" }]);
    let plan = json!({ "steps": [{ "op": "resize", "params": { "width": 30 } }] });
    let saved = app.post("/recipes", &json!({ "name": "缩", "plan": plan, "params": params })).await;
    assert_eq!(saved["params"][0]["type"], "integer", "the type follows from the operation");
    let image = upload(&app, "x.jpg", 80, 80).await;
    let run = async |values: Value| send(&app, Method::POST, "/run", &json!({ "recipe": "缩", "values": values, "image": image })).await;
    assert_eq!(decode(&run(json!({ "宽": "50" })).await.bytes().await.unwrap()).width(), 50);
    assert_eq!(decode(&run(json!({})).await.bytes().await.unwrap()).width(), 30, "without a value it is the default");
    for (values, field) in [(json!({ "宽": "wide" }), "宽"), (json!({ "宽": -4 }), "宽"), (json!({ "高": 3 }), "高")] {
        let body: Value = run(values.clone()).await.json().await.unwrap();
        assert_eq!((&body["error"]["code"], &body["error"]["field"]), (&json!("recipe_value"), &json!(field)), "{values}: {body}");
    }
    let session = app.session().await;
    let said = app
        .post(
            &format!("/sessions/{session}/messages?wait=true"),
            &json!({ "recipe": { "recipe": "缩", "values": { "宽": 10 } }, "images": [image] }),
        )
        .await;
    assert_eq!(picture_of(&app, &session, &said["job"]["version"]).await.width(), 10);
    let spoken = app.say(&session, "用配方缩，宽=12", &[&image]).await;
    assert_eq!(picture_of(&app, &session, &spoken["job"]["version"]).await.width(), 12);
}

#[tokio::test]
async fn a_recipe_brings_its_pictures_and_masks_along_whatever_becomes_of_the_conversation() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let photo = upload(&app, "photo.jpg", 120, 90).await;
    let logo = kit::Rgb::new(24, 12, |x, _| [x as u8 * 10, 40, 200]);
    let logo = app.upload("logo.png", kit::adam7_png(&logo)).await["id"].as_str().unwrap().to_owned();
    let mask = app.upload("mask.png", kit::adam7_png(&kit::Rgb::new(120, 90, |x, _| if x < 40 { [255; 3] } else { [0; 3] }))).await;
    let redact = json!({ "steps": [{ "op": "redact", "params": { "target": { "kind": "mask", "mask": mask["id"] }, "style": "solid" } }] });
    let said = app.post(&format!("/sessions/{session}/messages?wait=true"), &json!({ "plan": redact, "images": [photo] })).await;
    succeeded(&said);
    let place = json!({ "steps": [{ "op": "place", "params": { "image": "image:1", "cutout": false, "position": "bottom-right", "shadow": "none" } }] });
    let placed = app.post(&format!("/sessions/{session}/messages?wait=true"), &json!({ "plan": place, "images": [logo] })).await;
    succeeded(&placed);
    let version = placed["job"]["version"].clone();
    let made = picture_of(&app, &session, &version).await;
    let recipe = app.post("/recipes", &json!({ "name": "标", "session": session, "version": version })).await;
    let keys: Vec<(&str, bool)> =
        recipe["inputs"].as_array().unwrap().iter().map(|i| (i["key"].as_str().unwrap(), i["image"].is_object())).collect();
    assert_eq!(keys, [("image:2", true), ("mask_1", true)], "{recipe}");
    // The conversation goes; the recipe still has what it needs.
    assert_eq!(send(&app, Method::DELETE, &format!("/sessions/{session}"), &json!({})).await.status(), 204);
    let photo = upload(&app, "photo.jpg", 120, 90).await;
    let run = send(&app, Method::POST, "/run", &json!({ "recipe": recipe["id"], "image": photo, "format": "png" })).await;
    assert_eq!(decode(&run.bytes().await.unwrap()).rgba8(), made.rgba8(), "the same picture again");

    // As a file it goes to another server, with its pictures.
    let id = recipe["id"].as_str().unwrap();
    let file: Value = serde_json::from_slice(&app.bytes(&format!("/api/v1/recipes/{id}/export")).await).unwrap();
    assert_eq!(file["files"].as_object().unwrap().len(), 2);
    let other = TestApp::start().await;
    let brought = other.post("/recipes", &json!({ "recipe": file })).await;
    assert_eq!(brought["name"], "标");
    let photo = upload(&other, "photo.jpg", 120, 90).await;
    let session = other.session().await;
    let said = other.say(&session, "标", &[&photo]).await;
    succeeded(&said);
    assert_eq!(picture_of(&other, &session, &said["job"]["version"]).await.rgba8(), made.rgba8());
    let once = send(&other, Method::POST, "/run", &json!({ "recipe": file, "image": photo, "format": "png" })).await;
    assert_eq!(decode(&once.bytes().await.unwrap()).rgba8(), made.rgba8(), "also without being saved");
}

#[tokio::test]
async fn pictures_that_a_recipe_asks_for_are_sent_after_the_one_it_runs_on() {
    let app = TestApp::start().await;
    let plan = json!({ "steps": [{ "op": "place", "params": { "image": "image:2", "cutout": false, "shadow": "none" } }] });
    app.post("/recipes", &json!({ "name": "stamp", "plan": plan })).await;
    let [photo, stamp] = [upload(&app, "photo.jpg", 60, 60).await, upload(&app, "st.jpg", 10, 10).await];
    let session = app.session().await;
    let alone =
        send(&app, Method::POST, &format!("/sessions/{session}/messages"), &json!({ "recipe": { "recipe": "stamp" }, "images": [photo] }))
            .await;
    assert_eq!(alone.status(), 400, "one picture is too few while there is no version");
    succeeded(&app.say(&session, "run stamp on this", &[&photo, &stamp]).await);
    let onto = app.say(&session, "run stamp", &[&stamp]).await;
    succeeded(&onto);
    let versions = app.get(&format!("/sessions/{session}/versions")).await;
    let last = versions["versions"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["image"]["width"], 60, "onto the current version: {last}");
    let missing = error_code(send(&app, Method::POST, "/run", &json!({ "recipe": "stamp", "image": photo })).await).await;
    assert_eq!(missing, (400, "image_missing".to_owned()));
    let both = send(&app, Method::POST, "/run", &json!({ "recipe": "stamp", "images": [photo, stamp] })).await;
    assert_eq!(both.status(), 200);
}

#[tokio::test]
async fn a_recipe_is_not_run_by_other_models_unawares() {
    let app = TestApp::start().await;
    let recipe = json!({ "portico_recipe": 1, "name": "pinned", "plan": { "steps": [{ "op": "resize", "params": { "width": 9 } }] }, "pinned": { "isnet-medium": "00" } });
    let saved = app.post("/recipes", &json!({ "recipe": recipe })).await;
    assert_eq!(saved["warnings"][0]["code"], "recipe_models_differ");
    let image = upload(&app, "x.jpg", 30, 30).await;
    let refused = error_code(send(&app, Method::POST, "/run", &json!({ "recipe": "pinned", "image": image })).await).await;
    assert_eq!(refused, (400, "recipe_models_differ".to_owned()));
    let allowed = send(&app, Method::POST, "/run", &json!({ "recipe": "pinned", "image": image, "any_models": true })).await;
    assert_eq!(allowed.status(), 200);
    let session = app.session().await;
    let path = format!("/sessions/{session}/messages");
    let refused = send(&app, Method::POST, &path, &json!({ "text": "run pinned on this", "images": [image] })).await;
    assert_eq!(refused.status(), 400);
    let snapshot = app.get(&format!("/sessions/{session}")).await;
    assert!(snapshot["messages"].as_array().unwrap().is_empty(), "nothing was stored");
}

#[tokio::test]
async fn what_is_no_recipe_is_refused_by_the_place() {
    let app = TestApp::start().await;
    let crop = json!({ "steps": [{ "op": "crop", "params": { "aspect": "1:1" } }] });
    for (body, code, field) in [
        (json!({}), "missing_part", "recipe"),
        (json!({ "name": "x" }), "missing_part", "recipe"),
        (json!({ "plan": crop }), "invalid_recipe", "name"),
        (json!({ "name": "a\nb", "plan": crop }), "invalid_recipe", "name"),
        (json!({ "name": "x", "plan": { "steps": [] } }), "invalid_recipe", "plan"),
        (
            json!({ "name": "x", "plan": { "steps": [{ "op": "crop", "params": { "aspect": "wide" } }] } }),
            "invalid_recipe",
            "plan.steps[0].params.aspect",
        ),
        (
            json!({ "name": "x", "plan": { "steps": [{ "op": "crop", "input": "version:2", "params": { "aspect": "1:1" } }] } }),
            "invalid_recipe",
            "plan",
        ),
        (
            json!({ "name": "x", "plan": crop, "params": [{ "name": "file", "type": "text", "path": "/steps/0/params/aspect" }] }),
            "invalid_recipe",
            "params[0].name",
        ),
        (json!({ "name": "x", "recipe": { "portico_recipe": 2, "plan": crop } }), "invalid_recipe", "portico_recipe"),
        (
            json!({ "name": "x", "recipe": { "plan": crop, "files": { "image:2": { "name": "a.png", "data": "AAAA" } } } }),
            "invalid_recipe",
            "files.image:2",
        ),
    ] {
        let body: Value = send(&app, Method::POST, "/recipes", &body).await.json().await.unwrap();
        assert_eq!((&body["error"]["code"], &body["error"]["field"]), (&json!(code), &json!(field)), "{body}");
    }
    assert!(app.get("/recipes").await["recipes"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn an_exported_file_carries_what_led_to_it_and_is_read_back() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let photo = upload(&app, "photo.jpg", 120, 90).await;
    succeeded(&app.say(&session, "裁成1:1", &[&photo]).await);
    succeeded(&app.say(&session, "水平翻转", &[]).await);
    for format in ["png", "jpeg", "webp", "tiff", "ora", "psd"] {
        let plan = json!({ "steps": [
            { "op": "resize", "params": { "width": 30 } }, { "op": "export", "params": { "format": format, "metadata": "recipe" } }] });
        let said = app.post(&format!("/sessions/{session}/messages?wait=true"), &json!({ "plan": plan, "from_version": 3 })).await;
        succeeded(&said);
        let file = app.bytes(said["job"]["files"][0]["url"].as_str().unwrap()).await;
        let form = reqwest::multipart::Form::new().part("image", reqwest::multipart::Part::bytes(file.clone()).file_name("x"));
        let read = app.client.post(app.api("/recipes/read")).multipart(form).send().await.unwrap();
        assert_eq!(read.status(), 200, "{format}: {}", read.text().await.unwrap());
        let form = reqwest::multipart::Form::new().part("image", reqwest::multipart::Part::bytes(file).file_name("x"));
        let read: Value = app.client.post(app.api("/recipes/read")).multipart(form).send().await.unwrap().json().await.unwrap();
        let ops: Vec<&str> = read["plan"]["steps"].as_array().unwrap().iter().map(|s| s["op"].as_str().unwrap()).collect();
        assert_eq!(ops, ["crop", "flip", "resize"], "{format}: the whole way, not only the last plan");
        let again = app.post("/recipes", &json!({ "name": format!("from {format}"), "recipe": read["recipe"] })).await;
        let run = send(&app, Method::POST, "/run", &json!({ "recipe": again["id"], "image": photo, "format": "png" })).await;
        assert_eq!(decode(&run.bytes().await.unwrap()).width(), 30);
    }
    let bare =
        reqwest::multipart::Form::new().part("image", reqwest::multipart::Part::bytes(kit::adam7_png(&kit::marker(8, 8))).file_name("x"));
    let none = app.client.post(app.api("/recipes/read")).multipart(bare).send().await.unwrap();
    assert_eq!(error_code(none).await, (404, "no_recipe_in_file".to_owned()));
}
