use super::*;
use crate::presets::Presets;
use crate::text::Explain;

fn params(value: serde_json::Value) -> FitParams {
    serde_json::from_value(value).unwrap()
}

fn ground(value: serde_json::Value) -> Result<Option<Srgb8>, OpError> {
    let p = params(value);
    let presets = Presets::embedded();
    let preset = presets.find(&p.platform).unwrap().clone();
    p.ground(&preset)
}

#[test]
fn blue_and_red_of_an_id_photo_are_the_presets_own() {
    let of = |colour: &str| ground(json!({"platform": "id.1inch", "background": colour})).unwrap();
    assert_eq!(of("blue"), Some([0x43, 0x8e, 0xdb]));
    assert_eq!(of("#ff0000"), Some([0xd9, 0x00, 0x1b]));
    assert_eq!(of("white"), Some([255; 3]));
    assert_eq!(of("#123456"), Some([0x12, 0x34, 0x56]), "a colour of one's own is taken as it is");
    assert_eq!(ground(json!({"platform": "id.1inch"})).unwrap(), Some([255; 3]));
    assert_eq!(
        ground(json!({"platform": "amazon.main", "background": "blue"})).unwrap(),
        Some([0, 0, 255]),
        "the report says that it is not as asked"
    );
    assert_eq!(ground(json!({"platform": "taobao.transparent"})).unwrap(), None);
}

#[test]
fn what_does_not_apply_is_refused_by_name() {
    for (value, field) in [
        (json!({"platform": "instagram.square", "background": "blue"}), "background"),
        (json!({"platform": "instagram.square", "margin": 0.1}), "margin"),
        (json!({"platform": "passport.us", "margin": 0.1}), "margin"),
    ] {
        assert_eq!(ground(value.clone()).unwrap_err().field(), Some(field), "{value}");
    }
    let check = |value: serde_json::Value| Fit.check(&Params(value.as_object().unwrap().clone()));
    for (value, field) in [
        (json!({"platform": "Amazon"}), "platform"),
        (json!({"platform": "amazon.main", "background": "mauvish"}), "background"),
        (json!({"platform": "amazon.main", "margin": 0.6}), "margin"),
        (json!({"platform": "amazon.main", "format": "bmp"}), "format"),
        (json!({"platform": "amazon.main", "max_bytes": 1}), "max_bytes"),
        (json!({}), ""),
    ] {
        assert_eq!(check(value.clone()).unwrap_err().field().unwrap_or(""), field, "{value}");
    }
    assert!(check(json!({"platform": "own.shop"})).is_ok(), "it may come with the models folder");
}
