//! Nothing leaks: every address of the server is walked, from the OpenAPI document and from the router's own list.

use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{Person, picture, with_accounts};
use crate::app::error_code;

/// Addresses that answer without a sign-in, and why.
const OPEN: &[&str] = &[
    "/api/v1/login",        // signs in
    "/api/v1/welcome",      // uses a one-time link
    "/api/v1/welcome/look", // says what a link is for
    "/login",
    "/welcome",
    "/static/{*path}", // the page's own files, the same for everybody
    "/docs/errors",    // words about error codes
    "/favicon.ico",
    "/healthz", // for supervisors; says nothing but that it answers
    "/readyz",
];

/// Every method and path of the document.
fn documented() -> Vec<(Method, String)> {
    let document = serde_json::to_value(portico::http::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = |item: &Value| item.as_object().unwrap().keys().filter_map(|m| m.to_uppercase().parse().ok()).collect::<Vec<Method>>();
    paths.iter().flat_map(|(path, item)| methods(item).into_iter().map(|m| (m, path.clone()))).collect()
}

fn everything() -> Vec<(Method, String)> {
    let others = portico::http::other_paths().into_iter().map(|path| (Method::GET, path.to_owned()));
    documented().into_iter().chain(others).collect()
}

/// A path with its places filled.
fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id).replace("{n}", "1").replace("{*path}", "css/base.css")
}

#[tokio::test]
async fn without_a_sign_in_every_address_is_closed() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let session = ann.post("/sessions", json!({})).await["id"].as_str().unwrap().to_owned();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let walked = everything();
    assert!(walked.len() > 40, "{}", walked.len());
    for (method, path) in walked {
        if OPEN.contains(&path.as_str()) {
            continue;
        }
        let url = format!("{}{}", app.url, filled(&path, &session));
        // Whoever says who they are is not believed.
        for forged in
            [None, Some(("x-user", "usr_local")), Some(("x-forwarded-user", "ann")), Some(("authorization", "Basic YW5uOmFubg=="))]
        {
            let mut request = client.request(method.clone(), &url);
            if let Some((name, value)) = forged {
                request = request.header(name, value);
            }
            let response = request.send().await.unwrap();
            if path.starts_with("/api/") && path != "/api/docs" {
                assert_eq!(error_code(response).await, (401, "sign_in_required".to_owned()), "{method} {path}");
            } else {
                assert_eq!(response.status(), 303, "{method} {path}");
                assert!(response.headers()["location"].to_str().unwrap().starts_with("/login?next="), "{method} {path}");
            }
        }
    }
}

/// What one person has: an id for each kind of address.
async fn things_of(person: &Person<'_>) -> HashMap<&'static str, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let image: Value = person.upload(picture(60, 40)).await.json().await.unwrap();
    let session = text(&person.post("/sessions", json!({ "title": "secret title" })).await["id"]);
    let say = json!({ "text": "裁成1:1", "images": [image["id"]] });
    let done = person.post(&format!("/sessions/{session}/messages?wait=true"), say).await;
    assert_eq!(done["job"]["state"], "succeeded", "{done}");
    let plan = json!({ "steps": [{ "op": "crop", "params": { "aspect": "1:1" } }] });
    let batch = person.post("/batches", json!({ "plan": plan, "name": "secret title", "images": [image["id"]] })).await;
    let key = text(&person.post("/keys", json!({ "name": "k", "scopes": ["read"] })).await["id"]);
    let login = text(&person.get("/logins").await[0]["id"]);
    let user = text(&person.get("/me").await["user"]["id"]);
    let recipe = json!({ "name": "secret recipe", "plan": { "steps": [{ "op": "crop", "params": { "aspect": "1:1" } }] } });
    let recipe = text(&person.post("/recipes", recipe).await["id"]);
    HashMap::from([
        ("images", text(&image["id"])),
        ("sessions", session),
        ("batches", text(&batch["id"])),
        ("jobs", text(&done["job"]["id"])),
        ("keys", key),
        ("logins", login),
        ("users", user),
        ("recipes", recipe),
    ])
}

/// A body that the address would take, were the thing one's own.
fn body(path: &str) -> Value {
    match path {
        p if p.ends_with("/mask") => json!({ "target": { "kind": "region", "box": [1, 1, 20, 20] } }),
        p if p.ends_with("/messages") => json!({ "text": "裁成1:1" }),
        p if p.ends_with("/sessions/{id}") => json!({ "title": "mine now" }),
        p if p.ends_with("/recipes/{id}") => json!({ "name": "mine now" }),
        p if p.ends_with("/users/{id}") => json!({ "disabled": true }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn what_belongs_to_somebody_else_is_not_there() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let anns = things_of(&ann).await;
    let bob = ann.invites("bob", "member").await;
    // A second owner sees no more of pictures than a member does.
    let cat = ann.invites("cat", "owner").await;
    let mut walked = 0;
    for (method, path) in documented().into_iter().chain([(Method::GET, "/api/v1/sessions/{id}/ws".to_owned())]) {
        let kind = path.trim_start_matches("/api/v1/").split('/').next().unwrap().to_owned();
        let (true, Some(id)) = (path.contains('{'), anns.get(kind.as_str())) else { continue };
        for (who, person) in [("a member", &bob), ("another owner", &cat)] {
            if who == "another owner" && kind == "users" {
                continue;
            }
            let url = format!("{}{}", app.url, filled(&path, id));
            let mut request = person.request(method.clone(), &url);
            if path.ends_with("/ws") {
                let key = "dGhlIHNhbXBsZSBub25jZQ==";
                request = request.header("connection", "upgrade").header("upgrade", "websocket");
                request = request.header("sec-websocket-version", "13").header("sec-websocket-key", key);
            }
            if matches!(method, Method::POST | Method::PATCH) {
                request = request.json(&body(&path));
            }
            let url = if path.ends_with("versions.zip") { "?n=1" } else { "" };
            let request = if url.is_empty() { request } else { request.query(&[("n", "1")]) };
            let (status, code) = error_code(request.send().await.unwrap()).await;
            let expected = if kind == "users" { (403, "owner_only") } else { (404, "not_found") };
            assert_eq!((status, code.as_str()), expected, "{who}: {method} {path}");
            walked += 1;
        }
    }
    assert!(walked > 30, "{walked}");

    // Nor by naming it in a request of one's own.
    let session = bob.post("/sessions", json!({})).await["id"].as_str().unwrap().to_owned();
    let (image, mask) = (&anns["images"], json!({ "target": { "kind": "mask", "mask": anns["images"] } }));
    let own: Value = bob.upload(picture(50, 50)).await.json().await.unwrap();
    let own = own["id"].as_str().unwrap();
    for (path, body) in [
        (format!("/sessions/{session}/messages"), json!({ "text": "裁成1:1", "images": [image] })),
        (format!("/sessions/{session}/messages"), json!({ "text": "裁成1:1", "images": [own], "mask": image })),
        ("/edit".to_owned(), json!({ "instruction": "裁成1:1", "image": image })),
        ("/batches".to_owned(), json!({ "instruction": "裁成1:1", "images": [image] })),
        ("/edit".to_owned(), json!({ "instruction": "裁成1:1", "image": own, "mask": image })),
        ("/run".to_owned(), json!({ "plan": { "steps": [{ "op": "crop", "params": { "aspect": "1:1" } }] }, "image": image })),
        (format!("/images/{own}/mask"), mask),
        ("/run".to_owned(), json!({ "recipe": anns["recipes"], "image": own })),
        ("/run".to_owned(), json!({ "recipe": "secret recipe", "image": own })),
        ("/recipes".to_owned(), json!({ "name": "x", "session": anns["sessions"] })),
        (format!("/sessions/{session}/messages"), json!({ "recipe": { "recipe": anns["recipes"] }, "images": [own] })),
    ] {
        let (status, code) = bob.code(Method::POST, &path, Some(body.clone())).await;
        assert!((400..=404).contains(&status) && code != "scope_missing", "{path} {body}: {status} {code}");
    }
    // A plan that names somebody else's mask, run as a job.
    let plan = json!({ "steps": [{ "op": "redact", "params": { "target": { "kind": "mask", "mask": image } } }] });
    let say = json!({ "plan": plan, "images": [own] });
    let done = bob.send(Method::POST, &format!("/sessions/{session}/messages?wait=true"), Some(say)).await;
    let text = done.text().await.unwrap();
    assert!(!text.contains("\"succeeded\""), "{text}");

    // Lists and searches have only one's own.
    for person in [&bob, &cat] {
        for path in ["/sessions", "/sessions?q=secret", "/batches", "/keys", "/logins", "/me", "/recipes"] {
            let shown = person.get(path).await.to_string();
            for id in anns.iter().filter(|(kind, _)| **kind != "users").map(|(_, id)| id) {
                assert!(!shown.contains(id.as_str()), "{path} shows {id}");
            }
            assert!(!shown.contains("secret"), "{path}");
        }
    }
    let users = cat.get("/users").await.to_string() + &cat.get("/audit").await.to_string();
    assert!(!users.contains("secret title") && !users.contains(&anns["sessions"]), "owners see accounts, not what is in them");

    // And it is all still there.
    for (kind, tail) in [("images", "/content"), ("sessions", ""), ("batches", "/items"), ("jobs", ""), ("recipes", "")] {
        let path = format!("/{kind}/{}{tail}", anns[kind]);
        assert_eq!(ann.send(Method::GET, &path, None).await.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn the_same_key_of_two_people_is_two_keys() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let bob = ann.invites("bob", "member").await;
    let call = |person: &Person<'_>, side: u32| {
        let part = reqwest::multipart::Part::bytes(picture(side, side)).file_name("a.png");
        let form = reqwest::multipart::Form::new().text("instruction", "裁成1:1").part("image", part);
        person.request(Method::POST, &app.api("/edit")).header("idempotency-key", "same").multipart(form).send()
    };
    let (anns, bobs) = (call(&ann, 30).await.unwrap(), call(&bob, 44).await.unwrap());
    assert_eq!((anns.status().as_u16(), bobs.status().as_u16()), (200, 200));
    assert_ne!(anns.headers()["x-portico-job"], bobs.headers()["x-portico-job"]);
    assert_ne!(anns.bytes().await.unwrap(), bobs.bytes().await.unwrap());
}
