//! Every operation on every kind of picture, and what each of them promises: right sizes, no panics, the same bytes twice, pixels outside the target
//! untouched, a free worker soon after a cancel. The last tests use the real cut-out model on real photographs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portico::cancel::Cancel;
use portico::engine::execute::{Env, Inputs, Run, RunError, check, execute};
use portico::imaging::foreground::cut_out;
use portico::imaging::resize::resize;
use portico::imaging::{Affine, Format, Limits, Mask, Picture, blend, decode};
use portico::models::Models;
use portico::ops::{Artifact, SourceFormat, Unwatched, Watch, registry};
use portico::plan::{ImageRef, Plan, Step};
use portico::text::{Explain, Text};
use serde_json::{Value, json};

/// Sizes that break arithmetic: one pixel, a line, odd sides.
const SIZES: [(u32, u32); 4] = [(1, 1), (1, 500), (37, 41), (1021, 767)];

/// Layouts as they look after decoding.
pub(crate) fn layouts(width: u32, height: u32) -> Vec<(&'static str, Picture)> {
    let make = |f: &dyn Fn(u32, u32) -> [u8; 4]| {
        let pixels = (0..width * height).flat_map(|i| f(i % width, i / width));
        Picture::from_rgba8(width, height, pixels.collect())
    };
    vec![
        ("opaque", make(&|x, y| [(x * 7) as u8, (y * 5) as u8, (x * y) as u8, 255])),
        ("grey", make(&|x, y| u32::to_le_bytes(((x + y) % 256 * 0x01_01_01) | 0xff00_0000))),
        ("alpha", make(&|x, y| [(x * 3) as u8, 90, (y * 9) as u8, ((x / 3 + y / 2) * 40 % 256) as u8])),
        ("transparent", make(&|_, _| [0; 4])),
    ]
}

/// A left half that is selected, with a soft border.
fn half_mask(width: u32, height: u32) -> Mask {
    let values = (0..width * height).map(|i| match (i % width) as i64 - i64::from(width / 2) {
        d if d < 0 => 255,
        0 => 128,
        _ => 0,
    });
    Mask::new(width, height, values.collect())
}

/// A twentieth in the middle, at least one pixel.
fn spot_mask((width, height): (u32, u32)) -> Mask {
    let near = |v: u32, side: u32| v * 20 / side >= 9 && v * 20 / side < 10 || v == side / 2;
    Mask::new(width, height, (0..width * height).map(|i| if near(i % width, width) && near(i / width, height) { 255 } else { 0 }).collect())
}

pub(crate) fn step(op: &str, params: Value) -> Step {
    Step { params: params.as_object().cloned().unwrap_or_default(), ..Step::new(op) }
}

/// One plan for every operation that needs no model: name, parameters, and the size that comes out.
pub(crate) fn without_a_model((w, h): (u32, u32)) -> Vec<(Step, (u32, u32))> {
    let target = json!({"kind": "mask", "mask": "upload"});
    let spot = json!({"kind": "mask", "mask": "spot"});
    let scaled = |v: u32, f: f64| ((f64::from(v) * f).round() as u32).max(1);
    vec![
        (step("cutout", json!({"target": target})), (w, h)),
        (step("background", json!({"target": target, "color": "#ff8800"})), (w, h)),
        (step("background", json!({"target": target, "fill": "transparent", "shadow": "contact"})), (w, h)),
        (step("background", json!({"target": target, "fill": "transparent"})), (w, h)),
        (step("background", json!({"target": target, "color": "white", "shadow": "reflection"})), (w, h)),
        (step("background", json!({"target": target, "fill": "gradient", "color": "navy", "color2": "#eee"})), (w, h)),
        (step("background", json!({"target": target, "fill": "gradient", "color": "#ddd"})), (w, h)),
        (step("background", json!({"target": target, "fill": "blur", "radius": 6})), (w, h)),
        (step("background", json!({"target": target, "fill": "image", "image": "image:1"})), (w, h)),
        (step("detail", json!({"target": target, "radius": 3})), (w, h)),
        (step("select", json!({"target": target})), (w, h)),
        (step("select", json!({"target": {"kind": "mask", "mask": "upload", "grow": 3, "feather": 5, "invert": false}})), (w, h)),
        (step("erase", json!({"target": {"kind": "region", "box": [0.35, 0.4, 0.05, 0.08], "unit": "fraction"}})), (w, h)),
        (step("redact", json!({"target": target})), (w, h)),
        (step("redact", json!({"target": target, "style": "blur"})), (w, h)),
        (step("redact", json!({"target": target, "style": "solid"})), (w, h)),
        (step("recolor", json!({"target": target, "color": "teal"})), (w, h)),
        (step("recolor", json!({"target": target, "color": "#000000", "strength": 0.5})), (w, h)),
        (
            step("colorize", json!({"rest": "keep", "hints": [{"target": target, "color": "teal"}, {"target": spot, "color": "#c02020"}]})),
            (w, h),
        ),
        (step("colorize", json!({"saturation": 0})), (w, h)),
        (step("restore", json!({"faces": false})), (w, h)),
        (step("restore", json!({"faces": false, "scratches": 1, "dust": 1, "target": target})), (w, h)),
        (step("match", json!({"to": "image:2"})), (w, h)),
        (step("match", json!({"to": "image:2", "strength": 0.5, "target": target})), (w, h)),
        (step("adjust", json!({"brightness": 20, "contrast": -30, "temperature": 40, "tint": -10, "exposure": 15})), (w, h)),
        (step("adjust", json!({"saturation": 40, "hue": -25, "highlights": -60, "shadows": 50, "target": target})), (w, h)),
        (step("filter", json!({"name": "grayscale"})), (w, h)),
        (step("filter", json!({"name": "vintage", "amount": 0.6})), (w, h)),
        (step("filter", json!({"name": "warm"})), (w, h)),
        (step("filter", json!({"name": "blur", "radius": 3})), (w, h)),
        (step("filter", json!({"name": "blur", "radius": 40, "amount": 2})), (w, h)),
        (step("filter", json!({"name": "pixelate"})), (w, h)),
        (step("filter", json!({"name": "lut", "lut": "LUT_1D_SIZE 2\n0.1 0 0\n1 1 0.8\n"})), (w, h)),
        (step("revert", json!({"target": target})), (w, h)),
        (step("denoise", json!({})), (w, h)),
        (step("sharpen", json!({})), (w, h)),
        (step("enhance", json!({})), (w, h)),
        (step("retouch", json!({"target": target})), (w, h)),
        (step("retouch", json!({"target": target, "skin": 1, "teeth": 1, "eyes": 1})), (w, h)),
        (step("enhance", json!({"strength": 0.6, "low_light": true})), (w, h)),
        (step("crop", json!({"aspect": "1:1"})), (w.min(h), w.min(h))),
        (step("crop", json!({"box": [0, 0, 0.5, 0.5], "unit": "fraction"})), (scaled(w, 0.5), scaled(h, 0.5))),
        (step("resize", json!({"scale": 0.5})), (scaled(w, 0.5), scaled(h, 0.5))),
        (step("resize", json!({"width": 40, "height": 30, "fit": "cover"})), (40, 30)),
        (step("resize", json!({"width": 40, "height": 30, "fit": "fill"})), (40, 30)),
        (step("upscale", json!({"width": w.div_ceil(2)})), (w.div_ceil(2), scaled(h, f64::from(w.div_ceil(2)) / f64::from(w)))),
        (step("upscale", json!({"width": w})), (w, h)),
        (step("deblur", json!({"strength": 0})), (w, h)),
        (step("pad", json!({"aspect": "1:1"})), (w.max(h), w.max(h))),
        (step("pad", json!({"margin": 5, "fill": "mirror"})), (w + 10, h + 10)),
        (step("pad", json!({"left": 3, "bottom": 4, "fill": "blur"})), (w + 3, h + 4)),
        (step("pad", json!({"width": 20, "height": 20, "color": "navy"})), (20, 20)),
        (step("rotate", json!({"degrees": 90})), (h, w)),
        (step("rotate", json!({"degrees": -180})), (w, h)),
        (step("rotate", json!({"auto": true})), (w, h)),
        (step("flip", json!({"axis": "vertical"})), (w, h)),
        (step("split", json!({"parts": 2, "direction": if h > 1 { "vertical" } else { "horizontal" }})), (w, h)),
        (step("split", json!({"by": "blank"})), (w, h)),
        (step("stitch", json!({})), (w.min(40), stitched(&[(w, h), (40, 30)]))),
        (
            step("stitch", json!({"images": ["image:2", "image:1"], "direction": "horizontal", "fit": "keep", "gap": 3})),
            (w + 43, h.max(30)),
        ),
        (step("export", json!({"format": "ora"})), (w, h)),
        (step("export", json!({"format": "psd", "metadata": "recipe"})), (w, h)),
        (step("fit", json!({"platform": "instagram.square"})), (1080, 1080)),
        (step("fit", json!({"platform": "googleplay.wear"})), (384, 384)),
        (step("export", json!({"format": "png"})), (w, h)),
        (step("export", json!({"format": "jpeg", "quality": 60})), (w, h)),
        (step("export", json!({"format": "webp", "width": 20})), (w, h)),
        (step("describe", json!({})), (w, h)),
        (step("swap", json!({"target": spot, "with": "image:2"})), (w, h)),
        (
            step("swap", json!({"target": spot, "with": "image:2", "fit": "stretch", "match_light": 0.5, "shadow": "drop", "rotate": 30})),
            (w, h),
        ),
        (step("place", json!({"image": "image:2", "position": "bottom-right"})), (w, h)),
        (step("compose", json!({"images": ["image:2", "image:2"], "size": "64x48"})), (64, 48)),
        (step("compose", json!({"images": ["image:2", "image:2", "image:2"], "layout": "shelf", "background": "image:1"})), (w, h)),
        (
            step("compose", json!({"images": ["image:2", "image:2"], "layout": "grid", "background": "transparent", "size": "30x90"})),
            (30, 90),
        ),
        (
            step("compose", json!({"images": ["image:2", "image:2"], "layout": "scene", "sizes": [{"width": 2.0}, null], "size": "40x40"})),
            (40, 40),
        ),
        (step("watermark", json!({"image": "image:2"})), (w, h)),
        (step("watermark", json!({"image": "image:2", "tile": true, "opacity": 0.9, "size": 6})), (w, h)),
        (step("place", json!({"image": "image:2", "x": 3, "y": 3, "width": 9, "shadow": "reflection", "opacity": 0.4})), (w, h)),
        (step("place", json!({"image": "image:2", "shadow": "contact", "match_light": true, "rotate": -15})), (w, h)),
    ]
}

/// How high pictures are one under the other, all as wide as the narrowest.
fn stitched(sizes: &[(u32, u32)]) -> u32 {
    let narrowest = sizes.iter().map(|s| s.0).min().unwrap();
    sizes.iter().map(|&(w, h)| ((f64::from(h) * f64::from(narrowest) / f64::from(w)).round() as u32).max(1)).sum()
}

pub(crate) fn run_with(models: &Models, plan: &Plan, inputs: &Inputs) -> Result<Run, RunError> {
    execute(plan, inputs, &Env { models, limits: &Limits::default() }, &Unwatched, &Cancel::new())
}

pub(crate) fn run(plan: &Plan, inputs: &Inputs) -> Result<Run, RunError> {
    run_with(&Models::none(), plan, inputs)
}

/// A second picture with alpha: a disc of two colours.
pub(crate) fn sticker() -> Picture {
    let pixel = |i: u32| {
        let (x, y) = ((i % 40) as f32 - 19.5, (i / 40) as f32 - 14.5);
        let alpha = ((14.0 - (x * x + y * y).sqrt()).clamp(0.0, 1.0) * 255.0) as u8;
        if x < 0.0 { [220, 40, 40, alpha] } else { [40, 60, 200, alpha] }
    };
    Picture::from_rgba8(40, 30, (0..40 * 30).flat_map(pixel).collect())
}

pub(crate) fn inputs(picture: &Picture) -> Inputs {
    let mut inputs = Inputs::many([Arc::new(picture.clone()), Arc::new(sticker())]);
    let size = (picture.width(), picture.height());
    inputs.masks.insert("upload".into(), Arc::new(half_mask(size.0, size.1)));
    inputs.masks.insert("spot".into(), Arc::new(spot_mask(size)));
    inputs
}

fn one(op: &str, params: Value) -> Plan {
    Plan::new(vec![step(op, params)])
}

#[test]
fn every_operation_runs_on_every_layout_and_size_and_twice_alike() {
    for size in SIZES {
        for (layout, picture) in layouts(size.0, size.1) {
            for (step, (width, height)) in without_a_model(size) {
                let what = format!("{} {:?} on {layout} {size:?}", step.op, step.params);
                let plan = Plan::new(vec![step]);
                let inputs = inputs(&picture);
                let result = match run(&plan, &inputs) {
                    Ok(result) => result,
                    // One pixel has no parts, and most of these pictures no blank band.
                    Err(e) if matches!(e.code(), "too_many_parts" | "no_blank_bands") => continue,
                    // One column wide, the left half is empty, and so is a twentieth of it.
                    // A single pixel that is replaced leaves nothing to fill it from.
                    Err(e) if matches!(e.code(), "mask_empty" | "box_outside" | "nothing_to_fill_from") && size.0 == 1 => continue,
                    // Nothing is seen of what would be blurred, or of what has the detail.
                    Err(e) if matches!(e.code(), "no_background" | "no_common_ground") && layout != "opaque" && layout != "grey" => {
                        continue;
                    }
                    Err(e) => panic!("{what}: {e}"),
                };
                assert_eq!((result.picture.width(), result.picture.height()), (width, height), "{what}");
                let again = run(&plan, &inputs).unwrap();
                assert_eq!(result.picture, again.picture, "{what} is not the same twice");
                let bytes = |r: &Run| r.files.iter().map(|f| f.bytes.clone()).collect::<Vec<_>>();
                assert_eq!(bytes(&result), bytes(&again), "{what}");
                assert_eq!(result.resolved_plan, again.resolved_plan);
            }
        }
    }
}

#[test]
fn all_operations_of_this_build_are_among_those_tests() {
    let tested: Vec<String> = without_a_model((8, 8)).into_iter().map(|(s, _)| s.op).collect();
    for name in registry::available_names() {
        assert!(tested.iter().any(|t| t == name), "{name} is not tested");
    }
}

#[test]
fn outside_the_resolved_target_every_pixel_is_bit_identical() {
    for size in SIZES.into_iter().filter(|s| s.0 > 1) {
        for (layout, picture) in layouts(size.0, size.1) {
            for (op, params) in [
                ("background", json!({"color": "red"})),
                ("background", json!({"fill": "transparent"})),
                ("background", json!({"fill": "gradient", "color": "red", "color2": "#fff"})),
                ("background", json!({"fill": "gradient"})),
                ("background", json!({"fill": "image", "image": "image:1"})),
                ("redact", json!({"style": "solid"})),
                ("redact", json!({"style": "blur"})),
                ("recolor", json!({"color": "#2050c0"})),
                ("match", json!({"to": "image:2"})),
                ("adjust", json!({"exposure": 50, "saturation": -40, "shadows": 60})),
                ("adjust", json!({"brightness": -50})),
                ("retouch", json!({"skin": 1})),
                ("erase", json!({"target": {"kind": "region", "box": [0.35, 0.4, 0.05, 0.08], "unit": "fraction"}})),
                ("swap", json!({"with": "image:2", "target": {"kind": "mask", "mask": "spot"}})),
                ("place", json!({"image": "image:2", "shadow": "contact", "match_light": true})),
                ("watermark", json!({"image": "image:2", "tile": true})),
            ] {
                let mut params = params;
                if params["target"].is_null() && !matches!(op, "place" | "watermark") {
                    params["target"] = json!({"kind": "mask", "mask": "upload"});
                }
                let result = run(&one(op, params), &inputs(&picture)).unwrap();
                if !result.makes_version {
                    assert_eq!(*result.picture, picture, "{op} {layout}");
                    continue;
                }
                assert!(result.exact_outside_target);
                let mask = result.mask.expect("the part that changes");
                for (i, &changed) in mask.values().iter().enumerate() {
                    let (x, y) = (i as u32 % size.0, i as u32 / size.0);
                    let (before, after) = (picture.pixel(x, y), result.picture.pixel(x, y));
                    // Where the input itself is transparent, the new background shows.
                    if changed == 0 && (before[3] == 255 || op != "background") {
                        assert_eq!(after, before, "{op} {layout} at {x},{y}");
                    }
                }
            }
        }
    }
}

/// A mask of 37×41 at odd places and at each border: what the user drew is what is kept, to the pixel.
#[test]
fn a_mask_is_obeyed_to_the_pixel_wherever_it_lies() {
    let (width, height) = (1021, 767);
    let picture = layouts(width, height).remove(0).1;
    for (left, top) in [(333, 211), (0, 300), (width - 37, 5), (501, 0), (777, height - 41)] {
        let inside = |x: u32, y: u32| (left..left + 37).contains(&x) && (top..top + 41).contains(&y);
        let values = (0..width * height).map(|i| if inside(i % width, i / width) { 255 } else { 0 }).collect();
        let mut inputs = inputs(&picture);
        inputs.masks.insert("upload".into(), Arc::new(Mask::new(width, height, values)));
        let result = run(&one("cutout", json!({"target": {"kind": "mask", "mask": "upload"}})), &inputs).unwrap();
        for i in 0..width * height {
            let (x, y) = (i % width, i / width);
            let expected = if inside(x, y) { picture.pixel(x, y) } else { [0; 4] };
            assert_eq!(result.picture.pixel(x, y), expected, "at {x},{y}");
        }
    }
}

#[test]
fn masks_of_another_size_are_resized_with_a_warning_or_refused_with_both_sizes() {
    let picture = layouts(300, 400).remove(0).1;
    let plan = one("cutout", json!({"target": {"kind": "mask", "mask": "upload"}}));
    let with = |mask: Mask| Inputs { masks: [("upload".to_owned(), Arc::new(mask))].into(), ..Inputs::one(Arc::new(picture.clone())) };
    let half = run(&plan, &with(half_mask(150, 200))).unwrap();
    assert_eq!(half.notices()[0].code, "mask_resized");
    let turned = run(&plan, &with(half_mask(400, 300))).unwrap_err();
    assert_eq!(turned.code(), "mask_size_mismatch");
    assert!(turned.text().zh.contains("400×300") && turned.text().en.contains("300×400"));
    assert_eq!(run(&plan, &with(Mask::filled(300, 400, 8))).unwrap_err().code(), "mask_empty");
    assert_eq!(run(&plan, &Inputs::one(Arc::new(picture.clone()))).unwrap_err().code(), "mask_missing");
    // All selected: nothing is cut away.
    assert_eq!(*run(&plan, &with(Mask::filled(300, 400, 255))).unwrap().picture, picture);
}

#[test]
fn the_map_leads_from_the_result_back_to_the_first_input() {
    let picture = layouts(200, 100).remove(0).1;
    let plan = Plan::new(vec![
        step("crop", json!({"box": [50, 20, 100, 60]})),
        step("rotate", json!({"degrees": 90})),
        step("flip", json!({"axis": "horizontal"})),
        step("pad", json!({"margin": 7, "color": "white"})),
    ]);
    let result = run(&plan, &inputs(&picture)).unwrap();
    let map = result.map.expect("all steps are affine");
    for (x, y) in [(7, 7), (20, 40), (66, 106)] {
        let (sx, sy) = map.apply(f64::from(x) + 0.5, f64::from(y) + 0.5);
        assert_eq!(result.picture.pixel(x, y), picture.pixel(sx as u32, sy as u32), "at {x},{y}");
    }
    let idle = run(&one("rotate", json!({"degrees": 360})), &inputs(&picture)).unwrap();
    assert_eq!((idle.map, idle.makes_version), (Some(Affine::IDENTITY), false), "nothing changed, so there is no new version");
}

#[test]
fn steps_can_start_from_any_earlier_picture() {
    let (first, second) = (layouts(60, 40).remove(0).1, layouts(30, 50).remove(0).1);
    let inputs = Inputs::many([Arc::new(first.clone()), Arc::new(second.clone())]);
    let from = |op: &str, params: Value, input: ImageRef| Step { input: Some(input), ..step(op, params) };
    let plan = Plan::new(vec![
        step("flip", json!({})),
        from("rotate", json!({"degrees": 180}), ImageRef::Image(2)),
        from("flip", json!({}), ImageRef::Step("s1".into())),
    ]);
    let result = run(&plan, &inputs).unwrap();
    assert_eq!(*result.picture, first, "mirrored twice");
    assert_eq!((result.steps[1].picture.width(), result.steps[1].picture.height()), (30, 50));
    let code = |plan: &Plan| run(plan, &inputs).unwrap_err().code();
    assert_eq!(code(&Plan::new(vec![from("flip", json!({}), ImageRef::Image(3))])), "image_missing");
    assert_eq!(code(&Plan::new(vec![from("flip", json!({}), ImageRef::Version(1))])), "image_missing");
    assert_eq!(code(&Plan::new(vec![from("flip", json!({}), ImageRef::Step("s1".into()))])), "invalid_plan");
    assert_eq!(code(&Plan::new(vec![])), "invalid_plan");
    assert_eq!(run(&one("flip", json!({})), &Inputs::default()).unwrap_err().code(), "no_image");
}

#[test]
fn what_cannot_be_done_is_refused_before_any_work_and_says_why() {
    let refuse = |op: &str, params: Value| {
        let error = check(&Plan::new(vec![step("flip", json!({})), step(op, params)])).unwrap_err();
        assert!(!error.text().zh.is_empty() && !error.text().en.is_empty());
        (error.code(), error.field().unwrap_or("").to_owned())
    };
    assert_eq!(refuse("stickers", json!({})).0, "operation_unavailable");
    assert_eq!(refuse("swap", json!({})), ("invalid_parameter", "steps[1].params.with".into()));
    assert_eq!(refuse("place", json!({})), ("invalid_parameter", "steps[1].params.image".into()));
    assert_eq!(refuse("swap", json!({"with": "image:2", "match_light": 7})), ("invalid_parameter", "steps[1].params.match_light".into()));
    let behind = json!({"with": "image:2", "target": {"kind": "background"}});
    assert_eq!(refuse("swap", behind), ("invalid_parameter", "steps[1].params.target.kind".into()));
    assert_eq!(refuse("erase", json!({})), ("invalid_parameter", "steps[1].params.target".into()));
    assert_eq!(refuse("erase", json!({"target": {"kind": "subject"}, "method": "lama"})).0, "parameter_unavailable");
    assert_eq!(refuse("explode", json!({})), ("unknown_operation", "steps[1].op".into()));
    assert_eq!(refuse("resize", json!({"width": 0})), ("invalid_parameter", "steps[1].params.width".into()));
    assert_eq!(refuse("resize", json!({})).0, "invalid_parameter");
    assert_eq!(refuse("crop", json!({"aspect": "square"})), ("invalid_parameter", "steps[1].params.aspect".into()));
    assert_eq!(refuse("background", json!({"prompt": "a beach"})).0, "parameter_unavailable");
    assert_eq!(refuse("background", json!({"fill": "image"})), ("invalid_parameter", "steps[1].params.image".into()));
    assert_eq!(
        refuse("background", json!({"fill": "gradient", "color2": "reddish"})),
        ("invalid_parameter", "steps[1].params.color2".into())
    );
    assert_eq!(refuse("background", json!({"fill": "blur", "color2": "red"})).0, "invalid_parameter");
    assert_eq!(refuse("background", json!({"color": "reddish"})), ("invalid_parameter", "steps[1].params.color".into()));
    assert_eq!(refuse("background", json!({"radius": 5})).0, "invalid_parameter", "a parameter of another fill is not ignored");
    assert_eq!(refuse("cutout", json!({"target": {"kind": "text"}})).0, "target_unavailable");
    let field = ("invalid_parameter", "steps[1].params.target.label".to_owned());
    assert_eq!(refuse("cutout", json!({"target": {"kind": "object", "label": "unicorn"}})), field);
    assert_eq!(refuse("export", json!({"format": "psd", "width": 9})), ("invalid_parameter", "steps[1].params.width".into()));
    assert_eq!(refuse("split", json!({"parts": 1})), ("invalid_parameter", "steps[1].params.parts".into()));
    assert_eq!(refuse("split", json!({"at": [5, 3]})), ("invalid_parameter", "steps[1].params.at".into()));
    assert_eq!(refuse("split", json!({"at": [5], "parts": 2})), ("invalid_parameter", "steps[1].params.at".into()));
    assert_eq!(refuse("stitch", json!({"images": ["image:1"]})), ("invalid_parameter", "steps[1].params.images".into()));
    assert_eq!(refuse("stitch", json!({"color": "reddish"})), ("invalid_parameter", "steps[1].params.color".into()));
    assert_eq!(refuse("flip", json!({"axis": "horizontal", "speed": 3})), ("invalid_parameter", "steps[1].params.speed".into()));
}

#[test]
fn a_result_beyond_the_limits_is_refused_before_it_is_made() {
    let picture = layouts(37, 41).remove(0).1;
    for (op, params) in [
        ("resize", json!({"width": 60000, "height": 60000, "fit": "fill"})),
        ("resize", json!({"scale": 64.0, "width": null})),
        ("pad", json!({"margin": 32768})),
        ("pad", json!({"width": 60000, "height": 60000})),
        ("export", json!({"format": "png", "width": 60000})),
        ("stitch", json!({"images": vec!["image:1"; 60], "gap": 4096})),
    ] {
        let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
        let env = Env { models: &Models::none(), limits: &limits };
        let error = execute(&one(op, params), &inputs(&picture), &env, &Unwatched, &Cancel::new()).unwrap_err();
        assert_eq!(error.code(), "image_too_large", "{op}");
    }
}

#[test]
fn transparency_in_a_jpeg_becomes_white_and_is_said() {
    let picture = Picture::filled(16, 16, [0, 0, 0, 0]);
    let result = run(&one("export", json!({"format": "jpeg"})), &inputs(&picture)).unwrap();
    assert_eq!(result.notices()[0].code, "alpha_flattened");
    let file = decode(&result.files[0].bytes, &Limits::default()).unwrap();
    assert_eq!((file.format, file.picture.pixel(8, 8)), (Format::Jpeg, [255; 4]), "white, never black");
    assert!(!result.makes_version);
}

#[test]
fn an_export_stays_within_the_bytes_that_were_allowed() {
    let picture = layouts(600, 400).remove(0).1;
    for format in ["jpeg", "webp", "png"] {
        let result = run(&one("export", json!({"format": format, "max_bytes": 20_000})), &inputs(&picture)).unwrap();
        assert!(result.files[0].bytes.len() <= 20_000, "{format}: {}", result.files[0].bytes.len());
    }
    let error = run(&one("export", json!({"format": "png", "max_bytes": 256})), &inputs(&picture)).unwrap_err();
    assert_eq!(error.code(), "cannot_fit_bytes");
}

#[test]
fn without_a_format_an_export_stays_in_its_family() {
    let picture = layouts(40, 30).remove(0).1;
    let of = |format, lossless| Inputs { source: Some(SourceFormat { format, lossless }), ..inputs(&picture) };
    let extension = |inputs: &Inputs| run(&one("export", json!({})), inputs).unwrap().files[0].extension;
    assert_eq!(extension(&of(Format::Jpeg, false)), "jpg");
    assert_eq!(extension(&of(Format::Gif, true)), "png");
    let webp = run(&one("export", json!({})), &of(Format::Webp, true)).unwrap();
    assert_eq!(*decode(&webp.files[0].bytes, &Limits::default()).unwrap().picture, picture, "lossless in, lossless out");
}

#[test]
fn a_cut_out_keeps_its_alpha_when_it_gets_a_background() {
    let mut picture = Picture::filled(40, 40, [0; 4]);
    for i in (0..40 * 40).filter(|i| i % 40 < 20) {
        picture.rgba8_mut()[i * 4..i * 4 + 4].copy_from_slice(&[10, 200, 30, if i % 40 == 19 { 128 } else { 255 }]);
    }
    // No model is installed: the alpha that is there is the subject.
    let result = run(&one("background", json!({"color": "white"})), &inputs(&picture)).unwrap();
    assert_eq!(*result.picture, blend::over_colour(&picture, [255; 3]));
    let crop = run(&one("crop", json!({"aspect": "1:2"})), &inputs(&picture)).unwrap();
    assert_eq!(crop.picture.pixel(0, 0)[3], 255, "the crop goes where the subject is");
    assert_eq!((crop.picture.width(), crop.picture.height()), (20, 40));
}

#[test]
fn a_missing_model_is_said_with_the_command_that_installs_it() {
    let picture = layouts(37, 41).remove(0).1;
    let error = run(&one("cutout", json!({})), &inputs(&picture)).unwrap_err();
    assert_eq!(error.code(), "model_missing");
    assert!(error.text().en.contains("portico models install") && error.text().zh.contains("portico models install"));
}

/// Known foreground over pure green with a known soft matte.
#[test]
fn the_old_background_does_not_shine_through_a_soft_edge() {
    let (side, radius) = (200u32, 70.0);
    let (fore, green) = ([180u8, 60, 90], [0u8, 255, 0]);
    let alpha = |x: u32, y: u32| {
        let d = (f64::from(x) - 100.0).hypot(f64::from(y) - 100.0);
        ((radius - d) / 12.0 + 0.5).clamp(0.0, 1.0)
    };
    let matte: Vec<u8> = (0..side * side).map(|i| (alpha(i % side, i / side) * 255.0).round() as u8).collect();
    let matte = Mask::new(side, side, matte);
    let cut = blend::with_alpha(&Picture::filled(side, side, [fore[0], fore[1], fore[2], 255]), &matte);
    let picture = blend::over_colour(&cut, green);
    let result = cut_out(&picture, &matte);
    let distance = |a: [u8; 4], b: [u8; 3]| (0..3).map(|c| (f64::from(a[c]) - f64::from(b[c])).powi(2)).sum::<f64>().sqrt();
    let soft: Vec<[u8; 4]> =
        (0..side * side).filter(|&i| (26..=229).contains(&matte.values()[i as usize])).map(|i| result.pixel(i % side, i / side)).collect();
    let clean = soft.iter().filter(|&&p| distance(p, fore) < distance(p, green)).count();
    assert!(clean * 100 >= soft.len() * 95, "{clean} of {}", soft.len());
    let on_white = blend::over_colour(&result, [255; 3]);
    let cast = |p: [u8; 4]| i32::from(p[1]) - i32::from(p[0]).max(i32::from(p[2]));
    assert!((0..side * side).all(|i| cast(on_white.pixel(i % side, i / side)) < 30), "no green cast on white");
}

/// Counts what it hears; says yes to previews.
#[derive(Default)]
struct Ear(std::sync::Mutex<Vec<Arc<Picture>>>);

impl Watch for Ear {
    fn progress(&self, _: usize, _: Option<f32>, _: &Text) {}
    fn preview(&self, _: usize, _: &Text, picture: Arc<Picture>) {
        self.0.lock().unwrap().push(picture);
    }
    fn wants_preview(&self) -> bool {
        true
    }
}

#[test]
fn the_mask_is_shown_before_the_result() {
    let picture = layouts(1021, 767).remove(0).1;
    let ear = Ear::default();
    let plan = one("cutout", json!({"target": {"kind": "mask", "mask": "upload"}}));
    let env = Env { models: &Models::none(), limits: &Limits::default() };
    let result = execute(&plan, &inputs(&picture), &env, &ear, &Cancel::new()).unwrap();
    let shown = ear.0.into_inner().unwrap();
    assert_eq!(shown.len(), 2);
    assert!(shown[0].width() <= 512 && shown[0].is_opaque(), "first the selection, small");
    assert_eq!(shown[1], result.picture, "then the cut-out");
}

#[test]
fn a_cancelled_plan_frees_its_worker() {
    let picture = layouts(1021, 767).remove(0).1;
    for (i, (step, _)) in without_a_model((1021, 767)).into_iter().enumerate() {
        let mut plan = Plan { version: 1, steps: vec![step; 8] };
        plan.steps.iter_mut().enumerate().for_each(|(n, s)| s.id = format!("s{}", n + 1));
        let cancel = Cancel::new();
        let later = cancel.clone();
        // A different moment for every operation, within the first steps.
        let timer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(i as u64 % 7));
            later.cancel();
            Instant::now()
        });
        let env = Env { models: &Models::none(), limits: &Limits::default() };
        let outcome = execute(&plan, &inputs(&picture), &env, &Unwatched, &cancel);
        let after = timer.join().unwrap().elapsed();
        if let Err(error) = outcome {
            // Geometry may refuse repeated steps, e.g. a mask that no longer fits.
            assert!(error.is_cancelled() || error.is_refusal(), "{error}");
        }
        assert!(after < Duration::from_secs(5), "{} still ran {after:?} after the cancel", plan.steps[0].op);
    }
}

// ------------------------------------------------------------------------------------------------------- the real model

fn photo(name: &str) -> Picture {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/photos").join(name);
    let decoded = decode(&std::fs::read(path).expect("a test photo"), &Limits::default()).expect("it decodes");
    Picture::clone(&decoded.picture)
}

fn matte_of(run: &Run) -> &Mask {
    let artifact = run.steps[0].artifacts.iter().find(|(role, _)| *role == "matte");
    match artifact {
        Some((_, Artifact::Mask(mask))) => mask,
        _ => panic!("a matte is kept"),
    }
}

#[test]
fn a_cut_out_is_transparent_around_the_subject_and_exact_inside() {
    let Some(models) = super::models::models("a_cut_out_is_transparent_around_the_subject_and_exact_inside") else { return };
    let small = photo("coffee.png");
    // Larger than the model's grid, where the matte is enlarged along the photo's own edges.
    let large = resize(&small, 2403, 1601);
    for picture in [small, large] {
        let result = run_with(models, &one("cutout", json!({})), &inputs(&picture)).unwrap();
        let (w, h) = (picture.width(), picture.height());
        assert_eq!((result.picture.width(), result.picture.height()), (w, h), "the source's resolution");
        for (x, y) in [(0, 0), (w - 1, 0), (0, h - 1), (w - 1, h - 1)] {
            assert_eq!(result.picture.pixel(x, y), [0; 4], "nothing of the table at {x},{y}");
        }
        let (mut soft, mut opaque) = (0, 0);
        for (x, y) in (0..w * h).map(|i| (i % w, i / w)) {
            let pixel = result.picture.pixel(x, y);
            match pixel[3] {
                255 => {
                    opaque += 1;
                    assert_eq!(pixel, picture.pixel(x, y), "exact at {x},{y}");
                }
                0 => assert_eq!(pixel, [0; 4]),
                _ => soft += 1,
            }
        }
        assert!(soft > 500 && soft * 20 < opaque, "edges are soft and only edges: {soft} of {opaque}");
        assert_eq!(result.picture.pixel(w / 2, h / 2)[3], 255, "the cup");
        assert_eq!(result.resolved_plan.steps[0].models[0].name, "isnet");
    }
}

/// A painted chequer pretends to be transparency; it is a background like any other.
#[test]
fn a_painted_chequer_is_removed() {
    let Some(models) = super::models::models("a_painted_chequer_is_removed") else { return };
    let picture = photo("coffee.png");
    let cup = run_with(models, &one("cutout", json!({})), &inputs(&picture)).unwrap().picture;
    let chequer = super::kit::chequer(picture.width(), picture.height(), 16);
    let ground = Picture::from_rgba8(chequer.width, chequer.height, chequer.pixels.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect());
    let fake = blend::over(&cup, &ground);
    let result = run_with(models, &one("cutout", json!({})), &inputs(&fake)).unwrap().picture;
    let before = blend::alpha_of(&cup);
    let after = blend::alpha_of(&result);
    let outside = || before.values().iter().zip(after.values()).filter(|(b, _)| **b == 0);
    let left = outside().filter(|(_, a)| **a > 0).count();
    assert!(left * 50 < outside().count(), "{left} pixels of the chequer are left");
    assert!((after.coverage() / before.coverage() - 1.0).abs() < 0.05, "the cup is whole");
}

#[test]
fn without_a_second_look_a_clear_subject_is_the_same_and_an_unclear_one_says_so() {
    let Some(models) = super::models::models("without_a_second_look_a_clear_subject_is_the_same_and_an_unclear_one_says_so") else {
        return;
    };
    let cut = |name: &str, params: Value| run_with(models, &one("cutout", params), &inputs(&photo(name))).unwrap();
    let (with, without) = (cut("coffee.png", json!({})), cut("coffee.png", json!({"second_look": false})));
    assert!(with.picture == without.picture, "the cup is clear at the first look");
    let (with, without) = (cut("chelsea.png", json!({})), cut("chelsea.png", json!({"second_look": false})));
    assert!(matte_of(&without).values() != matte_of(&with).values(), "the cat gets a second opinion");
    let unclear = |run: &Run| run.notices().iter().any(|n| n.code == "subject_unclear");
    assert!(unclear(&without) && !unclear(&with), "one look at the cat is not sure of its outline");
}

#[test]
fn parts_that_the_first_look_half_lost_are_whole() {
    let Some(models) = super::models::models("parts_that_the_first_look_half_lost_are_whole") else { return };
    let share_opaque = |mask: &Mask, x: std::ops::Range<u32>, y: std::ops::Range<u32>| {
        let values: Vec<u8> = y.flat_map(|y| x.clone().map(move |x| (x, y))).map(|(x, y)| mask.at(x, y)).collect();
        values.iter().filter(|&&v| v > 245).count() as f64 / values.len() as f64
    };
    for (name, x, y, what) in [
        ("allium-oreophilum.jpg", 425..445, 750..1000, "the stem"),
        ("chelsea.png", 100..250, 20..280, "the face"),
        ("dust-bowl-home.jpg", 560..960, 310..400, "the house with its door"),
        ("astronaut.png", 180..260, 260..480, "the suit"),
    ] {
        let result = run_with(models, &one("cutout", json!({})), &inputs(&photo(name))).unwrap();
        let share = share_opaque(matte_of(&result), x, y);
        assert!(share > 0.9, "{name}: {what} is opaque in {share:.2} of its area");
    }
}

#[test]
fn a_whole_instruction_on_a_photo_keeps_the_subject_in_the_crop() {
    let Some(models) = super::models::models("a_whole_instruction_on_a_photo_keeps_the_subject_in_the_crop") else { return };
    let picture = photo("dust-bowl-home.jpg");
    let plan = Plan::new(vec![
        step("background", json!({"color": "#ffffff"})),
        step("crop", json!({"aspect": "1:1"})),
        step("export", json!({"format": "png"})),
    ]);
    let result = run_with(models, &plan, &inputs(&picture)).unwrap();
    assert_eq!((result.picture.width(), result.picture.height()), (788, 788));
    let file = decode(&result.files[0].bytes, &Limits::default()).unwrap();
    assert_eq!(file.picture, result.picture);
    // The house stands on the right; a crop from the middle would cut it.
    let left = result.map.expect("affine").apply(0.0, 0.0).0;
    assert_eq!(left, 236.0, "as far right as the picture goes");
    assert_eq!(result.picture.pixel(0, 0), [255; 4]);
}

#[test]
fn a_model_run_is_cancelled_while_it_runs() {
    let Some(models) = super::models::models("a_model_run_is_cancelled_while_it_runs") else { return };
    let picture = photo("astronaut.png");
    let plan = one("cutout", json!({}));
    // Loaded first, so that the cancel meets the run and not the loading.
    run_with(models, &plan, &inputs(&picture)).unwrap();
    let cancel = Cancel::new();
    let later = cancel.clone();
    let timer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(150));
        later.cancel();
        Instant::now()
    });
    let env = Env { models, limits: &Limits::default() };
    let error = execute(&plan, &inputs(&picture), &env, &Unwatched, &cancel).unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert!(timer.join().unwrap().elapsed() < Duration::from_secs(5));
    run_with(models, &plan, &inputs(&picture)).expect("the session is good for the next one");
}
