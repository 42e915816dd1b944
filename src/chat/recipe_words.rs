//! Words that mean a recipe: saving the steps so far, running one by its name, asking which there are.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::recipe::Values;

/// What was said about recipes.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// "存为配方“白底主图”"
    Save { name: Option<String> },
    /// "run 白底主图 on these, text=SALE"
    Run { name: String, values: Values },
    /// "用配方" without the name of one that there is.
    RunUnknown,
    /// "有哪些配方"
    List,
}

static SAVE_ZH: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^(?:请|帮我|麻烦)?(?:把|将)?(?:这些|这几|以上|上面的?|刚才的?|前面的?|现在的?|目前的?|全部|所有)?(?:步骤|操作|流程|编辑|修改|做法)?(?:都)?",
        r"(?:保存|另存|存下来|存|记录|记|做)(?:成|为|作|到)?(?:一个|个|新的?)?(?:配方|菜谱)(?:里|库)?",
        r"[，,：:\s]*(?:名字|名称|取名|起名|命名)?(?:叫做|叫作|叫|为|是|名为)?\s*(.*)$"
    ))
});
static SAVE_EN: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)^(?:please\s+|now\s+)?(?:save|store|keep|make|turn)\s+(?:(?:these|those|the|this|my|all|all\s+the)\s+)?(?:steps?|edits?|chain|changes|it|that|this|conversation|work)?\s*(?:so\s+far\s+)?",
        r"(?:as|to|into|in)?\s*(?:a\s+|the\s+|my\s+)?(?:new\s+)?recipe\b[\s,:]*(?:called|named|with\s+the\s+name|name|as)?\s*(.*)$"
    ))
});
static LIST: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)^(?:(?:我|现在)?(?:都)?有(?:哪些|什么|几个)(?:可用的)?配方|配方(?:列表|有哪些)|列出(?:所有|全部)?(?:的)?配方|(?:看看|查看|显示)(?:我的|所有)?(?:的)?配方",
        r"|(?:which|what)\s+recipes\s*(?:do\s+i\s+have|are\s+there|can\s+i\s+(?:run|use))?|(?:list|show)\s+(?:me\s+)?(?:the\s+|my\s+|all\s+)*recipes|my\s+recipes)[\s?？。.!！]*$"
    ))
});
/// Words around the name when a recipe is run.
static AROUND: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)(?-u:\b)(?:please|now|then|run|use|apply|execute|do|with|using|the|recipes?|on|to|for|over|these|those|this|them|it|all|of|pictures?|images?|photos?|attached|again|same|current|ones?|and|my)(?-u:\b)",
        r"|(?:请|帮我|麻烦|给我|一下|下|用|使用|套用|套|应用|运行|跑|执行|按照|按|照着|照|走|来|再|配方|菜谱|处理|做|弄|编辑|改|对|把|给|到|在|上|这些|这几张|这张|那张|它们|它|全部|所有|附的|上传的|当前|图片|照片|图|一遍|一次|都|的|吧|也|个|这|几|张)"
    ))
});
static RUN: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)(?-u:\b)(?:run|use|apply|execute|do)(?-u:\b)|用|运行|跑|执行|按|照|走一遍|处理"));
static RECIPE: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)(?-u:\b)recipe(?-u:\b)|配方|菜谱"));
static PAIR: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"([^\s,，;；=＝"“”「」]{1,80})\s*[=＝]\s*("[^"]*"|“[^”]*”|「[^」]*」|[^,，;；]*)"#));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant and tested")
}

const QUOTES: &[char] = &['"', '“', '”', '「', '」', '『', '』', '\'', '‘', '’', '《', '》'];
const ENDS: &[char] = &['。', '.', '！', '!', '，', ',', '；', ';', '：', ':', '？', '?', '、'];

/// What a message says about recipes; `None` where it says nothing about them. `names` are those that there are.
pub fn read(text: &str, names: &[String]) -> Option<Said> {
    let text = text.trim();
    if LIST.is_match(text) {
        return Some(Said::List);
    }
    for save in [&SAVE_ZH, &SAVE_EN] {
        if let Some(found) = save.captures(text) {
            let name = bare(found.get(1).map_or("", |m| m.as_str()));
            return Some(Said::Save { name: (!name.is_empty()).then_some(name) });
        }
    }
    run(text, names)
}

fn bare(text: &str) -> String {
    text.trim().trim_matches(ENDS).trim().trim_matches(QUOTES).trim().to_owned()
}

fn run(text: &str, names: &[String]) -> Option<Said> {
    let (words, values) = without_values(text);
    let lower = words.to_lowercase();
    // The longest first: "white" must not be found in "white main".
    let mut known: Vec<&String> = names.iter().filter(|name| lower.contains(&name.to_lowercase())).collect();
    known.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
    for name in known {
        let rest = lower.replacen(&name.to_lowercase(), " ", 1);
        let quoted = rest.contains(QUOTES);
        let asked = RUN.is_match(&rest) || RECIPE.is_match(&rest) || quoted;
        let alone = rest.trim().trim_matches(QUOTES).trim().is_empty();
        if (asked || alone) && only_around(&rest) {
            return Some(Said::Run { name: name.clone(), values });
        }
    }
    let speaks_of_one = RECIPE.is_match(&words) && RUN.is_match(&words) && words.chars().count() <= 80;
    speaks_of_one.then_some(Said::RunUnknown)
}

/// Nothing is left that the recipe's run would not do.
fn only_around(rest: &str) -> bool {
    let left = AROUND.replace_all(rest, " ");
    left.chars().all(|c| c.is_whitespace() || QUOTES.contains(&c) || ENDS.contains(&c))
}

/// `text=SALE, color=red` at the end are values.
fn without_values(text: &str) -> (String, Values) {
    let mut values = Values::new();
    let mut first = text.len();
    for found in PAIR.captures_iter(text) {
        let (Some(name), Some(value)) = (found.get(1), found.get(2)) else { continue };
        first = first.min(name.start());
        let value = value.as_str().trim().trim_end_matches(['。', '！']).trim_matches(QUOTES);
        values.insert(name.as_str().to_owned(), Value::from(value));
    }
    (text[..first].trim().trim_end_matches(ENDS).to_owned(), values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["白底主图", "白底", "White main", "标价"].map(str::to_owned).to_vec()
    }

    fn said(text: &str) -> Option<Said> {
        read(text, &names())
    }

    #[test]
    fn saving_is_understood_with_and_without_a_name() {
        let save = |name: Option<&str>| Some(Said::Save { name: name.map(str::to_owned) });
        for text in [
            "存为配方",
            "保存为配方。",
            "把这些步骤存为配方",
            "把刚才的操作保存成一个配方",
            "save these steps as a recipe",
            "Save as recipe",
            "save it as a recipe.",
        ] {
            assert_eq!(said(text), save(None), "{text}");
        }
        for text in [
            "存为配方“亮白”",
            "把以上步骤存成配方，叫亮白",
            "存为配方：亮白",
            "save these steps as a recipe called 亮白",
            "save as recipe \"亮白\"",
            "Save this as a recipe named 亮白",
        ] {
            assert_eq!(said(text), save(Some("亮白")), "{text}");
        }
    }

    #[test]
    fn a_recipe_is_run_by_its_name() {
        let run = |name: &str| Some(Said::Run { name: name.to_owned(), values: Values::new() });
        for text in [
            "run 白底主图 on these",
            "用配方白底主图处理这些图片",
            "套用“白底主图”",
            "白底主图",
            "按白底主图的配方处理一下",
            "apply the recipe 白底主图 to all of them",
            "跑一下白底主图",
        ] {
            assert_eq!(said(text), run("白底主图"), "{text}");
        }
        assert_eq!(said("run white main on this"), run("White main"), "in any case");
        assert_eq!(said("用配方“白底”"), run("白底"));
    }

    #[test]
    fn values_may_follow() {
        let Some(Said::Run { name, values }) = said("run 标价 on these, text=¥199, color = “red”") else { panic!("not understood") };
        assert_eq!(name, "标价");
        assert_eq!(values["text"], "¥199");
        assert_eq!(values["color"], "red");
    }

    #[test]
    fn an_instruction_that_only_contains_a_name_is_left_to_the_planner() {
        for text in [
            "换成白底",
            "白底，再亮一点",
            "把背景换成白底主图那样的红色",
            "加上标价",
            "save as png",
            "保存为PNG",
            "make it brighter",
            "用白底并裁成1:1",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
    }

    #[test]
    fn an_unknown_recipe_and_the_list_are_answered() {
        assert_eq!(said("用配方红底处理"), Some(Said::RunUnknown));
        assert_eq!(said("run the recipe red on these"), Some(Said::RunUnknown));
        for text in ["有哪些配方？", "list my recipes", "which recipes do I have?", "配方列表"] {
            assert_eq!(said(text), Some(Said::List), "{text}");
        }
    }
}
