//! The layers of an export: from the original up, each edit as a layer that one can hide. Together they show exactly the picture that is exported.
//!
//! * An edit that keeps all outside its target is the edited picture with a layer mask: seen where the target was, soft edges included, since those are in
//!   its pixels already. An edit of everything covers everything.
//! * What makes the picture transparent cannot be laid on what it hides: the layers below are hidden then.
//! * Crops, borders, quarter turns and mirrors move the layers below. What moves pixels in any other way begins anew, and so does what must not be undone.

use std::sync::Arc;

use rayon::prelude::*;

use super::{Artifact, Edit, OpError, StepContext};
use crate::imaging::layered::{Document, Layer, lay};
use crate::imaging::pace::checkpoint;
use crate::imaging::{Affine, Mask, Picture};
use crate::text::{Lang, Text};

/// Edits that nobody who gets the file may undo.
const FOR_GOOD: &[&str] = &["redact"];
/// What an edit leaves besides its result that is worth a layer.
const SHOWN: &[(&str, &str, &str)] = &[("shadow", "阴影", "shadow"), ("matte", "主体蒙版", "subject mask"), ("cutout", "抠图", "cut-out")];

/// How a format keeps what covers a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Masks {
    /// As masks of their layers.
    OfLayers,
    /// In the alpha of the layers; the masks themselves are layers of their own, hidden.
    AsLayers,
}

/// The step's input as layers.
///
/// # Errors
/// `cancelled`.
pub(super) fn document(step: &mut StepContext<'_>, masks: Masks) -> Result<Document, OpError> {
    let past = step.past.clone();
    let lang = past.lang;
    let first = past.edits.first().map_or_else(|| step.input.clone(), |edit| edit.before.clone());
    let name = if past.cut_off { Text::new("更早的图", "Earlier") } else { Text::new("原图", "Original") };
    let mut stack = Stack { layers: vec![Layer::whole(name.get(lang), first)], lang, masks, for_good: false, began_anew: false };
    for edit in &past.edits {
        step.check_cancel()?;
        stack.add(edit);
    }
    let Stack { layers, for_good, began_anew, .. } = stack;
    let mut document = Document { width: step.input.width(), height: step.input.height(), layers, merged: step.input.clone() };
    if !same(&document.composite(), &step.input) {
        // No edit is known to end here; what is exported is right all the same.
        document.layers.iter_mut().for_each(|layer| layer.visible = false);
        document.layers.push(Layer::whole(Text::new("结果", "Result").get(lang), step.input.clone()));
    }
    if past.cut_off {
        step.warn(
            "layers_left_out",
            "这张图改过很多次，文件只放得下较新的图层，更早的步骤没有放进去。",
            "There were many edits: the file holds the layers of the newer ones, and the earlier ones are left out.",
        );
    }
    if for_good {
        step.warn(
            "layers_left_out",
            "打码之前的图层没有放进文件，否则别人能看到被遮住的内容。",
            "Layers from before the redaction are left out: they would show what was hidden.",
        );
    }
    if began_anew {
        step.warn(
            "layers_start_later",
            "中间有步骤改变了画面的大小或位置（如缩放），之前的图层对不上，所以从那一步之后开始分层。",
            "A step in between resampled the picture (such as a resize), so the layers before it do not fit any more: they begin with its result.",
        );
    }
    Ok(document)
}

/// Layers so far; those that are visible show the newest edit's result.
struct Stack {
    layers: Vec<Layer>,
    lang: Lang,
    masks: Masks,
    for_good: bool,
    began_anew: bool,
}

impl Stack {
    fn add(&mut self, edit: &Edit) {
        if edit.ops.iter().any(|op| FOR_GOOD.contains(&op.as_str())) {
            self.for_good = true;
            return self.begin_with(edit);
        }
        let same_size = size(&edit.before) == size(&edit.after);
        let map = edit.map.or((edit.exact && same_size).then_some(Affine::IDENTITY));
        let moved: Option<Vec<Layer>> = map.and_then(|map| self.layers.iter().map(|layer| layer.moved(&map)).collect());
        let (Some(map), Some(moved)) = (map, moved) else {
            self.began_anew = true;
            return self.begin_with(edit);
        };
        self.layers = moved;
        let in_place = same_size && map == Affine::IDENTITY;
        let below = if in_place { edit.before.clone() } else { Arc::new(self.shown(size(&edit.after))) };
        self.beside(edit, &map);
        let mask = edit.mask.as_ref().filter(|mask| in_place && (mask.width(), mask.height()) == size(&edit.after));
        let how = match mask {
            Some(mask) if edit.exact => Where::Target(mask),
            _ if in_place => Where::Everywhere,
            _ => Where::Changed,
        };
        match covering(&below, &edit.after, how) {
            Cover::Nothing => {}
            Cover::All => self.layers.push(Layer::whole(&edit.name, edit.after.clone())),
            Cover::Part(seen) => {
                if let (Masks::AsLayers, Some(mask)) = (self.masks, mask) {
                    let name = Text::new(format!("{}：选区", edit.name), format!("{}: selection", edit.name));
                    self.layers.push(Layer::whole(name.get(self.lang), grey(mask)).hidden());
                }
                let Some(part) = seen.bounding_box(0) else { return };
                let layer = Layer { mask: Some(Arc::new(seen)), ..Layer::whole(&edit.name, edit.after.clone()) };
                self.layers.push(layer.cut_to(part));
            }
            Cover::Impossible => {
                self.layers.iter_mut().for_each(|layer| layer.visible = false);
                self.layers.push(self.transparent(edit, in_place));
            }
        }
    }

    /// The result as the lowest layer.
    fn begin_with(&mut self, edit: &Edit) {
        self.layers = vec![Layer::whole(&edit.name, edit.after.clone())];
    }

    /// What the visible layers show.
    fn shown(&self, (width, height): (u32, u32)) -> Picture {
        let mut canvas = Picture::filled(width, height, [0; 4]);
        self.layers.iter().filter(|layer| layer.visible).for_each(|layer| lay(layer, &mut canvas));
        canvas
    }

    /// Shadow, matte and cut-out of an edit, hidden under its layer.
    fn beside(&mut self, edit: &Edit, map: &Affine) {
        for (role, zh, en) in SHOWN {
            let found = edit.artifacts.iter().filter(|(name, _)| name == role);
            for (_, artifact) in found {
                let picture = match artifact {
                    Artifact::Picture(picture) => picture.clone(),
                    Artifact::Mask(mask) => grey(mask),
                };
                if size(&picture) != size(&edit.before) {
                    continue;
                }
                let name = Text::new(format!("{}：{zh}", edit.name), format!("{}: {en}", edit.name));
                self.layers.extend(Layer::whole(name.get(self.lang), picture).hidden().moved(map));
            }
        }
    }

    /// A picture with transparent parts. Where masks belong to layers its alpha is one, over the colours that were there: painting on it brings them back.
    fn transparent(&self, edit: &Edit, in_place: bool) -> Layer {
        let layer = Layer::whole(&edit.name, edit.after.clone());
        if self.masks == Masks::AsLayers || !in_place {
            return layer;
        }
        checkpoint();
        let (before, _) = edit.before.rgba8().as_chunks::<4>();
        let (after, _) = edit.after.rgba8().as_chunks::<4>();
        let colours =
            after.par_iter().zip(before).map(|(&[r, g, b, a], &[x, y, z, _])| if a == 0 { [x, y, z, 255] } else { [r, g, b, 255] });
        let picture = Picture::from_rgba8(edit.after.width(), edit.after.height(), colours.collect::<Vec<_>>().into_flattened());
        let alpha = Mask::new(edit.after.width(), edit.after.height(), after.iter().map(|p| p[3]).collect());
        Layer { picture: Arc::new(picture), mask: Some(Arc::new(alpha)), ..layer }
    }
}

fn size(picture: &Picture) -> (u32, u32) {
    (picture.width(), picture.height())
}

fn grey(mask: &Mask) -> Arc<Picture> {
    Arc::new(Picture::from_rgba8(mask.width(), mask.height(), mask.values().iter().flat_map(|&v| [v, v, v, 255]).collect()))
}

/// Whether two pixels look alike: what is transparent has no colour.
fn alike(a: [u8; 4], b: [u8; 4]) -> bool {
    a == b || (a[3] == 0 && b[3] == 0)
}

fn same(a: &Picture, b: &Picture) -> bool {
    checkpoint();
    size(a) == size(b) && a.rgba8().as_chunks::<4>().0.par_iter().zip(b.rgba8().as_chunks::<4>().0).all(|(a, b)| alike(*a, *b))
}

/// Where an edit's layer is wanted.
enum Where<'a> {
    /// Inside its target.
    Target(&'a Mask),
    Everywhere,
    /// Where it differs from what is below.
    Changed,
}

/// How a layer can show a picture above another.
enum Cover {
    /// There is nothing to show.
    Nothing,
    /// Without a mask.
    All,
    /// 255 where it is seen.
    Part(Mask),
    /// It is transparent where the other is not.
    Impossible,
}

/// How `above` is laid over `below` so that one sees `above`.
fn covering(below: &Picture, above: &Picture, wanted: Where<'_>) -> Cover {
    checkpoint();
    let (under, _) = below.rgba8().as_chunks::<4>();
    let (over, _) = above.rgba8().as_chunks::<4>();
    let states: Vec<Seen> = over
        .par_iter()
        .zip(under)
        .enumerate()
        .map(|(i, (&a, &b))| {
            let same = alike(a, b);
            let wanted = match &wanted {
                Where::Target(mask) => mask.values()[i] > 0,
                Where::Everywhere => true,
                Where::Changed => !same,
            };
            match (same, a[3], b[3]) {
                // Laid on itself it would become denser.
                (true, 255, _) => Seen { changed: false, shown: wanted, possible: true },
                (true, _, _) => Seen { changed: false, shown: false, possible: true },
                (false, 255, _) | (false, _, 0) => Seen { changed: true, shown: true, possible: true },
                (false, _, _) => Seen { changed: true, shown: false, possible: false },
            }
        })
        .collect();
    if !states.par_iter().any(|s| s.changed) {
        return Cover::Nothing;
    }
    if states.par_iter().any(|s| !s.possible) {
        return Cover::Impossible;
    }
    if states.par_iter().all(|s| s.shown) {
        return Cover::All;
    }
    Cover::Part(Mask::new(above.width(), above.height(), states.iter().map(|s| if s.shown { 255 } else { 0 }).collect()))
}

/// One pixel of a layer.
#[derive(Clone, Copy)]
struct Seen {
    changed: bool,
    shown: bool,
    possible: bool,
}
