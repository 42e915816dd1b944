//! One turn of a conversation.

use crate::engine::{Engine, EngineError, Submit};
use crate::models::Models;
use crate::plan::{self, Answer, Command, Context, Plan, PlanError, Question};
use crate::recipe::RecipeError;
use crate::recipe::stored::StoredError;
use crate::store::{
    self, Base, ImageId, Job, JobId, JobInputs, JobKind, Lane, Message, MessageId, NewJob, NewMessage, NewVersion, QuestionId, Role,
    SessionId, Store, StoreError, Tx, UserId,
};
use crate::text::{Explain, Lang, Text};

use super::again::{self, Instead};
use super::base::{attachments_are_second, pictures_to_edit};
use super::luts::{self, Lut};
use super::recipes::{self, UseRecipe};
use super::{commands, recipe_words};

/// What came in: words, or an edited plan, or the answer to a question; pictures and a mask beside any of them.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    pub text: Option<String>,
    pub plan: Option<Plan>,
    /// The question and the 0-based option.
    pub answer: Option<(QuestionId, usize)>,
    pub images: Vec<ImageId>,
    pub mask: Option<ImageId>,
    /// A colour table beside the words.
    pub lut: Option<Lut>,
    /// Continue from this version.
    pub from_version: Option<u32>,
    /// The plan is an edited one, in place of a version's own.
    pub instead_of: Option<Instead>,
    /// A saved recipe in place of words.
    pub recipe: Option<UseRecipe>,
    /// Used where the words do not tell.
    pub lang: Lang,
    /// How many jobs at once.
    pub allowance: store::Allowance,
    /// Bytes of pictures that its sender may keep.
    pub space: store::Space,
}

/// What became of it. `answers` has one message for each picture that is edited, else exactly one.
#[derive(Debug)]
pub struct Turn {
    pub message: Message,
    pub answers: Vec<Message>,
    pub jobs: Vec<Job>,
}

/// Why a message was not taken; nothing of it is stored then.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error("{code}: {}", text.en)]
    Refused { code: &'static str, text: Text, field: &'static str },
}

impl From<StoredError> for TurnError {
    fn from(error: StoredError) -> Self {
        match error {
            StoredError::Store(error) => error.into(),
            StoredError::Recipe(error) => error.into(),
        }
    }
}

impl Explain for TurnError {
    fn code(&self) -> &'static str {
        match self {
            TurnError::Store(e) => e.code(),
            TurnError::Engine(e) => e.code(),
            TurnError::Plan(e) => e.code(),
            TurnError::Recipe(e) => e.code(),
            TurnError::Refused { code, .. } => code,
        }
    }

    fn text(&self) -> Text {
        match self {
            TurnError::Store(e) => e.text(),
            TurnError::Engine(e) => e.text(),
            TurnError::Plan(e) => e.text(),
            TurnError::Recipe(e) => e.text(),
            TurnError::Refused { text, .. } => text.clone(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            TurnError::Refused { field, .. } => Some(field),
            TurnError::Plan(e) => e.field(),
            TurnError::Recipe(e) => e.field(),
            _ => None,
        }
    }
}

/// The reading of a message, and what it settles on the way.
pub(super) struct Understood {
    pub answer: Answer,
    /// The words as shown in the conversation.
    pub text: String,
    pub lang: Lang,
    /// The question that this answers, with the 1-based option.
    pub answers: Option<(QuestionId, u32)>,
    /// The instruction waits for a picture.
    pub wait_for_picture: bool,
}

/// Takes a message: stores it with its answer and queues its work, or stores nothing.
pub async fn receive(
    (store, engine, models): (&Store, &Engine, &Models),
    owner: &UserId,
    session: &SessionId,
    incoming: Incoming,
) -> Result<Turn, TurnError> {
    if let Some(instead) = incoming.instead_of {
        return again::receive(store, engine, owner, session, (incoming, instead)).await;
    }
    if let Some(wanted) = &incoming.recipe {
        require_pictures(store, owner, &incoming).await?;
        let what = (wanted.clone(), incoming.text.clone().unwrap_or_default(), incoming.lang);
        return recipes::run((store, engine, models), owner, session, &incoming, what).await;
    }
    if let Some(said) = about_recipes(store, owner, &incoming).await? {
        require_pictures(store, owner, &incoming).await?;
        return recipes::receive((store, engine, models), owner, session, &incoming, said).await;
    }
    let mut understood = understand((store, models), owner, session, &incoming).await?;
    // A plan that was written is meant as it is, and so is one that was chosen, if it can be run.
    if let Answer::Plan(plan) = &understood.answer
        && incoming.plan.is_none()
    {
        let question = match super::stand_in::question(plan) {
            None if understood.answers.is_none() => super::coloured::question(store, owner, session, &incoming, plan).await?,
            question => question,
        };
        if let Some(question) = question {
            understood.answer = Answer::Question(question);
        }
    }
    let mut tx = store.begin(owner).await?;
    let before = tx.session(session).await?;
    if let Some(n) = incoming.from_version {
        tx.checkout(session, n).await?;
    }
    let message = add_user_message(&mut tx, session, &incoming, &understood).await?;
    if before.title.is_empty() && !understood.text.is_empty() {
        tx.set_title(session, &title(&understood.text)).await?;
    }
    if let Some((question, option)) = &understood.answers {
        tx.answer_question(question, *option).await?;
    }
    let second =
        before.current.is_some() && matches!(&understood.answer, Answer::Plan(p) if attachments_are_second(p, incoming.images.len()));
    let roots: Vec<(u32, ImageId)> = add_roots(&mut tx, session, &incoming.images, !second).await?;
    tx.set_pending(session, understood.wait_for_picture.then_some(&message.id)).await?;
    let writer = Writer { session, lang: understood.lang, reply_to: message.id.clone() };
    let answer = match understood.answer {
        Answer::Plan(plan) => {
            let bases = if second { vec![] } else { pictures_to_edit(&plan, &roots) };
            let (answers, jobs) = writer.jobs(store, engine, tx, &plan, &incoming, &bases).await?;
            return Ok(Turn { message, answers, jobs });
        }
        Answer::Command(command) => writer.command(&mut tx, command).await?,
        Answer::Question(question) => writer.question(&mut tx, question).await?,
        Answer::Reply(text) => writer.reply(&mut tx, &text).await?,
    };
    tx.commit().await?;
    Ok(Turn { message, answers: vec![answer], jobs: vec![] })
}

/// What the words say about recipes, if they do.
async fn about_recipes(store: &Store, owner: &UserId, incoming: &Incoming) -> Result<Option<recipe_words::Said>, StoreError> {
    let Some(text) = incoming.text.as_deref().filter(|t| !t.trim().is_empty() && incoming.plan.is_none() && incoming.answer.is_none())
    else {
        return Ok(None);
    };
    Ok(recipe_words::read(text, &store.recipe_names(owner).await?))
}

/// Whether every picture and mask of the message is the owner's.
async fn require_pictures(store: &Store, owner: &UserId, incoming: &Incoming) -> Result<(), StoreError> {
    for image in incoming.images.iter().chain(&incoming.mask) {
        store.image(owner, image).await?;
    }
    Ok(())
}

async fn understand(
    (store, models): (&Store, &Models),
    owner: &UserId,
    id: &SessionId,
    incoming: &Incoming,
) -> Result<Understood, TurnError> {
    let session = store.session(owner, id).await?;
    require_pictures(store, owner, incoming).await?;
    let versions = session.newest as usize;
    if let Some((question, option)) = &incoming.answer {
        return answered(store, owner, id, question, *option, incoming.lang).await;
    }
    if let Some(plan) = &incoming.plan {
        let mut plan = plan.clone();
        plan.fill_ids();
        let context = Context { attached: incoming.images.len(), versions, mask: incoming.mask.is_some(), ..Context::default() };
        plan::validate(&plan, &context)?;
        let lang = incoming.lang;
        let text = plan::words(&plan, lang).join(if lang == Lang::Zh { "，" } else { ", " });
        return Ok(Understood { answer: Answer::Plan(plan), text, lang, answers: None, wait_for_picture: false });
    }
    let mut text = incoming.text.as_deref().unwrap_or("").trim().to_owned();
    let mut shown = text.clone();
    if text.is_empty() && !incoming.images.is_empty() {
        // The picture that an earlier instruction waited for.
        if let Some(waiting) = &session.pending {
            text = store.message(owner, waiting).await?.text;
            shown = String::new();
        }
    }
    let lang = Lang::of(&text).unwrap_or(incoming.lang);
    if let Some(lut) = incoming.lut.as_ref().filter(|_| text.is_empty()) {
        let answer = luts::alone(lut, incoming.images.len() + versions)?;
        let shown = if let Answer::Plan(plan) = &answer { plan::words(plan, lang).join("") } else { shown };
        return Ok(Understood { answer, text: shown, lang, answers: None, wait_for_picture: false });
    }
    if text.is_empty() {
        return nothing_said(incoming, lang);
    }
    let open = store.open_question(owner, id).await?;
    let context = Context {
        attached: incoming.images.len(),
        mask: incoming.mask.is_some(),
        question: open.as_ref().map(|q| q.question.clone()),
        ..standing(store, owner, &session).await?
    };
    let answer = luts::settle(&text, plan::read(&text, &context).answer, incoming.lut.as_ref(), models.dir(), &context)?;
    let answers = open.and_then(|row| option_taken(&row, &answer));
    Ok(match answer {
        // Nothing to choose: the instruction is kept, and the picture is all that is missing.
        Answer::Question(question) if question.id == plan::NEEDS_PICTURE => {
            Understood { answer: Answer::Reply(question.text), text: shown, lang, answers, wait_for_picture: true }
        }
        answer => Understood { answer, text: shown, lang, answers, wait_for_picture: false },
    })
}

/// What the planner may know of a session besides the message: its versions, what ran last, and on what.
pub async fn standing(store: &Store, owner: &UserId, session: &store::Session) -> Result<Context, StoreError> {
    let uploads = store.newest_of_uploads(owner, &session.id).await?.into_iter().map(|n| n as usize).collect();
    let mut context = Context { versions: session.newest as usize, uploads, ..Context::default() };
    if let Some(current) = session.current {
        let version = store.version(owner, &session.id, current).await?;
        context.parent = version.parent.map(|n| n as usize);
        context.last_mask = version.mask.map(|id| id.to_string());
        context.last_size = version.resolved_plan.as_ref().and_then(super::base::size_put_in);
        context.last_plan = version.plan;
        // Pictures that came with that message are versions by now.
        if let (Some(plan), Some(job)) = (&mut context.last_plan, &version.job) {
            match store.job(owner, job).await {
                Ok(job) => super::base::name_by_version(plan, &job.inputs.images, &store.versions(owner, &session.id).await?),
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
    }
    // What makes no version was still done last, if it was done on this one: "select the car", "now remove it".
    let selects = |message: &Message| message.plan.as_ref().and_then(|p| p.steps.last()).is_some_and(|step| step.op == "select");
    if let Some(message) = store.last_planned(owner, &session.id).await?.filter(selects)
        && let Some(job) = &message.job
    {
        let job = store.job(owner, job).await?;
        let mask = job.artifacts.iter().rev().find(|a| a.role == "mask").map(|a| a.image.to_string());
        if mask.is_some() && job.inputs.current_at_start == session.current {
            context.last_mask = mask;
            context.last_plan = message.plan;
        }
    }
    Ok(context)
}

/// Words that mean one of the open question's options answer it.
fn option_taken(row: &store::QuestionRow, answer: &Answer) -> Option<(QuestionId, u32)> {
    let Answer::Plan(plan) = answer else { return None };
    let option = row.question.options.iter().position(|o| o.plan == *plan)?;
    Some((row.id.clone(), option as u32 + 1))
}

async fn answered(
    store: &Store,
    owner: &UserId,
    session: &SessionId,
    id: &QuestionId,
    option: usize,
    lang: Lang,
) -> Result<Understood, TurnError> {
    let row = store.question(owner, id).await?;
    if row.session != *session {
        return Err(StoreError::NotFound.into());
    }
    let Some(chosen) = row.question.options.get(option) else {
        let n = row.question.options.len();
        return Err(TurnError::Refused {
            code: "invalid_parameter",
            text: Text::new(format!("这个问题只有 {n} 个选项。"), format!("That question has {n} options.")),
            field: "answer",
        });
    };
    let lang = store.message(owner, &row.message).await.map_or(lang, |m| m.lang);
    Ok(Understood {
        answer: Answer::Plan(chosen.plan.clone()),
        text: chosen.label.get(lang).to_owned(),
        lang,
        answers: Some((id.clone(), option as u32 + 1)),
        wait_for_picture: false,
    })
}

fn nothing_said(incoming: &Incoming, lang: Lang) -> Result<Understood, TurnError> {
    if incoming.images.is_empty() {
        return Err(TurnError::Refused {
            code: "missing_part",
            text: Text::new("请写下要怎么改，或放一张图片。", "Write what to change, or add a picture."),
            field: "text",
        });
    }
    let reply = Text::new(
        "图片收到了。想怎么改？比如“去掉背景”“裁成1:1”“导出PNG”。",
        "Got the picture. What should change? For example “remove the background”, “crop to 1:1”, “save as PNG”.",
    );
    Ok(Understood { answer: Answer::Reply(reply), text: String::new(), lang, answers: None, wait_for_picture: false })
}

pub(super) async fn add_user_message(
    tx: &mut Tx,
    session: &SessionId,
    incoming: &Incoming,
    understood: &Understood,
) -> Result<Message, StoreError> {
    let mut new = NewMessage::new(Role::User, &understood.text, understood.lang);
    new.images.clone_from(&incoming.images);
    new.mask.clone_from(&incoming.mask);
    tx.add_message(session, new).await
}

/// Every attached picture becomes a root of the version tree; the first of them is what one sees then.
pub(super) async fn add_roots(
    tx: &mut Tx,
    session: &SessionId,
    images: &[ImageId],
    make_current: bool,
) -> Result<Vec<(u32, ImageId)>, StoreError> {
    let mut roots = Vec::with_capacity(images.len());
    for (i, image) in images.iter().enumerate() {
        let version = tx.add_version(session, NewVersion::upload(image.clone()), make_current && i == 0).await?;
        roots.push((version.number, image.clone()));
    }
    Ok(roots)
}

/// The first words of a conversation, cut at 40 characters.
fn title(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let cut: String = line.chars().take(40).collect();
    if cut.len() < line.len() { format!("{cut}…") } else { cut }
}

/// Writes the assistant's side of the turn.
pub(super) struct Writer<'a> {
    pub session: &'a SessionId,
    pub lang: Lang,
    pub reply_to: MessageId,
}

impl Writer<'_> {
    pub(super) fn message(&self, text: &str) -> NewMessage {
        let mut new = NewMessage::new(Role::Assistant, text, self.lang);
        new.reply_to = Some(self.reply_to.clone());
        new
    }

    /// One job for each base; without any, one on the current version.
    async fn jobs(
        &self,
        store: &Store,
        engine: &Engine,
        tx: Tx,
        plan: &Plan,
        incoming: &Incoming,
        bases: &[(u32, ImageId)],
    ) -> Result<(Vec<Message>, Vec<Job>), TurnError> {
        let each: Vec<(Base, Vec<ImageId>)> = match bases {
            [] => vec![(Base::Current, incoming.images.clone())],
            [(version, _)] => vec![(Base::Version(*version), incoming.images.clone())],
            many => many.iter().map(|(version, image)| (Base::Version(*version), vec![image.clone()])).collect(),
        };
        let mut tx = tx;
        let mut work = Vec::with_capacity(each.len());
        for (base, images) in each {
            let of = if let Base::Version(number) = base { Some(number) } else { None };
            let stem = super::base::stem(&mut tx, self.session, of).await?;
            work.push((plan.clone(), JobInputs { base, images, mask: incoming.mask.clone(), seed: 0, stem, ..JobInputs::default() }));
        }
        self.queue((store, engine), tx, &incoming.allowance, work).await
    }

    /// One job for each. The first is committed together with the message; when a later one finds the queue full, its own answer says so.
    pub(super) async fn queue(
        &self,
        (store, engine): (&Store, &Engine),
        tx: Tx,
        allowance: &store::Allowance,
        work: Vec<(Plan, JobInputs)>,
    ) -> Result<(Vec<Message>, Vec<Job>), TurnError> {
        let owner = tx.owner().clone();
        let mut next = Some(tx);
        let (mut messages, mut jobs) = (vec![], vec![]);
        for (plan, inputs) in work {
            let first = next.is_some();
            let mut tx = match next.take() {
                Some(tx) => tx,
                None => store.begin(&owner).await?,
            };
            let (message, job) = self.job_message(&mut tx, &plan, inputs).await?;
            match engine.submit_in(tx, Submit { job, sources: None, allowance: allowance.clone() }).await {
                Ok(submitted) => {
                    messages.push(message);
                    jobs.push(submitted.job);
                }
                Err(error) if first => return Err(error.into()),
                Err(error) => messages.push(self.refusal(store, &owner, &error).await?),
            }
        }
        Ok((messages, jobs))
    }

    pub(super) async fn job_message(&self, tx: &mut Tx, plan: &Plan, inputs: JobInputs) -> Result<(Message, NewJob), StoreError> {
        let id = JobId::new();
        let mut new = self.message("");
        new.job = Some(id.clone());
        new.plan = Some(plan.clone());
        let message = tx.add_message(self.session, new).await?;
        tx.add_event(self.session, Some(&id), store::EventBody::PlanReady { plan: plan.clone() }).await?;
        let job = NewJob {
            id,
            kind: JobKind::Chat,
            lane: Lane::Interactive,
            session: Some(self.session.clone()),
            message: Some(message.id.clone()),
            lang: self.lang,
            plan: plan.clone(),
            inputs,
            chain: None,
            idempotency: None,
        };
        Ok((message, job))
    }

    async fn refusal(&self, store: &Store, owner: &UserId, error: &EngineError) -> Result<Message, StoreError> {
        let mut tx = store.begin(owner).await?;
        let mut new = self.message("");
        new.error = Some(store::Problem::of(error));
        let message = tx.add_message(self.session, new).await?;
        tx.commit().await?;
        Ok(message)
    }

    async fn command(&self, tx: &mut Tx, command: Command) -> Result<Message, StoreError> {
        let (text, done) = commands::run(tx, self.session, command).await?;
        let mut new = self.message(text.get(self.lang));
        new.command = done;
        tx.add_message(self.session, new).await
    }

    async fn question(&self, tx: &mut Tx, question: Question) -> Result<Message, StoreError> {
        let id = QuestionId::new();
        let mut new = self.message("");
        new.question = Some(id.clone());
        // The question first: whoever hears of the message must find it.
        tx.add_question(self.session, &new.id, &id, question).await?;
        tx.add_message(self.session, new).await
    }

    async fn reply(&self, tx: &mut Tx, text: &Text) -> Result<Message, StoreError> {
        tx.add_message(self.session, self.message(text.get(self.lang))).await
    }
}
