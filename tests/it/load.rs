//! Many at once: whatever comes, it is done or told to come back, `/healthz` answers throughout, and nothing grows. Liveness only; figures are the
//! matter of `make bench-load`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::kit;
use crate::process::{LIVE, Server};

/// For a whole crowd on a small machine that others use too.
const CROWD: Duration = Duration::from_secs(480);

fn photo(width: u32, height: u32) -> Vec<u8> {
    kit::Png::rgb(&kit::marker(width, height)).bytes()
}

/// Instructions of all kinds that need no model.
const INSTRUCTIONS: [&str; 8] = [
    "crop to 1:1",
    "rotate 90 degrees left",
    "resize to 100 wide, export WebP",
    "brightness +15, contrast +10",
    "make it black and white",
    "flip horizontally, export a jpg under 20 KB",
    "sharpen it",
    "裁成16:9，锐化",
];

/// Asks `/healthz` again and again until it is dropped; every answer must come, and in time.
struct Prober {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<(usize, Duration)>,
}

impl Prober {
    fn start(server: &Server) -> Prober {
        let (url, client) = (format!("{}/healthz", server.url), reqwest::Client::builder().no_proxy().build().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let (mut asked, mut longest) = (0, Duration::ZERO);
            while !stopped.load(Ordering::Relaxed) {
                let began = Instant::now();
                let response = tokio::time::timeout(LIVE, client.get(&url).send()).await;
                let response = response.expect("/healthz answers while there is much to do").unwrap();
                assert_eq!(response.status(), 200);
                longest = longest.max(began.elapsed());
                asked += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            (asked, longest)
        });
        Prober { stop, task }
    }

    async fn done(self, what: &str) {
        self.stop.store(true, Ordering::Relaxed);
        let (asked, longest) = self.task.await.unwrap();
        println!("{what}: /healthz answered {asked} times, the longest took {} ms", longest.as_millis());
        assert!(asked > 0);
    }
}

/// What came back, counted by status.
#[derive(Default)]
struct Answers(std::sync::Mutex<BTreeMap<u16, usize>>);

impl Answers {
    /// Sends until it is neither refused for now nor anything else that is not meant to be.
    async fn until_done(&self, send: impl Fn() -> reqwest::RequestBuilder) -> reqwest::Response {
        let deadline = Instant::now() + CROWD;
        loop {
            let response = send().send().await.expect("the connection holds");
            let status = response.status();
            *self.0.lock().unwrap().entry(status.as_u16()).or_default() += 1;
            if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
                assert!(!status.is_server_error(), "{status}: {}", response.text().await.unwrap());
                return response;
            }
            let again = response.headers().get("retry-after").expect("when to come back").to_str().unwrap().parse::<u64>().unwrap();
            assert!((1..=60).contains(&again));
            assert!(Instant::now() < deadline, "it is never its turn");
            // Sooner than told, so that the crowd stays a crowd.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    fn print(&self, what: &str) {
        println!("{what}: answers by status {:?}", self.0.lock().unwrap());
    }
}

fn edit(server: &Server, instruction: &'static str, picture: &[u8]) -> reqwest::RequestBuilder {
    let form = Form::new().text("instruction", instruction).part("image", Part::bytes(picture.to_vec()).file_name("photo.png"));
    server.client.post(server.api("/edit")).multipart(form)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_calls_at_once_are_done_or_told_to_come_back() {
    let data = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start(data.path()));
    let prober = Prober::start(&server);
    let answers = Arc::new(Answers::default());
    let picture = Arc::new(photo(240, 180));
    let calls: Vec<_> = (0..200)
        .map(|n| {
            let (server, answers, picture) = (server.clone(), answers.clone(), picture.clone());
            tokio::spawn(async move {
                let instruction = INSTRUCTIONS[n % INSTRUCTIONS.len()];
                let response = answers.until_done(|| edit(&server, instruction, &picture)).await;
                assert_eq!(response.status(), 200, "{instruction}");
                assert!(!response.bytes().await.unwrap().is_empty());
            })
        })
        .collect();
    for call in calls {
        tokio::time::timeout(CROWD, call).await.expect("every call ends").unwrap();
    }
    answers.print("200 calls at once");
    prober.done("200 calls at once").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_chats_write_while_others_list_and_delete() {
    let data = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start(data.path()));
    let prober = Prober::start(&server);
    let answers = Arc::new(Answers::default());
    let stop = Arc::new(AtomicBool::new(false));
    let listed = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = ["/sessions", "/sessions?q=crop", "/ops"]
        .map(|path| {
            let (server, answers, stop, listed) = (server.clone(), answers.clone(), stop.clone(), listed.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let response = answers.until_done(|| server.client.get(server.api(path))).await;
                    assert_eq!(response.status(), 200, "{path}");
                    let _ = response.bytes().await.unwrap();
                    listed.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .into();
    let chats: Vec<_> = (0..50).map(|n| tokio::spawn(chat(server.clone(), answers.clone(), n))).collect();
    for chat in chats {
        tokio::time::timeout(CROWD, chat).await.expect("every chat ends").unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    println!("50 chats: {} lists meanwhile", listed.load(Ordering::Relaxed));
    answers.print("50 chats");
    prober.done("50 chats").await;
    // What was deleted is gone from the disk as well: as many files as pictures that are left.
    let sessions = server.get("/sessions").await;
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 40, "every fifth one was deleted");
}

/// One conversation: a picture, three edits, and then its branch or all of it goes.
async fn chat(server: Arc<Server>, answers: Arc<Answers>, n: usize) {
    let session = answers.until_done(|| server.client.post(server.api("/sessions")).json(&json!({}))).await;
    let session = session.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    let picture = photo(100 + n as u32, 80);
    let url = server.api(&format!("/sessions/{session}/messages?wait=true"));
    for (turn, words) in ["crop to 1:1", "brightness +15", "rotate 90 degrees left"].into_iter().enumerate() {
        let response = answers
            .until_done(|| {
                let form = Form::new().text("text", words);
                let form = if turn == 0 { form.part("image", Part::bytes(picture.clone()).file_name("a.png")) } else { form };
                server.client.post(&url).multipart(form)
            })
            .await;
        let said: Value = response.json().await.unwrap();
        assert_eq!(said["job"]["state"], "succeeded", "{said}");
    }
    let versions = server.get(&format!("/sessions/{session}")).await["versions"].as_array().unwrap().len();
    assert_eq!(versions, 4, "the upload and three edits");
    let gone = if n.is_multiple_of(5) { format!("/sessions/{session}") } else { format!("/sessions/{session}/versions/3") };
    let response = answers.until_done(|| server.client.delete(server.api(&gone))).await;
    assert!(response.status().is_success(), "{gone}: {}", response.status());
}

/// How many descriptors and threads the server has.
fn held(server: &Server) -> (usize, usize) {
    let count = |folder: &str| std::fs::read_dir(format!("/proc/{}/{folder}", server.pid())).unwrap().count();
    (count("fd"), count("task"))
}

/// Waits until it holds no more than before, but for a few.
async fn nothing_is_left(server: &Server, before: (usize, usize), what: &str) {
    let deadline = Instant::now() + LIVE;
    loop {
        let now = held(server);
        if now.0 <= before.0 + 4 && now.1 <= before.1 + 4 {
            println!("{what}: descriptors {} then {}, threads {} then {}", before.0, now.0, before.1, now.1);
            return;
        }
        assert!(Instant::now() < deadline, "{what}: (descriptors, threads) were {before:?} and stay at {now:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_sockets_on_one_session_all_hear_everything_in_order() {
    let files = portico::sys::raise_open_files_limit();
    if files.is_some_and(|files| files < 1200) {
        eprintln!("SKIPPED a_thousand_sockets_on_one_session: this system allows a process only {files:?} open files (ulimit -Hn)");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let session = server.session().await;
    let image = server.upload("a.png", photo(64, 64)).await.json::<Value>().await.unwrap()["id"].clone();
    let first = json!({ "text": "crop to 1:1", "images": [image] });
    server.post(&format!("/sessions/{session}/messages?wait=true"), &first).await;
    let before = held(&server);
    let prober = Prober::start(&server);
    let address = format!("{}/api/v1/sessions/{session}/ws?after=0", server.url.replace("http://", "ws://"));
    let mut sockets = vec![];
    for _ in 0..1000 {
        let connect = tokio_tungstenite::connect_async(&address);
        sockets.push(tokio::time::timeout(LIVE, connect).await.expect("every socket is let in").unwrap().0);
    }
    let readers: Vec<_> = sockets
        .into_iter()
        .map(|mut socket| {
            let base = server.url.replace("http://", "ws://");
            let session = session.clone();
            tokio::spawn(async move {
                let (mut last, mut ends) = (0, 0);
                // The first job was replayed; the second comes while all are there.
                while ends < 2 {
                    let message = tokio::time::timeout(CROWD, socket.next()).await.expect("it comes");
                    let text = match message {
                        Some(Ok(tokio_tungstenite::tungstenite::Message::Text(text))) => text,
                        // A server that cannot keep up says so and lets one come back for what follows.
                        Some(Ok(tokio_tungstenite::tungstenite::Message::Close(said))) => {
                            let said = said.expect("a reason");
                            assert_eq!(u16::from(said.code), 1001, "{}", said.reason);
                            let again = format!("{base}/api/v1/sessions/{session}/ws?after={last}");
                            let connect = tokio::time::timeout(CROWD, tokio_tungstenite::connect_async(&again)).await;
                            socket = connect.expect("it is let in again").unwrap().0;
                            continue;
                        }
                        Some(Ok(_)) => continue,
                        other => panic!("cut off without a word: {other:?}"),
                    };
                    let event: Value = serde_json::from_str(&text).unwrap();
                    if event["transient"] == true {
                        continue;
                    }
                    assert_eq!(event["seq"], last + 1, "none is missing, none comes twice");
                    last += 1;
                    ends += usize::from(event["type"] == "job.succeeded");
                }
                socket
            })
        })
        .collect();
    server.post(&format!("/sessions/{session}/messages?wait=true"), &json!({ "text": "rotate 90 degrees left" })).await;
    let mut open = vec![];
    for reader in readers {
        open.push(reader.await.unwrap());
    }
    prober.done("1000 sockets").await;
    drop(open);
    nothing_is_left(&server, before, "1000 sockets").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_jobs_begun_and_stopped_leave_nothing_behind() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let session = server.session().await;
    let image = server.upload("a.png", photo(1200, 900)).await.json::<Value>().await.unwrap()["id"].clone();
    let first = json!({ "text": "crop to 1:1", "images": [image] });
    server.post(&format!("/sessions/{session}/messages?wait=true"), &first).await;
    let slow: Vec<Value> = (0..20).map(|_| json!({ "op": "filter", "params": { "name": "blur", "radius": 40 } })).collect();
    let slow = json!({ "plan": { "version": 1, "steps": slow } });
    let mut before = held(&server);
    for cycle in 0..110 {
        if cycle == 10 {
            before = held(&server);
        }
        let posted = server.post(&format!("/sessions/{session}/messages"), &slow).await;
        let job = posted["job"]["id"].as_str().unwrap().to_owned();
        tokio::time::sleep(Duration::from_millis(cycle % 7 * 10)).await;
        server.post(&format!("/jobs/{job}/cancel"), &json!({})).await;
        let deadline = Instant::now() + LIVE;
        while !["cancelled", "succeeded"].contains(&server.get(&format!("/jobs/{job}")).await["state"].as_str().unwrap()) {
            assert!(Instant::now() < deadline, "a stopped job ends");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    nothing_is_left(&server, before, "100 jobs begun and stopped").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_hang_up_leave_no_work_behind() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let picture = photo(1200, 900);
    let slow: Vec<Value> = (0..30).map(|_| json!({ "op": "filter", "params": { "name": "blur", "radius": 40 } })).collect();
    let plan = json!({ "version": 1, "steps": slow }).to_string();
    for _ in 0..4 {
        let calls: Vec<_> = (0..8)
            .map(|_| {
                let form = Form::new().text("plan", plan.clone()).part("image", Part::bytes(picture.clone()).file_name("a.png"));
                tokio::spawn(server.client.post(server.api("/run")).multipart(form).send())
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        calls.iter().for_each(tokio::task::JoinHandle::abort);
    }
    // Thirty-two of those take minutes; a new one is done at once only if they are gone.
    let response = edit(&server, "crop to 1:1", &photo(64, 64)).send();
    assert_eq!(tokio::time::timeout(LIVE, response).await.expect("the workers are free").unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chats_job_goes_on_when_nobody_watches_any_more() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let session = server.session().await;
    let form = Form::new().text("text", "crop to 1:1").part("image", Part::bytes(photo(900, 700)).file_name("a.png"));
    let address = format!("{}/api/v1/sessions/{session}/ws?after=0", server.url.replace("http://", "ws://"));
    let (mut socket, _) = tokio_tungstenite::connect_async(&address).await.unwrap();
    let post = server.client.post(server.api(&format!("/sessions/{session}/messages?wait=true"))).multipart(form).send();
    let post = tokio::spawn(post);
    // As soon as it is there, browser and caller are gone.
    while !socket.next().await.unwrap().unwrap().to_string().contains("job.queued") {}
    post.abort();
    drop(socket);
    let snapshot = server.settled(&session).await;
    assert_eq!(snapshot["jobs"][0]["state"], "succeeded", "{snapshot}");
    assert_eq!(snapshot["versions"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_cut_off_may_repeat_the_call_under_its_key() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let picture = photo(900, 700);
    let steps: Vec<Value> = (0..12).map(|_| json!({ "op": "filter", "params": { "name": "blur", "radius": 40 } })).collect();
    let plan = json!({ "version": 1, "steps": steps }).to_string();
    let call = || {
        let form = Form::new().text("plan", plan.clone()).part("image", Part::bytes(picture.clone()).file_name("a.png"));
        server.client.post(server.api("/run")).header("idempotency-key", "order-1").multipart(form).send()
    };
    // The line breaks at different moments, also before there is a job.
    for delay_ms in [0, 5, 20, 60, 200] {
        let first = tokio::spawn(call());
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        first.abort();
    }
    // Two at the same time are one job, and one of them hanging up does not take it from the other.
    let mut response = None;
    for _ in 0..10 {
        let (staying, leaving) = (tokio::spawn(call()), tokio::spawn(call()));
        tokio::time::sleep(Duration::from_millis(150)).await;
        leaving.abort();
        let answer = tokio::time::timeout(LIVE, staying).await.expect("it is done").unwrap().unwrap();
        // It may have met the end of a job that was still being given up; the next call does not.
        let met_the_end = answer.status() == 409;
        response = Some(answer);
        if !met_the_end {
            break;
        }
    }
    let response = response.unwrap();
    assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    let again = tokio::time::timeout(LIVE, call()).await.expect("it is known").unwrap();
    assert_eq!((again.status(), again.headers().get("x-portico-job")), (response.status(), response.headers().get("x-portico-job")));
}
