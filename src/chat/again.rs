//! An edited plan in place of a version's own: a version beside it, and what followed it made again on top.

use std::collections::BTreeSet;

use super::turn::{Incoming, Turn, TurnError, Understood, Writer, add_roots, add_user_message};
use crate::engine::{Engine, Submit};
use crate::plan::{self, Answer, Context, Plan};
use crate::store::{Base, Chain, JobInputs, SessionId, Store, StoreError, Tx, UserId, Version};
use crate::text::{Lang, Text};

/// Which version is made again, and how far what followed it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instead {
    pub number: u32,
    /// Make again what followed.
    pub follow: bool,
    /// The last one to be made again; without it the current version where it descends from `number`, else the newest that does.
    pub upto: Option<u32>,
}

/// Takes an edited plan: stores the message with its answer and queues the first job of the chain, or stores nothing.
pub(super) async fn receive(
    store: &Store,
    engine: &Engine,
    owner: &UserId,
    session: &SessionId,
    (incoming, instead): (Incoming, Instead),
) -> Result<Turn, TurnError> {
    let mut tx = store.begin(owner).await?;
    let version = tx.version(session, instead.number).await.map_err(|e| unknown(e, "instead_of"))?;
    let rest = followers(&mut tx, session, &version, instead).await?;
    let before = match &version.job {
        Some(id) => tx.job(id).await?.inputs,
        None => JobInputs::default(),
    };
    let mut inputs = JobInputs { current_at_start: None, moved: vec![], ..before };
    if let Some(parent) = version.parent {
        inputs.base = Base::Version(parent);
    }
    // What the plan called `image:1` stays so; what comes with this message is counted on.
    inputs.images.extend(incoming.images.iter().cloned());
    inputs.mask = incoming.mask.clone().or(inputs.mask);
    let newest = tx.session(session).await?.newest;
    let plan = checked(&incoming, &inputs, newest)?;
    let lang = incoming.lang;
    let text = plan::words(&plan, lang).join(if lang == Lang::Zh { "，" } else { ", " });
    let understood = Understood { answer: Answer::Plan(plan.clone()), text, lang, answers: None, wait_for_picture: false };
    let message = add_user_message(&mut tx, session, &incoming, &understood).await?;
    add_roots(&mut tx, session, &incoming.images, false).await?;
    let writer = Writer { session, lang, reply_to: message.id.clone() };
    let (answer, mut job) = writer.job_message(&mut tx, &plan, inputs).await?;
    job.chain = Some(Chain::new(instead.number, rest, message.id.clone()));
    let submitted = engine.submit_in(tx, Submit { job, sources: None, allowance: incoming.allowance.clone() }).await?;
    Ok(Turn { message, answers: vec![answer], jobs: vec![submitted.job] })
}

/// The edited plan, if it can run in the place of the old one.
fn checked(incoming: &Incoming, inputs: &JobInputs, newest: u32) -> Result<Plan, TurnError> {
    let mut plan = incoming.plan.clone().ok_or_else(|| TurnError::Refused {
        code: "missing_part",
        text: Text::new("缺少修改后的 plan。", "The edited plan is missing."),
        field: "plan",
    })?;
    plan.fill_ids();
    let context = Context { attached: inputs.images.len(), versions: newest as usize, mask: inputs.mask.is_some(), ..Context::default() };
    plan::validate(&plan, &context)?;
    Ok(plan)
}

/// The versions to be made again after the edited one, in order.
async fn followers(tx: &mut Tx, session: &SessionId, version: &Version, instead: Instead) -> Result<Vec<u32>, TurnError> {
    if version.plan.is_none() {
        return Err(TurnError::Refused {
            code: "version_has_no_plan",
            text: Text::new(
                "这一版是上传的图片，没有可以修改的步骤。请选一个由编辑得到的版本。",
                "This version is a picture as it was sent; there is no plan to edit. Choose one that an edit made.",
            ),
            field: "instead_of",
        });
    }
    if !instead.follow {
        return Ok(vec![]);
    }
    let versions = tx.versions(session).await?;
    let mut after = BTreeSet::new();
    for v in &versions {
        if v.parent.is_some_and(|parent| parent == instead.number || after.contains(&parent)) {
            after.insert(v.number);
        }
    }
    let current = tx.session(session).await?.current.filter(|n| after.contains(n));
    let last = match instead.upto {
        Some(n) if n == instead.number => return Ok(vec![]),
        Some(n) if after.contains(&n) => n,
        Some(n) => {
            tx.version(session, n).await.map_err(|e| unknown(e, "upto"))?;
            return Err(TurnError::Refused {
                code: "invalid_parameter",
                text: Text::new(
                    format!("第 {n} 版不是从第 {} 版接着做出来的。", instead.number),
                    format!("Version {n} was not made from version {}.", instead.number),
                ),
                field: "upto",
            });
        }
        None => match current.or(after.last().copied()) {
            Some(n) => n,
            None => return Ok(vec![]),
        },
    };
    let way = tx.ancestry(session, last).await?;
    let mut way: Vec<u32> = way.iter().map(|v| v.number).take_while(|&n| n != instead.number).collect();
    way.reverse();
    Ok(way)
}

/// A version that is not there, with the part of the request that names it.
fn unknown(error: StoreError, field: &'static str) -> TurnError {
    match error {
        StoreError::NotFound => TurnError::Refused { code: "not_found", text: crate::text::Explain::text(&StoreError::NotFound), field },
        error => error.into(),
    }
}
