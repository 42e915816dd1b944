//! Every example of docs/API.md, run against a real server.

use std::path::Path;
use std::process::{Command, Output};

use portico::imaging::{EncodeOptions, Format, Limits, Mask, Picture, Rect, decode, encode, encode_mask, geometry};

use crate::app::{TestApp, have_models};

/// A fenced block: its language, the words after it, the line it begins on, its text.
struct Block {
    lang: String,
    info: String,
    line: usize,
    text: String,
}

fn blocks() -> Vec<Block> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/API.md")).unwrap();
    let mut found: Vec<Block> = vec![];
    let mut open = false;
    for (i, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(_), true) => open = false,
            (Some(info), false) => {
                let (lang, info) = info.split_once(' ').unwrap_or((info, ""));
                found.push(Block { lang: lang.to_owned(), info: info.to_owned(), line: i + 1, text: String::new() });
                open = true;
            }
            (None, true) => found.last_mut().unwrap().text += &format!("{line}\n"),
            (None, false) => {}
        }
    }
    found
}

/// The files that the examples name.
fn materials(folder: &Path) {
    let photo = |name: &str| {
        let path = format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"));
        decode(&std::fs::read(path).unwrap(), &Limits::default()).unwrap().picture
    };
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    // Not square, so that cropping it to a square changes something.
    let person = geometry::crop(&photo("astronaut.png"), Rect { x: 0, y: 0, width: 512, height: 400 }).0;
    write("photo.jpg", &encode(&person, &EncodeOptions::new(Format::Jpeg).with_quality(92)).unwrap().bytes);
    write("cup.png", &encode(&photo("coffee.png"), &EncodeOptions::new(Format::Png)).unwrap().bytes);
    // A red disc on nothing.
    let inside = |i: i32| (i % 64 - 32).pow(2) + (i / 64 - 32).pow(2) < 900;
    let disc = (0..64 * 64).flat_map(|i| if inside(i) { [200, 30, 30, 255] } else { [0; 4] }).collect();
    let logo = Picture::from_rgba8(64, 64, disc);
    write("logo.png", &encode(&logo, &EncodeOptions::new(Format::Png)).unwrap().bytes);
    let (width, height) = (person.width(), person.height());
    let painted = (0..width * height).map(|i| if (40..80).contains(&(i % width)) && (40..80).contains(&(i / width)) { 255 } else { 0 });
    write("mask.png", &encode_mask(&Mask::new(width, height, painted.collect())).unwrap().bytes);
    write("notes.txt", b"hello, I am not a picture");
    // An answer of 4xx or 5xx fails the example.
    write(".curlrc", b"fail-with-body\nsilent\nshow-error\nmax-time = 120\n");
}

fn run(mut command: Command, folder: &Path) -> Output {
    command.current_dir(folder).env("CURL_HOME", folder).env("no_proxy", "127.0.0.1").env("PYTHONUTF8", "1");
    command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What `-o NAME` and `save("NAME"` promise.
fn promised(text: &str) -> Vec<String> {
    let after = |mark: &'static str, end: fn(char) -> bool| {
        text.split(mark).skip(1).map(move |rest| rest.split(end).next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    [after(" -o ", char::is_whitespace), after("save(\"", |c| c == '"')].concat()
}

fn check_files(folder: &Path, block: &Block) {
    for name in promised(&block.text) {
        let bytes = std::fs::read(folder.join(&name)).unwrap_or_else(|e| panic!("docs/API.md:{}: {name}: {e}", block.line));
        match name.rsplit_once('.') {
            Some((_, "zip")) => assert!(bytes.starts_with(b"PK"), "docs/API.md:{}: {name} is no archive", block.line),
            Some((_, "psd")) => assert!(bytes.starts_with(b"8BPS"), "docs/API.md:{}: {name} is no layered file", block.line),
            Some((_, "ora")) => {
                assert!(bytes.windows(16).any(|w| w == b"image/openraster"), "docs/API.md:{}: {name} is no layered file", block.line)
            }
            Some((_, extension)) => {
                let format = Format::sniff(&bytes).unwrap_or_else(|_| panic!("docs/API.md:{}: {name} is no picture", block.line));
                assert_eq!(format.extension(), extension, "docs/API.md:{}: {name}", block.line);
                decode(&bytes, &Limits::default()).unwrap();
            }
            None => panic!("{name}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_the_document_does_what_it_says() {
    for tool in ["bash", "curl", "python3"] {
        if Command::new(tool).arg("--version").output().is_err() {
            eprintln!(
                "SKIPPED every_example_of_the_document_does_what_it_says: no {tool}; install it, e.g. with: sudo apt-get install {tool}"
            );
            return;
        }
    }
    let app = TestApp::start().await;
    let models = have_models("every_example_of_the_document_does_what_it_says: those that need models");
    let folder = tempfile::tempdir().unwrap();
    let url = app.url.clone();
    let ran = tokio::task::spawn_blocking(move || {
        materials(folder.path());
        let local = |text: &str| text.replace("http://127.0.0.1:7878", &url);
        let mut blocks = blocks();
        blocks.retain(|block| models || block.info != "model");
        // Lines of shell use what earlier ones set, so all of them are one script.
        let mut script = "set -eu\n".to_owned();
        let (mut shell, mut python) = (0, 0);
        for block in &blocks {
            match (block.lang.as_str(), block.info.as_str()) {
                ("sh", "error") => {
                    let mut command = Command::new("bash");
                    command.arg("-euc").arg(local(&block.text));
                    let output = run(command, folder.path());
                    assert!(!output.status.success() && said(&output).contains("\"code\":\"unsupported_format\""), "{}", said(&output));
                    shell += 1;
                }
                ("sh", _) => {
                    script += &format!("echo; echo '== docs/API.md:{}' >&2\n{}", block.line, local(&block.text));
                    shell += 1;
                }
                ("python", info) => {
                    if let Some(name) = info.strip_prefix("file=") {
                        std::fs::write(folder.path().join(name), local(&block.text)).unwrap();
                        continue;
                    }
                    let mut command = Command::new("python3");
                    command.arg("-c").arg(local(&block.text));
                    let output = run(command, folder.path());
                    assert!(output.status.success(), "docs/API.md:{}:\n{}\n{}", block.line, block.text, said(&output));
                    check_files(folder.path(), block);
                    python += 1;
                }
                _ => {}
            }
        }
        let mut command = Command::new("bash");
        command.arg("-c").arg(&script);
        let output = run(command, folder.path());
        assert!(output.status.success(), "the last example named is the one that failed:\n{}", said(&output));
        blocks.iter().filter(|b| b.lang == "sh" && b.info != "error").for_each(|block| check_files(folder.path(), block));
        (shell, python)
    });
    let (shell, python) = ran.await.unwrap();
    assert!(shell >= 10 && python >= 10, "{shell} of curl and {python} of Python: the document lost its examples");
}
