//! The version tree under change: an edited plan with what followed it, deleted branches, conversations found by their words.

use std::path::Path;
use std::time::Duration;

use portico::imaging::{Mask, encode_mask};
use serde_json::{Value, json};

use crate::app::{TestApp, error_code};

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn plan(steps: Value) -> Value {
    json!({ "version": 1, "steps": steps })
}

/// A conversation under test.
struct Talk<'a> {
    app: &'a TestApp,
    id: String,
}

impl<'a> Talk<'a> {
    /// With one picture, which is version 1 once something was said.
    async fn new(app: &'a TestApp) -> Talk<'a> {
        Talk { app, id: app.session().await }
    }

    async fn upload(&self, name: &str) -> String {
        self.app.upload(name, photo(name)).await["id"].as_str().unwrap().to_owned()
    }

    /// Posts a message and waits for its own job.
    async fn post(&self, body: Value) -> Value {
        self.app.post(&format!("/sessions/{}/messages?wait=true", self.id), &body).await
    }

    async fn run(&self, steps: Value) -> u64 {
        let done = self.post(json!({ "plan": plan(steps) })).await;
        assert_eq!(done["job"]["state"], "succeeded", "{done}");
        done["job"]["version"].as_u64().unwrap()
    }

    /// The whole conversation when nothing is under way any more.
    async fn settled(&self) -> Value {
        for _ in 0..2400 {
            let snapshot = self.app.get(&format!("/sessions/{}", self.id)).await;
            if snapshot["session"]["running"] == false {
                return snapshot;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the chain never ends");
    }

    async fn bytes(&self, number: u64) -> Vec<u8> {
        let version = self.app.get(&format!("/sessions/{}/versions/{number}", self.id)).await;
        self.app.bytes(version["image"]["url"].as_str().unwrap()).await
    }

    async fn pixel(&self, number: u64, x: u32, y: u32) -> [u8; 4] {
        portico::imaging::decode(&self.bytes(number).await, &portico::imaging::Limits::default()).unwrap().picture.pixel(x, y)
    }

    async fn delete(&self, number: u64) -> reqwest::Response {
        let address = self.app.api(&format!("/sessions/{}/versions/{number}", self.id));
        self.app.client.delete(address).send().await.unwrap()
    }
}

fn parents(snapshot: &Value) -> Vec<(u64, Option<u64>)> {
    let versions = snapshot["versions"].as_array().unwrap();
    versions.iter().map(|v| (v["number"].as_u64().unwrap(), v["parent"].as_u64())).collect()
}

fn crop(aspect: &str) -> Value {
    json!([{ "op": "crop", "params": { "aspect": aspect } }])
}

/// What follows the crop in these tests.
fn after() -> [Value; 4] {
    [
        json!([{ "op": "flip", "params": { "axis": "horizontal" } }]),
        json!([{ "op": "sharpen", "params": { "strength": 0.7 } }]),
        json!([{ "op": "rotate", "params": { "degrees": 7.5 } }]),
        json!([{ "op": "pad", "params": { "margin": 9 } }, { "op": "resize", "params": { "scale": 0.5 } }]),
    ]
}

#[tokio::test]
async fn an_edited_plan_and_what_followed_it_give_the_pictures_of_the_edited_conversation() {
    let app = TestApp::start().await;
    let talk = Talk::new(&app).await;
    let image = talk.upload("coffee.png").await;
    talk.post(json!({ "plan": plan(crop("1:1")), "images": [image] })).await;
    for steps in after() {
        talk.run(steps).await;
    }
    let before: Vec<_> = [talk.bytes(2).await, talk.bytes(6).await].into();
    let posted =
        app.post(&format!("/sessions/{}/messages", talk.id), &json!({ "plan": plan(crop("3:4")), "instead_of": 2, "follow": true })).await;
    assert_eq!((&posted["job"]["remakes"], &posted["job"]["follows"]), (&json!(2), &json!([3, 4, 5, 6])), "{posted}");
    let snapshot = talk.settled().await;
    assert_eq!(parents(&snapshot)[6..], [(7, Some(1)), (8, Some(7)), (9, Some(8)), (10, Some(9)), (11, Some(10))]);
    assert_eq!(snapshot["session"]["current"], 11);
    assert_eq!([talk.bytes(2).await, talk.bytes(6).await].as_slice(), before, "nothing was overwritten");

    let by_hand = Talk::new(&app).await;
    let image = by_hand.upload("coffee.png").await;
    by_hand.post(json!({ "plan": plan(crop("3:4")), "images": [image] })).await;
    for steps in after() {
        by_hand.run(steps).await;
    }
    for (again, hand) in [(7, 2), (8, 3), (9, 4), (10, 5), (11, 6)] {
        assert_eq!(talk.bytes(again).await, by_hand.bytes(hand).await, "version {again} is not what it would have been by hand");
    }
    let jobs = snapshot["jobs"].as_array().unwrap();
    let chain: Vec<_> = jobs[5..].iter().map(|j| (j["remakes"].clone(), j["follows"].clone(), j["version"].clone())).collect();
    assert_eq!(chain[4], (json!(6), json!([]), json!(11)), "{chain:?}");
    let answers = snapshot["messages"].as_array().unwrap().iter().filter(|m| m["reply_to"] == posted["message"]["id"]);
    assert_eq!(answers.filter(|m| m["job"].is_string() && !m["words"].as_array().unwrap().is_empty()).count(), 5, "each has its message");
    // Undo and redo go along the new branch.
    for (words, expected) in [("undo", 10), ("undo", 9), ("redo", 10), ("redo", 11)] {
        app.say(&talk.id, words, &[]).await;
        assert_eq!(app.get(&format!("/sessions/{}", talk.id)).await["session"]["current"], expected, "{words}");
    }
}

#[tokio::test]
async fn without_follow_only_the_sibling_is_made_and_an_old_branch_is_followed_as_far_as_asked() {
    let app = TestApp::start().await;
    let talk = Talk::new(&app).await;
    let image = talk.upload("chelsea.png").await;
    talk.post(json!({ "plan": plan(crop("1:1")), "images": [image] })).await;
    let [flip, sharpen, rotate, _] = after();
    talk.run(flip).await;
    talk.run(sharpen.clone()).await;
    talk.post(json!({ "plan": plan(rotate), "from_version": 2 })).await;
    // 1 ← 2 ← 3 ← 4, and 2 ← 5, the current one.
    let alone = talk.post(json!({ "plan": plan(crop("2:1")), "instead_of": 2 })).await;
    assert_eq!((&alone["job"]["version"], &alone["job"]["follows"]), (&json!(6), &json!([])), "{alone}");
    let ask = async |body: Value| {
        talk.post(body).await;
        talk.settled().await
    };
    let old = ask(json!({ "plan": plan(crop("2:1")), "instead_of": 2, "follow": true, "upto": 4 })).await;
    assert_eq!(parents(&old)[6..], [(7, Some(1)), (8, Some(7)), (9, Some(8))], "the branch of 4, although another was current");
    // The current version does not descend from 3: the newest that does is meant.
    let newest = ask(json!({ "plan": plan(sharpen), "instead_of": 3, "follow": true })).await;
    assert_eq!(parents(&newest)[9..], [(10, Some(2)), (11, Some(10))]);
    let refused = async |body: Value| {
        let response = app.client.post(app.api(&format!("/sessions/{}/messages", talk.id))).json(&body).send().await.unwrap();
        error_code(response).await
    };
    let edited = plan(crop("1:1"));
    for (body, status, code) in [
        (json!({ "plan": edited, "instead_of": 1 }), 400, "version_has_no_plan"),
        (json!({ "plan": edited, "instead_of": 99 }), 404, "not_found"),
        (json!({ "plan": edited, "instead_of": 3, "follow": true, "upto": 5 }), 400, "invalid_parameter"),
        (json!({ "plan": edited, "instead_of": 3, "follow": true, "upto": 77 }), 404, "not_found"),
        (json!({ "text": "crop", "instead_of": 3 }), 400, "missing_part"),
        (json!({ "plan": edited, "follow": true }), 400, "missing_part"),
    ] {
        assert_eq!(refused(body.clone()).await, (status, code.to_owned()), "{body}");
    }
    assert_eq!(parents(&talk.settled().await).len(), 11, "what was refused left nothing");
}

#[tokio::test]
async fn pictures_versions_and_masks_that_a_plan_names_are_the_right_ones_afterwards() {
    let app = TestApp::start().await;
    let talk = Talk::new(&app).await;
    let (cat, cup) = (talk.upload("chelsea.png").await, talk.upload("coffee.png").await);
    // 451×300; the crop begins at x = 100.
    talk.post(json!({ "plan": plan(json!([{ "op": "crop", "params": { "box": [100, 0, 300, 300] } }])), "images": [cat] })).await;
    // Painted on the crop: columns 150..200 of it, 250..300 of the photo.
    let painted = Mask::new(300, 300, (0..90_000).map(|i| if (150..200).contains(&(i % 300)) { 255 } else { 0 }).collect());
    let painted = app.upload("mask.png", encode_mask(&painted).unwrap().bytes).await["id"].clone();
    let black = json!({ "op": "redact", "params": { "style": "solid", "target": { "kind": "mask", "mask": painted, "grow": 0 } } });
    assert_eq!(talk.run(json!([black])).await, 3);
    let found = app.get(&format!("/sessions/{}/versions/3", talk.id)).await["mask"]["id"].clone();
    let again = json!({ "op": "redact", "params": { "style": "pixelate", "target": { "kind": "mask", "mask": found, "grow": 0 } } });
    assert_eq!(talk.run(json!([again])).await, 4);
    // The attached cup gives its tone, then the black one of this conversation.
    let toned = talk.post(json!({ "plan": plan(json!([{ "op": "match", "params": { "to": "image:1" } }])), "images": [cup] })).await;
    assert_eq!(toned["job"]["version"], 6, "{toned}");
    assert_eq!(talk.run(json!([{ "op": "match", "params": { "to": "version:3", "strength": 0.5 } }])).await, 7);
    let wide = json!([{ "op": "crop", "params": { "box": [50, 0, 400, 300] } }]);
    talk.post(json!({ "plan": plan(wide), "instead_of": 2, "follow": true })).await;
    let snapshot = talk.settled().await;
    assert_eq!(parents(&snapshot)[7..], [(8, Some(1)), (9, Some(8)), (10, Some(9)), (11, Some(10)), (12, Some(11))], "{snapshot}");
    // The same columns of the photo are black: 200..250 of the wider crop.
    for (x, black) in [(199, false), (200, true), (249, true), (250, false)] {
        assert_eq!(talk.pixel(9, x, 150).await == [0, 0, 0, 255], black, "column {x}");
    }
    let version = |n: usize| &snapshot["versions"].as_array().unwrap()[n - 1];
    let moved = snapshot["jobs"].as_array().unwrap().iter().find(|j| j["version"] == 9).unwrap();
    assert!(moved["warnings"].as_array().unwrap().iter().any(|w| w["code"] == "mask_moved"), "{moved}");
    assert_eq!(version(10)["plan"]["steps"][0]["params"]["target"]["mask"], version(9)["mask"]["id"], "the mask found this time");
    assert_eq!(version(11)["plan"]["steps"][0]["params"]["to"], "image:1");
    assert_eq!(version(12)["plan"]["steps"][0]["params"]["to"], "version:9", "the new version in the old one's place");
    // By hand, with the same pictures.
    let by_hand = Talk::new(&app).await;
    let chained = talk.bytes(10).await;
    let base = app.upload("ten.png", chained).await["id"].clone();
    by_hand.post(json!({ "plan": plan(json!([{ "op": "match", "params": { "to": "image:2" } }])), "images": [base, cup] })).await;
    let last = parents(&by_hand.settled().await).last().unwrap().0;
    assert_eq!(by_hand.bytes(last).await, talk.bytes(11).await, "the attachment of the original message");
}

#[tokio::test]
async fn a_step_that_no_longer_changes_anything_is_passed_over_and_one_that_fails_ends_the_chain() {
    let app = TestApp::start().await;
    let talk = Talk::new(&app).await;
    let image = talk.upload("coffee.png").await;
    talk.post(json!({ "plan": plan(json!([{ "op": "sharpen", "params": { "strength": 0.5 } }])), "images": [image] })).await;
    let [flip, ..] = after();
    talk.run(flip.clone()).await;
    talk.run(json!([{ "op": "redact", "params": { "style": "solid", "target": { "kind": "region", "box": [500, 10, 40, 40] } } }])).await;
    talk.run(flip).await;
    let nothing = json!([{ "op": "sharpen", "params": { "strength": 0 } }]);
    talk.post(json!({ "plan": plan(nothing), "instead_of": 2, "follow": true, "upto": 3 })).await;
    let snapshot = talk.settled().await;
    assert_eq!(parents(&snapshot)[5..], [(6, Some(1))], "a sharpening by nothing makes no version: the flip is made of what it worked on");
    assert_eq!(snapshot["session"]["current"], 6, "{snapshot}");
    // On the narrower picture the box is outside.
    let narrow = json!([{ "op": "crop", "params": { "box": [0, 0, 300, 400] } }]);
    talk.post(json!({ "plan": plan(narrow), "instead_of": 2, "follow": true, "upto": 5 })).await;
    let snapshot = talk.settled().await;
    assert_eq!(parents(&snapshot)[6..], [(7, Some(1)), (8, Some(7))], "what was done stays");
    let last = snapshot["jobs"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["state"], &last["error"]["code"], &last["follows"]),
        (&json!("failed"), &json!("box_outside"), &json!([5])),
        "{last}"
    );
    assert_eq!(snapshot["session"]["current"], 8);
}

fn files(dir: &Path) -> usize {
    let entries = std::fs::read_dir(dir).unwrap().flatten();
    entries.map(|e| if e.path().is_dir() { files(&e.path()) } else { 1 }).sum()
}

#[tokio::test]
async fn a_deleted_branch_takes_its_pictures_with_it_and_nothing_else() {
    let app = TestApp::start().await;
    let blobs = || files(&app.app.config.data.join("blobs"));
    let talk = Talk::new(&app).await;
    let image = talk.upload("coffee.png").await;
    talk.post(json!({ "plan": plan(crop("1:1")), "images": [image] })).await;
    let painted = Mask::new(400, 400, (0..160_000).map(|i| if i % 400 < 90 { 255 } else { 0 }).collect());
    let painted = app.upload("mask.png", encode_mask(&painted).unwrap().bytes).await["id"].clone();
    let black = json!([{ "op": "redact", "params": { "style": "solid", "target": { "kind": "mask", "mask": painted } } }, { "op": "export", "params": { "format": "webp" } }]);
    assert_eq!(talk.run(black).await, 3);
    let exported = talk.post(json!({ "plan": plan(json!([{ "op": "export", "params": { "format": "jpeg" } }])) })).await;
    let file = exported["job"]["files"][0]["url"].as_str().unwrap().to_owned();
    talk.post(json!({ "plan": plan(crop("2:1")), "from_version": 1 })).await;
    app.say(&talk.id, "回到第3版", &[]).await;
    assert!(blobs() >= 7, "upload, crops, mask painted and found, exports: {}", blobs());
    let gone = app.bytes(&file).await;
    assert!(!gone.is_empty());
    // Version 2 with 3 on it; 4 is beside them.
    let deleted: Value = talk.delete(2).await.json().await.unwrap();
    assert_eq!(deleted, json!({ "deleted": [2, 3], "current": 1 }));
    assert_eq!(blobs(), 2, "the upload and version 4 are left");
    assert_eq!(app.client.get(format!("{}{file}", app.url)).send().await.unwrap().status(), 404);
    let snapshot = talk.settled().await;
    assert_eq!(parents(&snapshot), [(1, None), (4, Some(1))]);
    let jobs = snapshot["jobs"].as_array().unwrap();
    assert!(jobs.iter().any(|j| j["version"] == 3) && jobs.len() == 4, "jobs keep the number: {jobs:?}");
    assert_eq!(snapshot["messages"].as_array().unwrap().iter().filter(|m| m["role"] == "user").count(), 5);
    // What a redo would have led to is gone; an undo says so too.
    for words in ["redo", "undo"] {
        let said = app.say(&talk.id, words, &[]).await;
        assert!(said["reply"].is_string() && said.get("command").is_none(), "{words}: {said}");
    }
    for (words, current) in [("回到第4版", 4), ("undo", 1), ("redo", 4)] {
        app.say(&talk.id, words, &[]).await;
        assert_eq!(app.get(&format!("/sessions/{}", talk.id)).await["session"]["current"], current, "{words}");
    }
    // Numbers are not used again, and words about what is gone are answered.
    assert_eq!(talk.run(crop("1:2")).await, 5);
    let missing = app.say(&talk.id, "回到第3版", &[]).await;
    assert!(missing["reply"].as_str().is_some_and(|r| r.contains("没有")), "{missing}");
    assert_eq!(error_code(talk.delete(3).await).await, (404, "not_found".to_owned()));
    let all: Value = talk.delete(1).await.json().await.unwrap();
    assert_eq!(all, json!({ "deleted": [1, 4, 5], "current": null }));
    assert_eq!(blobs(), 0, "nothing is left of the photo");
    let empty = talk.settled().await;
    assert_eq!((&empty["session"]["current"], &empty["session"]["thumbnail_url"]), (&Value::Null, &Value::Null));
    // And it goes on with another picture.
    let image = talk.upload("chelsea.png").await;
    let next = talk.post(json!({ "plan": plan(crop("1:1")), "images": [image] })).await;
    assert_eq!(next["job"]["version"], 7, "{next}");
}

#[tokio::test]
async fn a_picture_that_something_else_keeps_stays() {
    let app = TestApp::start().await;
    let (one, two) = (Talk::new(&app).await, Talk::new(&app).await);
    let (cat, cup) = (one.upload("chelsea.png").await, one.upload("coffee.png").await);
    for talk in [&one, &two] {
        talk.post(json!({ "plan": plan(crop("1:1")), "images": [cat] })).await;
    }
    // The cup is a root of its own, and what version 4 was made with.
    one.post(json!({ "plan": plan(json!([{ "op": "match", "params": { "to": "image:1" } }])), "images": [cup] })).await;
    let deleted: Value = one.delete(3).await.json().await.unwrap();
    assert_eq!(deleted, json!({ "deleted": [3], "current": 4 }));
    assert_eq!(app.bytes(&format!("/api/v1/images/{cup}/content")).await, photo("coffee.png"), "version 4 needs it to be made again");
    one.post(json!({ "plan": plan(json!([{ "op": "match", "params": { "to": "image:1", "strength": 0.5 } }])), "instead_of": 4 })).await;
    assert_eq!(parents(&one.settled().await).last(), Some(&(5, Some(2))), "and it is");
    assert_eq!(one.delete(1).await.status(), 200);
    assert_eq!(app.bytes(&format!("/api/v1/images/{cat}/content")).await, photo("chelsea.png"), "the other conversation keeps it");
    assert_eq!(two.delete(1).await.status(), 200);
    assert_eq!(app.client.get(app.api(&format!("/images/{cat}/content"))).send().await.unwrap().status(), 404);
    assert_eq!(files(&app.app.config.data.join("blobs")), 0);
}

#[tokio::test]
async fn a_branch_that_is_worked_on_cannot_be_deleted() {
    let app = TestApp::start().await;
    let talk = Talk::new(&app).await;
    let image = talk.upload("coffee.png").await;
    talk.post(json!({ "plan": plan(crop("1:1")), "images": [image] })).await;
    let [flip, ..] = after();
    talk.run(flip.clone()).await;
    let slow: Vec<Value> =
        (0..30).map(|n| json!({ "op": "rotate", "params": { "degrees": if n % 2 == 0 { 3.5 } else { -3.5 } } })).collect();
    let posted =
        app.post(&format!("/sessions/{}/messages", talk.id), &json!({ "plan": plan(json!(slow)), "instead_of": 2, "follow": true })).await;
    // It works on 1, and 3 is to follow.
    for number in [1, 2, 3] {
        assert_eq!(error_code(talk.delete(number).await).await, (409, "version_busy".to_owned()), "version {number}");
    }
    app.post(&format!("/jobs/{}/cancel", posted["job"]["id"].as_str().unwrap()), &json!({})).await;
    let snapshot = talk.settled().await;
    assert_eq!(parents(&snapshot).len(), 3, "a cancelled job ends its chain");
    assert_eq!(snapshot["jobs"].as_array().unwrap().last().unwrap()["state"], "cancelled");
    assert_eq!(talk.delete(2).await.status(), 200, "and then it can");
}

#[tokio::test]
async fn conversations_are_found_by_title_and_by_what_was_said() {
    let app = TestApp::start().await;
    let mut ids = vec![];
    for title in ["Sommer ÄPFEL", "100% cotton_shirt", "证件照", "ＷＩＤＥ letters"] {
        ids.push(app.post("/sessions", &json!({ "title": title })).await["id"].as_str().unwrap().to_owned());
    }
    app.say(&ids[2], "把背景换成蓝色，然后 Crop to 3:4", &[]).await;
    let find = async |q: &str| {
        let address = reqwest::Url::parse_with_params(&app.api("/sessions"), [("q", q)]).unwrap();
        let found: Value = app.client.get(address).send().await.unwrap().json().await.unwrap();
        let found: Vec<String> = found["sessions"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect();
        found
    };
    for (q, expected) in [
        ("äpfel", vec![0]),
        ("COTTON", vec![1]),
        ("%", vec![1]),
        ("n_s", vec![1]),
        ("n%s", vec![]),
        ("_", vec![1]),
        ("证件", vec![2]),
        ("换成蓝色", vec![2]),
        ("crop TO", vec![2]),
        ("wide LETTERS", vec![3]),
        ("'; DROP TABLE sessions; --", vec![]),
        ("nothing like it", vec![]),
    ] {
        let wanted: Vec<String> = expected.iter().map(|&n: &usize| ids[n].clone()).collect();
        assert_eq!(find(q).await, wanted, "{q:?}");
    }
    assert_eq!(find("  ").await.len(), 4, "no words: all of them");
    // Newest change first: the one that was spoken in last, then by age.
    assert_eq!(find("t").await, [ids[2].clone(), ids[3].clone(), ids[1].clone()]);
    let long = app.client.get(app.api(&format!("/sessions?q={}", "x".repeat(201)))).send().await.unwrap();
    assert_eq!(error_code(long).await, (400, "invalid_parameter".to_owned()));
}
