//! The resolution table: verb class × object class × slots → operation, one row per reading.
//!
//! Rows compete on how many words they explain; of equals the earlier row wins.

use super::Rule;
use super::{creative, file, geometry, scenery, subject, tone};
use crate::plan::clause::Class as C;
use crate::plan::lexicon::Verb as V;
use crate::plan::token::Thing as T;

/// Nouns that a target can name.
const PARTS: &[T] = &[T::People, T::Face, T::Object, T::Subject, T::Mask];
/// What tells which of them.
const WHICH: &[C] = &[C::Place, C::Ordinal, C::Set, C::Number, C::Ref, C::Auto];
const SIZES: &[C] = &[C::Size, C::Dim, C::Number, C::Percent, C::Times, C::Fit, C::Ref, C::Under];
const BEHIND: &[C] = &[C::Transparent, C::Gradient, C::Ref, C::ShadowKind, C::Number, C::Set, C::Colour, C::Place, C::Degree, C::ToneWord];
const FILE: &[C] = &[
    C::Platform,
    C::Format,
    C::Quality,
    C::Number,
    C::Percent,
    C::Bytes,
    C::Under,
    C::Dpi,
    C::Metadata,
    C::Layers,
    C::Transparent,
    C::Size,
    C::Dim,
    C::Ref,
    C::Fit,
    C::Set,
];
const ID_PHOTO: &[C] = &[C::Colour, C::Bytes, C::Under, C::Format, C::Dim, C::Set];
const LITTLE: &[C] = &[C::Degree, C::Percent, C::Number, C::Auto, C::Dim];

#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    // beside a stitched picture
    Rule { op: "pad", verbs: &[V::Change, V::Put, V::Pad], things: &[T::Border], needs: &[C::Colour], uses: &[C::Sides, C::Set], build: |c, s| if s.before.last().is_some_and(|b| b.op == "crop" && b.params.keys().all(|k| k == "aspect")) && c.numbers().is_empty() { super::Built::one(crate::plan::types::Step::new("pad").with("color", c.colours()[0])) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "stitch", needs: &[C::Number], uses: &[C::Place], build: subject::gap, ..Rule::NONE },
    Rule { op: "stitch", verbs: &[V::Keep, V::Add, V::Pad], needs: &[C::Number], uses: &[C::Place, C::Set], also: &[T::Border], build: subject::gap, ..Rule::NONE },
    Rule { op: "sharpen", verbs: &[V::Raise, V::Lower], uses: LITTLE, build: tone::more_of_it, ..Rule::NONE },
    Rule { op: "sharpen", needs: &[C::Percent], uses: LITTLE, build: tone::more_of_it, ..Rule::NONE },
    Rule { op: "sharpen", needs: &[C::Dim], uses: LITTLE, build: tone::more_of_it, ..Rule::NONE },
    Rule { op: "sharpen", needs: &[C::Number], uses: LITTLE, build: tone::more_of_it, ..Rule::NONE },
    Rule { op: "sharpen", needs: &[C::Degree], uses: LITTLE, build: tone::more_of_it, ..Rule::NONE },
    Rule { op: "expand", verbs: &[V::BringBack, V::Change, V::Draw], uses: &[C::Sides, C::Set], also: &[T::Background, T::Border], build: |c, s| if s.before.last().is_some_and(|b| b.op == "expand") && c.colours().is_empty() && c.refs().is_empty() { super::Built::Nothing } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "pad", needs: &[C::Place, C::Number], uses: &[C::Colour], build: |c, s| if s.before.last().is_some_and(|p| p.op == "pad") && c.verbs().next().is_none() { geometry::pad(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "stickers", verbs: &[V::Remove], things: &[T::Border], uses: &[C::Colour], build: creative::no_outline, ..Rule::NONE },
    Rule { op: "place", verbs: &[V::Rotate], needs: &[C::Degrees], uses: &[C::Turn, C::Place], build: subject::place_more, ..Rule::NONE },
    Rule { op: "place", needs: &[C::Degrees], uses: &[C::Turn, C::Place, C::Opacity, C::Percent, C::Degree], build: subject::place_more, ..Rule::NONE },
    Rule { op: "place", needs: &[C::Percent], uses: &[C::Dim, C::Opacity, C::Place, C::Degree], build: subject::place_more, ..Rule::NONE },
    Rule { op: "compose", verbs: &[V::Put, V::Arrange], uses: &[C::Set, C::Layout], build: |c, s| if s.before.last().is_some_and(|b| b.op == "compose") && !c.any(C::Layout) && c.things().all(|(t, _)| matches!(t, T::It | T::Picture)) { super::Built::Nothing } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "fit", verbs: &[V::Fit], build: |c, s| if s.before.last().is_some_and(|b| b.op == "fit") && c.things().all(|(t, _)| matches!(t, T::It | T::Picture)) { super::Built::Nothing } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "background", needs: &[C::Dim, C::Number], build: scenery::radius, ..Rule::NONE },
    Rule { op: "filter", needs: &[C::Dim, C::Number], build: scenery::radius, ..Rule::NONE },
    Rule { op: "cutout", verbs: &[V::Crop, V::TrimOff, V::CutOut, V::Remove], uses: &[C::Sides, C::Transparent, C::Set, C::Blank, C::Place], also: &[T::Border, T::Subject], build: scenery::trimmed, ..Rule::NONE },
    Rule { op: "background", needs: &[C::Transparent, C::ShadowKind], uses: &[C::Under, C::Place], also: &[T::Background, T::Shadow, T::Subject], build: scenery::background, ..Rule::NONE },
    Rule { op: "background", needs: &[C::ShadowKind], uses: &[C::Place, C::Degree, C::Under], also: &[T::Subject], build: scenery::add_shadow, ..Rule::NONE },
    Rule { op: "background", verbs: &[V::Swap], things: &[T::Background], needs: &[C::Colour], uses: &[C::ShadowKind], also: &[T::Shadow], build: scenery::background, ..Rule::NONE },
    Rule { op: "background", verbs: &[V::Swap], things: &[T::Background], needs: &[C::Ref], uses: &[C::ShadowKind], also: &[T::Shadow], build: scenery::background, ..Rule::NONE },
    Rule { op: "watermark", verbs: &[V::Put, V::Add], needs: &[C::Quoted], uses: &[C::Place, C::Percent, C::Opacity, C::Tile, C::Colour, C::Degree], also: &[T::Text], build: creative::signed, ..Rule::NONE },
    Rule { op: "watermark", needs: &[C::Quoted], uses: &[C::Place, C::Percent, C::Opacity, C::Tile, C::Colour, C::Degree], also: &[T::Text], build: creative::signed, ..Rule::NONE },
    Rule { op: "poster", needs: &[C::Quoted], also: &[T::Text], build: creative::says, ..Rule::NONE },
    Rule { op: "poster", verbs: &[V::Add, V::ReadText], needs: &[C::Quoted], also: &[T::Text], build: creative::says, ..Rule::NONE },
    Rule { op: "crop", verbs: &[V::Keep], needs: &[C::Place], build: geometry::keep_part, ..Rule::NONE },
    Rule { op: "crop", verbs: &[V::Keep], needs: &[C::Place, C::Percent], build: geometry::keep_part, ..Rule::NONE },
    Rule { op: "background", verbs: &[V::Put], needs: &[C::Colour], uses: &[C::ShadowKind, C::Degree], also: &[T::Subject, T::Object, T::People, T::Noun, T::Shadow], build: scenery::put_on, ..Rule::NONE },
    Rule { op: "colorize", verbs: &[V::Add, V::Put], things: &[T::Colour], uses: &[C::Old, C::Look], also: &[T::People], build: |c, s| if c.any(C::Old) || ["黑白", "black", "b&w", "bw", "gr"].iter().any(|w| c.any(C::Look) && s.words(c).contains(w)) { tone::colorize(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "retouch", verbs: &[V::Keep], things: &[T::Blemish], build: tone::keep_blemishes, ..Rule::NONE },
    Rule { op: "pad", needs: &[C::Aspect, C::BlurFill], verbs: &[V::Change, V::Put, V::Fit, V::Add], uses: &[C::Sides], also: &[T::Border], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", needs: &[C::Aspect, C::BlurFill], uses: &[C::Sides], also: &[T::Border], build: geometry::pad, ..Rule::NONE },
    // cutout
    Rule { op: "cutout", verbs: &[V::CutOut, V::Remove], uses: WHICH, also: &[T::Background, T::Subject], build: |c, s| if c.has(V::CutOut) { scenery::cutout(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "cutout", verbs: &[V::CutOut], uses: WHICH, also: &[T::Border, T::People, T::Face, T::Object, T::Subject, T::Mask, T::Background, T::Noun, T::Logo], build: scenery::cutout, ..Rule::NONE },
    Rule { op: "cutout", verbs: &[V::CutOut], needs: &[C::Transparent], uses: WHICH, also: &[T::People, T::Object, T::Subject, T::Background, T::Noun], build: scenery::cutout, ..Rule::NONE },
    Rule { op: "background", verbs: &[V::CutOut], needs: &[C::Colour], also: &[T::Background, T::Shadow, T::Subject, T::People, T::Object, T::Noun], uses: BEHIND, build: scenery::background, ..Rule::NONE },
    Rule { op: "cutout", verbs: &[V::Remove, V::TrimOff, V::CutOut], things: &[T::Background], uses: &[C::Set, C::Ref, C::Auto], build: scenery::cutout, ..Rule::NONE },
    Rule { op: "cutout", verbs: &[V::Remove], things: &[T::Background], needs: &[C::Colour], build: scenery::cutout, ..Rule::NONE },
    Rule { op: "cutout", needs: &[C::Transparent], uses: &[C::Ref, C::Sides], also: &[T::Background, T::Colour, T::Subject, T::People, T::Object, T::Mask, T::Noun], build: scenery::cutout, ..Rule::NONE },
    Rule { op: "keep", verbs: &[V::Keep], things: &[T::Background, T::Text, T::Colour, T::Shadow, T::Logo, T::Noun], also: &[T::Detail], uses: WHICH, build: |_, _| super::Built::Nothing, ..Rule::NONE },
    Rule { op: "keep", verbs: &[V::Keep], free: true, build: |c, _| if c.things().all(|(t, _)| matches!(t, T::It | T::Picture | T::Detail | T::Colour | T::Skin)) && c.refs().is_empty() && !c.any(C::Look) && !c.any(C::Aspect) && !c.any(C::Metadata) { super::Built::Nothing } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "keep", verbs: &[V::Keep], free: true, build: |c, s| if scenery::unchanged(c, s) { super::Built::Nothing } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "background", needs: &[C::BlurFill], also: &[T::Background], verbs: &[V::Change, V::Add, V::Put], build: scenery::background, ..Rule::NONE },
    Rule { op: "crop", verbs: &[V::TrimOff, V::Keep], things: &[T::Subject, T::People, T::Face], also: &[T::Border], uses: &[C::Sides, C::Set, C::Place, C::Colour], build: |c, s| if c.has(V::TrimOff) && c.has(V::Keep) || c.has(V::TrimOff) && ["贴", "紧", "tight", "close"].iter().any(|w| s.words(c).contains(w)) { geometry::crop_to(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "cutout", verbs: &[V::Keep], needs: &[C::Place], uses: WHICH, build: |c, s| if s.carried.is_some_and(|(t, _)| matches!(t, T::People | T::Object)) && s.before.last().is_some_and(|b| b.op == "erase") { scenery::keep(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "cutout", verbs: &[V::Keep], things: PARTS, uses: WHICH, build: scenery::keep, ..Rule::NONE },
    Rule { op: "cutout", needs: &[C::Transparent], verbs: &[V::Change, V::Remove, V::Put, V::Add], also: &[T::Background, T::Colour], uses: &[C::Ref], build: scenery::background, ..Rule::NONE },
    // background
    Rule { op: "background", things: &[T::Background], needs: &[C::Colour], uses: BEHIND, also: &[T::Shadow, T::People, T::Object, T::Subject, T::Colour], verbs: &[V::Change, V::Put, V::Add, V::Recolor, V::Keep], build: scenery::background, ..Rule::NONE },
    Rule { op: "background", things: &[T::Background], needs: &[C::Colour], uses: BEHIND, also: &[T::Shadow, T::Colour, T::Subject, T::People, T::Object], build: scenery::background, ..Rule::NONE },
    Rule { op: "background", things: &[T::Background], needs: &[C::Gradient], uses: BEHIND, verbs: &[V::Change, V::Put, V::Add], also: &[T::Shadow, T::Colour], build: scenery::background, ..Rule::NONE },
    Rule { op: "background", things: &[T::Background], needs: &[C::Gradient], uses: BEHIND, also: &[T::Shadow, T::Colour], build: scenery::background, ..Rule::NONE },
    Rule { op: "background", things: &[T::Background], needs: &[C::Transparent], uses: BEHIND, also: &[T::Shadow, T::Colour], build: scenery::background, ..Rule::NONE },
    Rule { op: "background", verbs: &[V::Blur, V::Add, V::Put, V::Raise], things: &[T::Background], uses: &[C::Number, C::Degree, C::Percent, C::Dim], build: |c, s| if c.has(V::Blur) { scenery::background(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "background", verbs: &[V::Change, V::Put, V::Add], things: &[T::Background], needs: &[C::Ref], uses: &[C::ShadowKind], also: &[T::Shadow, T::People, T::Subject, T::Object], build: scenery::background, ..Rule::NONE },
    Rule { op: "background", things: &[T::Background], needs: &[C::Ref], uses: &[C::ShadowKind], also: &[T::Shadow], build: scenery::background, ..Rule::NONE },
    Rule { op: "background", verbs: &[V::Change, V::Add, V::Put], things: &[T::Background], also: &[T::Colour, T::Noun], build: scenery::background, ..Rule::NONE },
    Rule { op: "background", things: &[T::Shadow], uses: &[C::ShadowKind, C::Degree, C::ToneWord], verbs: &[V::Add, V::Put, V::Keep], build: scenery::add_shadow, ..Rule::NONE },
    Rule { op: "background", things: &[T::Shadow], uses: &[C::ShadowKind, C::Degree, C::ToneWord], build: scenery::add_shadow, ..Rule::NONE },
    Rule { op: "background", needs: &[C::ShadowKind], verbs: &[V::Add, V::Put], uses: &[C::Place, C::Degree], build: scenery::add_shadow, ..Rule::NONE },
    Rule { op: "background", needs: &[C::Colour], verbs: &[V::Change, V::Put, V::Recolor], also: &[T::Colour], build: scenery::colour_of_it, ..Rule::NONE },
    Rule { op: "background", needs: &[C::Colour], also: &[T::Colour], build: scenery::colour_of_it, ..Rule::NONE },
    Rule { op: "background", verbs: &[V::Make], things: &[T::Background], build: |c, s| if ["用", "use", "as"].iter().any(|w| s.words(c).contains(w)) { scenery::other_picture(s) } else { super::Built::No }, ..Rule::NONE },
    // crop
    Rule { op: "crop", verbs: &[V::Crop], uses: &[C::Platform, C::Aspect, C::Size, C::Number, C::Percent, C::Place, C::Ref, C::Sides], also: &[T::Face, T::People, T::Subject, T::Object, T::Border, T::Noun], build: geometry::crop, ..Rule::NONE },
    Rule { op: "crop", needs: &[C::Aspect], verbs: &[V::Change, V::Put], uses: &[C::Ref], build: geometry::crop, ..Rule::NONE },
    Rule { op: "crop", needs: &[C::Aspect], uses: &[C::Ref], build: geometry::crop, ..Rule::NONE },
    Rule { op: "crop", verbs: &[V::TrimOff], uses: &[C::Place, C::Percent, C::Number, C::Ref, C::Sides, C::Colour, C::Set], also: &[T::Border], build: geometry::trim_off, ..Rule::NONE },
    Rule { op: "erase", verbs: &[V::TrimOff], things: PARTS, uses: WHICH, build: subject::erase, ..Rule::NONE },
    // resize
    Rule { op: "resize", verbs: &[V::Resize, V::Shrink, V::Stretch], uses: &[C::Platform, C::Size, C::Dim, C::Number, C::Percent, C::Times, C::Fit, C::Ref, C::Aspect, C::Degree, C::Under], build: geometry::resize, ..Rule::NONE },
    Rule { op: "resize", verbs: &[V::Change, V::Crop, V::Raise, V::Lower, V::Keep], needs: &[C::Dim], uses: SIZES, build: geometry::resize, ..Rule::NONE },
    Rule { op: "resize", verbs: &[V::Change, V::Fit], needs: &[C::Size], uses: SIZES, build: geometry::resize, ..Rule::NONE },
    Rule { op: "resize", needs: &[C::Size], uses: SIZES, build: geometry::resize, ..Rule::NONE },
    Rule { op: "resize", needs: &[C::Dim, C::Number], uses: SIZES, build: geometry::resize, ..Rule::NONE },
    Rule { op: "upscale", verbs: &[V::Enlarge, V::Upscale], uses: &[C::Size, C::Dim, C::Number, C::Percent, C::Times, C::Ref, C::Degree, C::Auto], also: &[T::Noun, T::Object, T::People, T::Subject, T::Text], build: geometry::enlarge, ..Rule::NONE },
    Rule { op: "upscale", verbs: &[V::Upscale, V::Raise, V::Change], needs: &[C::Times], also: &[T::Detail, T::Noun, T::Object, T::People, T::Subject, T::Text], build: geometry::enlarge, ..Rule::NONE },
    Rule { op: "resize", verbs: &[V::Lower, V::Raise, V::Change], needs: &[C::Percent], build: geometry::resize_share, ..Rule::NONE },
    Rule { op: "resize", needs: &[C::Number], build: |c, s| if c.number(crate::plan::token::Unit::Pixels).is_some() { geometry::resize(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "resize", needs: &[C::Percent], build: geometry::resize_share, ..Rule::NONE },
    Rule { op: "resize", needs: &[C::Times], build: geometry::resize_share, ..Rule::NONE },
    // pad
    Rule { op: "pad", verbs: &[V::Pad], uses: &[C::MirrorFill, C::BlurFill, C::Aspect, C::Size, C::Dim, C::Number, C::Colour, C::Transparent, C::Sides, C::Place, C::Ref, C::Mirror, C::Set], also: &[T::Border, T::Background], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", verbs: &[V::Pad], needs: &[C::BlurFill], uses: &[C::Aspect, C::Size, C::Number, C::Sides], also: &[T::Border, T::Background], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", needs: &[C::BlurFill], build: |c, s| if s.before.last().is_some_and(|p| p.op == "pad") { geometry::pad(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "pad", needs: &[C::MirrorFill], uses: &[C::Sides], build: |c, s| if s.before.last().is_some_and(|p| p.op == "pad") { geometry::pad(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "pad", things: &[T::Border], needs: &[C::Aspect], uses: &[C::Colour, C::Transparent, C::Sides, C::Set], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", needs: &[C::Sides, C::Number], uses: &[C::Colour, C::Transparent], also: &[T::Border], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", verbs: &[V::Pad, V::Add, V::Put, V::Change], uses: &[C::Aspect, C::Size, C::Number, C::Colour, C::Transparent, C::Sides, C::Place], also: &[T::Border, T::Background], build: |c, s| if c.has(V::Pad) { geometry::pad(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "pad", verbs: &[V::Pad, V::Blur], things: &[T::Border], uses: &[C::Aspect, C::Number, C::Sides], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", verbs: &[V::Pad, V::Blur], needs: &[C::Aspect], uses: &[C::Sides], also: &[T::Background, T::Border], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", verbs: &[V::Add, V::Put, V::Extend, V::Keep, V::Change], things: &[T::Border], uses: &[C::Number, C::Colour, C::Transparent, C::Sides, C::Place, C::Aspect, C::Ref, C::Size, C::BlurFill, C::MirrorFill], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", things: &[T::Border], needs: &[C::Number], uses: &[C::Colour, C::Transparent, C::Sides, C::Place], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", things: &[T::Border], needs: &[C::Colour], uses: &[C::Sides, C::Place], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", verbs: &[V::Add], needs: &[C::Sides, C::Number], uses: &[C::Colour, C::Set], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", verbs: &[V::Add, V::Put, V::Pad], needs: &[C::Size, C::Colour], uses: &[C::Sides, C::Place, C::Set], also: &[T::Border], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", verbs: &[V::Add, V::Put], needs: &[C::Aspect, C::Colour], uses: &[C::Sides, C::Place, C::Set], also: &[T::Border], build: geometry::pad, ..Rule::NONE },
    Rule { op: "pad", verbs: &[V::Flip], things: &[T::Border], uses: &[C::Sides, C::Set], build: |c, s| if s.before.last().is_some_and(|p| p.op == "pad" && !p.params.contains_key("fill")) { geometry::pad(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "pad", verbs: &[V::Add], needs: &[C::Place, C::Number, C::Colour], build: geometry::pad, ..Rule::NONE },
    // rotate, flip
    Rule { op: "rotate", verbs: &[V::Rotate, V::Straighten, V::Change], needs: &[C::Degrees], uses: &[C::Turn, C::Place, C::Ref, C::Degree], build: geometry::rotate, ..Rule::NONE },
    Rule { op: "rotate", verbs: &[V::Rotate], uses: &[C::Turn, C::Place, C::Number, C::Percent, C::Auto, C::Ref, C::Mirror], build: geometry::rotate, ..Rule::NONE },
    Rule { op: "rotate", verbs: &[V::Straighten], uses: &[C::Auto, C::Ref], also: &[T::Horizon, T::Subject, T::Border, T::Noun, T::Object], build: geometry::rotate, ..Rule::NONE },
    Rule { op: "rotate", verbs: &[V::Restore], things: &[T::Horizon], build: |_, _| super::Built::one(crate::plan::types::Step::new("rotate").with("auto", true)), ..Rule::NONE },
    Rule { op: "rotate", needs: &[C::Turn], uses: &[C::Degrees, C::Number, C::Ref], build: geometry::rotate, ..Rule::NONE },
    Rule { op: "rotate", needs: &[C::Turn], verbs: &[V::Change, V::Put], uses: &[C::Degrees, C::Number, C::Ref], build: geometry::rotate, ..Rule::NONE },
    Rule { op: "rotate", needs: &[C::Degrees], uses: &[C::Turn, C::Place], build: geometry::rotate, ..Rule::NONE },
    Rule { op: "flip", verbs: &[V::Flip], uses: &[C::Mirror, C::Turn, C::Place, C::Sides, C::Ref], build: geometry::flip, ..Rule::NONE },
    Rule { op: "flip", needs: &[C::Mirror], uses: &[C::Ref], build: geometry::flip, ..Rule::NONE },
    // export, describe
    Rule { op: "export", verbs: &[V::Export, V::Change, V::Compress], needs: &[C::Format], uses: FILE, also: &[T::Noun, T::Object, T::People, T::Subject], build: file::export, ..Rule::NONE },
    Rule { op: "export", needs: &[C::Format], uses: FILE, also: &[T::Noun, T::Object, T::People, T::Subject], build: file::export, ..Rule::NONE },
    Rule { op: "export", verbs: &[V::Export], uses: FILE, also: &[T::Noun, T::Object, T::People, T::Subject], build: file::export, ..Rule::NONE },
    Rule { op: "export", needs: &[C::Layers], uses: FILE, also: &[T::Noun, T::Object, T::People, T::Subject], build: file::export, ..Rule::NONE },
    Rule { op: "export", needs: &[C::Quality], uses: FILE, also: &[T::Noun, T::Object, T::People, T::Subject], build: file::export, ..Rule::NONE },
    Rule { op: "export", needs: &[C::Bytes], uses: FILE, verbs: &[V::Compress, V::Lower, V::Shrink, V::Keep, V::Export, V::Change], also: &[T::Noun, T::Object, T::People, T::Subject], build: file::export, ..Rule::NONE },
    Rule { op: "export", needs: &[C::Bytes], uses: FILE, also: &[T::Noun, T::Object, T::People, T::Subject], build: file::export, ..Rule::NONE },
    Rule { op: "export", verbs: &[V::Keep], needs: &[C::Metadata], uses: FILE, also: &[T::Noun, T::Object, T::People, T::Subject], build: file::export, ..Rule::NONE },
    Rule { op: "export", verbs: &[V::Compress], uses: FILE, also: &[T::Noun, T::Object, T::People, T::Subject], build: file::compress, ..Rule::NONE },
    Rule { op: "describe", verbs: &[V::Describe], uses: &[C::Ref, C::Dim, C::Set, C::Format], also: &[T::Colour, T::Subject, T::People, T::Background, T::Text, T::Object], build: file::describe, ..Rule::NONE },
    // parts
    Rule { op: "erase", verbs: &[V::Remove], things: PARTS, uses: WHICH, also: &[T::Background, T::Noun, T::Logo, T::Text], build: subject::erase, ..Rule::NONE },
    Rule { op: "erase", verbs: &[V::Remove, V::Keep], things: &[T::People], needs: &[C::Set], uses: WHICH, also: &[T::Background], build: subject::erase, ..Rule::NONE },
    Rule { op: "erase", verbs: &[V::Remove], things: &[T::Shadow], uses: WHICH, build: scenery::no_shadow, ..Rule::NONE },
    Rule { op: "erase", verbs: &[V::Remove], things: &[T::Noun, T::Logo, T::Watermark, T::Border, T::Colour, T::Detail], uses: WHICH, build: subject::erase_unknown, ..Rule::NONE },
    Rule { op: "erase", verbs: &[V::Remove], uses: WHICH, build: subject::erase, ..Rule::NONE },
    Rule { op: "text.remove", verbs: &[V::Remove], things: &[T::Text, T::Caption], uses: &[C::Set, C::Place, C::Quoted, C::Lang, C::Ref], also: &[T::Noun, T::Object, T::Subject, T::Logo], build: subject::remove_text, ..Rule::NONE },
    Rule { op: "text.remove", verbs: &[V::Remove], needs: &[C::Lang], uses: &[C::Set, C::Place], also: &[T::Text], build: subject::remove_text, ..Rule::NONE },
    Rule { op: "text.remove", verbs: &[V::Remove], needs: &[C::Quoted], uses: &[C::Place, C::Set], also: &[T::Text, T::Watermark, T::Noun, T::Object, T::Logo, T::Subject, T::Caption], build: subject::remove_text, ..Rule::NONE },
    Rule { op: "swap", verbs: &[V::Change, V::Swap], things: &[T::Subject, T::Object, T::Noun, T::People, T::Mask], needs: &[C::Ref], uses: &[C::Place, C::Ordinal, C::Set, C::Number, C::Ref, C::Auto, C::Old], build: subject::swap, ..Rule::NONE },
    Rule { op: "swap", verbs: &[V::Swap], uses: &[C::Place, C::Ordinal, C::Set, C::Number, C::Ref, C::Auto, C::Old], also: &[T::Subject, T::Object, T::Noun, T::People, T::Mask], build: subject::swap, ..Rule::NONE },
    Rule { op: "swap", verbs: &[V::Change], things: &[T::Subject], uses: &[C::Place, C::Ordinal, C::Set, C::Number, C::Ref, C::Auto, C::Old], build: subject::swap, ..Rule::NONE },
    Rule { op: "swap", verbs: &[V::Change, V::Swap], things: &[T::Subject, T::Object, T::Noun, T::People], uses: &[C::Place, C::Ordinal, C::Set, C::Number, C::Ref, C::Auto, C::Old], build: subject::swap_with_this, ..Rule::NONE },
    Rule { op: "swap", verbs: &[V::Put], needs: &[C::Ref], uses: WHICH, also: &[T::Subject, T::Object, T::Noun, T::People, T::It], build: |c, s| if c.refs().len() == 2 && s.words(c).contains(" where ") { subject::swap(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "swap", needs: &[C::Ref], uses: WHICH, also: &[T::Subject, T::Object, T::Noun, T::People, T::It], build: |c, s| if c.verbs().next().is_none() && ["same scene", "same room", "same photo", "instead of this", "instead of the one here"].iter().any(|w| s.words(c).contains(w)) { subject::swap(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "place", verbs: &[V::Put, V::Add], things: &[T::Logo, T::Subject, T::People, T::Object, T::Noun], needs: &[C::Place], uses: &[C::Ref, C::Opacity, C::Percent, C::Degrees, C::Turn, C::Number, C::Dim], build: subject::place, ..Rule::NONE },
    Rule { op: "place", verbs: &[V::Put, V::Add], needs: &[C::Ref], uses: &[C::Place, C::Opacity, C::Percent, C::Degrees, C::Turn, C::Number, C::Dim], also: &[T::Logo, T::Subject, T::People, T::Object, T::Noun], build: subject::place, ..Rule::NONE },
    Rule { op: "place", verbs: &[V::Put, V::Add], things: &[T::Logo], uses: &[C::Place, C::Ref, C::Opacity, C::Percent, C::Degree, C::Degrees, C::Turn, C::Number, C::Dim], build: subject::place, ..Rule::NONE },
    Rule { op: "place", verbs: &[V::Put], needs: &[C::Place], uses: &[C::Ref, C::Opacity, C::Percent, C::Degree, C::Degrees, C::Turn, C::Number, C::Dim], build: |c, s| if !s.before.last().is_some_and(|b| matches!(b.op.as_str(), "watermark" | "text.add") && !b.params.contains_key("position")) && (c.thing(T::It) || c.things().next().is_none()) && (s.told.is_some() || (s.ctx.attached == 1 && s.ctx.versions > 0) || s.ctx.attached >= 2) { subject::place(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "place", things: &[T::Logo], needs: &[C::Place], uses: &[C::Ref, C::Opacity, C::Percent, C::Number, C::Degree, C::Degrees, C::Turn, C::Dim], build: subject::place, ..Rule::NONE },
    Rule { op: "recolor", verbs: &[V::Change, V::Recolor, V::Put, V::Colorize], things: PARTS, needs: &[C::Colour], uses: &[C::Place, C::Ordinal, C::Set, C::Number, C::Ref, C::Auto, C::Percent, C::Dim], also: &[T::Colour, T::Noun, T::Logo], build: subject::recolor, ..Rule::NONE },
    Rule { op: "recolor", things: PARTS, needs: &[C::Colour], uses: &[C::Place, C::Ordinal, C::Set, C::Number, C::Ref, C::Auto, C::Percent, C::Dim], also: &[T::Colour, T::Noun, T::Logo], build: subject::recolor, ..Rule::NONE },
    Rule { op: "recolor", verbs: &[V::Change, V::Recolor], things: &[T::Noun, T::Logo, T::Skin], needs: &[C::Colour], uses: &[C::Place, C::Ordinal, C::Set, C::Number, C::Ref, C::Auto, C::Percent, C::Dim], also: &[T::Colour], build: subject::recolor_unknown, ..Rule::NONE },
    Rule { op: "recolor", things: &[T::Noun, T::Logo, T::Skin], needs: &[C::Colour], uses: &[C::Place, C::Ordinal, C::Set, C::Number, C::Ref, C::Auto, C::Percent, C::Dim], also: &[T::Colour], build: subject::recolor_unknown, ..Rule::NONE },
    Rule { op: "recolor", verbs: &[V::Recolor], things: PARTS, uses: &[C::Place, C::Ordinal, C::Set, C::Number, C::Ref, C::Auto, C::Percent, C::Dim], also: &[T::Colour], build: subject::recolor, ..Rule::NONE },
    Rule { op: "redact", verbs: &[V::Censor, V::Pixelate], uses: WHICH, also: &[T::Face, T::People, T::Object, T::Text, T::Noun, T::Mask, T::Logo, T::Background, T::Subject], build: subject::redact, ..Rule::NONE },
    Rule { op: "redact", verbs: &[V::Censor, V::Pixelate, V::Blur], needs: &[C::Quoted], uses: &[C::Place, C::Set], also: &[T::Text, T::Noun, T::Object, T::Subject], build: subject::redact, ..Rule::NONE },
    Rule { op: "redact", verbs: &[V::Blur, V::Add], things: &[T::Face, T::People, T::Text, T::Noun, T::Mask, T::Logo, T::Object], uses: WHICH, build: |c, s| if c.has(V::Blur) { subject::redact(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "redact", verbs: &[V::Censor, V::Pixelate, V::Add, V::Change], things: &[T::Face, T::People, T::Text, T::Noun, T::Mask, T::Object], uses: WHICH, build: |c, s| if c.has(V::Censor) || c.has(V::Pixelate) { subject::redact(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "filter", verbs: &[V::Blur], uses: &[C::Degree, C::Percent, C::Number, C::Ref], build: scenery::blur, ..Rule::NONE },
    Rule { op: "match", verbs: &[V::Match, V::Add], needs: &[C::Ref], uses: &[C::Style, C::Percent, C::Number, C::Dim], also: &[T::Colour], build: |c, s| if c.has(V::Match) { subject::match_look(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "match", verbs: &[V::Match, V::Change, V::Make], things: &[T::Colour], needs: &[C::Ref], uses: &[C::Style, C::ToneWord, C::Percent, C::Number, C::Dim], build: subject::match_look, ..Rule::NONE },
    Rule { op: "match", things: &[T::Colour], needs: &[C::Ref], uses: &[C::Percent, C::Number, C::Dim], build: |c, s| if ["按", "照", "跟", "like", " as ", "give", "take", "用", "拿", "套"].iter().any(|w| s.words(c).contains(w)) { subject::match_look(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "match", verbs: &[V::Match], things: &[T::Colour], uses: &[C::Style, C::ToneWord, C::Ref, C::Percent, C::Number, C::Dim], build: subject::match_look, ..Rule::NONE },
    Rule { op: "match", verbs: &[V::Match], needs: &[C::Ref], uses: &[C::Style, C::Tone, C::Percent, C::Number, C::Dim], also: &[T::Colour], build: subject::match_look, ..Rule::NONE },
    Rule { op: "compose", needs: &[C::Length], uses: &[C::Layout, C::Number, C::Dim, C::Set, C::Ordinal, C::Ref], also: &[T::Subject, T::Object, T::Noun, T::People, T::It, T::Picture], build: |c, s| if c.verbs().all(|v| matches!(v, V::Make | V::Put | V::Arrange)) && !c.any(C::Layout) && !c.has(V::Arrange) { subject::sizes(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "compose", verbs: &[V::Arrange], uses: &[C::Layout, C::Length, C::Dim, C::Number, C::Colour, C::Set, C::Ref, C::Gradient], also: &[T::Subject, T::Background, T::Object, T::Noun, T::People, T::Shadow], build: subject::compose, ..Rule::NONE },
    Rule { op: "compose", verbs: &[V::Put, V::Arrange], things: &[T::Subject, T::Object, T::Noun, T::Picture, T::It], needs: &[C::Layout], uses: &[C::Length, C::Dim, C::Number, C::Colour, C::Set, C::Ref], also: &[T::Background, T::Shadow], build: |c, s| if c.refs().len() >= 2 && c.has(V::Put) { super::Built::No } else { subject::compose(c, s) }, ..Rule::NONE },
    Rule { op: "compose", needs: &[C::Layout], uses: &[C::Length, C::Dim, C::Number, C::Colour, C::Set, C::Ref], also: &[T::Subject, T::Object, T::Noun, T::People], build: |c, s| if s.ctx.attached >= 2 && !c.flag(crate::plan::token::Flag::Scene) { subject::compose(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "stitch", verbs: &[V::Arrange, V::Put], needs: &[C::Mirror], uses: &[C::Number, C::Set, C::Layout, C::Ref], build: |c, s| if s.ctx.attached >= 2 { subject::stitch(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "stitch", verbs: &[V::Stitch, V::Arrange], uses: &[C::Sides, C::Number, C::Mirror, C::Set, C::Layout, C::Ref], build: subject::stitch, ..Rule::NONE },
    Rule { op: "split", verbs: &[V::Split], uses: &[C::Blank, C::Number, C::Layout, C::Set, C::Percent], build: subject::split, ..Rule::NONE },
    Rule { op: "select", verbs: &[V::Select], things: &[T::People, T::Face, T::Object, T::Subject, T::Mask, T::Background, T::Text], uses: WHICH, build: subject::select, ..Rule::NONE },
    Rule { op: "revert", verbs: &[V::BringBack, V::GoBack, V::Restore], things: &[T::Mask, T::Face, T::Background, T::People], needs: &[C::Ref], uses: WHICH, also: &[T::Noun], build: subject::revert, ..Rule::NONE },
    Rule { op: "revert", verbs: &[V::BringBack, V::Undo, V::GoBack, V::Restore], uses: &[C::Ref], build: subject::revert_told, ..Rule::NONE },
    Rule { op: "revert", verbs: &[V::BringBack, V::Undo, V::GoBack], things: &[T::Mask], build: subject::revert, ..Rule::NONE },
    Rule { op: "revert", verbs: &[V::BringBack, V::GoBack, V::Restore], things: &[T::Mask, T::Face, T::Background, T::People], uses: WHICH, free: true, build: |c, s| if subject::as_it_was(&s.words(c)) { subject::revert(c, s) } else { super::Built::No }, ..Rule::NONE },
    // repair and tone
    Rule { op: "detail", verbs: &[V::BringBack, V::Restore, V::Keep], needs: &[C::Ref], uses: &[C::Percent], build: |c, s| if s.carried.is_some_and(|(t, _)| t == T::Detail) && c.things().all(|(t, _)| matches!(t, T::It | T::Picture)) { tone::detail(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "detail", verbs: &[V::BringBack, V::Keep, V::Put, V::Restore], things: &[T::Detail], uses: &[C::Ref, C::Percent, C::Number, C::Dim], also: &[T::People, T::Face, T::Object, T::Subject, T::Mask, T::Skin, T::Noun], build: tone::detail, ..Rule::NONE },
    Rule { op: "restore", verbs: &[V::Restore, V::Colorize], uses: &[C::Old, C::Look, C::Ref, C::Auto], also: &[T::Scratch, T::Noise, T::Face, T::Noun, T::Object, T::People, T::Subject], build: |c, s| if c.has(V::Restore) { tone::restore(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "restore", verbs: &[V::Restore, V::Remove], things: &[T::Scratch], uses: &[C::Old, C::Set, C::Ref], also: &[T::Noun, T::Object, T::People, T::Subject], build: tone::restore, ..Rule::NONE },
    Rule { op: "restore", verbs: &[V::Enhance, V::Upscale], needs: &[C::Old], also: &[T::Noun, T::Object, T::People, T::Subject], build: tone::restore, ..Rule::NONE },
    Rule { op: "restore", verbs: &[V::Keep], needs: &[C::Look], also: &[T::Noun, T::Object, T::People, T::Subject], build: tone::keep_grey, ..Rule::NONE },
    Rule { op: "restore", things: &[T::Colour], build: |c, s| if s.before.last().is_some_and(|b| b.op == "restore") && c.verbs().next().is_none() { super::Built::one(crate::plan::types::Step::new("restore").with("colorize", true)) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "colorize", verbs: &[V::Colorize], uses: &[C::Look, C::Old, C::Ref, C::Auto], also: &[T::Noun, T::Object, T::People, T::Subject], build: tone::colorize, ..Rule::NONE },
    Rule { op: "colorize", verbs: &[V::Keep, V::Change, V::Colorize], needs: &[C::Tone, C::Percent], build: tone::depth, ..Rule::NONE },
    Rule { op: "colorize", needs: &[C::Tone, C::Percent], build: tone::depth, ..Rule::NONE },
    Rule { op: "retouch", verbs: &[V::Remove], things: &[T::Skin], uses: &[C::Degree, C::Percent], also: &[T::People, T::Face], build: |c, s| if s.words(c).contains("clear") || s.words(c).contains("clean") { tone::retouch(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "retouch", verbs: &[V::Restore], things: &[T::Skin], uses: &[C::Degree, C::Percent], also: &[T::Face, T::People, T::Blemish], build: tone::retouch, ..Rule::NONE },
    Rule { op: "retouch", verbs: &[V::Enhance, V::Raise, V::Retouch], things: &[T::Noun], uses: &[C::Degree, C::ToneWord, C::Percent], also: &[T::People, T::Face], build: |c, s| if c.tokens.iter().any(|t| matches!(t.kind, crate::plan::token::Kind::Thing(T::Noun, _)) && ["eye", "eyes", "眼睛", "双眼", "眼珠"].contains(&s.word(t).as_str())) { tone::retouch(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "retouch", things: &[T::Noun], needs: &[C::ToneWord], uses: &[C::Degree, C::Percent], also: &[T::People, T::Face], build: |c, s| if c.tokens.iter().any(|t| matches!(t.kind, crate::plan::token::Kind::Thing(T::Noun, _)) && ["eye", "eyes", "眼睛", "双眼", "眼珠"].contains(&s.word(t).as_str())) && !c.has(V::Lower) { tone::retouch(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "retouch", verbs: &[V::Retouch], uses: LITTLE, also: &[T::Skin, T::Face, T::People, T::Blemish], build: tone::retouch, ..Rule::NONE },
    Rule { op: "retouch", verbs: &[V::Remove, V::Retouch, V::Enhance, V::Restore], things: &[T::Blemish], uses: &[C::Set, C::Degree, C::Place], also: &[T::Face, T::Skin, T::People], build: tone::retouch, ..Rule::NONE },
    Rule { op: "adjust", needs: &[C::Tone], verbs: &[V::Raise, V::Lower, V::Change, V::Add, V::Enhance], uses: LITTLE, also: &[T::Background, T::People, T::Face, T::Object, T::Subject, T::Mask, T::Colour], build: tone::adjust, ..Rule::NONE },
    Rule { op: "adjust", needs: &[C::Tone], uses: &[C::Degree, C::Percent, C::Number, C::ToneWord], also: &[T::Background, T::People, T::Face, T::Object, T::Subject, T::Mask], build: tone::adjust, ..Rule::NONE },
    Rule { op: "adjust", needs: &[C::ToneWord], uses: LITTLE, also: &[T::Background, T::People, T::Face, T::Object, T::Subject, T::Mask, T::Colour], build: tone::adjust, ..Rule::NONE },
    Rule { op: "adjust", needs: &[C::ToneWord], verbs: &[V::Raise, V::Lower, V::Change, V::Add], uses: LITTLE, also: &[T::Background, T::People, T::Face, T::Object, T::Subject, T::Mask, T::Colour], build: tone::adjust, ..Rule::NONE },
    Rule { op: "enhance", verbs: &[V::Enhance], uses: &[C::Percent, C::Number, C::Dim, C::Degree, C::Auto, C::Exposure, C::Tone], also: &[T::Colour, T::Face, T::People], build: tone::enhance, ..Rule::NONE },
    Rule { op: "enhance", needs: &[C::Exposure], uses: LITTLE, verbs: &[V::Enhance, V::Raise, V::Restore], build: tone::enhance, ..Rule::NONE },
    Rule { op: "enhance", needs: &[C::Exposure], uses: LITTLE, build: tone::enhance, ..Rule::NONE },
    Rule { op: "filter", needs: &[C::Look], verbs: &[V::Change, V::Add, V::Restyle, V::Put], uses: &[C::Degree, C::Style, C::Ref, C::Percent, C::Number, C::Dim], also: &[T::Colour], build: tone::filter, ..Rule::NONE },
    Rule { op: "filter", needs: &[C::Look], uses: &[C::Degree, C::Style, C::Percent, C::Number, C::Dim], also: &[T::Colour], build: tone::filter, ..Rule::NONE },
    Rule { op: "filter", verbs: &[V::Pixelate], things: &[T::Picture], uses: LITTLE, build: tone::pixelate_all, ..Rule::NONE },
    Rule { op: "sharpen", verbs: &[V::Sharpen], uses: LITTLE, also: &[T::Border, T::Object, T::Noun, T::Detail, T::Subject], build: tone::sharpen, ..Rule::NONE },
    Rule { op: "denoise", verbs: &[V::Denoise, V::Remove, V::Restore], uses: &[C::Degree, C::Percent, C::Number, C::Auto, C::Dim, C::Tone], also: &[T::Noise], build: |c, s| if c.has(V::Denoise) { tone::denoise(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "denoise", verbs: &[V::Remove, V::Lower, V::Denoise], things: &[T::Noise], uses: &[C::Degree, C::Percent, C::Number, C::Auto, C::Dim, C::Tone, C::Set], build: tone::denoise, ..Rule::NONE },
    Rule { op: "denoise", things: &[T::Noise], uses: &[C::Degree, C::Tone, C::Set], also: &[T::Face, T::People, T::Skin, T::Subject], build: |_, _| super::Built::one(crate::plan::types::Step::new("denoise")), ..Rule::NONE },
    Rule { op: "restore", needs: &[C::Old], uses: &[C::Degree], build: tone::aged, ..Rule::NONE },
    Rule { op: "restore", things: &[T::Scratch], uses: &[C::Degree, C::Old, C::Set], build: tone::restore, ..Rule::NONE },
    Rule { op: "retouch", things: &[T::Blemish], uses: &[C::Degree, C::Set], also: &[T::Face, T::People, T::Skin], build: tone::retouch, ..Rule::NONE },
    Rule { op: "rotate", things: &[T::Horizon], uses: &[C::Degree, C::Turn], build: geometry::crooked, ..Rule::NONE },
    Rule { op: "deblur", verbs: &[V::Deblur, V::Remove, V::Restore], uses: LITTLE, build: |c, s| if c.has(V::Deblur) { tone::deblur(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "deblur", verbs: &[V::Blur, V::Remove, V::Restore], needs: &[], uses: LITTLE, build: |c, _| { if c.has(V::Blur) && (c.has(V::Remove) || c.has(V::Restore)) && c.things().all(|(t, _)| matches!(t, T::It | T::Picture)) { super::Built::one(crate::plan::types::Step::new("deblur")) } else { super::Built::No } }, ..Rule::NONE },
    // text, marks, packs, drawing
    Rule { op: "text.translate", verbs: &[V::Translate], uses: &[C::Lang, C::Set, C::Ref], also: &[T::Text, T::Subject, T::Caption, T::Noun, T::Object], build: creative::translate, ..Rule::NONE },
    Rule { op: "text.translate", verbs: &[V::Change], things: &[T::Text], needs: &[C::Lang], uses: &[C::Set], also: &[T::Noun, T::Object], build: creative::translate, ..Rule::NONE },
    Rule { op: "text.translate", things: &[T::Text, T::Picture], needs: &[C::Lang], uses: &[C::Set], also: &[T::Noun, T::Object], build: |c, s| if ["into", "成", "version"].iter().any(|w| s.words(c).contains(w)) { creative::translate(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "text.translate", needs: &[C::Lang], uses: &[C::Set], also: &[T::Text, T::Noun, T::Object, T::Subject], build: |c, s| if c.verbs().all(|v| v == V::Make) && (s.words(c).contains('版') || s.words(c).contains("version") || s.words(c).split(' ').any(|w| w == "in" || w == "into")) { creative::translate(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "text.replace", verbs: &[V::Change], needs: &[C::Quoted], also: &[T::Text, T::Caption], uses: &[C::Title, C::Ref], build: creative::replace_text, ..Rule::NONE },
    Rule { op: "text.replace", verbs: &[V::Change, V::Swap, V::Make, V::ReadText], needs: &[C::Quoted], also: &[T::Text, T::Caption, T::Noun], uses: &[C::Place], build: |c, s| if c.quoted().len() == 2 { creative::replace_text(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "text.replace", needs: &[C::Quoted], also: &[T::Text, T::Caption, T::Noun], build: |c, s| if c.quoted().len() == 2 && !c.any(C::Title) { creative::replace_text(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "text.add", verbs: &[V::Add, V::Put], needs: &[C::Quoted], uses: &[C::Place, C::Colour, C::Number, C::Title, C::Ref, C::Layout, C::Degree], also: &[T::Text, T::Caption, T::Colour], build: creative::add_text, ..Rule::NONE },
    Rule { op: "text.replace", verbs: &[V::Change], needs: &[C::Number], also: &[T::Noun, T::Text], build: creative::replace_figures, ..Rule::NONE },
    Rule { op: "text.add", things: &[T::Text, T::Caption], needs: &[C::Quoted], uses: &[C::Place, C::Colour, C::Number, C::Title, C::Layout, C::Degree], build: creative::add_text, ..Rule::NONE },
    Rule { op: "text.add", needs: &[C::Title, C::Quoted], uses: &[C::Place, C::Colour, C::Number, C::Degree], build: |c, s| if s.before.last().is_some_and(|b| matches!(b.op.as_str(), "poster" | "cover" | "mockup" | "stickers")) { super::Built::No } else { creative::add_text(c, s) }, ..Rule::NONE },
    Rule { op: "text.add", verbs: &[V::Add], things: &[T::Text, T::Caption], uses: &[C::Place, C::Colour, C::Number, C::Title], build: creative::ask_text, ..Rule::NONE },
    Rule { op: "text.read", verbs: &[V::ReadText], uses: &[C::Set, C::Lang, C::Ref], also: &[T::Text, T::Noun, T::Object, T::People, T::Subject], build: creative::read_text, ..Rule::NONE },
    Rule { op: "text.read", verbs: &[V::ReadText, V::Describe], needs: &[C::Lang], uses: &[C::Set, C::Ref], also: &[T::Text], build: creative::read_text, ..Rule::NONE },
    Rule { op: "text.read", verbs: &[V::Export, V::Describe, V::CutOut, V::BringBack], things: &[T::Text], uses: &[C::Set, C::Ref], also: &[T::Noun, T::Object, T::People, T::Subject], build: creative::read_text, ..Rule::NONE },
    Rule { op: "text.add", verbs: &[V::Add, V::Put], needs: &[C::Place], build: creative::text_place, ..Rule::NONE },
    Rule { op: "watermark", verbs: &[V::Add, V::Put], needs: &[C::Place], build: creative::watermark_place, ..Rule::NONE },
    Rule { op: "poster", needs: &[C::Title, C::Quoted], verbs: &[], build: creative::title_of, ..Rule::NONE },
    Rule { op: "poster", needs: &[C::Title, C::Quoted], verbs: &[V::Add], build: creative::title_of, ..Rule::NONE },
    Rule { op: "watermark", things: &[T::Watermark], verbs: &[V::Add, V::Put], uses: &[C::Transparent, C::Quoted, C::Place, C::Percent, C::Opacity, C::Tile, C::Ref, C::Colour], also: &[T::Text, T::Logo], build: creative::watermark, ..Rule::NONE },
    Rule { op: "watermark", things: &[T::Watermark], uses: &[C::Transparent, C::Quoted, C::Place, C::Percent, C::Opacity, C::Tile, C::Ref, C::Colour], also: &[T::Text, T::Logo], build: creative::watermark, ..Rule::NONE },
    Rule { op: "mockup", verbs: &[V::Mockup, V::Put, V::Draw, V::Add], needs: &[C::Device], uses: &[C::Colour, C::Layout, C::Number], also: &[T::Background, T::Noun, T::Object, T::People, T::Subject], build: creative::mockup, ..Rule::NONE },
    Rule { op: "mockup", needs: &[C::Device], also: &[T::Noun, T::Object, T::People, T::Subject], build: |c, s| if ["样机", "mockup", "frame", "壳", "效果", "屏幕", "展示", "screen"].iter().any(|w| s.words(c).contains(w)) { creative::mockup(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "mockup", verbs: &[V::Mockup, V::Put, V::Change, V::Draw, V::Add], uses: &[C::Device, C::Colour, C::Layout], also: &[T::Noun, T::Object, T::People, T::Subject], build: |c, s| if c.has(V::Mockup) { creative::mockup(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "text.translate", verbs: &[V::Change, V::Make], needs: &[C::Lang], also: &[T::Text, T::Noun, T::Object], uses: &[C::Set], build: |c, s| if c.tokens.iter().filter(|t| matches!(t.kind, crate::plan::token::Kind::Lang(_))).count() > 1 || c.thing(T::Text) || c.thing(T::Noun) { creative::translate(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "text.translate", verbs: &[V::Put, V::Make], needs: &[C::Lang], also: &[T::Text, T::Noun, T::Object], build: |c, s| if s.words(c).contains("in ") || s.words(c).contains("into ") { creative::translate(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "stickers", verbs: &[V::Stickers, V::Change, V::Draw], uses: &[C::Platform, C::Number, C::Quoted, C::Ref, C::Animated, C::Set], also: &[T::Face, T::Caption, T::People, T::Text, T::Subject, T::Object, T::Noun], build: |c, s| if c.has(V::Stickers) { creative::stickers(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "cover", verbs: &[V::Cover, V::Change, V::Draw], uses: &[C::Platform, C::Quoted, C::Title, C::Ref], also: &[T::Text, T::Noun, T::Object, T::People, T::Subject], build: |c, s| if c.has(V::Cover) { creative::cover(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "poster", verbs: &[V::Poster, V::Change, V::Draw], uses: &[C::Quoted, C::Title, C::Size, C::Aspect], also: &[T::Text, T::Noun, T::Object, T::People, T::Subject], build: |c, s| if c.has(V::Poster) { creative::poster(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "fit", needs: &[C::Platform], uses: &[C::Set, C::Format, C::Size, C::Aspect], verbs: &[V::Fit, V::Change], build: creative::fit, ..Rule::NONE },
    Rule { op: "fit", needs: &[C::Platform], build: creative::fit, ..Rule::NONE },
    Rule { op: "fit", verbs: &[V::Fit, V::Change, V::Crop, V::Make, V::Put, V::Export], needs: &[C::Platform], uses: ID_PHOTO, also: &[T::Background, T::People, T::Face, T::Noun, T::Colour], build: creative::id_photo, ..Rule::NONE },
    Rule { op: "fit", needs: &[C::Platform], uses: ID_PHOTO, also: &[T::Background, T::People, T::Face, T::Noun, T::Colour], build: creative::id_photo, ..Rule::NONE },
    Rule { op: "revert", verbs: &[V::Put, V::BringBack, V::Keep], things: &[T::Mask, T::Face, T::People, T::Background], needs: &[C::Ref], uses: WHICH, also: &[T::Noun], build: |c, s| if c.refs().iter().any(|r| !matches!(r, crate::plan::token::Ref::Image(crate::plan::types::ImageRef::Image(_)))) && ["back", "回"].iter().any(|w| s.words(c).contains(w)) { subject::revert(c, s) } else { super::Built::No }, ..Rule::NONE },
    Rule { op: "repaint", verbs: &[V::Draw, V::Add, V::Put, V::Change], things: &[T::Mask], uses: WHICH, free: true, build: creative::repaint, ..Rule::NONE },
    Rule { op: "generate", verbs: &[V::Draw], free: true, build: creative::generate, ..Rule::NONE },
    Rule { op: "restyle", verbs: &[V::Restyle], needs: &[C::Quoted], uses: &[C::Percent, C::Number, C::Dim], also: &[T::Detail, T::Noun, T::Colour], build: creative::restyle_quoted, ..Rule::NONE },
    Rule { op: "restyle", needs: &[C::Style], verbs: &[V::Change, V::Restyle, V::Draw], uses: &[C::Look, C::Percent, C::Number, C::Dim], also: &[T::Detail, T::Noun, T::Colour], build: creative::restyle, ..Rule::NONE },
    Rule { op: "restyle", needs: &[C::Style], uses: &[C::Look, C::Percent, C::Number, C::Dim], also: &[T::Detail, T::Noun, T::Colour], build: creative::restyle, ..Rule::NONE },
    Rule { op: "expand", verbs: &[V::Add], things: &[T::Noun, T::Background], needs: &[C::Place, C::Number], build: creative::expand, ..Rule::NONE },
    Rule { op: "expand", verbs: &[V::Extend, V::Add], uses: &[C::Aspect, C::Number, C::Place, C::Sides, C::Ref, C::Set], also: &[T::Background, T::Border, T::Noun], build: |c, s| if c.has(V::Extend) { creative::expand(c, s) } else { super::Built::No }, ..Rule::NONE },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::speech::DECLARED;

    #[test]
    fn every_row_stays_within_what_its_operation_declares() {
        for (name, speech) in DECLARED {
            let rows: Vec<&Rule> = RULES.iter().filter(|r| r.op == *name).collect();
            assert!(!rows.is_empty(), "{name} has no row");
            for row in &rows {
                assert!(row.verbs.iter().all(|v| speech.verbs.contains(v)), "{name}: {:?}", row.verbs);
                assert!(row.things.iter().chain(row.also).all(|t| speech.things.contains(t)), "{name}: {:?}", row.things);
                assert!(row.needs.iter().chain(row.uses).all(|c| speech.slots.contains(c)), "{name}: {:?} {:?}", row.needs, row.uses);
            }
            let used = |v: &V| rows.iter().any(|r| r.verbs.contains(v));
            assert!(speech.verbs.iter().all(used), "{name} declares a verb that no row uses");
        }
    }

    #[test]
    fn the_ambiguous_verbs_are_decided_by_object_and_slots() {
        let read = |text: &str| {
            let ctx = crate::plan::Context { attached: 2, ..Default::default() };
            match crate::plan::read(text, &ctx).answer {
                crate::plan::Answer::Plan(plan) => plan.steps.iter().map(|s| s.op.clone()).collect::<Vec<_>>().join("+"),
                crate::plan::Answer::Question(_) => "?".into(),
                other => format!("{other:?}"),
            }
        };
        // verb class × object class × slots → operation
        for (text, op) in [
            ("背景换成白色", "background"),
            ("把车换成蓝色", "recolor"),
            ("把图1的产品换成图2的产品", "swap"),
            ("把“新品”换成“特惠”", "text.replace"),
            ("换背景", "?"),
            ("去掉背景", "cutout"),
            ("去掉左边的人", "erase"),
            ("去掉文字", "text.remove"),
            ("去掉噪点", "denoise"),
            ("去掉划痕", "restore"),
            ("去掉痘痘", "retouch"),
            ("去掉鞋子", "?"),
            ("remove the background", "cutout"),
            ("remove the dog", "erase"),
            ("remove the words", "text.remove"),
            ("remove the noise", "denoise"),
            ("change the background to blue", "background"),
            ("change the car to blue", "recolor"),
            ("change it to jpg", "export"),
            ("change the size to 800x600", "resize"),
            ("blur the background", "background"),
            ("blur the faces", "redact"),
            ("blur it", "?"),
        ] {
            assert_eq!(read(text), op, "{text}");
        }
    }
}
