//! `portico edit`: pictures, an instruction or a plan, and a file out; no server, no database, no lock.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::given::{check_models, read_recipe, ready};
use super::{UNCLEAR, terminal_lang};
use crate::batch::local::{add_other, read_other};
use crate::cancel::Cancel;
use crate::config::Config;
use crate::engine::execute::{Env, Inputs, Run, RunError, execute, output_format};
use crate::imaging::{Encoded, Format, Limits, Picture, decode, decode_mask, encode, encode_mask, exif};
use crate::models::Models;
use crate::ops::{SourceFormat, Watch};
use crate::plan::{self, Answer, Context, ImageRef, Plan, Step, words};
use crate::text::{Explain, Lang, Notice, Text};

#[derive(Args)]
pub struct EditArgs {
    /// Pictures, then the instruction (left out with --plan or --recipe)
    #[arg(required = true, value_name = "IN… INSTRUCTION")]
    words: Vec<String>,
    /// The file to write; its extension chooses the format. Several results become FILE-1, FILE-2 …; a folder (`DIR/`) takes them too
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Run this plan (JSON) in place of an instruction
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Run this recipe (JSON, or a picture that carries one) in place of an instruction
    #[arg(long, value_name = "FILE", conflicts_with = "plan")]
    recipe: Option<PathBuf>,
    /// A value for a parameter of the recipe
    #[arg(long = "set", value_name = "NAME=VALUE", requires = "recipe")]
    values: Vec<String>,
    /// Run the recipe also with other models than those it is pinned to
    #[arg(long, requires = "recipe")]
    any_models: bool,
    /// A mask for the first picture: white = edit
    #[arg(long, value_name = "FILE")]
    mask: Option<PathBuf>,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// An error with words in both languages, shown in the instruction's.
pub(super) fn say(lang: Lang, error: &dyn Explain) -> anyhow::Error {
    anyhow::anyhow!("{}", error.text().get(lang))
}

pub fn run(args: EditArgs, models: &Models, config: &Config) -> anyhow::Result<ExitCode> {
    let mut files = args.words.clone();
    let instruction = if args.plan.is_some() || args.recipe.is_some() { None } else { files.pop() };
    let lang = instruction.as_deref().and_then(Lang::of).unwrap_or_else(terminal_lang);
    anyhow::ensure!(!files.is_empty(), "give at least one picture and an instruction: portico edit photo.jpg \"crop to 1:1\" -o out.png");
    let mut brought = vec![];
    let plan = match (&args.plan, &args.recipe, &instruction) {
        (Some(path), ..) => read_plan(path, files.len(), args.mask.is_some(), lang)?,
        (_, Some(path), _) => {
            let recipe = read_recipe(path, lang)?;
            check_models(&recipe, args.any_models, models, lang)?;
            let ready = ready(&recipe, &args.values, files.len(), lang)?;
            brought = ready.files;
            ready.plan
        }
        (.., Some(text)) => match understand(text, files.len(), args.mask.is_some()) {
            Ok(plan) => plan,
            Err(why) => {
                eprintln!("{why}");
                return Ok(ExitCode::from(UNCLEAR));
            }
        },
        _ => anyhow::bail!("an instruction, --plan or --recipe is needed"),
    };
    let plan = with_layers(plan, args.output.as_deref());
    let limits = Limits { max_bytes: config.limits.max_upload_bytes, max_pixels: config.limits.max_pixels, ..Limits::default() };
    let began = Instant::now();
    let mut notices = Vec::new();
    let mut inputs = Inputs { lang, ..load(&files, args.mask.as_deref(), &limits, lang, &mut notices)? };
    for (key, bytes) in brought {
        let file = read_other(&key, &bytes, &limits).map_err(|e| anyhow::anyhow!("{key}: {}", e.text.get(lang)))?;
        add_other(&mut inputs, &key, file);
    }
    let cancel = Cancel::new();
    let watch = Lines { lang, plan: words(&plan, lang), quiet: args.json, last: Mutex::new(None) };
    let run = execute(&plan, &inputs, &Env { models, limits: &limits }, &watch, &cancel).map_err(|e: RunError| say(lang, &e))?;
    let source = inputs.source;
    // Nothing below needs the inputs; at 60 MP they are 240 MB each.
    drop(inputs);
    let written = write(&args, &run, source, Path::new(&files[0]), lang, &mut notices)?;
    for notice in run.notices() {
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }
    report(&args, &plan, &run, &written, &notices, lang, began)?;
    Ok(ExitCode::SUCCESS)
}

/// `-o out.psd` is an export: only a step knows what led to the picture.
fn with_layers(mut plan: Plan, output: Option<&Path>) -> Plan {
    let wanted = output.and_then(|path| Format::from_file_name(&path.to_string_lossy())).filter(|format| format.holds_layers());
    let Some(format) = wanted else { return plan };
    let asked = |step: &Step| step.params.get("format").and_then(|v| v.as_str()).and_then(Format::parse);
    if plan.steps.iter().any(|step| step.op == "export" && asked(step) == Some(format)) {
        return plan;
    }
    match plan.steps.last_mut().filter(|step| step.op == "export" && asked(step).is_none()) {
        Some(step) => drop(step.params.insert("format".to_owned(), json!(format.name()))),
        None => plan.steps.push(Step::new("export").with("format", format.name())),
    }
    plan.fill_ids();
    plan
}

/// The plan that the words mean, or what to say instead.
pub(super) fn understand(text: &str, attached: usize, mask: bool) -> Result<Plan, String> {
    let lang = Lang::of(text).unwrap_or_default();
    match plan::read(text, &Context { attached, mask, ..Context::default() }).answer {
        Answer::Plan(plan) => Ok(plan),
        Answer::Question(question) => {
            let options = question.options.iter().enumerate().map(|(i, o)| format!("\n  {}. {}", i + 1, o.label.get(lang)));
            Err(format!("{}{}", question.text.get(lang), options.collect::<String>()))
        }
        Answer::Reply(text) => Err(text.get(lang).to_owned()),
        Answer::Command(_) => Err(Text::new(
            "撤销、重做、回到旧版本需要在会话中使用（portico serve）。",
            "Undo, redo and going back to a version need a conversation (portico serve).",
        )
        .get(lang)
        .to_owned()),
    }
}

pub(super) fn read_plan(path: &Path, attached: usize, mask: bool, lang: Lang) -> anyhow::Result<Plan> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut plan: Plan = serde_json::from_str(&text).with_context(|| format!("{}: not a plan", path.display()))?;
    plan.fill_ids();
    plan::validate(&plan, &Context { attached, mask, ..Context::default() }).map_err(|e| say(lang, &e))?;
    Ok(plan)
}

fn load(files: &[String], mask: Option<&Path>, limits: &Limits, lang: Lang, notices: &mut Vec<Notice>) -> anyhow::Result<Inputs> {
    let mut inputs = Inputs::default();
    for (i, file) in files.iter().enumerate() {
        let bytes = std::fs::read(file).with_context(|| file.clone())?;
        let decoded = decode(&bytes, limits).map_err(|e| say(lang, &e)).with_context(|| file.clone())?;
        if i == 0 {
            inputs.source = Some(SourceFormat::of(decoded.format, &bytes));
            inputs.exif = exif::block(&bytes, limits).and_then(|block| exif::kept(block, true)).map(Arc::new);
        }
        notices.extend(decoded.notices);
        inputs.images.insert(ImageRef::Image(i + 1), decoded.picture);
    }
    if let Some(path) = mask {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).with_context(|| shown.clone())?;
        let mask = decode_mask(&bytes, limits).map_err(|e| say(lang, &e)).context(shown)?;
        inputs.masks.insert(crate::engine::UPLOADED_MASK.to_owned(), Arc::new(mask));
    }
    Ok(inputs)
}

/// A file on disk.
struct Written {
    path: PathBuf,
    width: u32,
    height: u32,
    bytes: u64,
}

/// A file about to be written.
struct ToWrite {
    bytes: Arc<Vec<u8>>,
    extension: &'static str,
    size: (u32, u32),
    part: Option<u32>,
}

impl ToWrite {
    fn encoded(encoded: Encoded, picture: &Picture, part: Option<u32>) -> ToWrite {
        let size = (picture.width(), picture.height());
        ToWrite { bytes: Arc::new(encoded.bytes), extension: encoded.format.extension(), size, part }
    }
}

/// What the output is written as, and what was noticed on the way.
struct Writer<'a> {
    source: Option<SourceFormat>,
    wanted: Option<Format>,
    lang: Lang,
    notices: &'a mut Vec<Notice>,
}

impl Writer<'_> {
    fn encode(&mut self, picture: &Picture, like: &Picture, part: Option<u32>) -> anyhow::Result<ToWrite> {
        let encoded = encode(picture, &output_format(like, self.source, self.wanted)).map_err(|e| say(self.lang, &e))?;
        for notice in &encoded.notices {
            if !self.notices.contains(notice) {
                self.notices.push(notice.clone());
            }
        }
        Ok(ToWrite::encoded(encoded, picture, part))
    }

    /// The parts that no export wrote, the exports, the picture, or the mask.
    fn files(&mut self, args: &EditArgs, run: &Run) -> anyhow::Result<Vec<ToWrite>> {
        let mut files = self.exports(run)?;
        for (n, piece) in (1..).zip(&run.pieces) {
            files.push(self.encode(piece, &run.picture, Some(n))?);
        }
        if !files.is_empty() {
            return Ok(files);
        }
        if run.makes_version {
            return Ok(vec![self.encode(&run.picture, &run.picture, None)?]);
        }
        if let (Some(mask), None, Some(_)) = (&run.mask, &run.report, &args.output) {
            let encoded = encode_mask(mask).map_err(|e| say(self.lang, &e))?;
            return Ok(vec![ToWrite { bytes: Arc::new(encoded.bytes), extension: "png", size: (mask.width(), mask.height()), part: None }]);
        }
        if args.output.is_some() && run.report.is_none() {
            // The plan changed nothing (nothing was found, say): the picture is still what was asked for.
            return Ok(vec![self.encode(&run.picture, &run.picture, None)?]);
        }
        Ok(vec![])
    }

    /// Where `-o` names a format, those exports that have it.
    fn exports(&self, run: &Run) -> anyhow::Result<Vec<ToWrite>> {
        let fits = |extension: &str| self.wanted.is_none_or(|w| Format::parse(extension) == Some(w));
        if let Some(other) = run.files.iter().find(|f| !fits(f.extension))
            && !run.files.iter().any(|f| fits(f.extension))
        {
            let text = Text::new(
                format!("说明要导出 {}，但 -o 的扩展名是另一种格式；请改成一致。", other.extension),
                format!("The instruction exports {}, but -o names another format; make them agree.", other.extension),
            );
            anyhow::bail!("{}", text.get(self.lang));
        }
        let files = run.files.iter().filter(|f| fits(f.extension));
        Ok(files.map(|f| ToWrite { bytes: f.bytes.clone(), extension: f.extension, size: (f.width, f.height), part: f.part }).collect())
    }
}

/// Writes to `-o`, a file or a folder; without one, nothing that exists is overwritten.
fn write(
    args: &EditArgs,
    run: &Run,
    source: Option<SourceFormat>,
    first: &Path,
    lang: Lang,
    notices: &mut Vec<Notice>,
) -> anyhow::Result<Vec<Written>> {
    let folder = args.output.as_deref().filter(|path| is_folder(path));
    let wanted = match &args.output {
        Some(path) if folder.is_none() => Some(wanted_format(path, lang)?),
        _ => None,
    };
    let files = Writer { source, wanted, lang, notices }.files(args, run)?;
    if let Some(folder) = folder.filter(|_| !files.is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let many = files.len() > 1;
    let mut written: Vec<Written> = Vec::with_capacity(files.len());
    for (i, file) in files.into_iter().enumerate() {
        let number = if many { file.part.or(Some(i as u32 + 1)) } else { None };
        let taken = |path: &Path| written.iter().any(|w| w.path == path);
        let path = match (&args.output, folder) {
            (_, Some(folder)) => numbered(&folder.join(first.file_name().unwrap_or_default()), number, file.extension, taken),
            (Some(path), None) if many => {
                let extension = path.extension().map_or_else(|| file.extension.into(), |e| e.to_string_lossy());
                numbered(path, number, &extension, taken)
            }
            (Some(path), None) => path.clone(),
            (None, None) => free_name(first, number, file.extension),
        };
        std::fs::write(&path, file.bytes.as_slice()).with_context(|| path.display().to_string())?;
        written.push(Written { path, width: file.size.0, height: file.size.1, bytes: file.bytes.len() as u64 });
    }
    Ok(written)
}

/// It ends with a slash, or is a folder already.
fn is_folder(path: &Path) -> bool {
    path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) || path.is_dir()
}

/// `photo-2.png` beside `photo.png`; a further number where this run has written that already.
fn numbered(path: &Path, number: Option<u32>, extension: &str, taken: impl Fn(&Path) -> bool) -> PathBuf {
    let stem = path.file_stem().map_or_else(|| "picture".into(), |s| s.to_string_lossy().into_owned());
    let stem = number.map_or_else(|| stem.clone(), |n| format!("{stem}-{n}"));
    let plain = path.with_file_name(format!("{stem}.{extension}"));
    let more = (2..).map(|n| path.with_file_name(format!("{stem}-{n}.{extension}")));
    std::iter::once(plain).chain(more).find(|p| !taken(p)).expect("there are infinitely many candidates")
}

fn wanted_format(path: &Path, lang: Lang) -> anyhow::Result<Format> {
    Format::from_file_name(&path.to_string_lossy()).filter(|f| f.can_encode()).ok_or_else(|| {
        let text = Text::new(
            "-o 的扩展名应是 .png、.jpg、.webp、.avif、.tif、.gif、.ora 或 .psd；文件夹请以 / 结尾。",
            "The extension of -o must be .png, .jpg, .webp, .avif, .tif, .gif, .ora or .psd; a folder ends with /.",
        );
        anyhow::anyhow!("{}: {}", path.display(), text.get(lang))
    })
}

/// `photo-edited.png` beside the first picture, of several `photo-1.png`; `-2` and so on where that exists.
fn free_name(first: &Path, number: Option<u32>, extension: &str) -> PathBuf {
    let stem = first.file_stem().map_or_else(|| "picture".into(), |s| s.to_string_lossy());
    let stem = number.map_or_else(|| format!("{stem}-edited"), |n| format!("{stem}-{n}"));
    let plain = first.with_file_name(format!("{stem}.{extension}"));
    let more = (2..).map(|n| first.with_file_name(format!("{stem}-{n}.{extension}")));
    let mut free = std::iter::once(plain).chain(more).filter(|p| !p.exists());
    free.next().expect("there are infinitely many candidates")
}

fn report(
    args: &EditArgs,
    plan: &Plan,
    run: &Run,
    written: &[Written],
    notices: &[Notice],
    lang: Lang,
    began: Instant,
) -> anyhow::Result<()> {
    let shown = |w: &Written| json!({ "path": w.path, "width": w.width, "height": w.height, "bytes": w.bytes });
    let ms = |d: std::time::Duration| (d.as_secs_f64() * 1e4).round() / 10.0;
    if args.json {
        let body = json!({
            "plan": plan,
            "resolved_plan": run.resolved_plan,
            "output": written.first().map(shown),
            "outputs": written.iter().map(shown).collect::<Vec<_>>(),
            "report": run.report.as_ref().map(|(value, _)| value),
            "exact_outside_target": run.exact_outside_target,
            "warnings": notices.iter().map(|n| json!({ "code": n.code, "message": n.text.get(lang) })).collect::<Vec<_>>(),
            "timings": {
                "total_ms": ms(began.elapsed()), "run_ms": ms(run.model_time.run), "load_ms": ms(run.model_time.load),
                "steps": run.steps.iter().map(|s| json!({ "id": s.id, "op": s.op, "ms": ms(s.elapsed) })).collect::<Vec<_>>(),
            },
        });
        println!("{}", serde_json::to_string_pretty(&body)?);
        return Ok(());
    }
    if let Some((_, text)) = &run.report {
        println!("{}", text.get(lang));
    }
    for notice in notices {
        eprintln!("! {}", notice.text.get(lang));
    }
    for w in written {
        println!("{}  {}×{}  {:.0} kB  {:.1} s", w.path.display(), w.width, w.height, w.bytes as f64 / 1e3, began.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Prints each step as it begins.
struct Lines {
    lang: Lang,
    plan: Vec<String>,
    quiet: bool,
    last: Mutex<Option<String>>,
}

impl Watch for Lines {
    fn progress(&self, _: usize, _: Option<f32>, label: &Text) {
        let mut last = self.last.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let line = label.get(self.lang).to_owned();
        if !self.quiet && last.as_ref() != Some(&line) {
            eprintln!("    {line}");
            *last = Some(line);
        }
    }

    fn preview(&self, _: usize, _: &Text, _: Arc<Picture>) {}

    fn wants_preview(&self) -> bool {
        false
    }

    fn step_started(&self, step: usize, op: &str) {
        if !self.quiet {
            eprintln!("{}. {}", step + 1, self.plan.get(step).map_or(op, String::as_str));
        }
    }
}
