//! Under a path of somebody's host (`server.public_url`): every route answers there as well as at the root, and every address that is written leads there.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::kit;

async fn under(path: &str) -> TestApp {
    let url = format!("https://pictures.example{path}");
    TestApp::with(|config| config.server.public_url = Some(url)).await
}

async fn text(app: &TestApp, path: &str) -> (u16, String) {
    let response = app.client.get(format!("{}{path}", app.url)).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_under_the_path_and_at_the_root() {
    let app = under("/tools/portico").await;
    for path in ["/", "/login", "/welcome", "/account", "/api/docs", "/docs/errors", "/healthz", "/static/js/main.js", "/api/v1/ops"] {
        let (at_root, under) = (text(&app, path).await, text(&app, &format!("/tools/portico{path}")).await);
        assert_eq!(at_root.0, 200, "{path}");
        assert_eq!(at_root, under, "{path}");
    }
    assert_eq!(text(&app, "/tools/portico").await.0, 200, "without the slash at its end");
    for path in ["/tools", "/tools/porticos", "/tools/portico/tools/portico/", "/tools/portico/nothing"] {
        assert_eq!(text(&app, path).await.0, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_that_is_written_begins_with_the_path() {
    let app = under("/portico/").await;
    let image = app.upload("photo.jpg", kit::jpeg(&kit::marker(64, 48), 90)).await;
    for name in ["url", "preview_url"] {
        let url = image[name].as_str().unwrap();
        assert!(url.starts_with("/portico/api/v1/images/"), "{url}");
        assert_eq!(status_of(&app, url).await, 200, "{url}");
    }
    let session = app.session().await;
    app.say(&session, "flip horizontally", &[image["id"].as_str().unwrap()]).await;
    let snapshot: Value = app.client.get(app.api(&format!("/sessions/{session}"))).send().await.unwrap().json().await.unwrap();
    let mut addresses = vec![];
    collect(&snapshot, &mut addresses);
    assert!(addresses.len() >= 6, "{addresses:?}");
    assert!(addresses.iter().all(|url| url.starts_with("/portico/api/v1/")), "{addresses:?}");
    let (status, missing) = text(&app, "/portico/api/v1/sessions/ses_x").await;
    let missing: Value = serde_json::from_str(&missing).unwrap();
    assert_eq!((status, &missing["error"]["docs"]), (404, &json!("/portico/docs/errors#not_found")));
    let document: Value = serde_json::from_str(&text(&app, "/portico/api/openapi.json").await.1).unwrap();
    assert_eq!(document["servers"], json!([{ "url": "/portico" }]));
    for page in ["/", "/login", "/account", "/api/docs", "/docs/errors"] {
        let (_, html) = text(&app, page).await;
        // Values of attributes: what follows `="`.
        let values = html.split("=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let bare = values.filter(|value| value.starts_with('/') && !value.starts_with("/portico/")).collect::<Vec<_>>();
        assert_eq!(bare, Vec::<&str>::new(), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_path_nothing_is_written_before_an_address() {
    let app = under("").await;
    let image = app.upload("photo.jpg", kit::jpeg(&kit::marker(64, 48), 90)).await;
    assert!(image["url"].as_str().unwrap().starts_with("/api/v1/images/"));
    let document: Value = serde_json::from_str(&text(&app, "/api/openapi.json").await.1).unwrap();
    assert_eq!(document.get("servers"), None);
}

async fn status_of(app: &TestApp, path: &str) -> u16 {
    app.client.get(format!("{}{path}", app.url)).send().await.unwrap().status().as_u16()
}

/// The values of every field whose name ends with `url`.
fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str().filter(|_| name.ends_with("url")) {
                    Some(url) => found.push(url.to_owned()),
                    None => collect(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}
