//! What somebody says who has read nothing: wishes that cannot be met yet, second thoughts, a LUT dropped in, answers in whole sentences.

use serde_json::{Value, json};

use crate::app::{TestApp, error_code};

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

async fn start(app: &TestApp, name: &str) -> (String, String) {
    let session = app.session().await;
    let image = app.upload(name, photo(name)).await["id"].as_str().unwrap().to_owned();
    (session, image)
}

async fn message(app: &TestApp, session: &str, body: Value) -> Value {
    app.post(&format!("/sessions/{session}/messages?wait=true"), &body).await
}

fn steps(answer: &Value) -> &Vec<Value> {
    answer["job"]["plan"]["steps"].as_array().unwrap_or_else(|| panic!("no plan: {answer}"))
}

#[tokio::test]
async fn what_cannot_be_done_yet_offers_the_closest_thing_and_that_runs() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    let asked = app.say(&session, "左下角写上“小林家”，裁成1:1", &[&image]).await;
    let options = asked["question"]["options"].as_array().unwrap_or_else(|| panic!("{asked}"));
    assert!(asked["question"]["text"].as_str().unwrap().contains("图片没有改动"), "{asked}");
    assert_eq!(options[0]["plan"]["steps"][0]["op"], "watermark");
    let id = &asked["question"]["id"];
    let done = message(&app, &session, json!({ "answer": { "question": id, "option": 0 } })).await;
    assert_eq!(done["job"]["state"], "succeeded", "{done}");
    let ops: Vec<&Value> = steps(&done).iter().map(|step| &step["op"]).collect();
    assert_eq!(ops, ["watermark", "crop"], "the rest of the wish is kept");
}

#[tokio::test]
async fn an_option_that_cannot_be_done_yet_is_answered_like_the_wish_itself() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    let asked = app.say(&session, "make it wider", &[&image]).await;
    let id = &asked["question"]["id"];
    let offered = message(&app, &session, json!({ "answer": { "question": id, "option": 1 } })).await;
    let options = offered["question"]["options"].as_array().unwrap_or_else(|| panic!("{offered}"));
    assert!(!options.is_empty() && options.iter().all(|o| o["plan"]["steps"][0]["op"] == "pad"), "{offered}");
}

#[tokio::test]
async fn files_of_different_kinds_are_not_numbered_and_a_dislike_is_no_thanks() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    let done = app.say(&session, "crop to 1:1, save as png and jpg", &[&image]).await;
    let names: Vec<&Value> = done["job"]["files"].as_array().unwrap().iter().map(|file| &file["name"]).collect();
    assert_eq!(names, ["coffee.png", "coffee.jpg"], "{done}");
    let back = app.say(&session, "不好看，还是刚才的", &[]).await;
    assert_eq!(back["command"]["name"], "undo", "{back}");
}

#[tokio::test]
async fn second_thoughts_about_what_was_put_in_speak_of_it_though_its_picture_came_earlier() {
    let app = TestApp::start().await;
    let (session, coffee) = start(&app, "coffee.png").await;
    let cat = app.upload("chelsea.png", photo("chelsea.png")).await["id"].as_str().unwrap().to_owned();
    let plan = json!({ "steps": [{ "op": "place", "params": { "image": "image:2", "position": "bottom-right", "cutout": false } }] });
    let put = message(&app, &session, json!({ "plan": plan, "images": [coffee, cat] })).await;
    assert_eq!(put["job"]["version"], 3, "{put}");
    let moved = app.say(&session, "移到左上角", &[]).await;
    assert_eq!(moved["job"]["state"], "succeeded", "{moved}");
    assert_eq!(steps(&moved)[0]["params"]["position"], "top-left");
    let version = app.get(&format!("/sessions/{session}/versions/{}", moved["job"]["version"])).await;
    assert_eq!(version["parent"], 1, "in place of the first try, not on top of it");
    let smaller = app.say(&session, "小一点", &[]).await;
    assert_eq!(smaller["job"]["state"], "succeeded", "{smaller}");
    let (width, place) = (&steps(&smaller)[0]["params"]["width"], &steps(&smaller)[0]["params"]["position"]);
    // a fifth of 600 pixels, or two fifths for what is cut out, times 0.7
    assert!(width.as_u64().is_some_and(|px| (80..=170).contains(&px)), "{smaller}");
    assert_eq!(place, "top-left", "where it was moved to");
}

#[tokio::test]
async fn a_watermark_is_what_was_to_be_written_not_the_sentence_around_it() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    let asked = app.say(&session, "add a watermark", &[&image]).await;
    assert!(asked["question"].is_object(), "{asked}");
    let done = app.say(&session, "put my name Anna Kestrel in the corner", &[]).await;
    assert_eq!(steps(&done)[0]["params"]["text"], "Anna Kestrel", "{done}");
}

#[tokio::test]
async fn the_word_on_every_menu_brings_back_what_was_undone() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    app.say(&session, "裁成1:1", &[&image]).await;
    app.say(&session, "撤销", &[]).await;
    let redone = app.say(&session, "恢复", &[]).await;
    assert_eq!(redone["command"]["name"], "redo", "{redone}");
    assert_eq!(app.get(&format!("/sessions/{session}")).await["session"]["current"], 2);
}

#[tokio::test]
async fn a_kind_of_edit_without_which_is_asked_with_the_kinds_there_are() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    for (words, op) in [
        ("加滤镜", "filter"),
        ("add a filter", "filter"),
        ("put a frame around it", "pad"),
        ("文件太大", "export"),
        ("make it landscape", "crop"),
    ] {
        let asked = app.say(&session, words, &[&image]).await;
        let options = asked["question"]["options"].as_array().unwrap_or_else(|| panic!("{words}: {asked}"));
        assert!(options.len() >= 3 && options.iter().all(|o| o["plan"]["steps"][0]["op"] == op), "{words}: {asked}");
    }
    let done = app.say(&session, "resize it for instagram", &[]).await;
    assert_eq!(steps(&done)[0]["op"], "fit", "{done}");
}

/// The negative, as a table.
const CUBE: &str = "LUT_1D_SIZE 2\n1 1 1\n0 0 0\n";

#[tokio::test]
async fn a_lut_that_comes_with_the_words_is_applied_and_called_by_its_name() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    let lut = json!({ "name": "Night", "cube": CUBE });
    let first = message(&app, &session, json!({ "text": "套用这个LUT，裁成1:1", "images": [image], "lut": lut })).await;
    assert_eq!(first["job"]["state"], "succeeded", "{first}");
    let words: Vec<&str> = first["job"]["words"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(words, ["LUT 滤镜“Night”", "裁剪成 1:1"]);
    let decode = |bytes: &[u8]| portico::imaging::decode(bytes, &portico::imaging::Limits::default()).unwrap().picture;
    let version = app.get(&format!("/sessions/{session}/versions/2")).await;
    let (before, after) = (decode(&photo("coffee.png")), decode(&app.bytes(version["image"]["url"].as_str().unwrap()).await));
    let (a, b) = (before.pixel(300, 200), after.pixel(200, 200));
    assert!((0..3).all(|c| a[c].abs_diff(255 - b[c]) <= 1), "{a:?} became {b:?}");
    let alone = message(&app, &session, json!({ "lut": lut })).await;
    assert_eq!((&alone["job"]["state"], &alone["message"]["text"]), (&json!("succeeded"), &json!("LUT filter “Night”")), "{alone}");
}

#[tokio::test]
async fn a_lut_that_cannot_be_read_or_has_no_picture_is_refused_at_once() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let post = async |body: Value| {
        let path = app.api(&format!("/sessions/{session}/messages"));
        error_code(app.client.post(path).json(&body).send().await.unwrap()).await
    };
    let bad = json!({ "text": "apply this LUT", "lut": { "name": "x", "cube": "LUT_1D_SIZE 2\n1 1 one\n" } });
    assert_eq!(post(bad).await, (400, "invalid_parameter".to_owned()));
    for text in ["apply this LUT", ""] {
        let early = json!({ "text": text, "lut": { "name": "x", "cube": CUBE } });
        assert_eq!(post(early).await, (400, "missing_part".to_owned()));
    }
    assert_eq!(app.get(&format!("/sessions/{session}")).await["messages"], json!([]), "nothing of it is kept");
}

#[test]
fn plain_wishes_about_a_part_are_read_as_such() {
    use portico::plan::{Answer, Context, read};
    let context = Context { versions: 1, ..Context::default() };
    for (words, op, name, value) in [
        ("make the background black and white", "adjust", "saturation", json!(-100)),
        ("背景变黑白", "adjust", "saturation", json!(-100)),
        ("make it black and white", "filter", "name", json!("grayscale")),
        ("can you make the background blurry?", "background", "fill", json!("blur")),
        ("her face is too bright", "adjust", "brightness", json!(-20)),
        ("脸太暗了", "adjust", "brightness", json!(20)),
        ("脸太红了", "adjust", "tint", json!(-20)),
        ("去雾", "enhance", "low_light", Value::Null),
        ("套用这个LUT", "filter", "name", json!("lut")),
        ("resize it for instagram", "fit", "platform", json!("instagram.square")),
    ] {
        let Answer::Plan(plan) = read(words, &context).answer else { panic!("{words}") };
        let step = &plan.steps[0];
        assert_eq!((step.op.as_str(), step.params.get(name).unwrap_or(&Value::Null)), (op, &value), "{words}: {step:?}");
        if op == "adjust" {
            let part = if words.contains("face") || words.contains('脸') { "face" } else { "background" };
            assert_eq!(step.params["target"]["kind"], part, "{words}");
        }
    }
    let Answer::Command(compared) = read("和原图对比", &context).answer else { panic!() };
    assert_eq!(compared.a, Some(1), "the original, not the version before");
}
