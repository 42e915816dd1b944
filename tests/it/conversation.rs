//! Conversations: which picture is meant, the version tree, events in order, pictures kept exact.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::app::TestApp;

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn decode(bytes: &[u8]) -> std::sync::Arc<portico::imaging::Picture> {
    portico::imaging::decode(bytes, &portico::imaging::Limits::default()).unwrap().picture
}

async fn start(app: &TestApp, name: &str) -> (String, String) {
    let session = app.session().await;
    let image = app.upload(name, photo(name)).await["id"].as_str().unwrap().to_owned();
    (session, image)
}

async fn version_picture(app: &TestApp, session: &str, number: &Value) -> std::sync::Arc<portico::imaging::Picture> {
    let version = app.get(&format!("/sessions/{session}/versions/{number}")).await;
    decode(&app.bytes(version["image"]["url"].as_str().unwrap()).await)
}

#[tokio::test]
async fn each_instruction_acts_on_the_right_picture() {
    let app = TestApp::start().await;
    let (session, coffee) = start(&app, "coffee.png").await;
    let first = app.say(&session, "裁成1:1", &[&coffee]).await;
    assert_eq!((&first["job"]["state"], &first["job"]["version"]), (&json!("succeeded"), &json!(2)), "{first}");
    let second = app.say(&session, "再裁成3:4", &[]).await;
    let picture = version_picture(&app, &session, &second["job"]["version"]).await;
    assert_eq!((picture.width(), picture.height()), (300, 400), "the follow-up works on the last result");
    let third = app.say(&session, "go back to the original and crop to 2:1", &[]).await;
    let picture = version_picture(&app, &session, &third["job"]["version"]).await;
    assert_eq!((picture.width(), picture.height()), (600, 300), "the original is the upload");
    let chelsea = app.upload("chelsea.png", photo("chelsea.png")).await["id"].as_str().unwrap().to_owned();
    let fourth = app.say(&session, "flip horizontally", &[&chelsea]).await;
    let picture = version_picture(&app, &session, &fourth["job"]["version"]).await;
    assert_eq!((picture.width(), picture.height()), (451, 300), "an explicit upload wins");
    let snapshot = app.get(&format!("/sessions/{session}")).await;
    let parents: Vec<_> = snapshot["versions"].as_array().unwrap().iter().map(|v| v["parent"].clone()).collect();
    assert_eq!(parents, [json!(null), json!(1), json!(2), json!(1), json!(null), json!(5)], "a tree with two roots");
}

#[tokio::test]
async fn undo_redo_checkout_and_reset_move_and_never_overwrite() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "chelsea.png").await;
    app.say(&session, "crop to 1:1", &[&image]).await;
    app.say(&session, "rotate 90 degrees", &[]).await;
    let current = async || app.get(&format!("/sessions/{session}")).await["session"]["current"].clone();
    assert_eq!(current().await, 3);
    for (words, expected) in [("撤销", 2), ("undo", 1), ("redo", 2), ("重做", 3), ("回到第2版", 2), ("reset", 1)] {
        let said = app.say(&session, words, &[]).await;
        assert!(said["command"].is_object(), "{words}: {said}");
        assert_eq!(current().await, expected, "{words}");
    }
    let nothing = app.say(&session, "撤销", &[]).await;
    assert!(nothing["reply"].as_str().is_some_and(|r| !r.is_empty()) && nothing.get("command").is_none(), "{nothing}");
    let versions = app.get(&format!("/sessions/{session}/versions")).await;
    assert_eq!(versions["versions"].as_array().unwrap().len(), 3, "nothing was overwritten or lost");
}

#[tokio::test]
async fn several_pictures_keep_their_names_and_their_places() {
    let app = TestApp::start().await;
    let (session, coffee) = start(&app, "coffee.png").await;
    let chelsea = app.upload("chelsea.png", photo("chelsea.png")).await["id"].as_str().unwrap().to_owned();
    app.say(&session, "crop to 1:1 and export as jpeg", &[&coffee, &chelsea]).await;
    let done = async || {
        let snapshot = app.get(&format!("/sessions/{session}")).await;
        let all = snapshot["jobs"].as_array().unwrap().iter().all(|job| job["state"] == "succeeded");
        all.then_some(snapshot)
    };
    let mut snapshot = done().await;
    for _ in 0..600 {
        if snapshot.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        snapshot = done().await;
    }
    let snapshot = snapshot.expect("both end");
    let mut names: Vec<_> = snapshot["jobs"].as_array().unwrap().iter().map(|job| job["files"][0]["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["chelsea.jpg", "coffee.jpg"], "each file is named after its own upload");
    // What has become of the second picture of the message before, and its original.
    let second = app.say(&session, "crop picture 2 to 2:1", &[]).await;
    let version = app.get(&format!("/sessions/{session}/versions/{}", second["job"]["version"])).await;
    let edited = app.get(&format!("/sessions/{session}/versions/{}", version["parent"])).await;
    assert_eq!(edited["parent"], 2, "{second}");
    let compared = app.say(&session, "compare with the original", &[]).await;
    assert_eq!(compared["command"], json!({"name": "compare", "a": 2, "b": 5}), "{compared}");
}

#[tokio::test]
async fn an_original_has_nothing_to_be_compared_with() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "chelsea.png").await;
    app.say(&session, "描述这张图", &[&image]).await;
    let answer = app.say(&session, "和原图对比一下", &[]).await;
    assert!(answer["command"].is_null() && answer["reply"].as_str().unwrap().contains("这就是原图"), "{answer}");
}

#[tokio::test]
async fn an_instruction_without_a_picture_waits_for_one() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let asked = app.say(&session, "裁成1:1", &[]).await;
    assert!(asked["reply"].is_string() && asked.get("job").is_none(), "{asked}");
    let image = app.upload("chelsea.png", photo("chelsea.png")).await["id"].as_str().unwrap().to_owned();
    let done = app.say(&session, "", &[&image]).await;
    assert_eq!(done["job"]["state"], "succeeded", "{done}");
    let picture = version_picture(&app, &session, &done["job"]["version"]).await;
    assert_eq!(picture.width(), picture.height());
}

#[tokio::test]
async fn colouring_a_picture_that_has_colours_asks_first_and_the_answer_runs() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    let asked = app.say(&session, "上色", &[&image]).await;
    let options = asked["question"]["options"].as_array().unwrap_or_else(|| panic!("{asked}"));
    assert_eq!(options.len(), 2, "{asked}");
    assert_eq!(options[0]["plan"]["steps"][0]["params"]["force"], true);
    let enhanced = app.say(&session, "第二个", &[]).await;
    assert_eq!(
        (&enhanced["job"]["state"], &enhanced["job"]["plan"]["steps"][0]["op"]),
        (&json!("succeeded"), &json!("enhance")),
        "{enhanced}"
    );
    // Who insists, or writes the plan, is not asked; nor is anybody about a photo without colours.
    for text in ["重新上色", "colourize it anyway"] {
        assert!(app.say(&session, text, &[]).await.get("question").is_none(), "{text}");
    }
    let (grey, image) = start(&app, "dust-bowl-home.jpg").await;
    assert!(app.say(&grey, "上色", &[&image]).await.get("question").is_none());
}

#[tokio::test]
async fn ten_rounds_leave_every_untouched_pixel_as_it_was() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    app.say(&session, "rotate 90 degrees", &[&image]).await;
    for _ in 0..9 {
        app.say(&session, "rotate 90 degrees left", &[]).await;
        app.say(&session, "rotate 90 degrees", &[]).await;
    }
    let last = app.say(&session, "rotate 90 degrees left", &[]).await;
    let picture = version_picture(&app, &session, &last["job"]["version"]).await;
    assert_eq!(*picture, *decode(&photo("coffee.png")), "twenty edits through the chat, and not one pixel differs");
}

#[tokio::test]
async fn deleting_a_conversation_frees_its_files() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    app.say(&session, "crop to 1:1", &[&image]).await;
    let url = format!("/api/v1/images/{image}/content");
    app.bytes(&url).await;
    let response = app.client.delete(app.api(&format!("/sessions/{session}"))).send().await.unwrap();
    assert_eq!(response.status(), 204);
    for path in [url, format!("/api/v1/sessions/{session}")] {
        assert_eq!(app.client.get(format!("{}{path}", app.url)).send().await.unwrap().status(), 404, "{path}");
    }
    let blobs = walk(&app.app.config.data.join("blobs"));
    assert_eq!(blobs, 0, "blobs left behind");
}

fn walk(dir: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(dir).unwrap().flatten();
    entries.map(|e| if e.path().is_dir() { walk(&e.path()) } else { 1 }).sum()
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn connect(app: &TestApp, session: &str, after: i64) -> Socket {
    let url = format!("{}/api/v1/sessions/{session}/ws?after={after}", app.url.replace("http://", "ws://"));
    tokio_tungstenite::connect_async(url).await.unwrap().0
}

/// Frames until the job has ended: JSON events, with the pictures of the binary frames that follow previews.
async fn until_done(socket: &mut Socket) -> (Vec<Value>, Vec<Vec<u8>>) {
    let (mut events, mut pictures) = (vec![], vec![]);
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(120), socket.next()).await.expect("events go on").unwrap().unwrap();
        match frame {
            Message::Text(text) => {
                let event: Value = serde_json::from_str(&text).unwrap();
                let kind = event["type"].as_str().unwrap().to_owned();
                events.push(event);
                if ["job.succeeded", "job.failed", "job.cancelled"].contains(&kind.as_str()) {
                    return (events, pictures);
                }
            }
            Message::Binary(bytes) => {
                let announced = events.last().unwrap();
                assert_eq!(announced["type"], "step.preview", "a binary frame follows its preview");
                assert_eq!(hex::encode(&bytes[..16]), announced["id"].as_str().unwrap());
                let format = portico::imaging::Format::sniff(&bytes[16..]).unwrap();
                assert_eq!(format.mime(), announced["mime"].as_str().unwrap());
                pictures.push(bytes[16..].to_vec());
            }
            _ => {}
        }
    }
}

fn stored(events: &[Value]) -> Vec<(i64, String)> {
    let lasting = events.iter().filter(|e| e.get("transient").is_none());
    lasting.map(|e| (e["seq"].as_i64().unwrap(), e["type"].as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn events_come_in_order_and_can_be_replayed() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "coffee.png").await;
    let mut live = connect(&app, &session, 0).await;
    let posted = app.post(&format!("/sessions/{session}/messages"), &json!({ "text": "裁成1:1，然后旋转90度", "images": [image] })).await;
    assert!(posted["job"]["id"].is_string());
    let (events, pictures) = until_done(&mut live).await;
    let seen = stored(&events);
    assert_eq!(seen.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), (1..=seen.len() as i64).collect::<Vec<_>>(), "no gap, no double");
    let kinds: Vec<&str> = seen.iter().map(|(_, kind)| kind.as_str()).collect();
    for expected in
        ["message.created", "plan.ready", "job.queued", "job.started", "step.started", "step.finished", "version.created", "job.succeeded"]
    {
        assert!(kinds.contains(&expected), "{expected} in {kinds:?}");
    }
    assert!(pictures.iter().all(|bytes| bytes.len() <= 30_000));
    // `session.updated` carries the whole session in place of its id.
    assert!(events.iter().all(|e| (e["session"] == session.as_str() || e["session"]["id"] == session.as_str()) && e["time"].is_string()));
    let mut replayed = connect(&app, &session, 0).await;
    assert_eq!(stored(&until_done(&mut replayed).await.0), seen, "a replay is the same");
    let mut tail = connect(&app, &session, 3).await;
    assert_eq!(stored(&until_done(&mut tail).await.0), seen[3..], "from the number on");
}

#[tokio::test]
async fn a_socket_from_another_page_is_refused() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let mut request = format!("{}/api/v1/sessions/{session}/ws", app.url.replace("http://", "ws://")).into_client_request().unwrap();
    request.headers_mut().insert("origin", "http://evil.example".parse().unwrap());
    assert!(tokio_tungstenite::connect_async(request).await.is_err());
    let unknown = format!("{}/api/v1/sessions/ses_unknown/ws", app.url.replace("http://", "ws://"));
    assert!(tokio_tungstenite::connect_async(unknown).await.is_err());
}

#[tokio::test]
async fn nothing_that_a_socket_client_says_harms() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let mut socket = connect(&app, &session, -7).await;
    for message in [Message::text("{\"type\":\"hello\"}"), Message::binary(vec![0u8; 100]), Message::text("x".repeat(100_000))] {
        let _ = socket.send(message).await;
    }
    let mut next = connect(&app, &session, i64::MAX).await;
    next.send(Message::Ping(Default::default())).await.unwrap();
    assert!(matches!(next.next().await.unwrap().unwrap(), Message::Pong(_)));
}

#[tokio::test]
async fn a_cancelled_job_says_so_and_leaves_no_version() {
    let app = TestApp::start().await;
    if !crate::app::have_models("a_cancelled_job_says_so_and_leaves_no_version") {
        return;
    }
    let (session, image) = start(&app, "astronaut.png").await;
    let posted = app.post(&format!("/sessions/{session}/messages"), &json!({ "text": "抠图", "images": [image] })).await;
    let job = posted["job"]["id"].as_str().unwrap();
    app.post(&format!("/jobs/{job}/cancel"), &json!({})).await;
    let mut socket = connect(&app, &session, 0).await;
    let (events, _) = until_done(&mut socket).await;
    assert_eq!(events.last().unwrap()["type"], "job.cancelled");
    let versions = app.get(&format!("/sessions/{session}/versions")).await;
    assert_eq!(versions["versions"].as_array().unwrap().len(), 1, "only the upload");
}

#[tokio::test]
async fn the_mask_and_then_the_cut_out_arrive_while_one_waits() {
    let app = TestApp::start().await;
    if !crate::app::have_models("the_mask_and_then_the_cut_out_arrive_while_one_waits") {
        return;
    }
    let (session, image) = start(&app, "astronaut.png").await;
    let mut socket = connect(&app, &session, 0).await;
    app.post(&format!("/sessions/{session}/messages"), &json!({ "text": "remove the background", "images": [image] })).await;
    let (events, pictures) = until_done(&mut socket).await;
    assert_eq!(events.last().unwrap()["type"], "job.succeeded");
    assert!(pictures.len() >= 2, "{} previews", pictures.len());
    let (first, last) = (decode(&pictures[0]), decode(pictures.last().unwrap()));
    assert!(first.is_opaque(), "first the selection, laid over the photo");
    assert_eq!(last.pixel(0, 0)[3], 0, "at last the cut-out, transparent in its corner");
}

#[tokio::test]
async fn a_correction_is_run_on_the_version_before_in_place_of_the_last_step() {
    let app = TestApp::start().await;
    let (session, image) = start(&app, "chelsea.png").await;
    app.say(&session, "裁成16:9", &[&image]).await;
    let corrected = app.say(&session, "不对，要3:4", &[]).await;
    assert_eq!(corrected["job"]["plan"]["steps"][0]["input"], "version:1", "{corrected}");
    let picture = version_picture(&app, &session, &corrected["job"]["version"]).await;
    assert_eq!((picture.width(), picture.height()), (225, 300), "not a crop of the crop");
    let versions = app.get(&format!("/sessions/{session}/versions")).await;
    assert_eq!(versions["versions"].as_array().unwrap().len(), 3, "the first try is kept");
}

#[tokio::test]
async fn it_is_what_was_selected_in_the_turn_before() {
    let app = TestApp::start().await;
    if !crate::app::have_models("it_is_what_was_selected_in_the_turn_before") {
        return;
    }
    let (session, image) = start(&app, "chelsea.png").await;
    let selected = app.say(&session, "select the cat", &[&image]).await;
    assert_eq!(selected["job"]["state"], "succeeded", "{selected}");
    // Another version was gone on from in between: the selection was not made there.
    app.say(&session, "crop to 1:1", &[]).await;
    let elsewhere = app.say(&session, "把它涂黑", &[]).await;
    assert_ne!(elsewhere["job"]["plan"]["steps"][0]["params"]["target"]["kind"], "mask", "{elsewhere}");
    app.say(&session, "回到第1版", &[]).await;
    app.say(&session, "select the cat", &[]).await;
    let covered = app.say(&session, "把它涂黑", &[]).await;
    let target = &covered["job"]["plan"]["steps"][0]["params"]["target"];
    assert_eq!((&target["kind"], &covered["job"]["state"]), (&json!("mask"), &json!("succeeded")), "{covered}");
    let picture = version_picture(&app, &session, &covered["job"]["version"]).await;
    let before = decode(&photo("chelsea.png"));
    assert_eq!(picture.pixel(225, 180), [0, 0, 0, 255], "the cat");
    assert_eq!(picture.pixel(5, 5), before.pixel(5, 5), "nothing else");
}
