//! Recipes in a conversation: the steps that led to a version are saved, and saved ones are run.

use std::collections::BTreeMap;

use super::base;
use super::recipe_words::Said;
use super::turn::{Incoming, Turn, TurnError, Understood, Writer, add_roots, add_user_message};
use crate::engine::Engine;
use crate::models::Models;
use crate::plan::{Answer, Command, CommandName, ImageRef, Plan};
use crate::recipe::compile::Compiled;
use crate::recipe::stored::{StoredError, of_version};
use crate::recipe::{Bound, MAX_NAME_CHARS, Recipe, RecipeError, Values, bind, read};
use crate::store::{Base, ImageId, JobInputs, RecipeId, RecipeRow, SessionId, Store, StoreError, Tx, UserId};
use crate::text::{Explain as _, Lang, Text};

/// A saved recipe to be run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UseRecipe {
    /// Id or name.
    pub recipe: String,
    /// The newest where none is named.
    pub version: Option<u32>,
    pub values: Values,
    /// Also with other models than the pinned ones.
    pub any_models: bool,
}

/// A recipe by its id or name.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn find(store: &Store, owner: &UserId, text: &str, version: Option<u32>) -> Result<RecipeRow, StoreError> {
    let id = match text.parse::<RecipeId>() {
        Ok(id) => id,
        Err(_) => store.recipe_named(owner, text.trim()).await?.id,
    };
    store.recipe(owner, &id, version).await
}

/// The ids of the pictures that a recipe brings along.
pub fn picture_ids(compiled: &Compiled) -> Result<BTreeMap<String, ImageId>, StoreError> {
    let id = |(key, id): (&String, &String)| Ok((key.clone(), id.parse().map_err(|_| StoreError::NotFound)?));
    compiled.pictures.iter().map(id).collect()
}

/// Answers what was said about recipes.
pub(super) async fn receive(
    (store, engine, models): (&Store, &Engine, &Models),
    owner: &UserId,
    session: &SessionId,
    incoming: &Incoming,
    said: Said,
) -> Result<Turn, TurnError> {
    let lang = incoming.text.as_deref().and_then(Lang::of).unwrap_or(incoming.lang);
    let words = incoming.text.as_deref().unwrap_or("").trim().to_owned();
    match said {
        Said::Run { name, values } => {
            let wanted = UseRecipe { recipe: name, values, ..UseRecipe::default() };
            run((store, engine, models), owner, session, incoming, (wanted, words, lang)).await
        }
        Said::Save { name } => {
            let spoken = Spoken { store, owner, session, incoming, lang, words };
            spoken.save(name).await
        }
        Said::List | Said::RunUnknown => {
            let names = store.recipe_names(owner).await?;
            let text = listed(&names, said == Said::RunUnknown);
            let spoken = Spoken { store, owner, session, incoming, lang, words };
            spoken.answer(text, None).await
        }
    }
}

fn listed(names: &[String], unknown: bool) -> Text {
    if names.is_empty() {
        return Text::new(
            "还没有配方。做好一张图之后说“存为配方”，就能把这些步骤用到别的图上。",
            "There are no recipes yet. Edit a picture and say “save as a recipe”; its steps can then be run on others.",
        );
    }
    let (zh, en) = (names.join("、"), names.join(", "));
    match unknown {
        true => Text::new(format!("没有叫这个名字的配方。现有：{zh}。"), format!("There is no recipe of that name. There are: {en}.")),
        false => Text::new(
            format!("现有配方：{zh}。说“用配方 {} 处理”就会运行。", names[0]),
            format!("Your recipes: {en}. Say “run {} on this” to run one.", names[0]),
        ),
    }
}

/// A message that is answered without a job.
struct Spoken<'a> {
    store: &'a Store,
    owner: &'a UserId,
    session: &'a SessionId,
    incoming: &'a Incoming,
    lang: Lang,
    words: String,
}

impl Spoken<'_> {
    async fn answer(&self, text: Text, command: Option<Command>) -> Result<Turn, TurnError> {
        let tx = self.store.begin(self.owner).await?;
        self.answer_in(tx, text, command).await
    }

    async fn answer_in(&self, mut tx: Tx, text: Text, command: Option<Command>) -> Result<Turn, TurnError> {
        let message = add_user_message(&mut tx, self.session, self.incoming, &spoken(text.clone(), &self.words, self.lang)).await?;
        let current = tx.session(self.session).await?.current;
        add_roots(&mut tx, self.session, &self.incoming.images, current.is_none()).await?;
        let writer = Writer { session: self.session, lang: self.lang, reply_to: message.id.clone() };
        let mut new = writer.message(text.get(self.lang));
        new.command = command;
        let answer = tx.add_message(self.session, new).await?;
        tx.commit().await?;
        Ok(Turn { message, answers: vec![answer], jobs: vec![] })
    }

    async fn save(&self, name: Option<String>) -> Result<Turn, TurnError> {
        let current = self.store.session(self.owner, self.session).await?.current;
        let Some(number) = self.incoming.from_version.or(current) else {
            return self.answer(RecipeError::steps(NOTHING_YET.0, NOTHING_YET.1).text(), None).await;
        };
        let compiled = match of_version(self.store, self.owner, self.session, number, "").await {
            // An answer of the conversation, not an error: the message stays.
            Err(StoredError::Recipe(error)) => return self.answer(error.text(), None).await,
            compiled => compiled?,
        };
        let name = match name {
            Some(name) => name,
            None => self.free_name(&compiled.recipe).await?,
        };
        bind::check_name(&name)?;
        let recipe = Recipe { name, ..compiled.recipe.clone() };
        recipe.validate()?;
        let pictures = picture_ids(&compiled)?;
        let mut tx = self.store.begin(self.owner).await?;
        let row = tx.save_recipe(&recipe, &pictures).await?;
        // A recipe has copies of its pictures, which count.
        tx.keep_within(self.incoming.space).await?;
        let command = Command { name: CommandName::Recipe, version: None, a: None, b: None, recipe: Some(row.id.to_string()) };
        self.answer_in(tx, saved(&row), Some(command)).await
    }

    /// By what it does; a number where there is one of that name.
    async fn free_name(&self, recipe: &Recipe) -> Result<String, StoreError> {
        let stem: String = recipe.said(self.lang).chars().take(MAX_NAME_CHARS / 2).collect();
        let taken: Vec<String> = self.store.recipe_names(self.owner).await?.iter().map(|n| n.to_lowercase()).collect();
        let mut names = std::iter::once(stem.clone()).chain((2..).map(|n| format!("{stem} {n}")));
        Ok(names.find(|name| !taken.contains(&name.to_lowercase())).unwrap_or(stem))
    }
}

const NOTHING_YET: (&str, &str) =
    ("还没有可以存成配方的步骤。先放一张图，做一次编辑。", "There are no steps to save yet. Add a picture and edit it first.");

fn spoken(reply: Text, words: &str, lang: Lang) -> Understood {
    Understood { answer: Answer::Reply(reply), text: words.to_owned(), lang, answers: None, wait_for_picture: false }
}

fn saved(row: &RecipeRow) -> Text {
    let recipe = &row.recipe;
    let (name, steps, version) = (&recipe.name, recipe.plan.steps.len(), recipe.version);
    let params: Vec<&str> = recipe.params.iter().map(|p| p.name.as_str()).collect();
    let (mut zh, mut en) = match version {
        1 => (format!("已存为配方“{name}”，共 {steps} 步。"), format!("Saved as the recipe “{name}”, {steps} step{}.", plural(steps))),
        n => (
            format!("已存为配方“{name}”的第 {n} 版，共 {steps} 步；以前的版本还在。"),
            format!("Saved as version {n} of the recipe “{name}”, {steps} step{}; the earlier ones are still there.", plural(steps)),
        ),
    };
    if !params.is_empty() {
        zh.push_str(&format!("可换的参数：{}。", params.join("、")));
        en.push_str(&format!(" Values that can be changed: {}.", params.join(", ")));
    }
    zh.push_str(&format!("放上新图说“用配方 {name} 处理”，或在“配方”里改名、批量运行。"));
    en.push_str(&format!(" Add pictures and say “run {name} on these”, or rename it and run it in batches under Recipes."));
    Text::new(zh, en)
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// Runs a recipe on the pictures of the message, else on the current version: one job each.
pub(super) async fn run(
    (store, engine, models): (&Store, &Engine, &Models),
    owner: &UserId,
    session: &SessionId,
    incoming: &Incoming,
    (wanted, words, lang): (UseRecipe, String, Lang),
) -> Result<Turn, TurnError> {
    let row = find(store, owner, &wanted.recipe, wanted.version).await.map_err(no_recipe)?;
    if !wanted.any_models {
        row.recipe.check_models(models)?;
    }
    let bound = row.recipe.bind(&wanted.values)?;
    let current = store.session(owner, session).await?.current;
    let asked = Asked { row: &row, bound: &bound };
    let (own, second) = asked.divide(&incoming.images, current.is_some())?;
    let shown = if words.is_empty() { said_run(&row.recipe.name).get(lang).to_owned() } else { words };
    if own.is_empty() && current.is_none() {
        let reply = Text::new(
            format!("请放上要用配方“{}”处理的图片。", row.recipe.name),
            format!("Add the pictures that “{}” is to be run on.", row.recipe.name),
        );
        return Spoken { store, owner, session, incoming, lang, words: shown }.answer(reply, None).await;
    }
    let mut tx = store.begin(owner).await?;
    if let Some(n) = incoming.from_version {
        tx.checkout(session, n).await?;
    }
    let understood = spoken(Text::new("", ""), &shown, lang);
    let message = add_user_message(&mut tx, session, incoming, &understood).await?;
    let roots = add_roots(&mut tx, session, &incoming.images, !own.is_empty()).await?;
    tx.set_pending(session, None).await?;
    let bases: Vec<(u32, ImageId)> = match own.is_empty() {
        true => {
            let number = tx.session(session).await?.current.ok_or(StoreError::NotFound)?;
            vec![(number, tx.version(session, number).await?.image)]
        }
        false => roots.into_iter().filter(|(_, image)| own.contains(image)).collect(),
    };
    let brought = asked.bring(&mut tx, session, &second).await?;
    let mut work = vec![];
    for (number, image) in bases {
        let plan = brought.plan_on(&bound.plan, number);
        let stem = base::stem(&mut tx, session, Some(number)).await?;
        let images = std::iter::once(image).chain(brought.images.iter().cloned()).collect();
        work.push((plan, JobInputs { base: Base::Version(number), images, stem, ..JobInputs::default() }));
    }
    let writer = Writer { session, lang, reply_to: message.id.clone() };
    let (answers, jobs) = writer.queue((store, engine), tx, &incoming.allowance, work).await?;
    Ok(Turn { message, answers, jobs })
}

/// What the message of a run says where nobody wrote one.
pub fn said_run(name: &str) -> Text {
    Text::new(format!("用配方“{name}”处理"), format!("Run the recipe “{name}”"))
}

fn no_recipe(error: StoreError) -> TurnError {
    match error {
        StoreError::NotFound => {
            TurnError::Refused { code: "not_found", text: Text::new("没有这个配方。", "There is no such recipe."), field: "recipe" }
        }
        error => error.into(),
    }
}

/// A recipe with its values.
struct Asked<'a> {
    row: &'a RecipeRow,
    bound: &'a Bound,
}

/// Pictures that the session now keeps for the run.
struct Brought {
    /// `image:2` and so on, in order.
    images: Vec<ImageId>,
    masks: BTreeMap<String, ImageId>,
}

impl Asked<'_> {
    /// The message's pictures: those that the recipe is run on, and those that it asks for besides, by their number.
    fn divide(&self, images: &[ImageId], has_current: bool) -> Result<(Vec<ImageId>, BTreeMap<usize, ImageId>), RecipeError> {
        let given = |n: usize| self.bound.images.iter().any(|(known, _)| *known == n);
        let kept = |n: usize| self.row.pictures.contains_key(&ImageRef::Image(n).to_string());
        let asks: Vec<usize> = self.row.recipe.asks_for().into_iter().filter(|&n| !given(n) && !kept(n)).collect();
        if asks.is_empty() {
            return Ok((images.to_vec(), BTreeMap::new()));
        }
        let own = match images.len() {
            n if n == asks.len() && has_current => 0,
            n if n == asks.len() + 1 => 1,
            _ => {
                let (n, name) = (asks.len(), &self.row.recipe.name);
                return Err(RecipeError::invalid(
                    "images",
                    format!("配方“{name}”除了要处理的图，还需要 {n} 张图：请在它后面一起附上。"),
                    format!("The recipe “{name}” needs {n} more picture{} beside the one it is run on: attach them after it.", plural(n)),
                ));
            }
        };
        let (first, rest) = images.split_at(own);
        Ok((first.to_vec(), asks.into_iter().zip(rest.iter().cloned()).collect()))
    }

    /// Makes the session keep what the run needs.
    async fn bring(&self, tx: &mut Tx, session: &SessionId, second: &BTreeMap<usize, ImageId>) -> Result<Brought, TurnError> {
        let mut brought = Brought { images: vec![], masks: BTreeMap::new() };
        let named = |n: usize| self.bound.images.iter().find(|(known, _)| *known == n).map(|(_, text)| text.as_str());
        for reference in self.row.recipe.pictures().iter().skip(1) {
            let ImageRef::Image(n) = reference else { continue };
            let source = match (named(*n), second.get(n), self.row.pictures.get(&reference.to_string())) {
                (Some(text), ..) => stored(text)?,
                (_, Some(id), _) | (_, _, Some(id)) => id.clone(),
                _ => return Err(StoreError::NotFound.into()),
            };
            brought.images.push(copied(tx, session, &source).await?);
        }
        for mask in self.row.recipe.masks() {
            let named = self.bound.masks.iter().find(|(known, _)| *known == mask).map(|(_, text)| stored(text)).transpose()?;
            if let Some(source) = named.or_else(|| self.row.pictures.get(&mask).cloned()) {
                brought.masks.insert(mask, copied(tx, session, &source).await?);
            }
        }
        Ok(brought)
    }
}

fn stored(text: &str) -> Result<ImageId, TurnError> {
    text.parse().map_err(|_| TurnError::Refused {
        code: "not_found",
        text: Text::new(
            format!("没有图片“{text}”：请给出已上传图片的 id。"),
            format!("There is no picture `{text}`; give the id of an uploaded one."),
        ),
        field: "values",
    })
}

async fn copied(tx: &mut Tx, session: &SessionId, id: &ImageId) -> Result<ImageId, StoreError> {
    let copy = tx.copy_image(id).await?;
    tx.keep_image(session, &copy).await?;
    Ok(copy)
}

impl Brought {
    /// The plan on one version: its `original` is that version, and its masks have their ids.
    fn plan_on(&self, plan: &Plan, number: u32) -> Plan {
        let mut plan = plan.clone();
        let base = ImageRef::Version(number as usize);
        for step in &mut plan.steps {
            for reference in step.input.iter_mut().chain(&mut step.inputs) {
                if matches!(reference, ImageRef::Original | ImageRef::Image(1)) {
                    *reference = base.clone();
                }
            }
            read::each_reference(step, |text| {
                if matches!(text.parse(), Ok(ImageRef::Original | ImageRef::Image(1))) {
                    *text = base.to_string();
                }
            });
            read::each_mask(step, |name| {
                if let Some(id) = self.masks.get(name) {
                    *name = id.to_string();
                }
            });
        }
        plan
    }
}
