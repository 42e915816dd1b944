//! How a picture of a conversation came about, for files that hold layers: the versions that it descends from, with their masks and what was done.

use crate::imaging::{Affine, Format};
use crate::plan::{ImageRef, Plan, words};
use crate::store::{Base, Image, Job, SessionId, Store, StoreError, Version};
use crate::text::Lang;

/// Pixels of all pictures of a history together; edits before that are left out. At four bytes each they are in memory at once.
const MOST_PIXELS: u64 = 400_000_000;
/// Roles of artifacts that become layers.
const ROLES: [&str; 3] = ["matte", "cutout", "shadow"];

/// One version above its parent, its files not read yet.
#[derive(Clone)]
pub struct PastEdit {
    /// What was done, in the job's language.
    pub name: String,
    pub ops: Vec<String>,
    pub before: Image,
    pub after: Image,
    pub map: Option<Affine>,
    /// The size of `before`.
    pub mask: Option<Image>,
    pub exact: bool,
    pub artifacts: Vec<(String, Image)>,
}

/// The way to a picture, oldest edit first.
#[derive(Clone, Default)]
pub struct History {
    pub edits: Vec<PastEdit>,
    /// The beginning is left out.
    pub cut_off: bool,
}

impl History {
    /// Every picture that is read for it, some of them more than once.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.edits.iter().flat_map(|edit| [&edit.before, &edit.after].into_iter().chain(edit.artifacts.iter().map(|(_, image)| image)))
    }
}

/// Whether the plan writes a file with layers.
pub(super) fn is_wanted(plan: &Plan) -> bool {
    let layered = |name: &str| Format::parse(name).is_some_and(Format::holds_layers);
    plan.steps.iter().any(|step| step.op == "export" && step.params.get("format").and_then(|v| v.as_str()).is_some_and(layered))
}

/// The pictures of the session that the plan starts from: by default the one that the job works on.
pub(super) fn starts(plan: &Plan) -> Vec<ImageRef> {
    let mut found = vec![];
    for (i, step) in plan.steps.iter().enumerate() {
        let reference = match &step.input {
            None if i == 0 => ImageRef::Current,
            None | Some(ImageRef::Step(_)) => continue,
            Some(reference) => reference.clone(),
        };
        if !found.contains(&reference) {
            found.push(reference);
        }
    }
    found
}

/// The way to a version.
pub(super) async fn of(store: &Store, job: &Job, session: &SessionId, number: u32) -> Result<History, StoreError> {
    let versions = store.ancestry(&job.owner, session, number).await?;
    let mut history = History::default();
    let mut pixels = 0;
    // Newest first, each with its parent.
    for pair in versions.windows(2) {
        let edit = edit(store, job, &pair[0], &pair[1]).await?;
        pixels += u64::from(edit.before.width) * u64::from(edit.before.height);
        if pixels > MOST_PIXELS {
            history.cut_off = true;
            break;
        }
        history.edits.push(edit);
    }
    history.edits.reverse();
    Ok(history)
}

async fn edit(store: &Store, job: &Job, version: &Version, parent: &Version) -> Result<PastEdit, StoreError> {
    let owner = &job.owner;
    let mask = match &version.mask {
        Some(id) => there(store.image(owner, id).await)?,
        None => None,
    };
    let mut artifacts = vec![];
    let made = match &version.job {
        Some(id) => there(store.job(owner, id).await)?,
        None => None,
    };
    for artifact in made.iter().flat_map(|job| &job.artifacts).filter(|artifact| ROLES.contains(&artifact.role.as_str())) {
        artifacts.extend(there(store.image(owner, &artifact.image).await)?.map(|image| (artifact.role.clone(), image)));
    }
    let plan = version.plan.as_ref();
    Ok(PastEdit {
        name: plan.map(|plan| said(plan, job.lang)).unwrap_or_default(),
        ops: plan.iter().flat_map(|plan| &plan.steps).map(|step| step.op.clone()).collect(),
        before: store.image(owner, &parent.image).await?,
        after: store.image(owner, &version.image).await?,
        map: version.map,
        mask,
        exact: version.exact_outside_target,
        artifacts,
    })
}

/// What an edit left besides its picture may be gone by now.
fn there<T>(found: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn said(plan: &Plan, lang: Lang) -> String {
    words(plan, lang).join(if lang == Lang::Zh { "，" } else { ", " })
}

/// The version that a reference of the job's plan names.
pub(super) async fn version_of(store: &Store, job: &Job, reference: &ImageRef) -> Result<Option<u32>, StoreError> {
    let (Some(session), Base::Version(base)) = (&job.session, job.inputs.base) else { return Ok(None) };
    Ok(match reference {
        ImageRef::Current => Some(base),
        ImageRef::Original => Some(store.root_of(&job.owner, session, base).await?.number),
        ImageRef::Version(n) => u32::try_from(*n).ok(),
        ImageRef::Image(_) | ImageRef::Step(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step;

    #[test]
    fn only_a_file_with_layers_asks_how_its_picture_came_about() {
        let plan = |format: &str| Plan::new(vec![Step::new("cutout"), Step::new("export").with("format", format)]);
        assert!(is_wanted(&plan("psd")) && is_wanted(&plan("ora")));
        assert!(!is_wanted(&plan("png")) && !is_wanted(&Plan::new(vec![Step::new("export")])));
        let mut second = Step::new("crop");
        second.input = Some(ImageRef::Version(3));
        assert_eq!(starts(&Plan::new(vec![Step::new("cutout"), second, Step::new("export")])), [ImageRef::Current, ImageRef::Version(3)]);
    }
}
