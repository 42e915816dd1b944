//! Which pictures a plan works on.

use serde_json::Value;

use crate::ops::registry;
use crate::plan::{ImageRef, Plan};
use crate::store::{ImageId, SessionId, StoreError, Tx, Version, VersionKind};

/// All picture references of a plan, parameters included.
fn references(plan: &Plan) -> Vec<ImageRef> {
    fn walk(value: &Value, out: &mut Vec<ImageRef>) {
        match value {
            Value::String(s) if s.starts_with("image:") || s.starts_with("version:") => out.extend(s.parse()),
            Value::Array(list) => list.iter().for_each(|v| walk(v, out)),
            Value::Object(map) => map.values().for_each(|v| walk(v, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    for step in &plan.steps {
        out.extend(step.input.iter().chain(&step.inputs).cloned());
        step.params.values().for_each(|v| walk(v, &mut out));
    }
    out
}

/// An operation that needs two pictures: the current version stays the input, the attachment is the second one.
/// So does one that takes all there are, where only one came.
pub fn attachments_are_second(plan: &Plan, attached: usize) -> bool {
    let input = plan.steps.first().and_then(|s| s.input.as_ref());
    let named_in_params = plan.steps.iter().any(|step| {
        let bare = Plan { version: plan.version, steps: vec![crate::plan::Step { input: None, ..step.clone() }] };
        references(&bare).iter().any(|r| matches!(r, ImageRef::Image(_)))
    });
    (named_in_params || attached == 1 && registry::takes_all(plan)) && !matches!(input, Some(ImageRef::Image(_)))
}

/// How large the last step of a plan as run put something in: the width of a placed picture or the size of a watermark, in pixels.
pub(super) fn size_put_in(resolved: &Value) -> Option<f64> {
    let step = resolved.get("steps")?.as_array()?.last()?;
    let name = match step.get("op")?.as_str()? {
        "place" => "width",
        "watermark" => "size",
        _ => return None,
    };
    step.get("params")?.get(name)?.as_f64()
}

/// Puts versions in the place of the pictures of a message, which later messages do not have: its attachments became roots of the tree.
pub(super) fn name_by_version(plan: &mut Plan, sent: &[ImageId], versions: &[Version]) {
    let version_of = |image: &ImageRef| match image {
        ImageRef::Image(n) => {
            let id = sent.get(n.checked_sub(1)?)?;
            let root = versions.iter().find(|v| v.kind == VersionKind::Upload && v.image == *id)?;
            Some(ImageRef::Version(root.number as usize))
        }
        _ => None,
    };
    fn walk(value: &mut Value, version_of: &dyn Fn(&ImageRef) -> Option<ImageRef>) {
        match value {
            Value::String(s) if s.starts_with("image:") => {
                if let Some(version) = s.parse().ok().and_then(|image| version_of(&image)) {
                    *s = version.to_string();
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|v| walk(v, version_of)),
            Value::Object(map) => map.values_mut().for_each(|v| walk(v, version_of)),
            _ => {}
        }
    }
    for step in &mut plan.steps {
        for image in step.input.iter_mut().chain(&mut step.inputs) {
            *image = version_of(image).unwrap_or_else(|| image.clone());
        }
        step.params.values_mut().for_each(|v| walk(v, &version_of));
    }
}

/// The attached pictures that the plan runs on: each of them, unless it names more than the first or works on something else.
pub fn pictures_to_edit(plan: &Plan, roots: &[(u32, ImageId)]) -> Vec<(u32, ImageId)> {
    let refs = references(plan);
    let names_others = refs.iter().any(|r| matches!(r, ImageRef::Image(n) if *n > 1) || matches!(r, ImageRef::Version(_)));
    if names_others || registry::takes_all(plan) { roots.iter().take(1).cloned().collect() } else { roots.to_vec() }
}

/// What downloads of a version (by default the current one) are named after: its upload's name without extension.
pub async fn stem(tx: &mut Tx, session: &SessionId, of: Option<u32>) -> Result<String, StoreError> {
    let current = tx.session(session).await?.current;
    let Some(number) = of.or(current) else { return Ok(String::new()) };
    let version = tx.root_of(session, number).await?;
    let name = tx.image(&version.image).await?.name;
    Ok(name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step;
    use serde_json::json;

    #[test]
    fn a_plan_runs_on_every_attachment_unless_it_names_them() {
        let roots: Vec<_> = (1..=3).map(|n| (n, ImageId::new())).collect();
        let crop = Plan::new(vec![Step::new("crop").with("aspect", "1:1")]);
        assert_eq!(pictures_to_edit(&crop, &roots).len(), 3);
        let place = Plan::new(vec![Step::new("place").with("image", "image:2")]);
        assert_eq!(pictures_to_edit(&place, &roots).len(), 1);
        assert_eq!(pictures_to_edit(&Plan::new(vec![Step::new("stitch")]), &roots).len(), 1, "all of them in one run");
    }

    #[test]
    fn an_attachment_named_in_a_parameter_is_the_second_picture() {
        let background = Plan::new(vec![Step::new("background").with("fill", "image").with("image", "image:1")]);
        assert!(attachments_are_second(&background, 1));
        let nested = Plan::new(vec![Step::new("match").with("to", json!({ "ref": "image:1" }))]);
        assert!(attachments_are_second(&nested, 1));
        let joined = Plan::new(vec![Step::new("stitch")]);
        assert!(attachments_are_second(&joined, 1) && !attachments_are_second(&joined, 3));
        let mut own = Step::new("cutout");
        own.input = Some(ImageRef::Image(1));
        assert!(!attachments_are_second(&Plan::new(vec![own]), 1));
    }
}
