//! The front door's promises: one envelope, the same bytes by every way, closed to strangers, a document that is true.

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::{TestApp, error_code};

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn decode(bytes: &[u8]) -> std::sync::Arc<portico::imaging::Picture> {
    portico::imaging::decode(bytes, &portico::imaging::Limits::default()).unwrap().picture
}

#[test]
fn no_two_operations_have_one_name() {
    let document = serde_json::to_value(portico::http::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let mut names: Vec<&str> = paths.flat_map(|path| path.as_object().unwrap().values()).filter_map(|o| o["operationId"].as_str()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert!(count > 40 && names.len() == count, "{count} operations have {} names", names.len());
}

#[tokio::test]
async fn the_openapi_document_is_the_one_that_was_reviewed() {
    let app = TestApp::start().await;
    let served: Value = app.client.get(format!("{}/api/openapi.json", app.url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(served, serde_json::to_value(portico::http::openapi()).unwrap());
    let pretty = serde_json::to_string_pretty(&served).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, format!("{pretty}\n")).unwrap();
    }
    let reviewed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        reviewed.trim() == pretty,
        "docs/openapi.json differs from the routes; look at the change and run: UPDATE_OPENAPI=1 cargo test --test it openapi"
    );
}

#[tokio::test]
async fn every_documented_route_exists_and_answers_in_the_envelope() {
    let app = TestApp::start().await;
    let document = serde_json::to_value(portico::http::openapi()).unwrap();
    let mut seen = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let address = format!("{}{}", app.url, path.replace("{id}", "nothing").replace("{n}", "1"));
            let method: reqwest::Method = method.to_uppercase().parse().unwrap();
            let response = app.client.request(method.clone(), &address).send().await.unwrap();
            let status = response.status().as_u16();
            assert!(status < 500 && status != 405, "{method} {path}: {status}");
            if status >= 400 {
                error_code(response).await;
            }
            seen += 1;
        }
    }
    assert!(seen >= 20, "{seen} routes");
}

#[tokio::test]
async fn the_same_picture_gives_the_same_result_by_every_way_in() {
    use base64::Engine as _;
    let app = TestApp::start().await;
    let bytes = photo("chelsea.png");
    let instruction = "rotate 90 degrees and crop to 1:1";
    let multipart = app.edit("chelsea.png", bytes.clone(), instruction).await;
    assert_eq!(multipart.status(), 200);
    let expected = decode(&multipart.bytes().await.unwrap());
    assert_eq!((expected.width(), expected.height()), (300, 300));
    let id = app.upload("chelsea.png", bytes.clone()).await["id"].as_str().unwrap().to_owned();
    let standard = base64::engine::general_purpose::STANDARD.encode(&bytes);
    let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&bytes);
    for image in [id, format!("data:image/png;base64,{standard}"), standard, url_safe] {
        let body = json!({ "image": image, "instruction": instruction });
        let response = app.client.post(app.api("/edit")).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{:.40}", body["image"]);
        assert_eq!(*decode(&response.bytes().await.unwrap()), *expected, "{:.40}", body["image"]);
    }
    // The chat gives the same picture too.
    let session = app.session().await;
    let image = app.upload("chelsea.png", bytes).await["id"].as_str().unwrap().to_owned();
    let posted = app.say(&session, instruction, &[&image]).await;
    let version = app.get(&format!("/sessions/{session}/versions/{}", posted["job"]["version"])).await;
    let content = app.bytes(version["image"]["url"].as_str().unwrap()).await;
    assert_eq!(*decode(&content), *expected);
}

#[tokio::test]
async fn json_is_given_where_it_is_asked_for() {
    let app = TestApp::start().await;
    let form = Form::new().text("instruction", "crop to 3:4").part("image", Part::bytes(photo("coffee.png")).file_name("红 杯.png"));
    let response = app.client.post(app.api("/edit")).header("accept", "application/json").multipart(form).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers()["server-timing"].to_str().unwrap().contains("run;dur="));
    let body: Value = response.json().await.unwrap();
    let result = &body["results"][0];
    assert_eq!((result["width"].as_u64(), result["height"].as_u64()), (Some(300), Some(400)), "{body}");
    assert_eq!(result["name"], "红 杯.png");
    assert_eq!(body["plan"]["steps"][0]["op"], "crop");
    let content = app.bytes(result["url"].as_str().unwrap()).await;
    assert_eq!(decode(&content).width(), 300);
}

#[tokio::test]
async fn errors_are_plain_sentences_with_stable_codes_and_never_500() {
    let app = TestApp::start().await;
    let png = photo("chelsea.png");
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("empty.png", vec![], 400, "image_empty"),
        ("one.png", vec![0x89], 415, "unsupported_format"),
        ("text.png", b"hello, I am not a picture".to_vec(), 415, "unsupported_format"),
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec(), 415, "unsupported_format"),
        ("page.html", b"<!doctype html><script>alert(1)</script>".to_vec(), 415, "unsupported_format"),
        ("cut.png", png[..200].to_vec(), 400, "image_unreadable"),
    ];
    for (name, bytes, status, code) in cases {
        assert_eq!(error_code(app.edit(name, bytes.clone(), "crop to 1:1").await).await, (status, code.to_owned()), "{name} by /edit");
        let form = Form::new().part("image", Part::bytes(bytes).file_name(name.to_owned()));
        let response = app.client.post(app.api("/images")).multipart(form).send().await.unwrap();
        assert_eq!(error_code(response).await, (status, code.to_owned()), "{name} by /images");
    }
    let health = app.client.get(format!("{}/healthz", app.url)).send().await.unwrap();
    assert_eq!(health.status(), 200);
}

#[tokio::test]
async fn a_missing_part_is_named() {
    let app = TestApp::start().await;
    let no_image = Form::new().text("instruction", "crop to 1:1");
    let response = app.client.post(app.api("/edit")).multipart(no_image).send().await.unwrap();
    let body: Value = response.json().await.unwrap();
    assert_eq!((&body["error"]["code"], &body["error"]["field"]), (&json!("missing_part"), &json!("image")));
    let no_words = Form::new().part("image", Part::bytes(photo("chelsea.png")).file_name("a.png"));
    let response = app.client.post(app.api("/edit")).multipart(no_words).send().await.unwrap();
    let body: Value = response.json().await.unwrap();
    assert_eq!((&body["error"]["code"], &body["error"]["field"]), (&json!("missing_part"), &json!("instruction")));
    let response = app.client.post(app.api("/edit")).body("x").send().await.unwrap();
    assert_eq!(error_code(response).await, (415, "unsupported_content_type".to_owned()));
}

#[tokio::test]
async fn messages_come_in_the_callers_language() {
    let app = TestApp::start().await;
    let ask = async |lang: &str| {
        let request = app.client.get(app.api("/images/img_nothing")).header("accept-language", lang.to_owned());
        request.send().await.unwrap().json::<Value>().await.unwrap()["error"]["message"].as_str().unwrap().to_owned()
    };
    assert!(ask("zh-CN,zh;q=0.9").await.contains("找不到"));
    assert!(ask("en-GB").await.contains("nothing here"));
}

#[tokio::test]
async fn a_large_photo_is_taken_and_one_over_the_limit_is_refused_readably() {
    use base64::Engine as _;
    let app = TestApp::with(|c| c.limits.max_upload_bytes = 16_000_000).await;
    // A valid PNG made 15 MB by a private chunk before its end.
    let mut png = photo("chelsea.png");
    let end = png.split_off(png.len() - 12);
    let padding = vec![7u8; 15_000_000 - png.len()];
    png.extend((padding.len() as u32).to_be_bytes());
    png.extend(b"paDd");
    png.extend(&padding);
    let mut crc = flate_crc(b"paDd", &padding).to_be_bytes().to_vec();
    png.append(&mut crc);
    png.extend(&end);
    assert_eq!(app.edit("large.png", png.clone(), "crop to 1:1").await.status(), 200);
    let body = json!({ "image": base64::engine::general_purpose::STANDARD.encode(&png), "instruction": "crop to 1:1" });
    assert_eq!(app.client.post(app.api("/edit")).json(&body).send().await.unwrap().status(), 200);
    let response = app.edit("larger.png", vec![0; 17_000_000], "crop to 1:1").await;
    assert_eq!(error_code(response).await, (413, "upload_too_large".to_owned()));
    let response = app.edit("huge.png", vec![0; 70_000_000], "crop to 1:1").await;
    assert_eq!(error_code(response).await, (413, "upload_too_large".to_owned()));
}

/// CRC-32 of PNG (ISO 3309), over a chunk's type and data.
fn flate_crc(kind: &[u8], data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in kind.iter().chain(data) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[tokio::test]
async fn strangers_are_turned_away_and_answers_carry_strict_headers() {
    let app = TestApp::start().await;
    for (name, value, code) in [
        ("host", "evil.example", "host_refused"),
        ("origin", "http://evil.example", "origin_refused"),
        ("x-forwarded-for", "1.2.3.4", "proxy_refused"),
        ("forwarded", "for=1.2.3.4", "proxy_refused"),
    ] {
        let response = app.client.get(app.api("/sessions")).header(name, value).send().await.unwrap();
        assert_eq!(error_code(response).await, (403, code.to_owned()), "{name}");
    }
    let page = app.client.get(&app.url).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(!policy.contains("unsafe") && policy.contains("default-src 'self'"), "{policy}");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let html = page.text().await.unwrap();
    assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains("<script>"), "nothing inline");
    let id = app.upload("chelsea.png", photo("chelsea.png")).await["id"].as_str().unwrap().to_owned();
    let content = app.client.get(app.api(&format!("/images/{id}/content"))).send().await.unwrap();
    assert_eq!(content.headers()["content-type"], "image/png");
    assert_eq!(content.headers()["x-content-type-options"], "nosniff");
    assert!(content.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert!(content.headers()["cache-control"].to_str().unwrap().contains("immutable"));
}

#[tokio::test]
async fn the_api_is_read_in_the_browser_under_the_same_strict_policy() {
    let app = TestApp::start().await;
    for (lang, words) in [("zh", "错误代码"), ("en", "Error codes")] {
        let page = app.client.get(format!("{}/api/docs", app.url)).header("accept-language", lang).send().await.unwrap();
        assert_eq!(page.status(), 200);
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(!policy.contains("unsafe") && policy.contains("default-src 'self'"), "{policy}");
        let html = page.text().await.unwrap();
        assert!(html.contains(words), "{html}");
        assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains("<script>") && !html.contains("//cdn"), "{html}");
        for address in
            html.split(['"']).filter(|part| part.starts_with("/static/") || part.starts_with("/api/") || part.starts_with("/docs/"))
        {
            let found = app.client.get(format!("{}{address}", app.url)).send().await.unwrap();
            assert_eq!(found.status(), 200, "{address}");
        }
    }
    let bundle = "static/vendor/swagger-ui/swagger-ui-bundle.js";
    let stored = std::fs::read(format!("{}/{bundle}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let plain = app.client.get(format!("{}/{bundle}", app.url)).send().await.unwrap();
    assert_eq!(plain.bytes().await.unwrap(), stored, "others' files are served as they are");
    let packed = app.client.get(format!("{}/{bundle}", app.url)).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.bytes().await.unwrap().len() * 3 < stored.len(), "it goes over the wire packed");
}

#[tokio::test]
async fn an_authorization_header_is_ignored_without_accounts() {
    let app = TestApp::start().await;
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Bearer whatever"));
    headers.insert("x-user-id", HeaderValue::from_static("usr_somebody"));
    assert_eq!(app.client.get(app.api("/sessions")).headers(headers).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn hostile_names_touch_nothing_outside_the_data_folder() {
    let app = TestApp::start().await;
    // A name that no header can hold is refused whole.
    assert_eq!(app.edit("a\u{0}b.png", photo("chelsea.png"), "flip horizontally").await.status(), 400);
    for name in ["../../x.png", "..\\..\\x.png", "/etc/x.png", "%2e%2e%2fx.png", "-rf.png", "CON", &"长".repeat(300), ".htaccess"] {
        let response = app.edit(name, photo("chelsea.png"), "flip horizontally").await;
        assert_eq!(response.status(), 200, "{name:?}");
        let header = response.headers()["content-disposition"].to_str().unwrap().to_owned();
        let file = header.split("filename=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert!(
            !file.contains("..") && !file.contains('/') && !file.contains('\\') && !file.starts_with(['.', '-']),
            "{name:?} became {file:?}"
        );
        assert!(file.ends_with(".png") && file.len() < 220, "{name:?} became {file:?}");
    }
}

#[tokio::test]
async fn a_question_is_422_with_options_that_are_complete_plans() {
    let app = TestApp::start().await;
    let response = app.edit("a.png", photo("chelsea.png"), "make it frobnicated").await;
    assert_eq!(response.status(), 422);
    let body: Value = response.json().await.unwrap();
    assert!(matches!(body["error"]["code"].as_str(), Some("question" | "not_an_edit")), "{body}");
    if body["error"]["code"] == "question" {
        for option in body["question"]["options"].as_array().unwrap() {
            assert!(!option["plan"]["steps"].as_array().unwrap().is_empty());
        }
    }
    let response = app.edit("a.png", photo("chelsea.png"), "撤销").await;
    assert_eq!(error_code(response).await, (400, "session_command".to_owned()));
}

#[tokio::test]
async fn a_repeated_call_under_one_key_is_done_once() {
    let app = TestApp::start().await;
    let call = async |instruction: &str| {
        let form =
            Form::new().text("instruction", instruction.to_owned()).part("image", Part::bytes(photo("chelsea.png")).file_name("a.png"));
        app.client.post(app.api("/edit")).header("idempotency-key", "order-7").multipart(form).send().await.unwrap()
    };
    let first = call("crop to 1:1").await;
    let job = first.headers()["x-portico-job"].clone();
    let again = call("crop to 1:1").await;
    assert_eq!(again.headers()["x-portico-job"], job);
    assert_eq!(first.bytes().await.unwrap(), again.bytes().await.unwrap());
    assert_eq!(error_code(call("crop to 3:4").await).await.1, "idempotency_key_reused");
}

#[tokio::test]
async fn several_pictures_come_back_as_one_archive() {
    let app = TestApp::start().await;
    let part = |name: &str| Part::bytes(photo(name)).file_name("same.png");
    let form = Form::new().text("instruction", "crop to 1:1").part("image", part("chelsea.png")).part("image", part("coffee.png"));
    let response = app.client.post(app.api("/edit")).multipart(form).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/zip");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(response.bytes().await.unwrap().to_vec())).unwrap();
    let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    assert_eq!(names, ["same.png", "same-2.png", "manifest.json"]);
    let mut second = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name("same-2.png").unwrap(), &mut second).unwrap();
    assert_eq!(decode(&second).width(), 400);
}

#[tokio::test]
async fn a_format_part_wins_over_the_words_and_says_so() {
    let app = TestApp::start().await;
    let form = Form::new()
        .text("instruction", "crop to 1:1 and save as png")
        .text("format", "webp")
        .part("image", Part::bytes(photo("chelsea.png")).file_name("a.png"));
    let response = app.client.post(app.api("/edit")).multipart(form).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "image/webp");
    assert!(response.headers()["x-portico-warnings"].to_str().unwrap().contains("format_overridden"));
}

#[tokio::test]
async fn a_plan_from_outside_is_checked_before_any_work() {
    let app = TestApp::start().await;
    let run = async |plan: Value| {
        let form = Form::new().text("plan", plan.to_string()).part("image", Part::bytes(photo("chelsea.png")).file_name("a.png"));
        app.client.post(app.api("/run")).multipart(form).send().await.unwrap()
    };
    let good = run(json!({ "version": 1, "steps": [{ "op": "flip", "params": { "axis": "vertical" } }] })).await;
    assert_eq!(good.status(), 200);
    for bad in [
        json!({ "steps": [{ "op": "frobnicate" }] }),
        json!({ "steps": [{ "op": "crop", "params": { "aspect": "1:0" } }] }),
        json!({ "steps": [{ "op": "crop", "input": "s9", "params": { "aspect": "1:1" } }] }),
        json!({ "steps": [{ "op": "resize", "params": { "width": -5 } }] }),
        json!({ "steps": [{ "op": "crop", "params": { "aspect": "1:1" } }, { "op": "flip", "params": { "axis": "sideways" } }] }),
        json!({ "steps": [] }),
        json!([1, 2]),
    ] {
        let (status, _) = error_code(run(bad.clone()).await).await;
        assert_eq!(status, 400, "{bad}");
    }
    let later = run(json!({ "steps": [{ "op": "stickers", "params": {} }] })).await;
    assert_eq!(error_code(later).await, (501, "operation_unavailable".to_owned()));
}

#[tokio::test]
async fn a_flood_is_answered_429_and_the_server_stays_up() {
    let app = TestApp::with(|c| c.engine.max_queued = 2).await;
    let calls: Vec<_> = (0..24)
        .map(|_| {
            let form =
                Form::new().text("instruction", "resize to 2000x2000").part("image", Part::bytes(photo("coffee.png")).file_name("a.png"));
            let request = app.client.post(app.api("/edit")).multipart(form);
            tokio::spawn(async move { request.send().await.unwrap() })
        })
        .collect();
    let mut refused = 0;
    for call in calls {
        let response = call.await.unwrap();
        match response.status().as_u16() {
            200 => {}
            429 => {
                assert!(response.headers().contains_key("retry-after"));
                assert_eq!(error_code(response).await.1, "queue_full");
                refused += 1;
            }
            other => panic!("{other}: {}", response.text().await.unwrap()),
        }
    }
    assert!(refused > 0, "24 calls fitted a queue of 2");
    assert_eq!(app.client.get(format!("{}/readyz", app.url)).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_target_is_shown_as_a_mask_at_any_size_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let image = app.upload("cat.png", photo("chelsea.png")).await;
    let (width, height) = (image["width"].as_u64().unwrap() as u32, image["height"].as_u64().unwrap() as u32);
    let painted = portico::imaging::Mask::new(width, height, (0..width * height).map(|i| if i % width < 100 { 255 } else { 0 }).collect());
    let painted = portico::imaging::encode_mask(&painted).unwrap().bytes;
    let mask = app.upload("mask.png", painted).await;
    let address = app.api(&format!("/images/{}/mask", image["id"].as_str().unwrap()));
    let ask = |body: Value| app.client.post(&address).json(&body).send();
    let target = json!({"kind": "mask", "mask": mask["id"], "invert": true});
    let full = ask(json!({"target": target})).await.unwrap();
    assert_eq!((full.status().as_u16(), full.headers()["content-type"].to_str().unwrap()), (200, "image/png"));
    let full = decode(&full.bytes().await.unwrap());
    assert_eq!((full.width(), full.height(), full.pixel(99, 5)[0], full.pixel(100, 5)[0]), (width, height, 0, 255));
    let small = ask(json!({"target": {"kind": "mask", "mask": mask["id"]}, "max_side": 100})).await.unwrap();
    let small = decode(&small.bytes().await.unwrap());
    assert_eq!((small.width(), small.height()), (100, (height * 100 + width / 2) / width));
    for (body, code) in [
        (json!({"target": target, "max_side": 7}), "invalid_parameter"),
        (json!({"target": {"kind": "mask", "mask": "img_nothing"}}), "not_found"),
        (json!({"target": {"kind": "region"}}), "invalid_parameter"),
        (json!({"target": {"kind": "region", "box": [9000, 0, 5, 5]}}), "box_outside"),
    ] {
        let (status, said) = error_code(ask(body.clone()).await.unwrap()).await;
        assert!(said == code && (400..500).contains(&status), "{body}: {status} {said}");
    }
    let missing = app.client.post(app.api("/images/img_nothing/mask")).json(&json!({"target": target})).send().await.unwrap();
    assert_eq!(error_code(missing).await.0, 404);
}
