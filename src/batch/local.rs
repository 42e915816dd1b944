//! A batch on this machine: files in, files out, without a store or a server. Each worker takes a file from its bytes to its result, so that one decodes or
//! writes while another's model runs; one file that fails stops nothing.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use sha2::{Digest as _, Sha256};

use super::Done;
use super::journal::{Entry, Journal};
use crate::cancel::Cancel;
use crate::engine::execute::{Env, Inputs, Run, execute};
use crate::engine::output_format;
use crate::imaging::{Format, Limits, Mask, Picture, decode, decode_mask, encode, encode_mask, exif, probe};
use crate::models::Models;
use crate::ops::{SourceFormat, Unwatched};
use crate::plan::ImageRef;
use crate::recipe::{Bound, Recipe};
use crate::store::Problem;
use crate::text::Notice;

/// What all items have in common.
pub struct Local<'a> {
    pub models: &'a Models,
    pub limits: Limits,
    pub recipe: &'a Recipe,
    /// `image:2` … that all items share, by number.
    pub with: BTreeMap<usize, PathBuf>,
    /// The results' format; the plan's or the source's without it.
    pub format: Option<Format>,
    pub out: PathBuf,
    /// Where values that name files are looked for, one after the other.
    pub folders: Vec<PathBuf>,
    pub cancel: Cancel,
    /// Pixels of all pictures that are worked on at once.
    pub pixels_in_flight: u64,
}

/// One file.
#[derive(Clone, Debug)]
pub struct Task {
    /// As the batch names it: the path below the folder.
    pub file: String,
    pub path: PathBuf,
    /// The result's path below the output folder, without its extension.
    pub stem: String,
    /// The plan with the item's values, or why there is none.
    pub bound: Result<Bound, Problem>,
}

/// What became of an item.
#[derive(Clone, Debug)]
pub enum Became {
    /// Done now.
    Done(Done),
    /// Done by an earlier run, of the same picture with the same plan and models.
    Kept(Done),
    Failed(Problem),
    /// The batch was stopped before.
    Stopped,
}

/// The state of a running batch.
pub struct Runner<'a> {
    local: &'a Local<'a>,
    journal: Mutex<Journal>,
    gate: Gate,
    shared: Shared,
    hashes: BTreeMap<String, String>,
}

impl<'a> Runner<'a> {
    pub fn new(local: &'a Local<'a>, journal: Journal) -> Self {
        let gate = Gate { free: Mutex::new(local.pixels_in_flight), freed: Condvar::new(), most: local.pixels_in_flight };
        Runner { local, journal: Mutex::new(journal), gate, shared: Shared::default(), hashes: local.models.hashes() }
    }

    /// Runs all tasks on `workers` threads; `ended` hears of each as it ends, from any of them.
    pub fn run(&self, tasks: &[Task], workers: usize, ended: &(dyn Fn(usize, &Became) + Sync)) {
        let next = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..workers.clamp(1, tasks.len().max(1)) {
                scope.spawn(|| {
                    loop {
                        let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Some(task) = tasks.get(n) else { break };
                        let became = if self.local.cancel.is_cancelled() { Became::Stopped } else { self.one(task) };
                        ended(n, &became);
                    }
                });
            }
        });
    }

    fn one(&self, task: &Task) -> Became {
        match self.work(task) {
            Ok(became) => became,
            Err(problem) if problem.code == "cancelled" => Became::Stopped,
            Err(problem) => Became::Failed(problem),
        }
    }

    fn work(&self, task: &Task) -> Result<Became, Problem> {
        let began = Instant::now();
        let bound = task.bound.as_ref().map_err(Problem::clone)?;
        let bytes = std::fs::read(&task.path).map_err(|e| unreadable(&e))?;
        let input = hex::encode(Sha256::digest(&bytes));
        let work = self.work_hash(bound)?;
        if let Some(done) = self.kept(&task.file, &input, &work) {
            return Ok(Became::Kept(done));
        }
        let header = probe(&bytes, &self.local.limits).map_err(|e| Problem::of(&e))?;
        let _held = self.gate.take(u64::from(header.width) * u64::from(header.height));
        let (inputs, mut notices) = self.inputs(bytes, bound)?;
        let source = inputs.source;
        let env = Env { models: self.local.models, limits: &self.local.limits };
        let mut run = execute(&bound.plan, &inputs, &env, &Unwatched, &self.local.cancel).map_err(|e| Problem::of(&e))?;
        drop(inputs);
        notices.extend(run.notices());
        let models = run.resolved_plan.steps.iter().flat_map(|s| &s.models).map(|m| (m.name.clone(), m.sha256.clone())).collect();
        run.steps = vec![];
        let files = self.files(&run, source, &mut notices)?;
        let mut done = Done { report: run.report.as_ref().map(|(value, _)| value.clone()), ..Done::default() };
        let several = files.len() > 1;
        for (i, file) in files.into_iter().enumerate() {
            let number = if several { format!("-{}", i + 1) } else { String::new() };
            let name = format!("{}{number}.{}", task.stem, file.extension);
            self.write(&name, &file.bytes).map_err(|e| unwritable(&e))?;
            done.outputs.push(name);
            done.bytes += file.bytes.len() as u64;
            (done.width, done.height) = (file.width, file.height);
        }
        for notice in notices {
            if !done.warnings.contains(&notice) {
                done.warnings.push(notice);
            }
        }
        self.remove_stale(&task.file, &done);
        done.ms = began.elapsed().as_millis() as u64;
        let entry = Entry { file: task.file.clone(), input, work, models, done: done.clone() };
        self.journal().note(entry).map_err(|e| unwritable(&e))?;
        Ok(Became::Done(done))
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an earlier run with another plan wrote under other names (a JPEG where it is a PNG now) must not lie among the results.
    fn remove_stale(&self, file: &str, done: &Done) {
        let journal = self.journal();
        let stale = journal.outputs().filter(|(of, name)| *of == file && !done.outputs.iter().any(|now| now == name));
        for (_, name) in stale {
            let inside = Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_)));
            if inside && let Err(error) = std::fs::remove_file(self.local.out.join(name)) {
                tracing::debug!(%error, "an older result could not be removed");
            }
        }
    }

    /// What an earlier run made, if it would be made the same way now.
    fn kept(&self, file: &str, input: &str, work: &str) -> Option<Done> {
        let journal = self.journal();
        let entry = journal.done(file).filter(|e| e.input == input && e.work == work)?;
        let same = |(name, sha): (&String, &String)| self.hashes.get(name) == Some(sha);
        entry.models.iter().all(same).then(|| entry.done.clone())
    }

    /// All that decides the result besides the picture and the models.
    fn work_hash(&self, bound: &Bound) -> Result<String, Problem> {
        let mut hash = Sha256::new();
        hash.update(serde_json::to_vec(&bound.plan).unwrap_or_default());
        hash.update(self.local.format.map_or("", Format::name));
        for (key, path) in self.others(bound)? {
            hash.update(key.as_bytes());
            hash.update(self.shared.hash_of(&path)?);
        }
        for (key, file) in &self.local.recipe.files {
            hash.update(key.as_bytes());
            hash.update(Sha256::digest(&file.data));
        }
        Ok(hex::encode(hash.finalize()))
    }

    /// Files besides the picture: `image:2` …, `mask_1` … .
    fn others(&self, bound: &Bound) -> Result<BTreeMap<String, PathBuf>, Problem> {
        let mut all: BTreeMap<String, PathBuf> =
            self.local.with.iter().map(|(n, path)| (ImageRef::Image(*n).to_string(), path.clone())).collect();
        let named = bound.images.iter().map(|(n, file)| (ImageRef::Image(*n).to_string(), file));
        for (key, file) in named.chain(bound.masks.iter().map(|(key, file)| (key.clone(), file))) {
            all.insert(key, self.find(file)?);
        }
        Ok(all)
    }

    /// A file that a value names.
    fn find(&self, file: &str) -> Result<PathBuf, Problem> {
        let path = Path::new(file);
        let mut places = self.local.folders.iter().map(|folder| folder.join(path));
        places
            .find(|place| place.is_file())
            .ok_or_else(|| Problem::new("file_missing", format!("没有文件“{file}”。"), format!("There is no file `{file}`.")))
    }

    fn inputs(&self, bytes: Vec<u8>, bound: &Bound) -> Result<(Inputs, Vec<Notice>), Problem> {
        let limits = &self.local.limits;
        let decoded = decode(&bytes, limits).map_err(|e| Problem::of(&e))?;
        let mut inputs = Inputs {
            source: Some(SourceFormat::of(decoded.format, &bytes)),
            exif: exif::block(&bytes, limits).and_then(|block| exif::kept(block, true)).map(Arc::new),
            ..Inputs::one(decoded.picture)
        };
        for (key, file) in &self.local.recipe.files {
            let shared = self.shared.of_bytes(key, &file.data, limits)?;
            add_other(&mut inputs, key, shared);
        }
        for (key, path) in self.others(bound)? {
            let shared = self.shared.of_file(&key, &path, limits)?;
            add_other(&mut inputs, &key, shared);
        }
        Ok((inputs, decoded.notices))
    }

    fn files(&self, run: &Run, source: Option<SourceFormat>, notices: &mut Vec<Notice>) -> Result<Vec<OutFile>, Problem> {
        if !run.files.is_empty() {
            let file =
                |f: &crate::ops::FileOut| OutFile { bytes: f.bytes.clone(), extension: f.extension, width: f.width, height: f.height };
            return Ok(run.files.iter().map(file).collect());
        }
        if !run.pieces.is_empty() {
            let options = output_format(&run.picture, source, self.local.format);
            let part = |piece: &Arc<Picture>| {
                let encoded = encode(piece, &options).map_err(|e| Problem::of(&e))?;
                notices.extend(encoded.notices);
                let (width, height) = (piece.width(), piece.height());
                Ok(OutFile { bytes: Arc::new(encoded.bytes), extension: encoded.format.extension(), width, height })
            };
            return run.pieces.iter().map(part).collect();
        }
        if !run.makes_version {
            if run.report.is_some() {
                return Ok(vec![]);
            }
            if let Some(mask) = &run.mask {
                let encoded = encode_mask(mask).map_err(|e| Problem::of(&e))?;
                return Ok(vec![OutFile { bytes: Arc::new(encoded.bytes), extension: "png", width: mask.width(), height: mask.height() }]);
            }
        }
        // What changed nothing is still a result: the folder of results is complete.
        let options = output_format(&run.picture, source, self.local.format);
        let encoded = encode(&run.picture, &options).map_err(|e| Problem::of(&e))?;
        notices.extend(encoded.notices);
        let (width, height) = (run.picture.width(), run.picture.height());
        Ok(vec![OutFile { bytes: Arc::new(encoded.bytes), extension: encoded.format.extension(), width, height }])
    }

    /// A result is there whole or not at all.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.local.out.join(name);
        let folder = path.parent().unwrap_or(&self.local.out);
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".portico-").suffix(".part").tempfile_in(folder)?;
        file.write_all(bytes)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // A temporary file is its owner's alone; a result is a file like any other.
            let mask = std::fs::metadata(folder)?.permissions().mode() & 0o666;
            file.as_file().set_permissions(std::fs::Permissions::from_mode(mask & 0o644))?;
        }
        file.persist(path)?;
        Ok(())
    }
}

struct OutFile {
    bytes: Arc<Vec<u8>>,
    extension: &'static str,
    width: u32,
    height: u32,
}

fn unreadable(error: &io::Error) -> Problem {
    Problem::new("file_unreadable", format!("文件读不了：{error}"), format!("The file cannot be read: {error}."))
}

fn unwritable(error: &io::Error) -> Problem {
    Problem::new("file_unwritable", format!("结果写不进输出文件夹：{error}"), format!("The result cannot be written: {error}."))
}

/// A picture or mask that several items share.
#[derive(Clone)]
pub enum Other {
    Picture(Arc<Picture>),
    Mask(Arc<Mask>),
}

/// Gives a plan the file that it calls `key`: `image:N`, or the name of a mask.
pub fn add_other(inputs: &mut Inputs, key: &str, other: Other) {
    match other {
        Other::Picture(picture) => {
            if let Ok(reference) = key.parse() {
                inputs.images.insert(reference, picture);
            }
        }
        Other::Mask(mask) => {
            inputs.masks.insert(key.to_owned(), mask);
        }
    }
}

/// Further pictures stay decoded while they are used again and again.
#[derive(Default)]
struct Shared {
    kept: Mutex<HashMap<String, Other>>,
    hashes: Mutex<HashMap<PathBuf, String>>,
}

/// So many further pictures are kept decoded.
const MOST_SHARED: usize = 8;

impl Shared {
    fn hash_of(&self, path: &Path) -> Result<String, Problem> {
        let mut hashes = self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = hashes.get(path) {
            return Ok(known.clone());
        }
        let bytes = std::fs::read(path).map_err(|e| unreadable(&e))?;
        let hash = hex::encode(Sha256::digest(&bytes));
        hashes.insert(path.to_owned(), hash.clone());
        Ok(hash)
    }

    fn of_file(&self, key: &str, path: &Path, limits: &Limits) -> Result<Other, Problem> {
        self.get(&format!("{key} {}", path.display()), || {
            let bytes = std::fs::read(path).map_err(|e| unreadable(&e))?;
            read_other(key, &bytes, limits)
        })
    }

    fn of_bytes(&self, key: &str, bytes: &[u8], limits: &Limits) -> Result<Other, Problem> {
        self.get(key, || read_other(key, bytes, limits))
    }

    fn get(&self, name: &str, make: impl FnOnce() -> Result<Other, Problem>) -> Result<Other, Problem> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(name) {
            return Ok(known.clone());
        }
        let made = make()?;
        if kept.len() >= MOST_SHARED {
            kept.clear();
        }
        kept.insert(name.to_owned(), made.clone());
        Ok(made)
    }
}

/// A picture where the plan calls it `image:N`, else a mask.
///
/// # Errors
/// What decoding says.
pub fn read_other(key: &str, bytes: &[u8], limits: &Limits) -> Result<Other, Problem> {
    if key.parse::<ImageRef>().is_ok_and(|r| matches!(r, ImageRef::Image(_))) {
        return Ok(Other::Picture(decode(bytes, limits).map_err(|e| Problem::of(&e))?.picture));
    }
    Ok(Other::Mask(Arc::new(decode_mask(bytes, limits).map_err(|e| Problem::of(&e))?)))
}

/// Lets pictures in while there is room for their pixels; one that is larger than all the room works alone.
struct Gate {
    free: Mutex<u64>,
    freed: Condvar,
    most: u64,
}

struct Held<'a>(&'a Gate, u64);

impl Gate {
    fn take(&self, pixels: u64) -> Held<'_> {
        let pixels = pixels.min(self.most);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < pixels {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= pixels;
        Held(self, pixels)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += self.1;
        self.0.freed.notify_all();
    }
}
