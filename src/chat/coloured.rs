//! Colouring asks first where the picture has colours already: the planner does not see pixels, so the turn looks.

use crate::imaging::chroma::tone::Tone;
use crate::imaging::preview::shrink;
use crate::imaging::{Limits, decode};
use crate::plan::{Plan, Question, QuestionOption, Step};
use crate::store::{SessionId, Store, StoreError, UserId};
use crate::text::Text;

use super::turn::Incoming;

/// The side at which a picture's colours are looked at, in pixels.
const LOOK_PX: u32 = 512;

/// The question to put before a plan whose first step colours a picture that has colours; `None` where there is nothing to ask.
pub(super) async fn question(
    store: &Store,
    owner: &UserId,
    session: &SessionId,
    incoming: &Incoming,
    plan: &Plan,
) -> Result<Option<Question>, StoreError> {
    if !plan.steps.first().is_some_and(colours_all) {
        return Ok(None);
    }
    let image = match (incoming.images.first(), incoming.from_version, store.session(owner, session).await?.current) {
        (Some(image), ..) => image.clone(),
        (None, Some(n), _) | (None, None, Some(n)) => store.version(owner, session, n).await?.image,
        (None, None, None) => return Ok(None),
    };
    let (_, bytes) = store.image_bytes(owner, &image).await?;
    let look = move || {
        let picture = decode(&bytes, &Limits::default()).ok()?.picture;
        Some(matches!(Tone::of(&shrink(&picture, LOOK_PX)), Tone::Coloured { .. }))
    };
    // One that cannot be read is for the run to refuse.
    let coloured = tokio::task::spawn_blocking(look).await.ok().flatten();
    Ok(coloured.filter(|&yes| yes).map(|_| ask(plan)))
}

/// A colouring of a whole picture that nobody insisted on.
fn colours_all(step: &Step) -> bool {
    let is = |name: &str, value: &str| step.params.get(name).is_some_and(|v| v == value);
    let forced = step.params.get("force").is_some_and(|v| v == true);
    step.op == "colorize" && step.input.is_none() && !forced && !is("rest", "keep")
}

fn ask(plan: &Plan) -> Question {
    let with_first = |first: Step| {
        let mut plan = plan.clone();
        plan.steps[0] = Step { id: plan.steps[0].id.clone(), ..first };
        plan
    };
    let anew = with_first(plan.steps[0].clone().with("force", true));
    let option = |zh: &str, en: &str, plan: Plan| QuestionOption { label: Text::new(zh, en), plan };
    let mut options = vec![option("丢掉现有颜色，重新上色", "Drop its colours and colour it anew", anew)];
    if plan.steps[0].params.get("hints").is_some() {
        let keep = with_first(plan.steps[0].clone().with("rest", "keep"));
        options.push(option("只给说到的地方上色", "Colour only what I named", keep));
    }
    options.push(option("保留颜色，优化光线和色彩", "Keep its colours and improve light and tone", with_first(Step::new("enhance"))));
    Question {
        id: "q1".into(),
        text: Text::new("这张图已经是彩色的。要怎么做？", "This picture has colours already. What should I do?"),
        part: String::new(),
        options,
    }
}
