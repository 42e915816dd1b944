//! The engine with its real runner, on operations that need no model: from stored bytes to stored bytes.

use std::sync::Arc;
use std::time::Duration;

use portico::engine::{Engine, EngineConfig, MaskSource, Source, Sources, Submit};
use portico::imaging::{EncodeOptions, Format, Limits, Mask, Picture, decode, decode_mask, encode, encode_mask};
use portico::models::Models;
use portico::plan::{ImageRef, Plan, Step};
use portico::store::*;
use portico::text::Lang;
use serde_json::json;

struct House {
    store: Store,
    engine: Engine,
    me: UserId,
    _folder: tempfile::TempDir,
}

async fn open() -> House {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let engine = Engine::start(store.clone(), Models::none(), Limits::default(), EngineConfig::default()).await.unwrap();
    House { store, engine, me: UserId::local(), _folder: folder }
}

/// Every pixel tells where it is.
fn gradient(width: u32, height: u32) -> Picture {
    let pixel = |i: u32| [(i % width * 5) as u8, (i / width * 7) as u8, 90, 255];
    Picture::from_rgba8(width, height, (0..width * height).flat_map(pixel).collect())
}

fn file(picture: &Picture, format: Format) -> Arc<Vec<u8>> {
    Arc::new(encode(picture, &EncodeOptions::new(format)).unwrap().bytes)
}

fn job(session: Option<&SessionId>, steps: Vec<Step>) -> NewJob {
    NewJob {
        id: JobId::new(),
        kind: if session.is_some() { JobKind::Chat } else { JobKind::Run },
        lane: Lane::Interactive,
        session: session.cloned(),
        message: None,
        lang: Lang::En,
        plan: Plan::new(steps),
        inputs: JobInputs { stem: "my photo".into(), ..JobInputs::default() },
        chain: None,
        idempotency: None,
    }
}

impl House {
    async fn submit(&self, job: NewJob, sources: Option<Sources>) -> Job {
        let submitted = self.engine.submit(&self.me, Submit { job, sources, allowance: Allowance::default() }).await.unwrap();
        let wait = self.engine.wait(&self.me, &submitted.job.id);
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("the job ends").unwrap()
    }

    /// Runs on one sent file.
    async fn run(&self, bytes: Arc<Vec<u8>>, steps: Vec<Step>) -> Job {
        let source = Source::File { bytes, name: "my photo.jpg".into(), pixels: 1 };
        self.submit(job(None, steps), Some(Sources { images: vec![source], mask: None })).await
    }

    /// A session whose first version is this file.
    async fn session(&self, bytes: Arc<Vec<u8>>, format: Format) -> SessionId {
        let picture = decode(&bytes, &Limits::default()).unwrap().picture;
        let new = NewImage {
            kind: ImageKind::Upload,
            name: format!("my photo.{}", format.extension()),
            width: picture.width(),
            height: picture.height(),
            format: format.name().into(),
            alpha: false,
            warnings: vec![],
            keep: None,
        };
        let image = self.store.save_image(&self.me, new, bytes).await.unwrap();
        let mut tx = self.store.begin(&self.me).await.unwrap();
        let session = tx.add_session("").await.unwrap().id;
        tx.add_version(&session, NewVersion::upload(image.id), true).await.unwrap();
        tx.commit().await.unwrap();
        session
    }

    async fn image(&self, id: &ImageId) -> (Image, Arc<Picture>) {
        let (image, bytes) = self.store.image_bytes(&self.me, id).await.unwrap();
        let picture = decode(&bytes, &Limits::default()).unwrap().picture;
        assert_eq!((image.width, image.height, image.bytes), (picture.width(), picture.height(), bytes.len() as u64));
        (image, picture)
    }
}

#[tokio::test]
async fn a_version_holds_exactly_the_pixels_of_the_edit_and_the_way_back_to_its_parent() {
    let h = open().await;
    let jpeg = file(&gradient(40, 30), Format::Jpeg);
    let seen = decode(&jpeg, &Limits::default()).unwrap().picture;
    let session = h.session(jpeg, Format::Jpeg).await;
    let crop = Step::new("crop").with("box", json!([4, 6, 20, 10]));
    let first = h.submit(job(Some(&session), vec![crop]), None).await;
    assert_eq!((first.state, first.error, first.version), (JobState::Succeeded, None, Some(2)));
    let version = h.store.version(&h.me, &session, 2).await.unwrap();
    let (image, picture) = h.image(&version.image).await;
    assert_eq!((image.kind, image.format.as_str(), image.name.as_str()), (ImageKind::Version, "png", "my photo.png"));
    assert_eq!((picture.width(), picture.height()), (20, 10));
    for (x, y) in [(0, 0), (19, 9), (7, 3)] {
        assert_eq!(picture.pixel(x, y), seen.pixel(x + 4, y + 6));
    }
    assert_eq!(version.map.unwrap().apply(0.5, 0.5), (4.5, 6.5));
    assert!(version.resolved_plan.is_some());

    let second = h.submit(job(Some(&session), vec![Step::new("flip").with("axis", "horizontal")]), None).await;
    let flipped = h.image(&h.store.version(&h.me, &session, second.version.unwrap()).await.unwrap().image).await.1;
    assert_eq!(flipped.pixel(0, 0), picture.pixel(19, 0), "it worked on the version before");

    let mut original = Step::new("rotate").with("degrees", 90);
    original.input = Some(ImageRef::Original);
    let third = h.submit(job(Some(&session), vec![original]), None).await;
    let version = h.store.version(&h.me, &session, third.version.expect("a version")).await.unwrap();
    assert_eq!(version.parent, Some(1), "a version stands under what it was made of");
    assert_eq!(h.image(&version.image).await.1.width(), 30);
}

#[tokio::test]
async fn an_export_is_a_file_and_not_a_version() {
    let h = open().await;
    let session = h.session(file(&gradient(40, 30), Format::Png), Format::Png).await;
    let only = h.submit(job(Some(&session), vec![Step::new("export").with("format", "jpeg")]), None).await;
    assert_eq!((only.error, only.version, only.files.len()), (None, None, 1));
    let steps = vec![Step::new("flip").with("axis", "vertical"), Step::new("export").with("format", "webp")];
    let both = h.submit(job(Some(&session), steps.clone()), None).await;
    assert_eq!((both.version, both.files.len()), (Some(2), 1));
    for (job, format, name) in [(only.files, "jpeg", "my photo.jpg"), (both.files, "webp", "my photo.webp")] {
        let image = h.image(&job[0].image).await.0;
        assert_eq!((image.kind, image.format.as_str(), image.name.as_str()), (ImageKind::Export, format, name));
        assert_eq!(image.expires_at, None);
    }
    let alone = h.run(file(&gradient(40, 30), Format::Png), steps).await;
    assert_eq!(alone.files.len(), 1, "the export is the answer");
    assert_eq!(h.image(&alone.files[0].image).await.0.format, "webp");
}

#[tokio::test]
async fn a_call_without_a_session_answers_in_the_format_that_came() {
    let h = open().await;
    let flip = || vec![Step::new("flip").with("axis", "horizontal")];
    for (format, name) in [(Format::Jpeg, "my photo.jpg"), (Format::Png, "my photo.png")] {
        let job = h.run(file(&gradient(40, 30), format), flip()).await;
        assert_eq!((job.state, job.version, job.files.len()), (JobState::Succeeded, None, 1));
        let image = h.image(&job.files[0].image).await.0;
        assert_eq!((image.kind, image.format.as_str(), image.name.as_str()), (ImageKind::Result, format.name(), name));
        assert!(image.expires_at.is_some());
        let timings = job.timings.unwrap();
        assert_eq!((timings.steps.len(), timings.steps[0].op.as_str()), (1, "flip"));
    }
    let [once, again] =
        [h.run(file(&gradient(40, 30), Format::Png), flip()).await, h.run(file(&gradient(40, 30), Format::Png), flip()).await];
    assert_eq!(h.image(&once.files[0].image).await.0.blob, h.image(&again.files[0].image).await.0.blob, "the same bytes");
}

#[tokio::test]
async fn a_stored_picture_and_the_same_bytes_sent_give_the_same_result() {
    let h = open().await;
    let bytes = file(&gradient(40, 30), Format::Png);
    let session = h.session(bytes.clone(), Format::Png).await;
    let stored = h.store.version(&h.me, &session, 1).await.unwrap().image;
    let flip = || vec![Step::new("flip").with("axis", "horizontal")];
    let sent = h.run(bytes, flip()).await;
    let sources = Sources { images: vec![Source::Stored(stored)], mask: None };
    let by_id = h.submit(job(None, flip()), Some(sources)).await;
    assert_eq!(h.image(&by_id.files[0].image).await.0.blob, h.image(&sent.files[0].image).await.0.blob);
}

#[tokio::test]
async fn what_was_found_is_told_without_a_picture() {
    let h = open().await;
    let job = h.run(file(&gradient(40, 30), Format::Png), vec![Step::new("describe")]).await;
    assert_eq!((job.state, job.error, job.files.len()), (JobState::Succeeded, None, 0));
    assert!(job.report.unwrap().is_object());
    assert!(!job.report_text.unwrap().zh.is_empty());
}

#[tokio::test]
async fn a_selection_is_answered_with_its_mask() {
    let h = open().await;
    let mut mask = Mask::filled(40, 30, 0);
    mask.values_mut()[..400].fill(255);
    let select = Step::new("select").with("target", json!({ "kind": "mask", "mask": "upload", "grow": 0, "feather": 0 }));
    let sources = Sources {
        images: vec![Source::File { bytes: file(&gradient(40, 30), Format::Png), name: "a.png".into(), pixels: 1200 }],
        mask: Some(MaskSource::File { bytes: Arc::new(encode_mask(&mask).unwrap().bytes) }),
    };
    let job = h.submit(job(None, vec![select]), Some(sources)).await;
    assert_eq!((job.error, job.files.len()), (None, 1));
    let bytes = h.store.image_bytes(&h.me, &job.files[0].image).await.unwrap().1;
    assert_eq!(decode_mask(&bytes, &Limits::default()).unwrap(), mask);
}

#[tokio::test]
async fn what_cannot_be_done_fails_with_the_reason_of_the_layer_that_knows_it() {
    let h = open().await;
    let good = || file(&gradient(40, 30), Format::Png);
    let cases = [
        (good(), Step::new("no_such_thing"), "unknown_operation"),
        (good(), Step::new("flip").with("axis", "sideways"), "invalid_parameter"),
        (Arc::new(b"not a picture at all".to_vec()), Step::new("describe"), "unsupported_format"),
    ];
    for (bytes, step, code) in cases {
        let job = h.run(bytes, vec![step]).await;
        assert_eq!((job.state, job.error.expect("a reason").code.as_str()), (JobState::Failed, code));
        assert!(job.files.is_empty());
    }
    let mut missing = Step::new("describe");
    missing.input = Some(ImageRef::Image(2));
    let job = h.run(good(), vec![missing]).await;
    assert_eq!(job.error.unwrap().code, "image_missing");
}
