//! The versions that led to a picture become one plan: what a conversation did step by step, to be done again on another picture.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{Recipe, RecipeError, params, pins, read};
use crate::plan::{ImageRef, MAX_STEPS, Plan, Step};

/// A version on the way from the upload to the picture, the upload first.
#[derive(Clone, Debug, Default)]
pub struct Link {
    pub number: u32,
    /// Its picture's id.
    pub image: String,
    /// As asked; none for the upload.
    pub plan: Option<Plan>,
    pub resolved: Option<Value>,
    /// The pictures that came with its message, by id: what its plan calls `image:1`, `image:2` … .
    pub attached: Vec<String>,
    /// The mask that came with its message.
    pub mask: Option<String>,
}

/// A recipe, and the stored pictures that it needs besides the one that it is run on.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    pub recipe: Recipe,
    /// `image:2` …, `mask_1` … → the id of a stored picture.
    pub pictures: BTreeMap<String, String>,
}

/// Makes one plan of all. `picture_of` gives the picture of a version that is not on the way.
///
/// # Errors
/// [`RecipeError::Steps`] where nothing was done, or too much for one plan.
pub fn of_chain(name: &str, chain: &[Link], picture_of: impl Fn(usize) -> Option<String>) -> Result<Compiled, RecipeError> {
    let mut work = Work { chain, picture_of: &picture_of, steps: vec![], ends: HashMap::new(), pictures: BTreeMap::new() };
    for (i, link) in chain.iter().enumerate() {
        work.add(i, link)?;
    }
    if work.steps.is_empty() {
        return Err(RecipeError::steps(
            "这一版是上传的图片，还没有可以存成配方的步骤。先做一次编辑。",
            "This version is a picture as it was sent; there are no steps to save yet. Edit it first.",
        ));
    }
    if work.steps.len() > MAX_STEPS {
        let n = work.steps.len();
        return Err(RecipeError::steps(
            format!("到这一版共有 {n} 步，一个配方最多 {MAX_STEPS} 步。从较早的版本存，或分成两个配方。"),
            format!("{n} steps led to this version; a recipe has at most {MAX_STEPS}. Save from an earlier version, or make two recipes."),
        ));
    }
    let Work { steps, pictures, .. } = work;
    let mut recipe = Recipe::of_plan(name, Plan::new(steps));
    recipe.params = params::suggested(&recipe.plan);
    recipe.pinned = pins::of_resolved(chain.iter().filter_map(|link| link.resolved.as_ref()));
    Ok(Compiled { recipe, pictures })
}

struct Work<'a> {
    chain: &'a [Link],
    picture_of: &'a dyn Fn(usize) -> Option<String>,
    steps: Vec<Step>,
    /// The last step of each version, by its place in the chain.
    ends: HashMap<usize, String>,
    pictures: BTreeMap<String, String>,
}

impl Work<'_> {
    fn add(&mut self, i: usize, link: &Link) -> Result<(), RecipeError> {
        let Some(plan) = &link.plan else { return Ok(()) };
        let mut plan = plan.clone();
        plan.fill_ids();
        let mut ids: HashMap<String, String> = HashMap::new();
        for (k, step) in plan.steps.iter().enumerate() {
            let mut step = step.clone();
            let id = format!("s{}", self.steps.len() + 1);
            ids.insert(std::mem::replace(&mut step.id, id.clone()), id);
            step.input = match &step.input {
                None => None,
                Some(input) => self.input(i, k, link, input, &ids)?,
            };
            let inputs = std::mem::take(&mut step.inputs);
            step.inputs = inputs.iter().map(|r| self.place(i, link, r, &ids)).collect::<Result<_, _>>()?;
            self.move_references(i, link, &mut step, &ids)?;
            self.move_masks(link, &mut step);
            self.steps.push(step);
        }
        if let Some(last) = self.steps.last() {
            self.ends.insert(i, last.id.clone());
        }
        Ok(())
    }

    /// The first step of a plan goes on from the version before; said or not, that is the step before.
    fn input(
        &mut self,
        i: usize,
        k: usize,
        link: &Link,
        input: &ImageRef,
        ids: &HashMap<String, String>,
    ) -> Result<Option<ImageRef>, RecipeError> {
        let placed = self.place(i, link, input, ids)?;
        let before = match self.steps.last() {
            None => ImageRef::Original,
            Some(step) => ImageRef::Step(step.id.clone()),
        };
        Ok(if k == 0 && placed == before { None } else { Some(placed) })
    }

    /// What a reference of one version's plan is in the plan of all.
    fn place(&mut self, i: usize, link: &Link, reference: &ImageRef, ids: &HashMap<String, String>) -> Result<ImageRef, RecipeError> {
        match reference {
            ImageRef::Original => Ok(ImageRef::Original),
            ImageRef::Current => Ok(self.version(i.saturating_sub(1))),
            ImageRef::Step(id) => Ok(ImageRef::Step(ids.get(id).unwrap_or(id).clone())),
            ImageRef::Image(n) => match link.attached.get(n.wrapping_sub(1)) {
                Some(image) => Ok(self.picture(image)),
                None => Err(gone(&reference.to_string())),
            },
            ImageRef::Version(n) => match self.chain.iter().position(|l| l.number as usize == *n) {
                Some(at) if at < i => Ok(self.version(at)),
                _ => match (self.picture_of)(*n) {
                    Some(image) => Ok(self.picture(&image)),
                    None => Err(gone(&reference.to_string())),
                },
            },
        }
    }

    /// The picture of the version at this place of the chain.
    fn version(&self, at: usize) -> ImageRef {
        self.ends.get(&at).map_or(ImageRef::Original, |id| ImageRef::Step(id.clone()))
    }

    /// A stored picture: one of the chain's, or one that the recipe brings along.
    fn picture(&mut self, image: &str) -> ImageRef {
        if let Some(at) = self.chain.iter().position(|l| l.image == image)
            && (at == 0 || self.ends.contains_key(&at))
        {
            return self.version(at);
        }
        let known = self.pictures.iter().find(|(key, id)| key.starts_with("image:") && *id == image).map(|(key, _)| key.clone());
        let key = known.unwrap_or_else(|| {
            let n = self.pictures.keys().filter(|key| key.starts_with("image:")).count() + 2;
            let key = ImageRef::Image(n).to_string();
            self.pictures.insert(key.clone(), image.to_owned());
            key
        });
        key.parse().expect("it was made from a reference")
    }

    fn move_references(&mut self, i: usize, link: &Link, step: &mut Step, ids: &HashMap<String, String>) -> Result<(), RecipeError> {
        let mut failed = None;
        read::each_reference(step, |text| {
            let reference = match text.parse::<ImageRef>() {
                // A colour such as "navy" looks like a step's name.
                Ok(ImageRef::Step(id)) if !ids.contains_key(&id) => return,
                Ok(reference) => reference,
                Err(_) => return,
            };
            match self.place(i, link, &reference, ids) {
                Ok(placed) => *text = placed.to_string(),
                Err(error) => failed = Some(error),
            }
        });
        failed.map_or(Ok(()), Err)
    }

    /// Painted masks come along: `mask_1`, `mask_2` … .
    fn move_masks(&mut self, link: &Link, step: &mut Step) {
        read::each_mask(step, |name| {
            let id = if read::is_sent_mask(name) { link.mask.clone() } else { Some(name.clone()) };
            let Some(id) = id else { return };
            let known = self.pictures.iter().find(|(key, known)| key.starts_with("mask_") && **known == id).map(|(key, _)| key.clone());
            *name = known.unwrap_or_else(|| {
                let n = self.pictures.keys().filter(|key| key.starts_with("mask_")).count() + 1;
                let key = format!("mask_{n}");
                self.pictures.insert(key.clone(), id);
                key
            });
        });
    }
}

fn gone(reference: &str) -> RecipeError {
    RecipeError::steps(
        format!("步骤用到的图片“{reference}”已经不在了，不能存成配方。"),
        format!("A step uses the picture `{reference}`, which is gone; these steps cannot be saved as a recipe."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn link(number: u32, image: &str, steps: Vec<Step>) -> Link {
        let plan = if steps.is_empty() { None } else { Some(Plan::new(steps)) };
        Link { number, image: image.into(), plan, ..Link::default() }
    }

    fn compiled(chain: &[Link]) -> Compiled {
        of_chain("配方", chain, |n| Some(format!("img_v{n}"))).unwrap()
    }

    #[test]
    fn the_steps_of_all_versions_become_one_plan() {
        let chain = [
            link(1, "img_a", vec![]),
            link(2, "img_b", vec![Step::new("cutout"), Step::new("background").with("fill", "color")]),
            link(5, "img_c", vec![Step { input: Some(ImageRef::Version(2)), ..Step::new("crop").with("aspect", "1:1") }]),
            link(6, "img_d", vec![Step { input: Some(ImageRef::Original), ..Step::new("resize").with("width", 10) }]),
        ];
        let plan = compiled(&chain).recipe.plan;
        let said: Vec<(String, Option<String>)> =
            plan.steps.iter().map(|s| (s.id.clone(), s.input.as_ref().map(ToString::to_string))).collect();
        let none = |id: &str| (id.to_owned(), None);
        assert_eq!(said, [none("s1"), none("s2"), none("s3"), ("s4".to_owned(), Some("original".to_owned()))]);
    }

    #[test]
    fn pictures_and_masks_of_the_conversation_come_along() {
        let mut swap = link(3, "img_c", vec![Step::new("swap").with("with", "image:2"), Step::new("revert").with("from", "version:1")]);
        swap.attached = vec!["img_b".into(), "img_logo".into()];
        let mut erase = link(4, "img_d", vec![Step::new("erase").with("target", json!({ "kind": "mask", "mask": "upload" }))]);
        erase.mask = Some("img_mask".into());
        let place = link(7, "img_e", vec![Step::new("place").with("image", "version:6"), Step::new("watermark").with("text", "original")]);
        let chain = [link(1, "img_a", vec![]), link(2, "img_b", vec![Step::new("enhance")]), swap, erase, place];
        let Compiled { recipe, pictures } = compiled(&chain);
        assert_eq!(recipe.plan.steps[1].params["with"], "image:2");
        assert_eq!(recipe.plan.steps[2].params["from"], "original", "version 1 is the upload");
        assert_eq!(recipe.plan.steps[3].params["target"]["mask"], "mask_1");
        assert_eq!(recipe.plan.steps[4].params["image"], "image:3");
        assert_eq!(recipe.plan.steps[5].params["text"], "original", "words are no picture");
        let brought: Vec<(&str, &str)> = pictures.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(brought, [("image:2", "img_logo"), ("image:3", "img_v6"), ("mask_1", "img_mask")]);
        let names: Vec<&str> = recipe.params.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["with", "mask", "image", "text"]);
    }

    #[test]
    fn a_version_in_the_middle_stays_that_version() {
        let mut merge = link(3, "img_c", vec![Step::new("match").with("to", "image:1")]);
        merge.attached = vec!["img_b".into()];
        let chain =
            [link(1, "img_a", vec![]), link(2, "img_b", vec![Step::new("enhance"), Step::new("flip").with("axis", "horizontal")]), merge];
        let Compiled { recipe, pictures } = compiled(&chain);
        assert_eq!(recipe.plan.steps[2].params["to"], "s2", "the picture of version 2 is made again");
        assert!(pictures.is_empty());
    }

    #[test]
    fn an_upload_has_no_steps_and_too_many_are_said() {
        let error = of_chain("x", &[link(1, "img_a", vec![])], |_| None).unwrap_err();
        assert_eq!(crate::text::Explain::code(&error), "no_recipe_steps");
        let many = (0..MAX_STEPS + 1).map(|_| Step::new("enhance")).collect();
        assert!(of_chain("x", &[link(1, "a", vec![]), link(2, "b", many)], |_| None).is_err());
        let gone = link(2, "b", vec![Step::new("place").with("image", "image:4")]);
        assert!(of_chain("x", &[link(1, "a", vec![]), gone], |_| None).is_err(), "a picture that is gone");
    }
}
