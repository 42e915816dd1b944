//! What is said when a target is not there: what was looked for, what is seen instead, what one can do.

use super::pick::NoneLeft;
use super::sight::Sight;
use crate::ops::OpError;
use crate::ops::params::refused;
use crate::plan::classes::{self, PERSON};
use crate::plan::{Target, Which};
use crate::text::Text;

/// The stable code.
const NOT_FOUND: &str = "target_not_found";

/// What kind of thing is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sought {
    Class(usize),
    Face,
    Subject,
}

impl Sought {
    fn counted(self, count: usize) -> Text {
        match self {
            Sought::Class(class) => classes::all()[class].counted(count),
            Sought::Face => Text::new(format!("{count} 张人脸"), if count == 1 { "1 face".into() } else { format!("{count} faces") }),
            Sought::Subject => {
                Text::new(format!("{count} 个主体"), if count == 1 { "1 subject".into() } else { format!("{count} subjects") })
            }
        }
    }

    fn plural(self) -> Text {
        match self {
            Sought::Class(class) => classes::all()[class].plural(),
            Sought::Face => Text::new("人脸", "faces"),
            Sought::Subject => Text::new("主体", "subjects"),
        }
    }
}

/// "2 people, 1 dog": people first, then things by their number, then faces where there are no people to show for them.
pub(in crate::ops) fn seen(sight: &Sight) -> Text {
    let mut counts: Vec<(Sought, usize)> = vec![(Sought::Class(PERSON), sight.people.len())];
    for thing in &sight.things {
        match counts.iter_mut().find(|(sought, _)| *sought == Sought::Class(thing.class)) {
            Some((_, count)) => *count += 1,
            None => counts.push((Sought::Class(thing.class), 1)),
        }
    }
    counts[1..].sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    if sight.people.is_empty() {
        counts.push((Sought::Face, sight.faces.len()));
    }
    let texts: Vec<Text> = counts.into_iter().filter(|(_, count)| *count > 0).map(|(sought, count)| sought.counted(count)).collect();
    let join = |part: fn(&Text) -> &str, comma: &str| texts.iter().map(part).collect::<Vec<_>>().join(comma);
    Text::new(join(|t| &t.zh, "、"), join(|t| &t.en, ", "))
}

/// None of the kind is there.
pub(super) fn none_found(sought: Sought, sight: &Sight) -> OpError {
    let (what, seen) = (sought.plural(), seen(sight));
    let (zh, en) = if seen.en.is_empty() {
        ("也没有认出别的人或物体".to_owned(), "and nothing else that I have a name for".to_owned())
    } else {
        (format!("我看到的是：{}", seen.zh), format!("I see {}", seen.en))
    };
    let and = if seen.en.is_empty() { "," } else { ";" };
    refused(
        NOT_FOUND,
        format!("没有找到{}；{zh}。图片未改动。可以用方框框住它，或涂抹出来。", what.zh),
        format!("I found no {}{and} {en}. Nothing was changed. Draw a box around it or paint over it.", what.en),
    )
}

/// There are some, but not the one that was asked for.
pub(super) fn none_left(sought: Sought, count: usize, why: NoneLeft, target: &Target) -> OpError {
    let there = sought.counted(count);
    let text = match why {
        NoneLeft::NoOthers => Text::new(
            format!("只看到 {}，没有其他的了。图片未改动。", there.zh),
            format!("I see only {}, so there are no others. Nothing was changed.", there.en),
        ),
        NoneLeft::Beyond { index } => {
            let side = side(target.which);
            Text::new(
                format!("要的是{}第 {index} 个，但只看到 {}。图片未改动。", side.zh, there.zh),
                format!("You asked for number {index} {}, but I see only {}. Nothing was changed.", side.en, there.en),
            )
        }
    };
    refused(NOT_FOUND, text.zh, text.en)
}

/// How one counts.
fn side(which: Option<Which>) -> Text {
    let (zh, en) = match which.unwrap_or(Which::Left) {
        Which::All | Which::Left | Which::Others => ("从左数", "from the left"),
        Which::Right => ("从右数", "from the right"),
        Which::Top => ("从上数", "from the top"),
        Which::Bottom => ("从下数", "from the bottom"),
        Which::Center => ("从中间数", "from the middle"),
        Which::Largest => ("从大到小", "by size, largest first"),
        Which::Smallest => ("从小到大", "by size, smallest first"),
    };
    Text::new(zh, en)
}

/// The name is none that the detector knows.
pub(super) fn unknown_label(label: &str) -> OpError {
    crate::ops::params::param(
        "target.label",
        format!("“{label}”不在能自动找到的 80 种东西里（人、动物、车辆、家具、餐具等常见物品）。可以用方框框住它，或涂抹出来。"),
        format!(
            "`{label}` is not among the 80 kinds of things that can be found by name (people, animals, vehicles, furniture, tableware and other common \
             things). Draw a box around it or paint over it."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::boxes::Area;
    use crate::ops::target::sight::Instance;
    use crate::text::Explain;

    fn sight() -> Sight {
        let area = Area { left: 0.0, top: 0.0, right: 9.0, bottom: 9.0 };
        let one = |class| Instance { class, score: 0.5, area, also: vec![] };
        Sight { people: vec![one(0), one(0)], things: vec![one(2), one(16), one(2)], ..Sight::default() }
    }

    #[test]
    fn what_is_missing_and_what_is_there_are_said_in_both_languages() {
        let error = none_found(Sought::Class(15), &sight());
        assert_eq!(error.code(), "target_not_found");
        assert!(error.text().en.starts_with("I found no cats; I see 2 people, 2 cars, 1 dog."), "{}", error.text().en);
        assert!(error.text().zh.starts_with("没有找到猫；我看到的是：2 个人、2 辆汽车、1 只狗。"), "{}", error.text().zh);
        let nothing = none_found(Sought::Face, &Sight::default()).text();
        assert!(nothing.en.starts_with("I found no faces, and nothing else"), "{}", nothing.en);
    }

    #[test]
    fn a_number_beyond_the_last_says_how_many_there_are() {
        let target = Target { which: Some(Which::Right), index: Some(3), ..Target::default() };
        let text = none_left(Sought::Class(PERSON), 2, NoneLeft::Beyond { index: 3 }, &target).text();
        assert_eq!(text.en, "You asked for number 3 from the right, but I see only 2 people. Nothing was changed.");
        assert_eq!(text.zh, "要的是从右数第 3 个，但只看到 2 个人。图片未改动。");
    }
}
