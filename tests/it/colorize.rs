//! Colouring grey photographs: plausible colours, the light as it was, hints where they belong, and no colours thrown away unasked.

use std::path::Path;
use std::sync::Arc;

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, execute};
use portico::imaging::chroma::paint::{Ground, paint};
use portico::imaging::chroma::{Chroma, Plane, lightness};
use portico::imaging::colour::{Srgb8, delta_e76, lab};
use portico::imaging::{EncodeOptions, Format, Limits, Mask, Picture, decode, encode, encode_mask};
use portico::models::{Models, ModelsConfig, Preparer, tint};
use portico::ops::Unwatched;
use portico::plan::{self, Answer, Context, Plan, Step};
use portico::text::Explain;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::app::{TestApp, models_dir};

fn photo(name: &str) -> Arc<Picture> {
    let bytes = std::fs::read(format!("{}/tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    decode(&bytes, &Limits::default()).unwrap().picture
}

fn srgb(picture: &Picture, i: usize) -> Srgb8 {
    picture.rgba8()[i * 4..i * 4 + 3].try_into().unwrap()
}

/// The photograph without its chroma.
fn grey(name: &str) -> Arc<Picture> {
    let colour = photo(name);
    let none = Plane::filled(1, 1, 0.0);
    let none = Chroma { a: none.clone(), b: none };
    Arc::new(paint(&colour, Ground::Guess(&none, &lightness(&colour, 64)), &[], 1.0))
}

fn run(models: &Models, params: Value, inputs: &Inputs) -> Result<Run, RunError> {
    let plan = Plan::new(vec![Step { params: params.as_object().cloned().unwrap_or_default(), ..Step::new("colorize") }]);
    execute(&plan, inputs, &Env { models, limits: &Limits::default() }, &Unwatched, &Cancel::new())
}

fn mean(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let n = values.len() as f32;
    values.sum::<f32>() / n
}

/// Mean difference of L*.
fn light_off(a: &Picture, b: &Picture) -> f32 {
    mean((0..a.area() as usize).map(|i| (lab(srgb(a, i))[0] - lab(srgb(b, i))[0]).abs()))
}

/// Mean ΔE 76.
fn colour_off(a: &Picture, b: &Picture) -> f32 {
    mean((0..a.area() as usize).map(|i| delta_e76(srgb(a, i), srgb(b, i))))
}

/// How much chroma changes from one cell to the next, where the truth's does not: blotches.
fn blotches(picture: &Picture, truth: &Picture) -> f32 {
    let planes = |p: &Picture, c: usize| {
        let (w, h) = (p.width() as usize, p.height() as usize);
        Plane::new(w, h, (0..w * h).map(|i| lab(srgb(p, i))[c]).collect()).resized(w / 10, h / 10)
    };
    let change = |p: &Picture| {
        let (a, b) = (planes(p, 1), planes(p, 2));
        let across = |i: usize| (a.values[i] - a.values[i - 1]).hypot(b.values[i] - b.values[i - 1]);
        (1..a.values.len()).filter(|i| i % a.width != 0).map(across).collect::<Vec<f32>>()
    };
    let (is, should) = (change(picture), change(truth));
    mean(is.iter().zip(&should).map(|(i, s)| (i - s).max(0.0)))
}

#[test]
fn grey_photographs_get_nearer_to_their_colours_with_fewer_blotches_than_one_look_gives_and_keep_their_light() {
    let Some(models) = super::models::models("grey_photographs_get_nearer_to_their_colours") else { return };
    let info = models.default_for("colorize").unwrap();
    let (mut off, mut off_once, mut spots, mut spots_once) = (0.0, 0.0, 0.0, 0.0);
    for name in ["astronaut.png", "coffee.png", "chelsea.png", "rocket.png"] {
        let (truth, before) = (photo(name), grey(name));
        let after = run(models, json!({}), &Inputs::one(before.clone())).unwrap().picture;
        let light = light_off(&before, &after);
        assert!(light < 1.0, "{name}: L* is off by {light:.2}");
        let (was, is) = (colour_off(&truth, &before), colour_off(&truth, &after));
        assert!(is < was, "{name}: ΔE {was:.1} became {is:.1}");
        // The model asked once, at its own size.
        let guide = lightness(&before, 1024);
        let size = tint::size_for((before.width(), before.height()), info.input.size, info.input.multiple);
        let answer = models.infer(&info.name, vec![tint::prepare(&tint::stretched(&guide, 0.7), size, false)], &Cancel::new()).unwrap();
        let once = paint(&before, Ground::Guess(&tint::decode(&answer.outputs, false).unwrap(), &guide), &[], 1.0);
        off += is;
        off_once += colour_off(&truth, &once);
        spots += blotches(&after, &truth);
        spots_once += blotches(&once, &truth);
    }
    assert!(off < off_once, "ΔE of all four: {off:.1}, asked once {off_once:.1}");
    assert!(spots < 0.75 * spots_once, "blotches of all four: {spots:.2}, asked once {spots_once:.2}");
}

#[test]
fn an_old_print_loses_its_tint_and_gets_a_blue_sky() {
    let Some(models) = super::models::models("an_old_print_loses_its_tint_and_gets_a_blue_sky") else { return };
    let before = photo("dust-bowl-home.jpg");
    let after = run(models, json!({}), &Inputs::one(before.clone())).unwrap().picture;
    let at = |p: &Picture, x: u32, y: u32| lab(srgb(p, (y * p.width() + x) as usize));
    assert!(at(&before, 100, 20)[2] > 5.0, "the paper is yellow");
    assert!(at(&after, 100, 20)[2] < -8.0, "the sky is not: {:?}", at(&after, 100, 20));
    assert!(light_off(&before, &after) < 1.0);
    let twice = run(models, json!({}), &Inputs::one(before.clone())).unwrap().picture;
    assert_eq!(twice, after, "the same bytes");
}

#[test]
fn a_picture_with_colours_is_refused_with_the_way_on_and_forced_if_one_says_so() {
    let before = photo("coffee.png");
    let error = run(&Models::none(), json!({}), &Inputs::one(before.clone())).unwrap_err();
    assert_eq!(error.code(), "already_coloured");
    assert!(error.text().en.contains("force") && error.text().zh.contains("重新上色"));
    let Some(models) = super::models::models("a_picture_with_colours_is_refused") else { return };
    let forced = run(models, json!({"force": true}), &Inputs::one(before.clone())).unwrap().picture;
    let plain = run(models, json!({}), &Inputs::one(grey("coffee.png"))).unwrap().picture;
    let off = colour_off(&forced, &plain);
    assert!(off < 2.0, "as if it had been grey: {off:.2}");
}

#[test]
fn no_saturation_makes_no_version_and_more_is_stronger() {
    let before = photo("dust-bowl-home.jpg");
    let none = run(&Models::none(), json!({"saturation": 0}), &Inputs::one(before.clone())).unwrap();
    assert_eq!((&*none.picture, none.makes_version), (&*before, false));
    let hint =
        |s: f32| json!({"rest": "keep", "saturation": s, "hints": [{"target": {"kind": "mask", "mask": "upload"}, "color": "#b04040"}]});
    let mask = Mask::filled(before.width(), before.height(), 255);
    let inputs = Inputs { masks: [("upload".to_owned(), Arc::new(mask))].into(), ..Inputs::one(before.clone()) };
    let chroma = |s: f32| {
        let picture = run(&Models::none(), hint(s), &inputs).unwrap().picture;
        let [_, a, b] = lab(srgb(&picture, 330 * 1024 + 700));
        a.hypot(b)
    };
    assert!(chroma(0.4) + 5.0 < chroma(0.8) && chroma(0.8) + 3.0 < chroma(1.2));
    for wrong in
        [json!({"saturation": 2.5}), json!({"hints": [{"target": {"kind": "subject"}, "color": "reddish"}]}), json!({"rest": "all"})]
    {
        assert_eq!(run(&Models::none(), wrong.clone(), &inputs).unwrap_err().code(), "invalid_parameter", "{wrong}");
    }
}

/// Clicks on the saucer and the cup.
fn clicks() -> Value {
    json!({"kind": "region", "points": [
        [112, 235, 1], [135, 290, 1], [190, 340, 1], [280, 362, 1], [385, 325, 1], [425, 270, 1], [440, 215, 1], [215, 255, 1], [265, 212, 1], [200, 195, 1]
    ]})
}

/// Shares of the glaze that is red, and of the table that is not as it was.
fn red_and_spilt(before: &Picture, after: &Picture) -> (f32, f32) {
    let ellipse = |x: f32, y: f32, grow: f32| ((x - 282.0) / (192.0 + grow)).powi(2) + ((y - 236.0) / (148.0 + grow)).powi(2);
    let truth = photo("coffee.png");
    let (mut glaze, mut red, mut table, mut spilt) = (0f32, 0f32, 0f32, 0f32);
    for i in 0..600 * 400 {
        let (x, y) = ((i % 600) as f32, (i / 600) as f32);
        let [l, a, b] = lab(srgb(&truth, i));
        if ellipse(x, y, -15.0) < 1.0 && l > 22.0 && a > 38.0 && b.atan2(a).to_degrees() < 55.0 {
            glaze += 1.0;
            red += f32::from(lab(srgb(after, i))[1] > 15.0);
        }
        if ellipse(x, y, 25.0) > 1.0 && y > 60.0 {
            table += 1.0;
            spilt += f32::from(lab(srgb(after, i))[1] > lab(srgb(before, i))[1] + 6.0);
        }
    }
    (red / glaze, spilt / table)
}

#[test]
fn clicks_colour_the_cup_up_to_its_edge_and_not_the_table() {
    let before = grey("coffee.png");
    let params = json!({"rest": "keep", "hints": [{"target": clicks(), "color": "#b01818"}]});
    let result = run(&Models::none(), params, &Inputs::one(before.clone())).unwrap();
    let (red, spilt) = red_and_spilt(&before, &result.picture);
    assert!(red > 0.75 && spilt < 0.06, "red {red:.2}, spilt {spilt:.2}");
    assert_eq!(result.picture.pixel(5, 5), before.pixel(5, 5), "what no hint reaches stays bit for bit");
    assert!(light_off(&before, &result.picture) < 1.0);
}

#[test]
fn a_thing_that_is_named_is_coloured_as_a_whole_over_the_model_s_colours() {
    let Some(models) = super::models::models("a_thing_that_is_named_is_coloured_as_a_whole") else { return };
    let before = grey("coffee.png");
    let params = json!({"hints": [{"target": {"kind": "subject"}, "color": "#b01818"}]});
    let result = run(models, params, &Inputs::one(before.clone())).unwrap();
    let (red, _) = red_and_spilt(&before, &result.picture);
    assert!(red > 0.9, "{red:.2}");
    let [_, a, _] = lab(srgb(&result.picture, 390 * 600 + 590));
    assert!(a < 8.0, "the table is not red: {a}");
    assert_eq!(result.report.as_ref().unwrap().0["hints"][0]["color"], "#b01818");
}

#[test]
fn without_a_model_hints_do_alone_and_that_is_said() {
    let before = grey("coffee.png");
    let result = run(&Models::none(), json!({"hints": [{"target": clicks(), "color": "#b01818"}]}), &Inputs::one(before.clone())).unwrap();
    assert!(result.notices().iter().any(|n| n.code == "hints_only"));
    assert!(red_and_spilt(&before, &result.picture).0 > 0.75);
    assert_eq!(run(&Models::none(), json!({}), &Inputs::one(before)).unwrap_err().code(), "model_missing");
}

/// A models folder in which DDColor is the default and is the small graph of the fixtures; the runtime is the installed one.
fn with_ddcolor() -> Option<(tempfile::TempDir, Models)> {
    super::models::models("a_model_of_the_family_ddcolor")?;
    let dir = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/colorize/ddcolor-shaped.onnx")).unwrap();
    std::fs::create_dir(dir.path().join("models.d")).unwrap();
    let entry = format!(
        "[defaults]\ncolorize = \"ddcolor-tiny\"\n[[model]]\nname = \"ddcolor-tiny\"\njob = \"colorize\"\nfamily = \"ddcolor\"\nsummary_zh = \"试\"\n\
         summary_en = \"test\"\nfile = \"ddcolor-tiny.onnx\"\nsize = {}\nsha256 = \"{}\"\nsource = \"file:nowhere\"\noutputs = [\"output\"]\n\
         input = {{ name = \"input\", size = 512, multiple = 512, mean = [0, 0, 0], std = [255, 255, 255] }}\n[model.licence]\nname = \"MIT\"\n\
         owner = \"nobody\"\ncommercial = \"yes\"\nnote_en = \"n\"\nnote_zh = \"n\"\n",
        bytes.len(),
        hex::encode(Sha256::digest(&bytes)),
    );
    std::fs::write(dir.path().join("models.d/mine.toml"), entry).unwrap();
    std::fs::write(dir.path().join("ddcolor-tiny.onnx"), bytes).unwrap();
    // The runtime of this process is loaded once, from wherever it was first found.
    let library = models_dir().join("lib");
    std::fs::create_dir(dir.path().join("lib")).unwrap();
    for file in std::fs::read_dir(library).unwrap().flatten() {
        std::fs::hard_link(file.path(), dir.path().join("lib").join(file.file_name()))
            .or_else(|_| std::fs::copy(file.path(), dir.path().join("lib").join(file.file_name())).map(drop))
            .unwrap();
    }
    let models = Models::open(ModelsConfig { preparer: Preparer::InProcess, ..ModelsConfig::new(dir.path()) }).unwrap();
    Some((dir, models))
}

#[test]
fn a_model_of_the_family_ddcolor_gets_and_gives_what_the_reference_says() {
    let Some((_dir, models)) = with_ddcolor() else { return };
    let reference: Value = serde_json::from_str(
        &std::fs::read_to_string(format!("{}/tests/fixtures/colorize/ddcolor.json", env!("CARGO_MANIFEST_DIR"))).unwrap(),
    )
    .unwrap();
    let picture = photo(reference["photo"].as_str().unwrap());
    let info = models.default_for("colorize").unwrap();
    let input = tint::prepare_grey(&picture, &info.input);
    let number = |v: &Value| v.as_f64().unwrap() as f32;
    let places = reference["places"].as_array().unwrap();
    let at = |place: &Value| place["y"].as_u64().unwrap() as usize * 512 + place["x"].as_u64().unwrap() as usize;
    for place in places {
        let (is, should) = (input.data[at(place)], number(&place["grey"]));
        assert!((is - should).abs() < 0.003, "grey {is} instead of {should} at {place}");
    }
    assert!((mean(input.data[..512 * 512].iter().copied()) - number(&reference["mean"]["grey"])).abs() < 0.001);
    let answer = models.infer(&info.name, vec![input], &Cancel::new()).unwrap();
    let chroma = tint::decode(&answer.outputs, false).unwrap();
    assert_eq!(chroma.a.size(), (512, 512));
    for (plane, name) in [(&chroma.a, "a"), (&chroma.b, "b")] {
        for place in places {
            let (is, should) = (plane.values[at(place)], number(&place[name]));
            assert!((is - should).abs() < 0.2, "{name} {is} instead of {should} at {place}");
        }
        assert!((mean(plane.values.iter().copied()) - number(&reference["mean"][name])).abs() < 0.05, "{name}");
    }
    let run = run(&models, json!({"force": true}), &Inputs::one(picture.clone())).unwrap();
    assert!(light_off(&picture, &run.picture) < 1.0);
    assert_eq!(run.report.unwrap().0["model"], "ddcolor-tiny");
}

#[test]
fn a_colour_that_is_said_beside_colouring_is_a_hint_and_anew_is_force() {
    let read = |text: &str, mask: bool| match plan::read(text, &Context { attached: 1, mask, ..Context::default() }).answer {
        Answer::Plan(plan) => plan.steps,
        other => panic!("{text}: {other:?}"),
    };
    for text in ["上色，把车换成红色", "colourize it and make the car red"] {
        let steps = read(text, false);
        assert_eq!((steps.len(), steps[0].op.as_str()), (1, "colorize"), "{text}");
        assert_eq!(
            (&steps[0].params["hints"][0]["target"]["label"], &steps[0].params["hints"][0]["color"]),
            (&json!("car"), &json!("#ff0000"))
        );
    }
    let brushed = read("上色，涂过的位置改为红色", true);
    assert_eq!(brushed[0].params["hints"][0]["target"]["kind"], "mask");
    for text in ["重新上色", "colourize it anyway", "colourize it anew"] {
        assert_eq!(read(text, false)[0].params["force"], true, "{text}");
    }
    assert!(!read("上色", false)[0].params.contains_key("force"));
}

#[tokio::test]
async fn by_words_and_a_brush_a_grey_photo_gets_the_colour_that_was_said() {
    let app = TestApp::start().await;
    let before = grey("coffee.png");
    let ring = |x: f64, y: f64| ((x - 282.0) / 180.0).powi(2) + ((y - 236.0) / 135.0).powi(2);
    let brush = Mask::new(
        600,
        400,
        (0..600 * 400).map(|i| if (0.85..1.0).contains(&ring(f64::from(i % 600), f64::from(i / 600))) { 255 } else { 0 }).collect(),
    );
    let png = encode(&before, &EncodeOptions::new(Format::Png)).unwrap().bytes;
    for words in ["上色，涂过的位置改为红色", "colourize it and make the part I brushed red"] {
        let form = Form::new()
            .text("instruction", words)
            .text("format", "png")
            .part("image", Part::bytes(png.clone()).file_name("a.png"))
            .part("mask", Part::bytes(encode_mask(&brush).unwrap().bytes).file_name("m.png"));
        let response = app.client.post(app.api("/edit")).multipart(form).send().await.unwrap();
        assert_eq!(response.status(), 200, "{words}: {}", response.text().await.unwrap());
        let after = decode(&response.bytes().await.unwrap(), &Limits::default()).unwrap().picture;
        let [_, a, _] = lab(srgb(&after, 250 * 600 + 112));
        assert!(a > 20.0, "{words}: {a}");
    }
}
