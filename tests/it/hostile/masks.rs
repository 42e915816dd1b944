//! Masks: files that are one or are not, and what a target by itself may ask for.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::plans::targets;
use super::server::{Server, answered};
use crate::kit;

#[tokio::test]
async fn a_mask_of_any_kind_is_used_or_refused() {
    let mut server = Server::start();
    let picture = kit::Png::rgb(&kit::marker(40, 30)).bytes();
    let grey = |w: u32, h: u32, v: u8| kit::Png::new(w, h, 8, kit::GREY, (0..h).map(move |_| vec![v; w as usize])).bytes();
    let masks: Vec<(&str, Vec<u8>)> = vec![
        ("black", grey(40, 30, 0)),
        ("white", grey(40, 30, 255)),
        ("noise of an encoder", grey(40, 30, 7)),
        ("one pixel", grey(1, 1, 255)),
        ("a line", grey(4_000, 1, 255)),
        ("larger", grey(400, 300, 255)),
        ("turned", grey(30, 40, 255)),
        ("clear", kit::Png::rgba(40, 30, &[[255, 255, 255, 0]; 1200]).bytes()),
        ("sixteen bits", kit::deep_png(40, 30, kit::GREY, |x, _| vec![(x * 1_600) as u16])),
        ("animated", kit::animated_gif([[255; 3]; 3])),
        ("JPEG", kit::jpeg(&kit::marker(40, 30), 50)),
        ("text", b"white".to_vec()),
        ("nothing", vec![]),
        ("an SVG", kit::SVG_WITH_SCRIPT.to_vec()),
        ("giant", kit::giant_png(60_000, 60_000)),
        ("cut", grey(40, 30, 255)[..60].to_vec()),
        ("another mask's id", b"img_nothing".to_vec()),
    ];
    for (what, mask) in masks {
        for instruction in ["erase this", "blur this part", "把选中的部分换成红色"] {
            let part = |bytes: &[u8], name: &str| Part::bytes(bytes.to_vec()).file_name(name.to_owned());
            let form =
                Form::new().text("instruction", instruction).part("image", part(&picture, "a.png")).part("mask", part(&mask, "m.png"));
            answered(&format!("{what}: {instruction}"), server.client.post(server.api("/edit")).multipart(form).send().await.unwrap())
                .await;
        }
    }
    let image: Value = server.upload("a.png", picture).await.json().await.unwrap();
    let address = server.api(&format!("/images/{}/mask", image["id"].as_str().unwrap()));
    for target in targets() {
        for side in [json!(null), json!(64)] {
            let body = json!({"target": target, "max_side": side});
            let what: String = body.to_string().chars().take(200).collect();
            answered(&what, server.client.post(&address).json(&body).send().await.unwrap()).await;
        }
    }
    server.assert_well("masks").await;
    server.assert_kept_to_itself();
}
