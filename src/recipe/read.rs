//! What stands in a plan's parameters: references to pictures, and masks.

use serde_json::{Map, Value};

use crate::ops::registry;
use crate::plan::{ImageRef, Step};

/// The mask that comes with a request.
const SENT_MASK: &str = "upload";

/// Calls `see` for every text in the step's parameters that may name a picture, with the way to it; other texts ("original" as a watermark) are left out.
/// What may be one follows from the operation's schema; a `background` may be a colour or a picture.
pub fn each_reference(step: &mut Step, mut see: impl FnMut(&mut String)) {
    let Some(op) = registry::find(&step.op) else { return };
    let schema = (op.spec().params)();
    let schema = schema.as_value();
    for (name, value) in &mut step.params {
        let property = &schema["properties"][name.as_str()];
        if !(names_pictures(property) || name == "background") {
            continue;
        }
        match value {
            Value::String(text) => see(text),
            Value::Array(list) => list.iter_mut().for_each(|v| {
                if let Value::String(text) = v {
                    see(text);
                }
            }),
            _ => {}
        }
    }
}

/// Whether a property's schema is that of a reference to a picture, or of a list or an option of them.
pub fn names_pictures(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => map.iter().any(|(key, value)| match key.as_str() {
            "$ref" => value.as_str().is_some_and(|r| r.ends_with("/ImageRef")),
            "description" | "default" | "properties" => false,
            _ => names_pictures(value),
        }),
        Value::Array(list) => list.iter().any(names_pictures),
        _ => false,
    }
}

/// The numbers of the attached pictures that a step names.
pub fn pictures_of(step: &Step) -> Vec<usize> {
    let mut found = vec![];
    let mut add = |reference: &ImageRef| {
        if let ImageRef::Image(n) = reference {
            found.push(*n);
        }
    };
    step.input.iter().chain(&step.inputs).for_each(&mut add);
    each_reference(&mut step.clone(), |text| {
        if let Ok(reference) = text.parse::<ImageRef>() {
            add(&reference);
        }
    });
    found
}

/// Calls `see` for every mask that the step's targets name.
pub fn each_mask(step: &mut Step, mut see: impl FnMut(&mut String)) {
    masks_in(&mut step.params, &mut see);
}

fn masks_in(map: &mut Map<String, Value>, see: &mut impl FnMut(&mut String)) {
    for (name, value) in map.iter_mut() {
        match value {
            Value::String(text) if name == "mask" => see(text),
            Value::Object(map) => masks_in(map, see),
            Value::Array(list) => list.iter_mut().for_each(|v| {
                if let Value::Object(map) = v {
                    masks_in(map, see);
                }
            }),
            _ => {}
        }
    }
}

/// Whether a mask's name is the one that came with the request.
pub fn is_sent_mask(name: &str) -> bool {
    name == SENT_MASK
}
