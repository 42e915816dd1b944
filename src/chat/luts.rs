//! Colour tables (LUTs) in a conversation: a `.cube` file that came with the message, or one that is installed, called by its name.

use std::path::Path;

use crate::ops::installed_luts;
use crate::plan::{self, Answer, Context, ImageRef, Plan, Question, QuestionOption, Step};
use crate::text::Text;

use super::turn::TurnError;

/// A `.cube` file that came with a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Lut {
    /// Its file's name without the extension; it stands for the table where that has no title of its own.
    pub name: String,
    pub cube: String,
}

/// Names that a question offers at most.
const OFFERED: usize = 6;
/// Characters of an instruction that can be about nothing else than the table that came with it: "apply this".
const ONLY_ABOUT_IT: usize = 40;
/// Longest title that is written into a table.
const TITLE_CHARS: usize = 80;

impl Lut {
    /// The table's text, with the file's name as its title where it has none.
    pub fn titled(&self) -> String {
        let named = self.cube.lines().any(|line| line.trim_start().starts_with("TITLE"));
        let name: String = self.name.chars().filter(|c| !c.is_control() && *c != '"').take(TITLE_CHARS).collect();
        if named || name.trim().is_empty() { self.cube.clone() } else { format!("TITLE \"{}\"\n{}", name.trim(), self.cube) }
    }

    /// The plan that puts it over the picture.
    pub fn plan(&self) -> Plan {
        let mut plan = Plan::new(vec![look().with("lut", self.titled())]);
        plan.fill_ids();
        plan
    }
}

fn look() -> Step {
    Step::new("filter").with("name", "lut")
}

fn is_open(step: &Step) -> bool {
    step.op == "filter" && step.params.get("name").is_some_and(|name| name == "lut") && !step.params.contains_key("lut")
}

/// What the words mean (`answer` as the planner read them) where tables play a part in them: the one that came along, else the installed one that they name, else the question which.
pub(super) fn settle(
    text: &str,
    answer: Answer,
    sent: Option<&Lut>,
    models: Option<&Path>,
    context: &Context,
) -> Result<Answer, TurnError> {
    let installed = installed_luts(models);
    let named = named(text, &installed);
    let answer = match (answer, &named) {
        // A name is none of the planner's words.
        (Answer::Question(_), Some((_, rest))) => plan::read(rest, context).answer,
        (answer, _) => answer,
    };
    let table = sent.map(Lut::titled).or(named.map(|(name, _)| name));
    match (answer, table) {
        (Answer::Plan(mut plan), Some(table)) => {
            if !plan.steps.iter().any(is_open) && sent.is_some() {
                put_first(&mut plan);
            }
            for step in plan.steps.iter_mut().filter(|step| is_open(step)) {
                step.params.insert("lut".into(), table.clone().into());
            }
            Ok(Answer::Plan(plan))
        }
        (Answer::Question(question), Some(_)) if sent.is_some() && question.id == plan::NEEDS_PICTURE => Err(no_picture()),
        (Answer::Question(_) | Answer::Reply(_), Some(table)) if text.chars().count() <= ONLY_ABOUT_IT => {
            let mut plan = Plan::new(vec![look().with("lut", table)]);
            plan.fill_ids();
            Ok(Answer::Plan(plan))
        }
        (Answer::Plan(plan), None) if plan.steps.iter().any(is_open) => Ok(which(&plan, &installed)),
        (answer, _) => Ok(answer),
    }
}

/// A table without a word is put over the picture; `pictures`: how many there are.
pub(super) fn alone(lut: &Lut, pictures: usize) -> Result<Answer, TurnError> {
    if pictures == 0 { Err(no_picture()) } else { Ok(Answer::Plan(lut.plan())) }
}

/// Words can wait for their picture; a table is not kept that long.
fn no_picture() -> TurnError {
    TurnError::Refused {
        code: "missing_part",
        text: Text::new("请把图片和 LUT 一起放进来。", "Add the picture together with the LUT."),
        field: "images",
    }
}

/// A table that the words do not place comes before everything else. The other steps keep their ids, because references name steps by them.
fn put_first(plan: &mut Plan) {
    let mut step = Step { id: "lut".into(), ..look() };
    if let Some(first) = plan.steps.first_mut()
        && !matches!(first.input, Some(ImageRef::Step(_)))
    {
        step.input = first.input.take();
    }
    plan.steps.insert(0, step);
}

/// The installed table that the words name, the longest name first, and the words without it. Only words that speak of a LUT name one.
fn named(text: &str, installed: &[String]) -> Option<(String, String)> {
    let lower = text.to_lowercase();
    if !lower.contains("lut") && !lower.contains(".cube") {
        return None;
    }
    let mut names: Vec<&String> = installed.iter().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let (name, at) = names.into_iter().find_map(|name| lower.find(&name.to_lowercase()).map(|at| (name, at)))?;
    let end = at + name.to_lowercase().len();
    // Lower case may have another length; then the words are read as they are.
    let rest = match (text.get(..at), text.get(end..)) {
        (Some(head), Some(tail)) => {
            format!("{head} {}", tail.strip_prefix(".cube").unwrap_or(tail)).replace(['“', '”', '"', '「', '」', '《', '》'], " ")
        }
        _ => text.to_owned(),
    };
    Some((name.clone(), rest))
}

/// The question which table is meant; words where there is none to choose.
fn which(plan: &Plan, installed: &[String]) -> Answer {
    if installed.is_empty() {
        return Answer::Reply(Text::new(
            "要用哪个 LUT？把 .cube 文件和这句话一起放进来就行。",
            "Which LUT? Add its .cube file together with the instruction.",
        ));
    }
    let options = installed.iter().take(OFFERED).map(|name| {
        let mut plan = plan.clone();
        for step in plan.steps.iter_mut().filter(|step| is_open(step)) {
            step.params.insert("lut".into(), name.as_str().into());
        }
        QuestionOption { label: Text::new(name, name), plan }
    });
    Answer::Question(Question {
        id: "q1".into(),
        text: Text::new(
            "要用哪个 LUT？也可以把 .cube 文件和这句话一起放进来。",
            "Which LUT? You can also add a .cube file together with the instruction.",
        ),
        part: String::new(),
        options: options.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUBE: &str = "LUT_1D_SIZE 2\n1 1 1\n0 0 0\n";

    fn sent() -> Lut {
        Lut { name: "Teal \"night\"".into(), cube: CUBE.into() }
    }

    fn settled(text: &str, lut: Option<&Lut>) -> Answer {
        let context = Context { versions: 1, ..Context::default() };
        settle(text, plan::read(text, &context).answer, lut, None, &context).unwrap()
    }

    #[test]
    fn a_table_that_came_along_is_used_however_it_is_called() {
        let lut = sent();
        for text in ["apply this LUT", "套用这个LUT", "apply this", "用这个", "use the lut at 50%", "套个lut"] {
            let Answer::Plan(plan) = settled(text, Some(&lut)) else { panic!("{text}") };
            assert_eq!((plan.steps.len(), plan.steps[0].op.as_str()), (1, "filter"), "{text}");
            assert_eq!(plan.steps[0].params["lut"], lut.titled(), "{text}");
            assert!(crate::engine::check(&plan).is_ok(), "{text}");
        }
        let Answer::Plan(plan) = settled("crop to 1:1 and export as png", Some(&lut)) else { panic!() };
        let ops: Vec<&str> = plan.steps.iter().map(|s| s.op.as_str()).collect();
        assert_eq!(ops, ["filter", "crop", "export"]);
        assert!(plan::validate(&plan, &Context { versions: 1, ..Context::default() }).is_ok());
    }

    #[test]
    fn a_table_without_a_title_is_called_by_its_file() {
        assert!(sent().titled().starts_with("TITLE \"Teal night\"\nLUT_1D_SIZE"));
        let titled = Lut { cube: format!("TITLE \"Own\"\n{CUBE}"), ..sent() };
        assert_eq!(titled.titled(), titled.cube);
        let words = plan::words(&sent().plan(), crate::text::Lang::En);
        assert_eq!(words, ["LUT filter “Teal night”"]);
    }

    #[test]
    fn an_installed_table_is_found_by_its_name_in_words_about_luts() {
        let installed = ["Teal".to_owned(), "Teal and Orange".to_owned(), "夜色".to_owned()];
        for (text, name) in [
            ("use the LUT teal and orange", Some("Teal and Orange")),
            ("apply the “Teal” LUT at 50%", Some("Teal")),
            ("套用夜色这个LUT", Some("夜色")),
            ("make it teal", None),
            ("apply a lut", None),
        ] {
            assert_eq!(named(text, &installed).map(|(name, _)| name).as_deref(), name, "{text}");
        }
    }

    #[test]
    fn without_a_table_it_is_said_how_to_give_one() {
        let Answer::Reply(text) = settled("apply this LUT", None) else { panic!() };
        assert!(text.en.contains(".cube") && text.zh.contains(".cube"));
    }
}
