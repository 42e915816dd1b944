//! Whether a preset makes sense, told in the words of its file.

use super::{Ask, How, Make, Preset, Source, hex};

/// No side is longer; pictures have limits of their own.
const LONGEST_PX: u32 = 16384;
/// Names are short and plain, since they stand in plans and addresses.
const LONGEST_NAME: usize = 40;

pub(super) fn source(name: &str, source: &Source) -> Result<(), String> {
    let parts: Vec<&str> = source.date.split('-').collect();
    let dated = parts.len() == 3 && parts.iter().zip([4, 2, 2]).all(|(p, n)| p.len() == n && p.bytes().all(|b| b.is_ascii_digit()));
    if source.what.trim().is_empty() || !dated {
        return Err(format!("[source.{name}]: `what` says where it was read and `date` when, as 2026-08-26"));
    }
    Ok(())
}

/// Whether a name can be a preset's.
pub fn is_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    id.len() <= LONGEST_NAME && id.split('.').count() == 2 && id.split('.').all(|part| !part.is_empty() && part.chars().all(plain))
}

pub(super) fn preset(preset: &Preset) -> Result<(), String> {
    if !is_id(&preset.id) {
        return Err("an id is two words with a dot between them, of a-z, 0-9 and _, such as `shop.main`".to_owned());
    }
    if preset.name_zh.trim().is_empty() || preset.name_en.trim().is_empty() {
        return Err("it has no name".to_owned());
    }
    made(&preset.make, preset)?;
    if preset.rules.is_empty() {
        return Err("it has no rules".to_owned());
    }
    preset.rules.iter().try_for_each(|rule| asked(&rule.ask, preset))
}

fn made(make: &Make, preset: &Preset) -> Result<(), String> {
    let side = |v: &u32| (1..=LONGEST_PX).contains(v);
    if make.sizes.is_empty() || !make.sizes.iter().flatten().all(side) {
        return Err(format!("make.sizes: one size or more, sides of 1 to {LONGEST_PX}"));
    }
    let colours = make.background.iter().all(|b| b == "transparent" || hex(b).is_some());
    if !colours || (matches!(make.how, How::Cut | How::Portrait) && make.background.is_empty()) {
        return Err("make.background: `transparent` or colours such as `#ffffff`, for `cut` and `portrait`".to_owned());
    }
    if make.formats.is_empty() || !make.formats.iter().all(|f| f.can_encode() && !f.holds_layers()) {
        return Err("make.formats: formats that can be written".to_owned());
    }
    if let Some(allowed) = preset.formats().filter(|allowed| !make.formats.iter().all(|f| allowed.contains(f))) {
        return Err(format!("make.formats: not all of them are allowed by its rule, {allowed:?}"));
    }
    if make.fill.is_some_and(|f| !(0.05..=1.0).contains(&f)) || make.most_enlarged.is_some_and(|f| !(1.0..=100.0).contains(&f)) {
        return Err("make: `fill` is 0.05 to 1, `most_enlarged` 1 to 100".to_owned());
    }
    if make.channels.is_some_and(|c| !(3..=4).contains(&c)) {
        return Err("make.channels: 3 or 4".to_owned());
    }
    if (make.how == How::Portrait) != make.head.is_some() {
        return Err("make.head goes with `how = \"portrait\"`".to_owned());
    }
    let ordered = |v: &[f64; 3]| v[0] > 0.0 && v[0] <= v[1] && v[1] <= v[2] && v[2] < 1.0;
    if make.head.is_some_and(|head| !ordered(&head.height) || !ordered(&head.above)) {
        return Err("make.head: shares of the height, least, best and most".to_owned());
    }
    Ok(())
}

fn asked(ask: &Ask, preset: &Preset) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("rule {}: {why}", ask.kind()));
    match ask {
        Ask::Size { any } if any.is_empty() => wrong("`any` is empty"),
        Ask::Aspect { any } if any.is_empty() || any.iter().flatten().any(|v| !v.is_finite() || *v <= 0.0) => {
            wrong("`any` is a list such as [[3, 4]]")
        }
        Ask::Shape { min, max } if !(min.is_finite() && max.is_finite() && *min > 0.0 && min <= max) => wrong("`min` is above `max`"),
        Ask::Background { any, .. } if any.is_empty() || any.iter().any(|c| hex(c).is_none()) => {
            wrong("`any` is a list of colours such as \"#ffffff\"")
        }
        Ask::Fill { min, max } if !(0.0..=1.0).contains(min) || max.is_some_and(|max| max < *min) => wrong("`min` and `max` are shares"),
        Ask::Format { any } if any.is_empty() => wrong("`any` is empty"),
        Ask::Bytes { max, min } if *max == 0 || min.is_some_and(|min| min > *max) => wrong("`max` is above `min`"),
        Ask::Head { min, max } | Ask::HeadTop { min, max } | Ask::Eyes { min, max } if !(*min >= 0.0 && min <= max) => {
            wrong("`min` is above `max`")
        }
        ask if ask.of_a_head() && preset.mm.is_none() => wrong("millimetres need the preset's `mm`"),
        Ask::Dpi { is } if preset.dpi != Some(*is) => wrong("the preset's own `dpi` is another"),
        _ => Ok(()),
    }
}
