//! What the detector finds, and what it is called: the 80 classes of COCO with their words in both languages, from `data/things.tsv`.

use std::sync::LazyLock;

use crate::text::Text;

const DATA: &str = include_str!("data/things.tsv");

/// One class; its position in [`all`] is its number in the detector's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DetectorClass {
    /// English, singular: the `label` of a target.
    pub label: &'static str,
    plural: &'static str,
    zh: &'static str,
    /// Chinese measure word.
    measure: &'static str,
    group: &'static str,
    /// Words of both languages, separated by `|`.
    english: &'static str,
    chinese: &'static str,
}

/// The number of people in [`all`].
pub const PERSON: usize = 0;

static ALL: LazyLock<Vec<DetectorClass>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let fields: Vec<&'static str> = line.split('\t').collect();
        let [label, plural, zh, measure, group, english, chinese] = fields[..] else { panic!("things.tsv: seven columns in `{line}`") };
        DetectorClass { label, plural, zh, measure, group, english, chinese }
    };
    DATA.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).map(line).collect()
});

/// All classes in the detector's order.
pub fn all() -> &'static [DetectorClass] {
    &ALL
}

/// The number of a label; any of its words in either language will do.
pub fn number(name: &str) -> Option<usize> {
    let name = name.trim().to_lowercase();
    let means = |class: &DetectorClass| class.words().iter().any(|words| words.split('|').any(|word| !word.is_empty() && word == name));
    ALL.iter().position(|class| class.label == name).or_else(|| ALL.iter().position(means))
}

impl DetectorClass {
    /// "2 dogs", "2 只狗".
    pub fn counted(&self, count: usize) -> Text {
        let name = if count == 1 { self.label } else { self.plural };
        Text::new(format!("{count} {}{}", self.measure, self.zh), format!("{count} {name}"))
    }

    /// "dogs", "狗".
    pub fn plural(&self) -> Text {
        Text::new(self.zh, self.plural)
    }

    /// Whether detectors mistake the one for the other: two animals, two vehicles, two pieces of tableware.
    pub fn like(&self, other: &DetectorClass) -> bool {
        self.group == other.group && self.group != "thing"
    }

    /// All its words, separated by `|`.
    pub(super) fn words(&self) -> [&'static str; 2] {
        [self.english, self.chinese]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_eighty_classes_each_with_words_in_both_languages() {
        assert_eq!(all().len(), 80);
        assert_eq!(all()[PERSON].label, "person");
        for thing in &all()[1..] {
            assert!(!thing.english.is_empty() && thing.english.is_ascii(), "{thing:?}");
            assert!(!thing.chinese.is_empty() && !thing.chinese.contains(|c: char| c.is_ascii_alphabetic()), "{thing:?}");
            assert!(!thing.zh.is_empty() && !thing.measure.is_empty() && !thing.plural.is_empty());
            assert_eq!(number(thing.label).map(|n| all()[n]), Some(*thing));
        }
        assert_eq!((number("dog"), number("toothbrush"), number("unicorn"), number("")), (Some(16), Some(79), None, None));
        assert_eq!((number("Puppy"), number("小狗")), (Some(16), Some(16)));
    }

    #[test]
    fn animals_are_like_animals_and_chairs_like_nothing() {
        let like = |a: &str, b: &str| all()[number(a).unwrap()].like(&all()[number(b).unwrap()]);
        assert!(like("dog", "horse") && like("car", "truck") && like("cup", "bowl"));
        assert!(!like("dog", "car") && !like("chair", "book") && !like("person", "dog"));
    }

    #[test]
    fn things_are_counted_in_both_languages() {
        let text = |label: &str, n| all()[number(label).unwrap()].counted(n);
        assert_eq!(text("dog", 1), Text::new("1 只狗", "1 dog"));
        assert_eq!(text("person", 2), Text::new("2 个人", "2 people"));
        assert_eq!(text("bus", 3), Text::new("3 辆公交车", "3 buses"));
    }
}
