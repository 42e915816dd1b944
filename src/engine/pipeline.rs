//! The real runner: reads and decodes the inputs, runs the plan, writes what came out as blobs.

use std::collections::HashMap;
use std::sync::Arc;

use crate::imaging::geometry::warp_mask;
use crate::imaging::{EncodeOptions, Format, ImageError, Limits, Mask, Picture, decode, decode_mask, encode, encode_mask, exif};
use crate::models::Models;
use crate::ops::{Artifact, Edit, FileOut, SourceFormat, registry};
use crate::plan::{ImageRef, Plan};
use crate::store::{Blobs, Image, ImageId, ImageKind, Lane, MovedMask, NewImage, Problem, StepTime, StoreError};
use crate::text::Notice;

use super::execute::{self, Env, Run, RunError, execute, output_format, output_name};
use super::history::PastEdit;
use super::inputs::{Input, MaskInput};
use super::job::{Made, MadeMask, MaskSource, Output, Runner, Source, Stop, Work};

/// Decodes, executes, encodes.
pub struct Pipeline {
    blobs: Blobs,
    models: Models,
    limits: Limits,
}

impl Pipeline {
    pub fn new(blobs: Blobs, models: Models, limits: Limits) -> Self {
        Pipeline { blobs, models, limits }
    }
}

impl Runner for Pipeline {
    fn run(&self, work: &Work) -> Result<Output, Stop> {
        let loaded = Loader { pipeline: self, work, by_id: HashMap::new(), by_file: HashMap::new(), notices: vec![] }.load()?;
        let source = loaded.inputs.source;
        let models = if work.job.lane == Lane::Batch { self.models.patient() } else { self.models.clone() };
        let env = Env { models: &models, limits: &self.limits };
        let run = execute(&work.job.plan, &loaded.inputs, &env, &*work.watch, &work.cancel)?;
        // The inputs are not needed while the result is encoded; at 60 MP that is 240 MB each.
        drop(loaded.inputs);
        self.output(work, run, source, loaded.notices)
    }
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        if error.is_cancelled() {
            return Stop::Cancelled;
        }
        if !error.is_refusal() {
            tracing::error!(%error, "a plan failed");
        }
        Stop::Failed(Problem::of(&error))
    }
}

impl From<ImageError> for Stop {
    fn from(error: ImageError) -> Self {
        Stop::Failed(Problem::of(&error))
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a stored picture could not be read or written");
        Stop::Failed(Problem::of(&error))
    }
}

/// The inputs as the executor takes them, and what was noticed while decoding.
struct Loaded {
    inputs: execute::Inputs,
    notices: Vec<Notice>,
}

/// Decodes every file once, whatever number of references name it.
struct Loader<'a> {
    pipeline: &'a Pipeline,
    work: &'a Work,
    by_id: HashMap<ImageId, Arc<Picture>>,
    /// By the address of the bytes, which outlive the loader.
    by_file: HashMap<*const Vec<u8>, (Arc<Picture>, SourceFormat)>,
    notices: Vec<Notice>,
}

impl Loader<'_> {
    fn load(mut self) -> Result<Loaded, Stop> {
        let work = self.work;
        let mut inputs = execute::Inputs { seed: work.job.inputs.seed, lang: work.job.lang, ..Default::default() };
        inputs.recipe = work.inputs.recipe.as_deref().map(Arc::from);
        for (reference, input) in &work.inputs.images {
            if work.cancel.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            let (picture, format) = match input {
                Input::Stored(image) => (self.stored(image)?, None),
                Input::Sent(source) => self.sent(source)?,
            };
            if *reference == ImageRef::Current {
                inputs.source = format;
                if let Input::Sent(Source::File { bytes, .. }) = input {
                    inputs.exif = self.exif(bytes);
                }
            }
            inputs.images.insert(reference.clone(), picture);
        }
        inputs.maps.extend(work.inputs.maps.iter().cloned());
        for (reference, history) in &work.inputs.histories {
            let edits = history.edits.iter().map(|edit| self.edit(edit)).collect::<Result<Vec<_>, Stop>>()?;
            inputs.edits.insert(reference.clone(), edits);
            inputs.edits_cut_off |= history.cut_off;
        }
        let first = match work.inputs.get(&ImageRef::Current) {
            Some(Input::Stored(image)) => Some(image),
            _ => None,
        };
        if let Some(image) = work.inputs.root.as_ref().or(first) {
            inputs.source = self.format_of(image)?;
            if keeps_metadata(&work.job.plan) {
                inputs.exif = self.exif(&self.pipeline.blobs.read_blocking(image)?);
            }
        }
        for (name, mask) in &work.inputs.masks {
            let mask = self.mask(mask)?;
            let mask = match work.job.inputs.moved.iter().find(|moved| moved.mask == *name) {
                Some(moved) => self.moved(&mask, moved),
                None => mask,
            };
            inputs.masks.insert(name.clone(), mask);
        }
        Ok(Loaded { inputs, notices: self.notices })
    }

    /// Its warnings were told when it was uploaded.
    fn stored(&mut self, image: &Image) -> Result<Arc<Picture>, Stop> {
        if let Some(picture) = self.by_id.get(&image.id) {
            return Ok(picture.clone());
        }
        let bytes = self.pipeline.blobs.read_blocking(image)?;
        let picture = decode(&bytes, &self.pipeline.limits)?.picture;
        self.by_id.insert(image.id.clone(), picture.clone());
        Ok(picture)
    }

    fn sent(&mut self, source: &Source) -> Result<(Arc<Picture>, Option<SourceFormat>), Stop> {
        match source {
            Source::Picture { picture, .. } => Ok((picture.clone(), None)),
            Source::Stored(_) => unreachable!("resolved to a stored image before"),
            Source::File { bytes, .. } => {
                let key = Arc::as_ptr(bytes);
                if let Some((picture, format)) = self.by_file.get(&key) {
                    return Ok((picture.clone(), Some(*format)));
                }
                let decoded = decode(bytes, &self.pipeline.limits)?;
                let format = SourceFormat::of(decoded.format, bytes);
                self.notices.extend(decoded.notices);
                self.by_file.insert(key, (decoded.picture.clone(), format));
                Ok((decoded.picture, Some(format)))
            }
        }
    }

    fn mask(&self, mask: &MaskInput) -> Result<Arc<Mask>, Stop> {
        let limits = &self.pipeline.limits;
        let mask = match mask {
            MaskInput::Stored(image) => decode_mask(&self.pipeline.blobs.read_blocking(image)?, limits),
            MaskInput::Sent(MaskSource::File { bytes }) => decode_mask(bytes, limits),
            MaskInput::Sent(MaskSource::Mask(mask)) => return Ok(mask.clone()),
            MaskInput::Sent(MaskSource::Stored(_)) => unreachable!("resolved to a stored image before"),
        };
        Ok(Arc::new(mask.map_err(|e| Stop::Failed(Problem { field: Some("mask".to_owned()), ..Problem::of(&e) }))?))
    }

    /// One edit of a picture's history, its files read.
    fn edit(&mut self, past: &PastEdit) -> Result<Arc<Edit>, Stop> {
        if self.work.cancel.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let (before, after) = (self.stored(&past.before)?, self.stored(&past.after)?);
        let mask = past.mask.as_ref().map(|image| self.mask(&MaskInput::Stored(image.clone()))).transpose()?;
        let mut artifacts = Vec::with_capacity(past.artifacts.len());
        for (role, image) in &past.artifacts {
            let artifact = match role.as_str() {
                "cutout" => Artifact::Picture(self.stored(image)?),
                _ => Artifact::Mask(self.mask(&MaskInput::Stored(image.clone()))?),
            };
            artifacts.push((role.clone(), artifact));
        }
        let (name, ops) = (past.name.clone(), past.ops.clone());
        Ok(Arc::new(Edit { name, ops, before, after, map: past.map, mask, exact: past.exact, artifacts }))
    }

    fn exif(&self, bytes: &[u8]) -> Option<Arc<Vec<u8>>> {
        exif::kept(exif::block(bytes, &self.pipeline.limits)?, true).map(Arc::new)
    }

    /// The mask where its place is now.
    fn moved(&mut self, mask: &Mask, to: &MovedMask) -> Arc<Mask> {
        self.notices.push(Notice::new(
            "mask_moved",
            "前面的步骤改了，画面的位置或大小也变了；蒙版已移到同一处。",
            "An earlier step was edited and the picture lies differently now; the mask was moved to the same place.",
        ));
        Arc::new(warp_mask(mask, &to.map, to.width, to.height))
    }

    fn format_of(&self, image: &Image) -> Result<Option<SourceFormat>, Stop> {
        let Some(format) = Format::parse(&image.format) else { return Ok(None) };
        // Only WebP's bytes say whether it lost something.
        let bytes = if format == Format::Webp { self.pipeline.blobs.read_blocking(image)? } else { vec![] };
        Ok(Some(SourceFormat::of(format, &bytes)))
    }
}

/// Whether a step writes metadata: only then is the upload's file read again.
fn keeps_metadata(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| step.params.get("metadata").is_some_and(|v| v == "keep"))
}

impl Pipeline {
    fn output(&self, work: &Work, mut run: Run, source: Option<SourceFormat>, mut warnings: Vec<Notice>) -> Result<Output, Stop> {
        for notice in run.notices() {
            if !warnings.contains(&notice) {
                warnings.push(notice);
            }
        }
        let steps: Vec<StepTime> =
            run.steps.iter().map(|s| StepTime { id: s.id.clone(), op: s.op.clone(), ms: s.elapsed.as_secs_f64() * 1e3 }).collect();
        // Earlier steps' pictures go before the result is encoded.
        run.steps = vec![];
        let mut files = self.files(work, &run)?;
        let (parts, notices) = self.parts(work, &run, source)?;
        files.extend(parts);
        warnings.extend(notices);
        let (picture, notices) = if work.job.session.is_some() {
            (self.version(work, &run)?, vec![])
        } else {
            self.result(work, &run, source, !files.is_empty())?
        };
        warnings.extend(notices);
        Ok(Output {
            picture,
            mask: self.target(work, &run)?,
            files,
            map: run.map,
            exact_outside_target: run.exact_outside_target,
            resolved_plan: Some(serde_json::to_value(&run.resolved_plan).expect("a resolved plan has string keys and finite numbers")),
            report: run.report,
            warnings,
            run_ms: run.model_time.run.as_secs_f64() * 1e3,
            wait_ms: run.model_time.wait.as_secs_f64() * 1e3,
            load_ms: run.model_time.load.as_secs_f64() * 1e3,
            steps,
        })
    }

    /// What a session keeps: the exact pixels. Nothing where the plan made no picture.
    fn version(&self, work: &Work, run: &Run) -> Result<Option<Made>, Stop> {
        if !run.makes_version {
            return Ok(None);
        }
        let bytes = encode(&run.picture, &EncodeOptions::new(Format::Png))?.bytes;
        self.made(ImageKind::Version, name(work, "png", 0), &run.picture, Format::Png, &bytes).map(Some)
    }

    /// What a call without a session answers where the plan exports nothing: the picture in its source's format, for a selection the mask.
    fn result(&self, work: &Work, run: &Run, source: Option<SourceFormat>, exports: bool) -> Result<(Option<Made>, Vec<Notice>), Stop> {
        if exports {
            return Ok((None, vec![]));
        }
        if !run.makes_version && last_step_makes_no_version(work) {
            return Ok((self.selection(work, run)?, vec![]));
        }
        let options = output_format(&run.picture, source, None);
        let encoded = encode(&run.picture, &options)?;
        let name = name(work, encoded.format.extension(), 0);
        let made = self.made(ImageKind::Result, name, &run.picture, encoded.format, &encoded.bytes)?;
        Ok((Some(made), encoded.notices))
    }

    /// The resolved target: a step's own is stored already, that of several steps together is not.
    fn target(&self, work: &Work, run: &Run) -> Result<Option<MadeMask>, Stop> {
        let Some(mask) = &run.mask else { return Ok(None) };
        if let Some(id) = work.watch.announced(mask) {
            return Ok(Some(MadeMask::Announced(id)));
        }
        let kept = work.job.session.is_some() || work.job.inputs.keep_artifacts;
        if kept { self.grey(ImageKind::Mask, work, mask).map(|made| Some(MadeMask::New(made))) } else { Ok(None) }
    }

    fn selection(&self, work: &Work, run: &Run) -> Result<Option<Made>, Stop> {
        let Some(mask) = run.mask.as_ref().filter(|_| run.report.is_none()) else { return Ok(None) };
        self.grey(ImageKind::Result, work, mask).map(Some)
    }

    fn grey(&self, kind: ImageKind, work: &Work, mask: &Mask) -> Result<Made, Stop> {
        let pin = self.blobs.put_blocking(&encode_mask(mask)?.bytes)?;
        let new = NewImage {
            kind,
            name: name(work, "png", 0),
            width: mask.width(),
            height: mask.height(),
            format: Format::Png.name().to_owned(),
            alpha: false,
            warnings: vec![],
            keep: None,
        };
        Ok(Made { new, pin })
    }

    fn files(&self, work: &Work, run: &Run) -> Result<Vec<Made>, Stop> {
        run.files.iter().enumerate().map(|(n, file)| self.file(work, run, n, file)).collect()
    }

    fn file(&self, work: &Work, run: &Run, n: usize, file: &FileOut) -> Result<Made, Stop> {
        let format = Format::parse(file.mime);
        // A PNG and a JPEG of one picture have two names already.
        let like_it = run.files[..n].iter().filter(|earlier| earlier.extension == file.extension).count();
        let new = NewImage {
            kind: ImageKind::Export,
            name: file.part.map_or_else(|| name(work, file.extension, like_it), |part| part_name(work, file.extension, part)),
            width: file.width,
            height: file.height,
            format: format.map_or(file.extension, Format::name).to_owned(),
            alpha: format.is_some_and(Format::holds_alpha) && !run.picture.is_opaque(),
            warnings: vec![],
            keep: None,
        };
        Ok(Made { new, pin: self.blobs.put_blocking(&file.bytes)? })
    }

    /// The parts of a picture that no export wrote, each as the whole would be written.
    fn parts(&self, work: &Work, run: &Run, source: Option<SourceFormat>) -> Result<(Vec<Made>, Vec<Notice>), Stop> {
        let (mut parts, mut notices): (_, Vec<Notice>) = (vec![], vec![]);
        for (n, piece) in (1..).zip(&run.pieces) {
            if work.cancel.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            // One answer for all of them: a part without the transparent corner is no other kind of file.
            let encoded = encode(piece, &output_format(&run.picture, source, None))?;
            let name = part_name(work, encoded.format.extension(), n);
            parts.push(self.made(ImageKind::Export, name, piece, encoded.format, &encoded.bytes)?);
            for notice in encoded.notices {
                if !notices.contains(&notice) {
                    notices.push(notice);
                }
            }
        }
        Ok((parts, notices))
    }

    fn made(&self, kind: ImageKind, name: String, picture: &Picture, format: Format, bytes: &[u8]) -> Result<Made, Stop> {
        let new = NewImage {
            kind,
            name,
            width: picture.width(),
            height: picture.height(),
            format: format.name().to_owned(),
            alpha: format.holds_alpha() && !picture.is_opaque(),
            warnings: vec![],
            keep: None,
        };
        Ok(Made { new, pin: self.blobs.put_blocking(bytes)? })
    }
}

/// `describe`, `select` and the like answer something else than a picture.
fn last_step_makes_no_version(work: &Work) -> bool {
    let last = work.job.plan.steps.last();
    last.and_then(|step| registry::find(&step.op)).is_some_and(|op| !op.spec().makes_version)
}

/// `photo-1.png`: the `n`-th part (from 1 on) of the upload.
fn part_name(work: &Work, extension: &str, n: u32) -> String {
    let whole = name(work, extension, 0);
    format!("{}-{n}.{extension}", &whole[..whole.len() - extension.len() - 1])
}

/// The `n`-th file (0-based) of its kind of a job, named after the upload.
fn name(work: &Work, extension: &str, n: usize) -> String {
    // A stem is no file name: its last dot must not be taken for an extension.
    let upload = format!("{}.{extension}", work.job.inputs.stem);
    let name = output_name(Some(&upload), extension);
    match n {
        0 => name,
        n => format!("{}-{}.{extension}", &name[..name.len() - extension.len() - 1], n + 1),
    }
}
