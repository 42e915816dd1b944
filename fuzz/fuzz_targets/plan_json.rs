//! Plans from outside: refused with words, or sound, sayable and the same when written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portico::engine;
use portico::plan::{Context, Plan, suggestions, validate, words};
use portico::text::{Explain, Lang};

fuzz_target!(|data: &[u8]| {
    let Ok(mut plan) = serde_json::from_slice::<Plan>(data) else { return };
    plan.fill_ids();
    let ctx = Context { attached: 2, versions: 3, ..Context::default() };
    for lang in [Lang::Zh, Lang::En] {
        // A plan is shown before it is checked, too.
        assert_eq!(words(&plan, lang).len(), plan.steps.len());
        let _ = suggestions(&plan, lang);
    }
    if let Err(error) = validate(&plan, &ctx) {
        assert!(!error.text().zh.is_empty() && !error.text().en.is_empty());
        return;
    }
    if let Err(error) = engine::check(&plan) {
        assert!(!error.text().zh.is_empty() && !error.text().en.is_empty() && error.code() != "internal");
        return;
    }
    let text = serde_json::to_string(&plan).expect("a plan is JSON");
    let again: Plan = serde_json::from_str(&text).expect("and JSON is a plan");
    assert_eq!(plan, again);
});
