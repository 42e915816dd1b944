//! Names of files, of every shape that a header can hold and of some that none can.

use super::server::{Server, answered};
use crate::kit;

fn names() -> Vec<String> {
    let mut out: Vec<String> = [
        "../../x.png",
        "..\\..\\x.png",
        "../x.png",
        "/etc/x.png",
        "C:\\Windows\\x.png",
        "\\\\host\\share\\x.png",
        "%2e%2e%2fx.png",
        "..%2f..%2fx.png",
        "%00.png",
        "x.png%00.jpg",
        "....//....//x.png",
        ".",
        "..",
        "...",
        "/",
        "\\",
        "",
        " ",
        "  .png",
        "-rf.png",
        "--help",
        "CON",
        "con.png",
        "NUL.txt",
        "COM1",
        "LPT9.png",
        "aux",
        ".htaccess",
        ".ssh",
        "~",
        "~root/x.png",
        "$HOME.png",
        "`id`.png",
        "$(id).png",
        ";id;.png",
        "a|b.png",
        "a&b.png",
        "a'b.png",
        "<script>alert(1)</script>.png",
        "javascript:alert(1)",
        "x.png.exe",
        "x.php",
        "x.png\u{202e}gnp.exe",
        "\u{200f}\u{202d}x.png",
        "\u{feff}x.png",
        "a\u{200b}\u{200d}b.png",
        "🦊🏳️‍🌈.png",
        "é.png",
        "e\u{301}.png",
        "长长的名字.png",
        "\u{7f}.png",
        "\u{85}\u{9f}.png",
        "\u{2028}.png",
        "\u{fffd}.png",
        "ﷺ.png",
        "x.PNG ",
        "x.png.",
        "x:stream.png",
        "x*y?.png",
        "{{7*7}}.png",
        "%s%s%n.png",
        "file:///etc/passwd",
        "https://example.com/x.png",
        "'; DROP TABLE images; --",
    ]
    .map(str::to_owned)
    .to_vec();
    out.push("x".repeat(300));
    out.push(format!("{}.png", "长".repeat(300)));
    out.push(format!("{}.png", "\u{301}".repeat(2_000)));
    out.push("../".repeat(100) + "x.png");
    out.push(format!("x.{}", "p".repeat(5_000)));
    out
}

#[tokio::test]
async fn a_files_name_is_only_ever_shown() {
    let mut server = Server::start();
    let picture = kit::Png::rgb(&kit::marker(16, 12)).bytes();
    for name in names() {
        let response = server.upload(&name, picture.clone()).await;
        let shown = if response.status() == 201 {
            let image: serde_json::Value = response.json().await.unwrap();
            image["name"].as_str().unwrap().to_owned()
        } else {
            answered(&name, response).await;
            continue;
        };
        assert!(!shown.contains(['/', '\\', '\0', '\n', '\r']) && shown.chars().count() <= 130, "{name:?} became {shown:?}");
        assert!(!shown.chars().any(char::is_control), "{name:?} became {shown:?}");
        let response = server.edit(&name, picture.clone(), "flip horizontally").await;
        assert_eq!(response.status(), 200, "{name:?}");
        let header = response.headers()["content-disposition"].to_str().unwrap().to_owned();
        let file = header.split("filename=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let safe = !file.contains("..")
            && !file.contains(['/', '\\', '<', '>', ':', '|', '*', '?', '%'])
            && !file.starts_with(['.', '-', '~', ' ']);
        assert!(safe && file.ends_with(".png") && file.len() < 220, "{name:?} became {file:?}");
        let reserved = ["con", "nul", "aux", "prn", "com1", "lpt9"];
        let stem = file.split('.').next().unwrap().to_ascii_lowercase();
        assert!(!reserved.contains(&stem.as_str()), "{name:?} became {file:?}, which Windows cannot store");
        // Marks that turn the direction of writing hide an ending: "xgnp.exe" shown as "xexe.png".
        let turned =
            |text: &str| text.chars().any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'));
        assert!(!turned(&shown) && !header.contains("%E2%80%AE"), "{name:?} became {shown:?}, {header:?}");
    }
    server.assert_well("names").await;
    server.assert_kept_to_itself();
}

#[tokio::test]
async fn an_extension_that_lies_changes_nothing() {
    let server = Server::start();
    let files = [
        ("jpeg", kit::jpeg(&kit::marker(32, 24), 80)),
        ("png", kit::Png::rgb(&kit::marker(32, 24)).bytes()),
        ("gif", kit::animated_gif([[1, 2, 3]; 3])),
        ("bmp", kit::bmp(&kit::marker(8, 8))),
    ];
    for (format, bytes) in files {
        for name in ["a.png", "a.jpg", "a.exe", "a.svg", "a.html", "a", "a.tar.gz"] {
            let response = server.upload(name, bytes.clone()).await;
            assert_eq!(response.status(), 201, "{format} as {name}");
            let image: serde_json::Value = response.json().await.unwrap();
            assert_eq!(image["format"], format, "{name}");
            let content = server.client.get(format!("{}{}", server.url, image["url"].as_str().unwrap())).send().await.unwrap();
            assert!(content.headers()["content-type"].to_str().unwrap().starts_with("image/"), "{name}");
            assert_eq!(content.headers()["x-content-type-options"], "nosniff");
        }
    }
}
