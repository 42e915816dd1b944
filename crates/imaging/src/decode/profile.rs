//! Embedded ICC profiles: applied, so that everything behind this is sRGB. A profile that is broken or of another colour model is left out, aloud.

use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout, ProfileText, RenderingIntent, Transform8BitExecutor, Transform16BitExecutor, TransformOptions,
};
use rayon::prelude::*;

use super::{Samples, expand};
use crate::text::Notice;

/// Pixels per parallel piece; small enough that its copy stays in the cache.
const RUN: usize = 1 << 13;

/// Straight RGBA in sRGB.
pub(super) enum Pixels {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

/// Straight RGBA in sRGB, the name of the profile that was there, and `profile_ignored` where it could not be used.
pub(super) type Converted = (Pixels, Option<String>, Option<Notice>);

pub(super) fn to_srgb(samples: Samples, icc: Option<&[u8]>) -> Converted {
    let Some(icc) = icc else { return (plain(samples), None, None) };
    let Ok(profile) = ColorProfile::new_from_slice(icc) else { return without(samples) };
    let name = name(&profile);
    match convert(samples, &profile) {
        Ok(pixels) => (pixels, name, None),
        Err(samples) => {
            let notice = ignored(
                "图片内嵌的颜色配置文件与图片不符，已忽略。",
                "The embedded colour profile does not fit the picture and is left out.",
            );
            (plain(samples), name, Some(notice))
        }
    }
}

/// As if there were no profile, because the one that is there is damaged.
pub(super) fn without(samples: Samples) -> Converted {
    let notice =
        ignored("图片内嵌的颜色配置文件已损坏，按 sRGB 处理。", "The embedded colour profile is damaged; the picture is read as sRGB.");
    (plain(samples), None, Some(notice))
}

fn ignored(zh: &str, en: &str) -> Notice {
    Notice::new("profile_ignored", zh, en)
}

/// Gives the samples back where the profile cannot be applied to them.
fn convert(samples: Samples, profile: &ColorProfile) -> Result<Pixels, Samples> {
    match samples {
        Samples::Deep { rgba, grey } => convert_deep(rgba, grey, profile),
        samples => convert_eight(samples, profile).map(Pixels::Eight),
    }
}

/// Sixteen bits a channel; grey may have a profile for grey or one for RGB.
fn convert_deep(rgba: Vec<u16>, grey: bool, profile: &ColorProfile) -> Result<Pixels, Samples> {
    let one_channel = profile.color_space == DataColorSpace::Gray;
    let known = one_channel && grey || profile.color_space == DataColorSpace::Rgb;
    let layout = if one_channel { Layout::GrayAlpha } else { Layout::Rgba };
    let Some(transform) = known.then(|| transform_deep(profile, layout)).flatten() else { return Err(Samples::Deep { rgba, grey }) };
    if is_srgb(profile) {
        return Ok(Pixels::Sixteen(rgba));
    }
    let mut out = vec![0u16; rgba.len()];
    out.par_chunks_mut(RUN * 4).zip(rgba.par_chunks(RUN * 4)).for_each(|(to, from)| {
        let light: Vec<u16>;
        let source = if one_channel {
            light = from.as_chunks::<4>().0.iter().flat_map(|&[v, _, _, a]| [v, a]).collect();
            &light[..]
        } else {
            from
        };
        transform.transform(source, to).expect("source and result have the same number of pixels");
        for (to, from) in to.chunks_exact_mut(4).zip(from.chunks_exact(4)) {
            to[3] = from[3];
        }
    });
    Ok(Pixels::Sixteen(out))
}

fn transform_deep(profile: &ColorProfile, from: Layout) -> Option<Arc<Transform16BitExecutor>> {
    let srgb = ColorProfile::new_srgb();
    EXACT_FIRST.into_iter().find_map(|rendering_intent| {
        let options = TransformOptions { rendering_intent, ..TransformOptions::default() };
        profile.create_transform_16bit(from, &srgb, Layout::Rgba, options).ok()
    })
}

/// Whether a profile is sRGB under whatever name: then samples stay as they are.
fn is_srgb(profile: &ColorProfile) -> bool {
    match profile.color_space {
        DataColorSpace::Rgb => Rgb::new(profile).is_some_and(|rgb| rgb.0.is_none()),
        _ => grey_levels(profile).is_some_and(|levels| levels.iter().zip(0..=255u8).all(|(l, v)| *l == [v; 3])),
    }
}

fn convert_eight(samples: Samples, profile: &ColorProfile) -> Result<Vec<u8>, Samples> {
    match (samples, profile.color_space) {
        (Samples::Rgb(v), DataColorSpace::Rgb) => match Rgb::new(profile) {
            Some(rgb) => Ok(rgb.apply(expand(&v, opaque))),
            None => Err(Samples::Rgb(v)),
        },
        (Samples::Rgba(v), DataColorSpace::Rgb) => match Rgb::new(profile) {
            Some(rgb) => Ok(rgb.apply(v)),
            None => Err(Samples::Rgba(v)),
        },
        // Grey with a profile for RGB is common and means R = G = B.
        (samples @ (Samples::Grey(_) | Samples::GreyAlpha(_)), DataColorSpace::Gray | DataColorSpace::Rgb) => match grey_levels(profile) {
            Some(levels) => Ok(match samples {
                Samples::GreyAlpha(v) => expand(&v, |[v, a]: [u8; 2]| {
                    let [r, g, b] = levels[usize::from(v)];
                    [r, g, b, a]
                }),
                Samples::Grey(v) => expand(&v, |[v]: [u8; 1]| {
                    let [r, g, b] = levels[usize::from(v)];
                    [r, g, b, 255]
                }),
                _ => unreachable!("only grey comes here"),
            }),
            None => Err(samples),
        },
        (Samples::Cmyk(v), DataColorSpace::Cmyk) => cmyk(&v, profile).ok_or(Samples::Cmyk(v)),
        (samples, _) => Err(samples),
    }
}

/// A transform to sRGB. Table profiles need not hold every rendering intent; the first of `intents` that the profile has is used.
fn transform(profile: &ColorProfile, from: Layout, to: Layout, intents: [RenderingIntent; 2]) -> Option<Arc<Transform8BitExecutor>> {
    let srgb = ColorProfile::new_srgb();
    intents.into_iter().find_map(|rendering_intent| {
        let options = TransformOptions { rendering_intent, ..TransformOptions::default() };
        profile.create_transform_8bit(from, &srgb, to, options).ok()
    })
}

/// Colours that both spaces have stay as they are.
const EXACT_FIRST: [RenderingIntent; 2] = [RenderingIntent::RelativeColorimetric, RenderingIntent::Perceptual];
/// Printed black is brought to black rather than to the dark grey that it is.
const LOOK_FIRST: [RenderingIntent; 2] = [RenderingIntent::Perceptual, RenderingIntent::RelativeColorimetric];

/// A transform from RGBA to RGBA, or the knowledge that none is needed.
struct Rgb(Option<Arc<Transform8BitExecutor>>);

impl Rgb {
    fn new(profile: &ColorProfile) -> Option<Rgb> {
        let transform = transform(profile, Layout::Rgba, Layout::Rgba, EXACT_FIRST)?;
        // sRGB comes under many names and in many versions; whether a profile is one shows in what it does. Then the bytes stay as they are.
        let probe: Vec<u8> =
            (0..=255u8).flat_map(|v| [[v, v, v, 255], [v, 0, 255 - v, 255], [0, v, 128, 255], [255, 255, v, 255]]).flatten().collect();
        let mut shown = vec![0; probe.len()];
        transform.transform(&probe, &mut shown).ok()?;
        let same = probe.iter().zip(&shown).all(|(a, b)| a.abs_diff(*b) <= 1);
        Some(Rgb((!same).then_some(transform)))
    }

    fn apply(&self, mut rgba: Vec<u8>) -> Vec<u8> {
        if let Some(transform) = &self.0 {
            rgba.par_chunks_mut(RUN * 4).for_each_init(Vec::new, |copy, piece| {
                copy.clear();
                copy.extend_from_slice(piece);
                transform.transform(copy, piece).expect("source and result have the same number of samples");
                // Alpha is not a colour; whatever the transform makes of it, it stays.
                for (to, from) in piece.chunks_exact_mut(4).zip(copy.chunks_exact(4)) {
                    to[3] = from[3];
                }
            });
        }
        rgba
    }
}

/// What each of the 256 levels of grey becomes.
fn grey_levels(profile: &ColorProfile) -> Option<Vec<[u8; 3]>> {
    if profile.color_space == DataColorSpace::Rgb {
        let ramp: Vec<u8> = (0..=255u8).flat_map(|v| [v, v, v, 255]).collect();
        return Some(Rgb::new(profile)?.apply(ramp).chunks_exact(4).map(|p| [p[0], p[1], p[2]]).collect());
    }
    let ramp: Vec<u8> = (0..=255).collect();
    let mut shown = vec![0; 256 * 3];
    let transform = transform(profile, Layout::Gray, Layout::Rgb, EXACT_FIRST)?;
    transform.transform(&ramp, &mut shown).ok()?;
    let levels: Vec<[u8; 3]> = shown.as_chunks::<3>().0.to_vec();
    let same = levels.iter().zip(0..=255u8).all(|(l, v)| l.iter().all(|&c| c.abs_diff(v) <= 1));
    Some(if same { (0..=255).map(|v| [v; 3]).collect() } else { levels })
}

fn cmyk(ink: &[u8], profile: &ColorProfile) -> Option<Vec<u8>> {
    // Four channels of ink go under the name of RGBA in moxcms.
    let transform = transform(profile, Layout::Rgba, Layout::Rgba, LOOK_FIRST)?;
    let mut rgba = vec![0; ink.len()];
    let worked = rgba.par_chunks_mut(RUN * 4).zip(ink.par_chunks(RUN * 4)).all(|(to, from)| {
        let done = transform.transform(from, to).is_ok();
        to.chunks_exact_mut(4).for_each(|p| p[3] = 255);
        done
    });
    worked.then_some(rgba)
}

/// Without a profile: sRGB as it is, ink by the textbook's `(1 - C)(1 - K)`.
fn plain(samples: Samples) -> Pixels {
    Pixels::Eight(match samples {
        Samples::Deep { rgba, .. } => return Pixels::Sixteen(rgba),
        Samples::Rgba(v) => v,
        Samples::Rgb(v) => expand(&v, opaque),
        Samples::Grey(v) => expand(&v, |[v]: [u8; 1]| [v, v, v, 255]),
        Samples::GreyAlpha(v) => expand(&v, |[v, a]: [u8; 2]| [v, v, v, a]),
        Samples::Cmyk(v) => expand(&v, |[c, m, y, k]: [u8; 4]| {
            let paper = |ink: u8| ((u32::from(255 - ink) * u32::from(255 - k) + 127) / 255) as u8;
            [paper(c), paper(m), paper(y), 255]
        }),
    })
}

fn opaque([r, g, b]: [u8; 3]) -> [u8; 4] {
    [r, g, b, 255]
}

fn name(profile: &ColorProfile) -> Option<String> {
    let text = match profile.description.as_ref()? {
        ProfileText::PlainString(s) => s.clone(),
        ProfileText::Localizable(all) => all.iter().find(|s| s.language.starts_with("en")).or(all.first())?.value.clone(),
        ProfileText::Description(d) => d.ascii_string.clone(),
    };
    let text: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}
