//! Steps of one instruction put together: what belongs to one step is one step.

use super::resolve::is_id_photo;
use super::types::{ImageRef, Plan, Step};
use crate::ops::registry;

/// Adds steps to those before, joining what is one wish: "remove the background, make it white" is one background.
pub fn append(steps: &mut Vec<Step>, new: Vec<Step>) {
    for step in new {
        join(steps, step);
    }
    split_last(steps);
}

/// "Slice it into 3, and brighten it": every part is meant, so the whole is edited before it is cut. What has another meaning for a part than for the
/// whole (its shape) stays where it was said.
fn split_last(steps: &mut Vec<Step>) {
    let Some(at) = steps.iter().position(|step| step.op == "split") else { return };
    let edits = |step: &Step| registry::find(&step.op).is_some_and(|op| op.spec().makes_version);
    let Some(last) = steps.iter().rposition(edits).filter(|&last| last > at) else { return };
    let shapes = ["crop", "pad", "rotate", "fit", "compose", "stitch"];
    if steps[at + 1..].iter().any(|step| step.input.is_some() || shapes.contains(&step.op.as_str())) {
        return;
    }
    let mut split = steps.remove(at);
    steps[at].input = split.input.take();
    steps.insert(last, split);
}

fn join(steps: &mut Vec<Step>, step: Step) {
    // "Shopify-ready please: white background first, then fit for Shopify"
    if step.op == "fit" && step.input.is_none() {
        steps.retain(|s| s.op != "fit" || s.params != step.params || s.input.is_some());
    }
    let Some(last) = steps.last_mut() else { return steps.push(step) };
    if step.input.is_some() && step.input != last.input {
        return steps.push(step);
    }
    match (last.op.as_str(), step.op.as_str()) {
        ("cutout", "cutout") => take(last, step),
        // "12兆，压到5兆以内"
        ("export", "export") if last.params.contains_key("max_bytes") && step.params.keys().all(|k| k == "max_bytes") => take(last, step),
        ("mockup", "mockup") | ("filter", "filter") if step.params.iter().all(|(k, v)| last.params.get(k).is_none_or(|old| old == v)) => {
            take(last, step)
        }
        ("colorize", "colorize") if disjoint(last, &step) => take(last, step),
        // "cut them out and arrange them": what is arranged is cut out anyway.
        ("cutout", "compose") if last.params.is_empty() => {
            let input = last.input.take();
            *last = step;
            last.input = last.input.take().or(input);
        }
        // "a cover for it, the title “…”": what would be written on it is its title.
        ("cover" | "poster", "text.add") if step.params.keys().all(|k| k == "text") && !last.params.contains_key("title") => {
            last.params.insert("title".into(), step.params["text"].clone());
        }
        // "on a laptop, light grey behind it", "in a grid, background black"
        ("mockup" | "compose", "background") if plain_colour(&step) && !last.params.contains_key("background") => {
            last.params.insert("background".into(), step.params["color"].clone());
        }
        ("cutout", "background") => {
            let target = last.params.get("target").cloned();
            let input = last.input.clone();
            *last = step;
            last.input = last.input.take().or(input);
            if let Some(target) = target {
                last.params.entry("target").or_insert(target);
            }
        }
        // A shadow asked for after the background.
        ("background", "background") if same(last, &step, "fill") && same(last, &step, "color") => take(last, step),
        // A second background covers the first.
        ("background", "background") => {
            let target = last.params.get("target").cloned();
            last.params = step.params;
            if let Some(target) = target {
                last.params.entry("target").or_insert(target);
            }
        }
        ("restore", "restore") => repair(last, step),
        ("restore", "colorize") => {
            last.params.insert("colorize".into(), true.into());
        }
        ("resize", "resize") if last.params.contains_key("scale") || step.params.contains_key("scale") => steps.push(step),
        ("resize", "resize") | ("pad", "pad") | ("export", "export") | ("adjust", "adjust") | ("retouch", "retouch")
            if disjoint(last, &step) =>
        {
            take(last, step)
        }
        ("crop", "crop") if disjoint(last, &step) && !last.params.contains_key("box") && !step.params.contains_key("box") => {
            take(last, step)
        }
        // "erase the people, keep the main one": the second narrows the first.
        ("erase", "erase") if narrows(last, &step) => take(last, step),
        // "the sofa 2 m wide, the lamp 0.5 m high": one list.
        ("compose", "compose") if more_sizes(last, &step) => take(last, step),
        ("compose", "compose") | ("stickers", "stickers") | ("generate", "generate") if disjoint(last, &step) => take(last, step),
        ("enhance", "enhance") | ("denoise", "denoise") | ("deblur", "deblur") | ("sharpen", "sharpen") | ("split", "split") => {
            take(last, step)
        }
        // "fix the motion blur": mended already.
        ("enhance" | "denoise" | "deblur" | "sharpen", "restore") if step.params.is_empty() => {}
        ("restore", "enhance" | "deblur" | "sharpen") if last.params.is_empty() && step.op == "deblur" => *last = step,
        // "make the blurred photo clear": clear, not large.
        ("deblur", "upscale") if step.params.is_empty() => {}
        // "colour it, and make the car red": a colour that is known beside those that are guessed.
        ("colorize", "recolor") if step.params.keys().all(|k| k == "target" || k == "color") => hint(last, step),
        // "b&w scan → real colours"
        ("filter", "colorize") if last.params.get("name").is_some_and(|n| n == "grayscale") => *last = step,
        ("compose", "stitch") if step.params.contains_key("direction") => *last = step,
        ("stitch", "compose") => {}
        ("poster", "poster") | ("cover", "cover") | ("text.add", "text.add") | ("watermark", "watermark") if disjoint(last, &step) => {
            take(last, step)
        }
        ("expand", "expand") | ("place", "place") if disjoint_but(last, &step, &["image"]) => take(last, step),
        // "square canvas, fill the sides with white"
        ("crop", "pad")
            if last.params.keys().all(|k| k == "aspect")
                && !step.params.is_empty()
                && step.params.keys().all(|k| k == "color" || k == "fill") =>
        {
            last.op = "pad".into();
            take(last, step);
        }
        // "add blurred bars so it becomes 16:9"
        ("pad", "crop")
            if step.params.keys().all(|k| k == "aspect")
                && !last.params.is_empty()
                && last.params.keys().all(|k| k == "color" || k == "fill") =>
        {
            take(last, step)
        }
        ("upscale", "upscale") if disjoint(last, &step) => take(last, step),
        // "…, strength 50%"
        ("restyle" | "match" | "detail" | "recolor", op) if op == last.op && step.params.keys().all(|k| k == "strength") => {
            take(last, step)
        }
        ("restyle", "restyle") => {}
        // "no text, draw a mountain"
        ("text.remove", "generate") if last.input.is_none() => *last = step.with("negative", "text"),
        ("stitch", "stitch") if disjoint(last, &step) => take(last, step),
        // "for Xiaohongshu, a cover that says …"
        ("fit", "cover") if last.params.get("platform").and_then(|p| p.as_str()).is_some_and(|p| p.ends_with(".cover")) => *last = step,
        ("stitch", "stitch") if disjoint(last, &step) => take(last, step),
        // "one-inch photo, blue background, under 20 KB": all of it is the ID photo.
        ("fit", "background") if of_an_id_photo(last) && plain_colour(&step) => {
            if let Some(colour) = step.params.get("color") {
                last.params.insert("background".into(), colour.clone());
            }
        }
        ("background", "fit") if of_an_id_photo(&step) && plain_colour(last) => {
            let colour = last.params.get("color").cloned();
            *last = step;
            if let Some(colour) = colour {
                last.params.entry("background").or_insert(colour);
            }
        }
        ("fit", "export")
            if of_an_id_photo(last) && step.params.keys().all(|k| k == "max_bytes" || k == "format") && !other_format(&step) =>
        {
            take(last, step)
        }
        // "put that bottle in its place, lighting should match": it does.
        ("swap" | "place", "match") if step.params.get("to").is_some_and(|to| last.params.values().any(|v| v == to)) => {}
        ("fit", "crop") if square(last) && step.params.get("aspect").is_some_and(|a| a == "1:1") => {}
        ("redact", "redact") if last.params.get("target") == step.params.get("target") && disjoint(last, &step) => take(last, step),
        (a, b) if a == b && *last == step => {}
        _ => steps.push(step),
    }
}

/// Two wishes for one repair: what one leaves alone is not kept from the other. "Keep it black and white" says nothing of that.
fn repair(last: &mut Step, step: Step) {
    let colour_only = |s: &Step| !s.params.is_empty() && s.params.keys().all(|k| k == "colorize");
    let whole = |s: &Step| !s.params.contains_key("fade") && !colour_only(s);
    let all = whole(last) || whole(&step);
    take(last, step);
    if all {
        for stage in ["fade", "denoise"] {
            last.params.shift_remove(stage);
        }
    }
}

fn take(last: &mut Step, step: Step) {
    last.params.extend(step.params);
}

/// What a recolouring would do, as a hint of the colouring before it.
fn hint(last: &mut Step, step: Step) {
    let hints = last.params.entry("hints").or_insert_with(|| serde_json::json!([]));
    if let Some(hints) = hints.as_array_mut() {
        hints.push(step.params.into());
    }
}

fn narrows(last: &Step, step: &Step) -> bool {
    match (last.params.get("target"), step.params.get("target")) {
        (Some(a), Some(b)) => {
            a["kind"] == b["kind"] && a["label"] == b["label"] && a.get("which").is_none() && (b["which"] == "others" || b["rest"] == true)
        }
        _ => false,
    }
}

fn disjoint(a: &Step, b: &Step) -> bool {
    b.params.iter().all(|(k, v)| a.params.get(k).is_none_or(|old| old == v))
}

/// Nothing said twice, and one of them names the picture.
fn disjoint_but(last: &Step, step: &Step, whole: &[&str]) -> bool {
    step.params.keys().all(|k| !last.params.contains_key(k)) && whole.iter().all(|k| !step.params.contains_key(*k))
}

fn more_sizes(last: &Step, step: &Step) -> bool {
    let known = |s: &Step| s.params.get("sizes").and_then(|v| v.as_array().cloned());
    let others = step.params.iter().all(|(k, v)| k == "sizes" || last.params.get(k).is_none_or(|old| old == v));
    others && matches!((known(last), known(step)), (Some(a), Some(b)) if b.starts_with(&a))
}

fn same(last: &Step, step: &Step, name: &str) -> bool {
    match (last.params.get(name), step.params.get(name)) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// The plan of these steps.
pub fn plan(mut steps: Vec<Step>) -> Plan {
    // The first step works on the current picture anyway.
    if let Some(first) = steps.first_mut().filter(|s| s.input == Some(ImageRef::Current)) {
        first.input = None;
    }
    Plan::new(steps)
}

fn of_an_id_photo(fit: &Step) -> bool {
    fit.params.get("platform").and_then(|p| p.as_str()).is_some_and(is_id_photo)
}

/// A background of one colour and nothing else.
fn plain_colour(background: &Step) -> bool {
    background.input.is_none()
        && background.params.get("fill").is_some_and(|f| f == "color")
        && background.params.keys().all(|k| k == "fill" || k == "color")
}

/// ID photos are written as JPEG or PNG; for another format there is the export.
fn other_format(export: &Step) -> bool {
    export.params.get("format").is_some_and(|f| f != "jpeg" && f != "png")
}

/// Platforms whose rules ask for a square anyway.
fn square(fit: &Step) -> bool {
    fit.params.get("platform").and_then(|p| p.as_str()).is_some_and(|p| p.ends_with(".square") || p.ends_with(".main"))
}
