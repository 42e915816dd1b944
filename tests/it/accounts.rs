//! People and programs sign in, and get exactly what they were given.

use std::time::Duration;

use portico::config::Config;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::app::{TestApp, error_code};
use crate::kit;

/// A caller: what every request of theirs carries.
pub struct Person<'a> {
    pub app: &'a TestApp,
    header: Option<(&'static str, String)>,
}

impl<'a> Person<'a> {
    pub fn stranger(app: &'a TestApp) -> Person<'a> {
        Person { app, header: None }
    }

    pub fn with_key(app: &'a TestApp, key: &str) -> Person<'a> {
        Person { app, header: Some(("authorization", format!("Bearer {key}"))) }
    }

    pub fn with_cookie(app: &'a TestApp, token: &str) -> Person<'a> {
        Person { app, header: Some(("cookie", format!("portico_login={token}"))) }
    }

    /// The first account.
    pub async fn owner(app: &'a TestApp) -> Person<'a> {
        let token = app.app.accounts.setup_link().await.unwrap().expect("there is no account yet");
        Self::join(app, &token, "ann").await
    }

    pub async fn join(app: &'a TestApp, token: &str, name: &str) -> Person<'a> {
        let body = json!({ "token": token, "name": name, "password": format!("password of {name}") });
        let response = Person::stranger(app).send(Method::POST, "/welcome", Some(body)).await;
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
        Person::with_cookie(app, &cookie(&response).unwrap())
    }

    /// Invites somebody, who comes.
    pub async fn invites(&self, name: &str, role: &str) -> Person<'a> {
        let invite = self.post("/invites", json!({ "role": role })).await;
        let token = invite["url"].as_str().unwrap().split_once('#').unwrap().1;
        Self::join(self.app, token, name).await
    }

    pub fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let request = self.app.client.request(method, url);
        match &self.header {
            Some((name, value)) => request.header(*name, value),
            None => request,
        }
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let request = self.request(method, &self.app.api(path));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        request.send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.send(Method::GET, path, None).await;
        assert!(response.status().is_success(), "GET {path}: {}", response.status());
        response.json().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let response = self.send(Method::POST, path, Some(body)).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "POST {path}: {status} {text}");
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    }

    pub async fn code(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
        error_code(self.send(method, path, body).await).await
    }

    pub async fn upload(&self, bytes: Vec<u8>) -> Response {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("a.png");
        let form = reqwest::multipart::Form::new().part("image", part);
        self.request(Method::POST, &self.app.api("/images")).multipart(form).send().await.unwrap()
    }

    pub async fn edit(&self, instruction: &str) -> Response {
        let part = reqwest::multipart::Part::bytes(picture(64, 48)).file_name("a.png");
        let form = reqwest::multipart::Form::new().text("instruction", instruction.to_owned()).part("image", part);
        self.request(Method::POST, &self.app.api("/edit")).multipart(form).send().await.unwrap()
    }

    pub async fn key(&self, scopes: &[&str]) -> String {
        self.post("/keys", json!({ "name": "a key", "scopes": scopes })).await["key"].as_str().unwrap().to_owned()
    }
}

/// A PNG.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    kit::Png::rgb(&kit::marker(width, height)).bytes()
}

/// A PNG that cannot be made smaller: three bytes a pixel.
pub fn noise(width: u32, height: u32) -> Vec<u8> {
    let hash = |n: u32| n.wrapping_mul(0x9E37_79B9).rotate_left(13).wrapping_mul(0x85EB_CA6B) >> 24;
    let at = |x: u32, y: u32, c: u32| hash((y * width + x) * 3 + c) as u8;
    kit::Png::rgb(&kit::Rgb::new(width, height, |x, y| [at(x, y, 0), at(x, y, 1), at(x, y, 2)])).bytes()
}

pub fn cookie(response: &Response) -> Option<String> {
    let set = response.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
    set.filter_map(|v| v.strip_prefix("portico_login=")).map(|v| v.split(';').next().unwrap().to_owned()).next()
}

pub async fn with_accounts(change: impl FnOnce(&mut Config)) -> TestApp {
    TestApp::with(|config| {
        config.accounts.enabled = true;
        change(config);
    })
    .await
}

/// The database beside the server, to move its clock.
async fn database(app: &TestApp) -> sqlx::SqlitePool {
    let path = app.app.store.folder().join("portico.db");
    sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap()
}

#[tokio::test]
async fn the_first_account_takes_over_what_was_made_before() {
    let app = TestApp::start().await;
    let image = app.upload("a.png", picture(40, 30)).await;
    let session = app.session().await;
    app.say(&session, "裁成1:1", &[image["id"].as_str().unwrap()]).await;
    let me = app.get("/me").await;
    assert_eq!((me["accounts"].as_bool(), me["via"].as_str()), (Some(false), Some("local")));
    assert_eq!(Person::stranger(&app).code(Method::GET, "/keys", None).await, (409, "accounts_off".to_owned()));

    // As the command line does, beside the running server.
    let mut tx = app.app.store.begin(&portico::store::UserId::local()).await.unwrap();
    tx.take_over_local("ann", &portico::accounts::password::hash("correct horse")).await.unwrap();
    tx.commit().await.unwrap();

    let stranger = Person::stranger(&app);
    // It counts a moment later.
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while stranger.send(Method::GET, "/sessions", None).await.status() == 200 {
        assert!(std::time::Instant::now() < deadline, "the server stays open");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(stranger.code(Method::GET, "/sessions", None).await, (401, "sign_in_required".to_owned()));
    let response = stranger.send(Method::POST, "/login", Some(json!({ "name": "ANN", "password": "correct horse" }))).await;
    assert_eq!(response.status(), 200);
    let ann = Person::with_cookie(&app, &cookie(&response).unwrap());
    let sessions = ann.get("/sessions").await;
    assert_eq!(sessions["sessions"][0]["id"], session.as_str());
    assert_eq!(ann.get("/me").await["user"], json!({ "id": "usr_local", "name": "ann", "role": "owner" }));
}

#[tokio::test]
async fn a_link_lets_one_person_in_and_only_once() {
    let app = with_accounts(|_| {}).await;
    let first = app.app.accounts.setup_link().await.unwrap().unwrap();
    let second = app.app.accounts.setup_link().await.unwrap().unwrap();
    let stranger = Person::stranger(&app);
    let look = |token: &str| json!({ "token": token });
    assert_eq!(
        stranger.code(Method::POST, "/welcome/look", Some(look(&first))).await.1,
        "link_used_or_expired",
        "a new link replaces the old one"
    );
    assert_eq!(stranger.post("/welcome/look", look(&second)).await, json!({ "kind": "setup", "role": "owner" }));
    for (body, code) in [
        (json!({ "token": second, "name": "ann", "password": "short" }), "password_too_short"),
        (json!({ "token": second, "name": " ann", "password": "long enough" }), "name_invalid"),
        (json!({ "token": second, "password": "long enough" }), "name_invalid"),
        (json!({ "token": "x".repeat(43), "name": "ann", "password": "long enough" }), "link_used_or_expired"),
    ] {
        assert_eq!(stranger.code(Method::POST, "/welcome", Some(body)).await.1, code);
    }
    let ann = Person::join(&app, &second, "ann").await;
    assert_eq!(stranger.code(Method::POST, "/welcome/look", Some(look(&second))).await.0, 404);
    assert_eq!(app.app.accounts.setup_link().await.unwrap(), None, "no set-up once there is an account");

    let invite = ann.post("/invites", json!({ "role": "member" })).await;
    let token = invite["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    assert!(invite["url"].as_str().unwrap().starts_with(&format!("{}/welcome#", app.url)), "{invite}");
    // Two at once: one comes in.
    let join = |name: &'static str| {
        let body = json!({ "token": token, "name": name, "password": "long enough" });
        Person::stranger(&app).request(Method::POST, &app.api("/welcome")).json(&body).send()
    };
    let (bob, eve) = tokio::join!(join("bob"), join("eve"));
    let mut statuses = [bob.unwrap().status().as_u16(), eve.unwrap().status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    assert_eq!(ann.get("/users").await.as_array().unwrap().len(), 2);

    let taken = ann.post("/invites", json!({ "role": "member" })).await;
    let token = taken["url"].as_str().unwrap().split_once('#').unwrap().1;
    let body = json!({ "token": token, "name": "Ann", "password": "long enough" });
    assert_eq!(stranger.code(Method::POST, "/welcome", Some(body)).await, (409, "name_taken".to_owned()));
    assert_eq!(stranger.post("/welcome/look", look(token)).await["kind"], "invite", "the link is still good after that");
    let id = taken["id"].as_str().unwrap();
    assert_eq!(ann.send(Method::DELETE, &format!("/invites/{id}"), None).await.status(), 204);
    assert_eq!(stranger.code(Method::POST, "/welcome/look", Some(look(token))).await.0, 404);
}

#[tokio::test]
async fn a_sign_in_is_a_cookie_that_only_this_site_sees_and_wrong_guesses_become_slow() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let stranger = Person::stranger(&app);
    let login = |name: &str, password: &str| Some(json!({ "name": name, "password": password }));
    let response = stranger.send(Method::POST, "/login", login("ann", "password of ann")).await;
    let set = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/;"), "{set}");
    assert_eq!(response.headers()["cache-control"], "no-store");
    // A name that nobody has looks like a wrong password.
    let wrong = stranger.send(Method::POST, "/login", login("ann", "wrong password")).await;
    assert_eq!(wrong.headers()["www-authenticate"], "Bearer");
    assert_eq!(error_code(wrong).await, (401, "wrong_credentials".to_owned()));
    assert_eq!(stranger.code(Method::POST, "/login", login("nobody", "wrong password")).await, (401, "wrong_credentials".to_owned()));
    for _ in 0..5 {
        stranger.send(Method::POST, "/login", login("ann", "wrong password")).await;
    }
    let slow = stranger.send(Method::POST, "/login", login("ann", "password of ann")).await;
    assert!(slow.headers()["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    assert_eq!(error_code(slow).await, (429, "too_many_attempts".to_owned()));
    assert_eq!(ann.get("/me").await["user"]["name"], "ann", "whoever is in stays in");
}

#[tokio::test]
async fn a_cookie_is_replaced_after_a_day_and_an_old_one_is_worth_nothing() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let old = ann.header.as_ref().unwrap().1.clone();
    assert!(cookie(&ann.send(Method::GET, "/me", None).await).is_none(), "a young one stays");
    let db = database(&app).await;
    sqlx::query("UPDATE logins SET rotated_at = '2026-01-01T00:00:00.000Z'").execute(&db).await.unwrap();
    let response = ann.send(Method::GET, "/me", None).await;
    let fresh = cookie(&response).expect("a new cookie");
    assert!(!old.contains(&fresh));
    assert_eq!(ann.send(Method::GET, "/me", None).await.status(), 200, "requests under way may still bring the old one");
    let now = Person::with_cookie(&app, &fresh);
    assert_eq!(now.get("/me").await["user"]["name"], "ann");
    sqlx::query("UPDATE logins SET rotated_at = '2026-01-01T00:00:00.000Z'").execute(&db).await.unwrap();
    assert_eq!(ann.code(Method::GET, "/me", None).await.0, 401, "a minute later it is worth nothing");
    assert_eq!(now.send(Method::GET, "/me", None).await.status(), 200);
    sqlx::query("UPDATE logins SET expires_at = '2026-01-01T00:00:00.000Z'").execute(&db).await.unwrap();
    assert_eq!(now.code(Method::GET, "/me", None).await.0, 401);
}

#[tokio::test]
async fn no_secret_is_stored_as_it_is() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let key = ann.key(&["edit"]).await;
    let invite = ann.post("/invites", json!({ "role": "member" })).await;
    let link = invite["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let cookie = ann.header.as_ref().unwrap().1.trim_start_matches("portico_login=").to_owned();
    assert_eq!(ann.get("/keys").await[0]["key"], Value::Null, "shown once");
    app.app.store.ping().await.unwrap();
    let folder = app.app.store.folder();
    for file in ["portico.db", "portico.db-wal"] {
        let Ok(bytes) = std::fs::read(folder.join(file)) else { continue };
        for secret in [&key, &link, &cookie, "password of ann"] {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{file} holds a secret");
        }
    }
}

#[tokio::test]
async fn a_key_does_what_it_was_made_for_and_no_more() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let bob = ann.invites("bob", "member").await;
    assert_eq!(bob.code(Method::POST, "/keys", Some(json!({ "name": "k", "scopes": ["admin"] }))).await.1, "invalid_parameter");
    assert_eq!(bob.code(Method::POST, "/keys", Some(json!({ "name": "k", "scopes": [] }))).await.1, "invalid_parameter");
    let key = async |scopes: &[&str]| Person::with_key(&app, &ann.key(scopes).await);
    let (read, edit, batch, admin) = (key(&["read"]).await, key(&["edit"]).await, key(&["batch"]).await, key(&["admin"]).await);
    let plan = Some(json!({ "instruction": "裁成1:1", "context": { "attached": 1 } }));
    let new_key = Some(json!({ "name": "more", "scopes": ["admin"] }));
    let session = Some(json!({}));
    for (who, method, path, body, expected) in [
        ("read", Method::GET, "/sessions", None, 200),
        ("read", Method::POST, "/plan", plan.clone(), 200),
        ("read", Method::POST, "/sessions", session.clone(), 403),
        ("edit", Method::POST, "/sessions", session.clone(), 201),
        ("edit", Method::POST, "/keys", new_key.clone(), 403),
        ("edit", Method::GET, "/users", None, 403),
        ("batch", Method::GET, "/sessions", None, 200),
        ("batch", Method::POST, "/sessions", session.clone(), 403),
        ("admin", Method::GET, "/users", None, 200),
        ("admin", Method::POST, "/keys", new_key, 201),
        ("admin", Method::GET, "/sessions", None, 403),
        ("admin", Method::GET, "/me", None, 200),
    ] {
        let person = match who {
            "read" => &read,
            "edit" => &edit,
            "batch" => &batch,
            _ => &admin,
        };
        assert_eq!(person.send(method.clone(), path, body).await.status().as_u16(), expected, "{who} {method} {path}");
    }
    assert_eq!(error_code(read.edit("裁成1:1").await).await, (403, "scope_missing".to_owned()));
    assert_eq!(edit.edit("裁成1:1").await.status(), 200);
    let done = batch.edit("裁成1:1").await;
    assert_eq!(done.status(), 200);
    let db = database(&app).await;
    let lane: String = sqlx::query_scalar("SELECT lane FROM jobs WHERE id = ?")
        .bind(done.headers()["x-portico-job"].to_str().unwrap())
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(lane, "batch", "a batch key waits behind people");

    // A member's key for administration does not exist; an owner's that loses the role is worth no more than they are.
    let cat = ann.invites("cat", "owner").await;
    let cats = Person::with_key(&app, &cat.key(&["admin"]).await);
    assert_eq!(cats.send(Method::GET, "/users", None).await.status(), 200);
    let id = cat.get("/me").await["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(ann.send(Method::PATCH, &format!("/users/{id}"), Some(json!({ "role": "member" }))).await.status(), 200);
    assert_eq!(cats.code(Method::GET, "/users", None).await, (403, "owner_only".to_owned()));
}

#[tokio::test]
async fn a_key_that_is_revoked_expired_or_made_up_opens_nothing() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let made = ann.post("/keys", json!({ "name": "nightly", "scopes": ["edit"], "expires_in_days": 30 })).await;
    let key = Person::with_key(&app, made["key"].as_str().unwrap());
    assert_eq!(key.send(Method::GET, "/sessions", None).await.status(), 200);
    let shown = ann.get("/keys").await;
    assert!(made["key"].as_str().unwrap().starts_with(shown[0]["hint"].as_str().unwrap()));
    let db = database(&app).await;
    sqlx::query("UPDATE api_keys SET expires_at = '2026-01-01T00:00:00.000Z'").execute(&db).await.unwrap();
    assert_eq!(key.code(Method::GET, "/sessions", None).await, (401, "key_invalid".to_owned()));
    sqlx::query("UPDATE api_keys SET expires_at = NULL").execute(&db).await.unwrap();
    assert_eq!(key.send(Method::GET, "/sessions", None).await.status(), 200);
    let id = made["id"].as_str().unwrap();
    let bob = ann.invites("bob", "member").await;
    assert_eq!(bob.code(Method::DELETE, &format!("/keys/{id}"), None).await.0, 404, "somebody else's key");
    assert_eq!(ann.send(Method::DELETE, &format!("/keys/{id}"), None).await.status(), 204);
    assert_eq!(key.code(Method::GET, "/sessions", None).await, (401, "key_invalid".to_owned()));
    assert_eq!(ann.get("/keys").await, json!([]));
    for wrong in ["", "ptc_", &format!("ptc_{}", "A".repeat(43)), &"A".repeat(43), "ptc_' OR 1=1 --"] {
        assert_eq!(Person::with_key(&app, wrong).code(Method::GET, "/sessions", None).await.0, 401, "{wrong}");
    }
    // A cookie is no key and a key is no cookie.
    let cookie = ann.header.as_ref().unwrap().1.trim_start_matches("portico_login=").to_owned();
    assert_eq!(Person::with_key(&app, &cookie).code(Method::GET, "/sessions", None).await.0, 401);
    let other = ann.key(&["edit"]).await;
    assert_eq!(Person::with_cookie(&app, &other).code(Method::GET, "/sessions", None).await.0, 401);
}

#[tokio::test]
async fn limits_hold_for_an_account_and_for_each_of_its_keys() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let made = ann.post("/keys", json!({ "name": "slow", "scopes": ["edit"], "limits": { "requests_per_minute": 3 } })).await;
    let slow = Person::with_key(&app, made["key"].as_str().unwrap());
    for _ in 0..3 {
        assert_eq!(slow.send(Method::GET, "/ops", None).await.status(), 200);
    }
    let held = slow.send(Method::GET, "/ops", None).await;
    let wait: u32 = held.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(error_code(held).await, (429, "too_many_requests".to_owned()));
    assert_eq!(ann.send(Method::GET, "/ops", None).await.status(), 200, "the account itself has room");

    let bob = ann.invites("bob", "member").await;
    let id = bob.get("/me").await["user"]["id"].as_str().unwrap().to_owned();
    let set = async |limits: Value| ann.send(Method::PATCH, &format!("/users/{id}"), Some(json!({ "limits": limits }))).await;
    assert_eq!(set(json!({ "requests_per_minute": 2 })).await.status(), 200);
    let mut statuses = vec![];
    for _ in 0..4 {
        statuses.push(bob.send(Method::GET, "/ops", None).await.status().as_u16());
    }
    assert_eq!(statuses.iter().filter(|s| **s == 429).count(), 2, "{statuses:?}");
    assert_eq!(set(json!({ "jobs_at_once": 1 })).await.status(), 200);
    // The first job waits behind one that has not ended, so the second finds no room.
    let session = bob.post("/sessions", json!({})).await["id"].as_str().unwrap().to_owned();
    let image: Value = bob.upload(picture(3000, 2000)).await.json().await.unwrap();
    let say = json!({ "text": "无损放大2倍，然后锐化", "images": [image["id"]] });
    let first = bob.post(&format!("/sessions/{session}/messages"), say).await;
    assert!(first["job"]["id"].is_string(), "{first}");
    let refused = bob.edit("裁成1:1").await;
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(error_code(refused).await, (429, "too_many_jobs".to_owned()));
    bob.send(Method::POST, &format!("/jobs/{}/cancel", first["job"]["id"].as_str().unwrap()), None).await;
}

#[tokio::test]
async fn a_full_space_is_said_before_and_refuses_only_what_needs_more() {
    let app = with_accounts(|c| c.limits.storage_bytes = 20_000).await;
    let ann = Person::owner(&app).await;
    let bob = ann.invites("bob", "member").await;
    let noise = noise(70, 80);
    assert!((16_000..20_000).contains(&noise.len()), "{}", noise.len());
    assert_eq!(bob.get("/me").await["warnings"], json!([]));
    let image: Value = bob.upload(noise.clone()).await.json().await.unwrap();
    let me = bob.get("/me").await;
    assert_eq!(me["usage"]["storage_bytes"], noise.len());
    assert_eq!(me["warnings"][0]["code"], "storage_nearly_full");
    assert_eq!(error_code(bob.upload(noise.clone()).await).await, (507, "quota_exceeded".to_owned()));
    assert_eq!(ann.upload(noise).await.status(), 201, "another account has its own space");
    let session = bob.post("/sessions", json!({})).await["id"].as_str().unwrap().to_owned();
    let say = json!({ "text": "裁成1:1", "images": [image["id"]] });
    let done = bob.post(&format!("/sessions/{session}/messages?wait=true"), say).await;
    assert_eq!(done["job"]["state"], "succeeded", "what there is can still be worked on: {done}");
    let more = bob.code(Method::POST, &format!("/sessions/{session}/messages"), Some(json!({ "text": "旋转90度" }))).await;
    assert_eq!(more, (507, "quota_exceeded".to_owned()), "now it is full");
    assert_eq!(bob.send(Method::DELETE, &format!("/sessions/{session}"), None).await.status(), 204);
    assert_eq!(bob.get("/me").await["usage"]["storage_bytes"], 0);
}

#[tokio::test]
async fn an_owner_looks_after_accounts_and_one_always_remains() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let bob = ann.invites("bob", "member").await;
    assert_eq!(bob.code(Method::GET, "/users", None).await, (403, "owner_only".to_owned()));
    let users = ann.get("/users").await;
    let id = |name: &str| users.as_array().unwrap().iter().find(|u| u["name"] == name).unwrap()["id"].as_str().unwrap().to_owned();
    let (anns, bobs) = (format!("/users/{}", id("ann")), format!("/users/{}", id("bob")));
    for body in [json!({ "role": "member" }), json!({ "disabled": true })] {
        assert_eq!(ann.code(Method::PATCH, &anns, Some(body)).await, (409, "last_owner".to_owned()));
    }
    assert_eq!(ann.code(Method::DELETE, &anns, None).await, (409, "last_owner".to_owned()));

    // Kept out at once, browser and key, and back again with everything.
    let key = Person::with_key(&app, &bob.key(&["edit"]).await);
    bob.post("/sessions", json!({ "title": "bob's" })).await;
    assert_eq!(ann.send(Method::PATCH, &bobs, Some(json!({ "disabled": true }))).await.status(), 200);
    assert_eq!(bob.code(Method::GET, "/sessions", None).await.0, 401);
    assert_eq!(key.code(Method::GET, "/sessions", None).await.0, 401);
    let login = Some(json!({ "name": "bob", "password": "password of bob" }));
    assert_eq!(Person::stranger(&app).code(Method::POST, "/login", login.clone()).await.1, "wrong_credentials");
    assert_eq!(ann.send(Method::PATCH, &bobs, Some(json!({ "disabled": false }))).await.status(), 200);
    assert_eq!(key.get("/sessions").await["sessions"][0]["title"], "bob's");

    // A new password by link: the old one and the old browsers are worth nothing.
    let response = Person::stranger(&app).send(Method::POST, "/login", login).await;
    let bob = Person::with_cookie(&app, &cookie(&response).unwrap());
    let link = ann.post(&format!("{bobs}/reset"), json!({})).await;
    let token = link["url"].as_str().unwrap().split_once('#').unwrap().1;
    let look = Person::stranger(&app).post("/welcome/look", json!({ "token": token })).await;
    assert_eq!((look["kind"].as_str(), look["name"].as_str()), (Some("reset"), Some("bob")));
    let again = Person::stranger(&app).send(Method::POST, "/welcome", Some(json!({ "token": token, "password": "another one" }))).await;
    assert_eq!(again.status(), 200);
    assert_eq!(bob.code(Method::GET, "/me", None).await.0, 401);

    let acts: Vec<String> =
        ann.get("/audit").await.as_array().unwrap().iter().rev().map(|a| a["action"].as_str().unwrap().to_owned()).collect();
    let expected =
        ["user.join", "invite.add", "user.join", "key.add", "user.disable", "user.enable", "user.reset_link", "user.password_reset"];
    assert_eq!(acts, expected);
    let page = ann.get("/audit?limit=1").await;
    assert!(page[0]["request_id"].as_str().unwrap().starts_with("req_"));
    assert_eq!(ann.get(&format!("/audit?before={}&limit=200", page[0]["id"])).await.as_array().unwrap().len(), expected.len() - 1);
}

#[tokio::test]
async fn whoever_is_removed_leaves_nothing_behind() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let bob = ann.invites("bob", "member").await;
    let shared = picture(40, 30);
    let own = picture(41, 30);
    let kept: Value = ann.upload(shared.clone()).await.json().await.unwrap();
    for bytes in [shared, own] {
        let image: Value = bob.upload(bytes).await.json().await.unwrap();
        let session = bob.post("/sessions", json!({})).await["id"].as_str().unwrap().to_owned();
        let say = json!({ "text": "裁成1:1", "images": [image["id"]] });
        bob.post(&format!("/sessions/{session}/messages?wait=true"), say).await;
    }
    let files = || {
        let folders = std::fs::read_dir(app.app.store.folder().join("blobs")).unwrap().flatten();
        folders.filter(|f| f.file_name().len() == 2).map(|f| std::fs::read_dir(f.path()).unwrap().count()).sum::<usize>()
    };
    assert_eq!(files(), 4, "two uploads, two crops");
    let id = bob.get("/me").await["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(ann.send(Method::DELETE, &format!("/users/{id}"), None).await.status(), 204);
    assert_eq!(files(), 1, "what ann has too stays");
    assert_eq!(ann.send(Method::GET, &format!("/images/{}/content", kept["id"].as_str().unwrap()), None).await.status(), 200);
    assert_eq!(bob.code(Method::GET, "/me", None).await.0, 401);
    let db = database(&app).await;
    for table in ["images", "sessions", "messages", "jobs", "versions", "events", "logins", "api_keys"] {
        let sql = format!("SELECT count(*) FROM {table} WHERE user_id = ?");
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(&id).fetch_one(&db).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}

#[tokio::test]
async fn a_new_password_signs_the_other_browsers_out_and_devices_can_be_ended_one_by_one() {
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let login = async |password: &str| {
        let body = json!({ "name": "ann", "password": password });
        let request = Person::stranger(&app).request(Method::POST, &app.api("/login")).header("user-agent", "Phone/1.0").json(&body);
        Person::with_cookie(&app, &cookie(&request.send().await.unwrap()).unwrap())
    };
    let phone = login("password of ann").await;
    let devices = ann.get("/logins").await;
    assert_eq!(devices.as_array().unwrap().len(), 2);
    let of_phone = devices.as_array().unwrap().iter().find(|d| d["agent"] == "Phone/1.0").unwrap();
    assert_eq!(of_phone["current"], false);
    let path = format!("/logins/{}", of_phone["id"].as_str().unwrap());
    assert_eq!(ann.send(Method::DELETE, &path, None).await.status(), 204);
    assert_eq!(phone.code(Method::GET, "/me", None).await.0, 401);

    let phone = login("password of ann").await;
    let wrong = json!({ "password": { "old": "not this one", "new": "something else" } });
    assert_eq!(ann.code(Method::PATCH, "/me", Some(wrong)).await, (403, "wrong_password".to_owned()));
    let right = json!({ "name": "Anna", "password": { "old": "password of ann", "new": "something else" } });
    let me: Value = ann.send(Method::PATCH, "/me", Some(right)).await.json().await.unwrap();
    assert_eq!(me["user"]["name"], "Anna");
    assert_eq!(phone.code(Method::GET, "/me", None).await.0, 401);
    assert_eq!(ann.send(Method::GET, "/me", None).await.status(), 200, "the one that changed it stays");
    let out = ann.send(Method::POST, "/logout", None).await;
    assert_eq!((out.status(), cookie(&out).as_deref()), (StatusCode::NO_CONTENT, Some("")));
    assert_eq!(ann.code(Method::GET, "/me", None).await.0, 401);
}

#[tokio::test]
async fn open_sockets_and_streams_end_when_the_way_in_is_lost() {
    use futures_util::StreamExt;
    let app = with_accounts(|_| {}).await;
    let ann = Person::owner(&app).await;
    let made = ann.post("/keys", json!({ "name": "watcher", "scopes": ["read"] })).await;
    let session = ann.post("/sessions", json!({})).await["id"].as_str().unwrap().to_owned();
    let key = made["key"].as_str().unwrap();
    let url = app.api(&format!("/sessions/{session}/ws")).replace("http://", "ws://");
    let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(url).unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let stream = Person::with_key(&app, key).send(Method::GET, &format!("/sessions/{session}/events"), None).await;
    assert_eq!(stream.status(), 200);
    assert_eq!(ann.send(Method::DELETE, &format!("/keys/{}", made["id"].as_str().unwrap()), None).await.status(), 204);
    let wait = Duration::from_secs(60);
    let close = tokio::time::timeout(wait, async {
        loop {
            match socket.next().await {
                Some(Ok(tokio_tungstenite::tungstenite::Message::Close(frame))) => break frame.unwrap(),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(u16::from(close.await.unwrap().code), 4401);
    tokio::time::timeout(wait, stream.bytes()).await.expect("the stream ends").unwrap();
}

#[tokio::test]
async fn pages_send_strangers_to_sign_in_and_back() {
    let app = with_accounts(|_| {}).await;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let get = async |path: &str| client.get(format!("{}{path}", app.url)).send().await.unwrap();
    let response = get("/s/ses_1?a=b").await;
    assert_eq!((response.status().as_u16(), response.headers()["location"].to_str().unwrap()), (303, "/login?next=/s/ses_1%3Fa%3Db"));
    for path in ["/docs/errors", "/static/css/base.css", "/healthz", "/readyz", "/favicon.ico"] {
        assert_eq!(get(path).await.status(), 200, "{path}");
    }
    assert_eq!(get("/api/openapi.json").await.status(), 401);
}
