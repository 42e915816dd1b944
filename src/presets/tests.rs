use super::*;
use crate::text::is_han;

#[test]
fn every_preset_has_names_in_both_languages_and_rules_with_sources() {
    let presets = Presets::embedded();
    assert!(presets.all().len() >= 30);
    for preset in presets.all() {
        assert!(!preset.name_en.chars().any(is_han), "{}", preset.id);
        assert_eq!(presets.all().iter().filter(|p| p.id == preset.id).count(), 1, "{}", preset.id);
        for rule in &preset.rules {
            assert!(rule.source.len() > 10 && rule.date.starts_with("20"), "{} {}", preset.id, rule.ask.kind());
        }
    }
}

#[test]
fn what_is_made_is_what_the_rules_ask() {
    for preset in Presets::embedded().all() {
        let make = &preset.make;
        for rule in &preset.rules {
            match &rule.ask {
                Ask::Size { any } => assert!(make.sizes.iter().all(|s| any.contains(s)) && make.least.is_none(), "{}", preset.id),
                Ask::Longest { min, .. } => {
                    let least = make.least.unwrap_or_else(|| make.sizes.iter().map(|s| s[0].max(s[1])).min().unwrap());
                    assert!(min.is_none_or(|min| least >= min), "{}", preset.id);
                }
                Ask::Fill { min, .. } => assert!(make.fill.is_some_and(|fill| fill > *min), "{}", preset.id),
                Ask::Background { any, .. } => assert!(make.background.iter().all(|b| any.contains(b)), "{}", preset.id),
                Ask::Transparent => assert_eq!(make.background, ["transparent"], "{}", preset.id),
                Ask::Head { min, max } => {
                    let [_, height] = preset.mm.unwrap();
                    let [low, _, high] = make.head.unwrap().height.map(|share| share * height);
                    assert!(low >= *min && high <= *max, "{}: {low} {high}", preset.id);
                }
                Ask::HeadTop { min, max } => {
                    let [_, height] = preset.mm.unwrap();
                    let [low, _, high] = make.head.unwrap().above.map(|share| share * height);
                    assert!(low >= *min && high <= *max, "{}: {low} {high}", preset.id);
                }
                _ => {}
            }
        }
    }
}

fn overlaid(text: &str) -> Result<Presets, PresetError> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("platforms.d")).unwrap();
    std::fs::write(dir.path().join("platforms.d/own.toml"), text).unwrap();
    Presets::with_overlays(dir.path())
}

const OWN: &str = r##"
[source.us]
what = "our own shop's handbook, page 3"
date = "2026-11-01"
status = "verified"

[[preset]]
id = "our.shop"
name_zh = "我们的店"
name_en = "Our shop"
make = { how = "cut", sizes = [[900, 900]], background = ["#f4f4f4"], fill = 0.8, formats = ["jpeg"] }
rules = [
  { kind = "size", any = [[900, 900]], source = "us" },
  { kind = "clearance", min = 40, source = "us", date = "2026-11-02", status = "commonly stated" },
]
"##;

#[test]
fn an_overlay_adds_presets_and_replaces_them() {
    let presets = overlaid(OWN).unwrap();
    let own = presets.find("our.shop").expect("it was added");
    assert_eq!((own.rules[0].date.as_str(), own.rules[0].status), ("2026-11-01", Status::Verified));
    assert_eq!((own.rules[1].date.as_str(), own.rules[1].status), ("2026-11-02", Status::CommonlyStated));
    assert_eq!(presets.all().len(), Presets::embedded().all().len() + 1);
    let replaced = overlaid(&OWN.replace("our.shop", "amazon.main")).unwrap();
    assert_eq!(replaced.all().len(), Presets::embedded().all().len());
    assert_eq!(replaced.find("amazon.main").unwrap().make.sizes, [[900, 900]]);
}

#[test]
fn a_bad_overlay_says_which_file_and_what_is_wrong() {
    for (from, to, word) in [
        ("kind = \"size\"", "kind = \"sise\"", "sise"),
        ("any = [[900, 900]]", "any = [[900, 900]], colour = 3", "colour"),
        ("source = \"us\" }", "source = \"them\" }", "source.them"),
        ("2026-11-01", "yesterday", "date"),
        ("#f4f4f4", "light grey", "background"),
        ("\"our.shop\"", "\"Our Shop\"", "id"),
        ("formats = [\"jpeg\"]", "formats = [\"bmp\"]", "formats"),
        ("how = \"cut\"", "how = \"portrait\"", "head"),
        ("min = 40", "min = \"wide\"", "rule 2"),
    ] {
        assert!(OWN.contains(from));
        let error = overlaid(&OWN.replace(from, to)).expect_err(to);
        assert!(error.file.ends_with("own.toml") && error.why.contains(word), "{to}: {error}");
    }
}
