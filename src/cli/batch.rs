//! `portico batch`: an instruction, a plan or a recipe over the pictures of a folder; no server, no database, no lock but that of the results' folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::batch_tasks::{self, Given};
use super::edit::{read_plan, understand};
use super::given::{Text2, check_models, read_recipe};
use super::progress::Progress;
use super::{FAILED, SOME_FAILED, STOPPED, UNCLEAR, terminal_lang};
use crate::batch::files::find;
use crate::batch::journal::Journal;
use crate::batch::local::{Became, Local, Runner, Task};
use crate::batch::report::{Line, csv, json as report_json};
use crate::cancel::Cancel;
use crate::config::Config;
use crate::imaging::{Format, Limits};
use crate::models::Models;
use crate::plan::words;
use crate::recipe::{Recipe, params};
use crate::store::Problem;
use crate::text::{Lang, Text};

#[derive(Args)]
pub struct BatchArgs {
    /// Folder of pictures (folders below it too), or one picture
    #[arg(value_name = "FOLDER")]
    from: PathBuf,
    /// What to do with each (left out with --plan or --recipe)
    #[arg(value_name = "INSTRUCTION", required_unless_present_any = ["plan", "recipe"], conflicts_with_all = ["plan", "recipe"])]
    instruction: Option<String>,
    /// Folder of the results; run it again to go on where it was
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// A recipe (JSON), or a picture that carries one
    #[arg(long, value_name = "FILE", conflicts_with = "plan")]
    recipe: Option<PathBuf>,
    /// A plan (JSON)
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// A table (CSV, XLSX): a picture a row, then a column for each parameter
    #[arg(long, value_name = "FILE")]
    rows: Option<PathBuf>,
    /// A value for all pictures
    #[arg(long = "set", value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// A further picture for all: image 2, then image 3 …
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// The results' format: png, jpeg, webp, avif, tiff or gif
    #[arg(long)]
    format: Option<String>,
    /// Pictures worked on at once (default: 2, or 1 on a machine with one core)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: Option<u8>,
    /// Do everything again
    #[arg(long)]
    fresh: bool,
    /// Run a recipe also with other models than those it is pinned to
    #[arg(long)]
    any_models: bool,
    /// Show what would be done; nothing is run or written
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &BatchArgs, models: &Models, config: &Config) -> anyhow::Result<ExitCode> {
    let lang = args.instruction.as_deref().and_then(Lang::of).unwrap_or_else(terminal_lang);
    let Some(recipe) = recipe_of(args, lang)? else { return Ok(ExitCode::from(UNCLEAR)) };
    check_models(&recipe, args.any_models, models, lang)?;
    let found = find(&args.from, &args.output).with_context(|| args.from.display().to_string())?;
    let given = Given { values: &args.values, further: args.with.len(), rows: args.rows.as_deref() };
    let tasks = batch_tasks::of(&given, &recipe, found, lang)?;
    anyhow::ensure!(!tasks.is_empty(), "{}", NOTHING.get(lang).replace("{}", &args.from.display().to_string()));
    let local = local(args, models, config, &recipe, lang)?;
    if args.dry_run {
        return Ok(dry_run(&tasks, &recipe, lang));
    }
    let mut journal = Journal::open(&args.output).map_err(|e| match e.kind() {
        std::io::ErrorKind::ResourceBusy => anyhow::anyhow!("{}: {}", args.output.display(), BUSY.get(lang)),
        _ => anyhow::Error::from(e).context(args.output.display().to_string()),
    })?;
    if args.fresh {
        journal.forget().with_context(|| args.output.display().to_string())?;
    }
    stop_on_ctrl_c(&local.cancel);
    let ends = Ends { became: Mutex::new(vec![None; tasks.len()]), fatal: Mutex::new(None) };
    let progress = Progress::new(tasks.len(), args.json, lang);
    let began = Instant::now();
    let workers = usize::from(args.jobs.unwrap_or(if crate::models::available_threads() > 1 { 2 } else { 1 }));
    Runner::new(&local, journal).run(&tasks, workers, &|n, became| {
        if let Became::Failed(problem) = became
            && stops_everything(&problem.code)
        {
            ends.fatal().get_or_insert_with(|| problem.clone());
            local.cancel.cancel();
        }
        ends.became()[n] = Some(became.clone());
        progress.ended(&tasks[n].file, became);
    });
    progress.close();
    ends.finish(args, &tasks, &local, lang, began)
}

const NOTHING: Text2 = Text2("{} 里没有图片。", "There are no pictures in {}.");
const BUSY: Text2 = Text2("另一个 portico batch 正在写这个文件夹。", "another `portico batch` is writing into this folder.");

/// What would fail for every picture alike.
fn stops_everything(code: &str) -> bool {
    code.starts_with("model_") || code.starts_with("runtime_") || code == "file_unwritable"
}

/// What is to be done; `None` where the instruction was not clear, which was said then.
fn recipe_of(args: &BatchArgs, lang: Lang) -> anyhow::Result<Option<Recipe>> {
    let attached = 1 + args.with.len();
    let open = |mut recipe: Recipe| {
        // Without a recipe's own parameters every value of the plan can be set.
        recipe.params = params::possible(&recipe.plan).into_iter().map(|p| p.param).collect();
        recipe
    };
    if let Some(path) = &args.recipe {
        return Ok(Some(read_recipe(path, lang)?));
    }
    if let Some(path) = &args.plan {
        return Ok(Some(open(Recipe::of_plan("plan", read_plan(path, attached, false, lang)?))));
    }
    let text = args.instruction.as_deref().unwrap_or_default();
    match understand(text, attached, false) {
        Ok(plan) => Ok(Some(open(Recipe::of_plan(text, plan)))),
        Err(why) => {
            eprintln!("{why}");
            Ok(None)
        }
    }
}

fn local<'a>(args: &BatchArgs, models: &'a Models, config: &Config, recipe: &'a Recipe, lang: Lang) -> anyhow::Result<Local<'a>> {
    let limits = Limits { max_bytes: config.limits.max_upload_bytes, max_pixels: config.limits.max_pixels, ..Limits::default() };
    let format = match &args.format {
        None => None,
        Some(name) => Some(Format::parse(name).filter(|f| f.can_encode()).with_context(|| FORMATS.get(lang).to_owned())?),
    };
    for path in &args.with {
        anyhow::ensure!(path.is_file(), "{}: {}", path.display(), NO_FILE.get(lang));
    }
    let rows_folder = args.rows.as_deref().and_then(Path::parent).map(Path::to_owned);
    let folders = rows_folder.into_iter().chain([args.from.clone(), PathBuf::from(".")]).collect();
    Ok(Local {
        models,
        limits,
        recipe,
        with: args.with.iter().enumerate().map(|(i, path)| (i + 2, path.clone())).collect(),
        format,
        out: args.output.clone(),
        folders,
        cancel: Cancel::new(),
        pixels_in_flight: crate::engine::EngineConfig::default().pixels_in_flight,
    })
}

const FORMATS: Text2 = Text2("--format 可用 png、jpeg、webp、avif、tiff、gif。", "--format takes png, jpeg, webp, avif, tiff or gif.");
const NO_FILE: Text2 = Text2("没有这个文件。", "there is no such file.");

fn dry_run(tasks: &[Task], recipe: &Recipe, lang: Lang) -> ExitCode {
    for (i, line) in words(&recipe.plan, lang).iter().enumerate() {
        println!("{}. {line}", i + 1);
    }
    for param in &recipe.params {
        println!("   {} ({}): {}", param.name, param.kind.name(), param.default);
    }
    let wrong: Vec<_> = tasks.iter().filter_map(|t| t.bound.as_ref().err().map(|e| (&t.file, e))).collect();
    for (file, problem) in &wrong {
        println!("! {file}: {}", problem.text.get(lang));
    }
    let (n, bad) = (tasks.len(), wrong.len());
    println!("{}", Text::new(format!("{n} 张图片，其中 {bad} 张会失败。"), format!("{n} pictures, {bad} of which would fail.")).get(lang));
    ExitCode::from(if bad == 0 { 0 } else { SOME_FAILED })
}

/// The first Ctrl-C ends the batch in good order, the second at once.
fn stop_on_ctrl_c(cancel: &Cancel) {
    let cancel = cancel.clone();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                cancel.cancel();
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(i32::from(STOPPED));
            }
        });
    });
}

/// How all items ended.
struct Ends {
    became: Mutex<Vec<Option<Became>>>,
    /// What stopped the batch.
    fatal: Mutex<Option<Problem>>,
}

impl Ends {
    fn became(&self) -> std::sync::MutexGuard<'_, Vec<Option<Became>>> {
        self.became.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fatal(&self) -> std::sync::MutexGuard<'_, Option<Problem>> {
        self.fatal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the reports, says how it went.
    fn finish(&self, args: &BatchArgs, tasks: &[Task], local: &Local<'_>, lang: Lang, began: Instant) -> anyhow::Result<ExitCode> {
        let became = self.became();
        let lines: Vec<Line<'_>> = tasks.iter().zip(became.iter()).map(|(task, became)| line(task, became.as_ref())).collect();
        let count = |state: &str| lines.iter().filter(|l| l.state == state).count();
        let counts: BTreeMap<&str, usize> = ["done", "kept", "failed", "stopped"].map(|state| (state, count(state))).into();
        let seconds = (began.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        let whole = json!({
            "made_by": concat!("Portico ", env!("CARGO_PKG_VERSION")),
            "recipe": { "name": local.recipe.name, "version": local.recipe.version, "plan": local.recipe.plan },
            "counts": counts, "seconds": seconds, "items": report_json(&lines, lang),
        });
        let text = serde_json::to_vec_pretty(&whole)?;
        write_report(&args.output.join("report.json"), &text)?;
        write_report(&args.output.join("report.csv"), &csv(&lines, lang)?)?;
        if args.json {
            println!("{}", String::from_utf8_lossy(&text));
        }
        for line in lines.iter().filter(|l| l.state == "failed") {
            let why = line.error.map_or("", |e| e.text.get(lang));
            eprintln!("✗ {}: {why}", line.file);
        }
        let fine = counts["done"] + counts["kept"];
        if !args.json {
            let place = args.output.display();
            println!("{}", said(&counts, seconds, lang).replace("{}", &place.to_string()));
        }
        if let Some(problem) = &*self.fatal() {
            eprintln!("portico: {}", problem.text.get(lang));
            return Ok(ExitCode::from(FAILED));
        }
        Ok(ExitCode::from(match (counts["stopped"], counts["failed"], fine) {
            (0, 0, _) => 0,
            (0, _, 0) => FAILED,
            (0, ..) => SOME_FAILED,
            _ => STOPPED,
        }))
    }
}

fn write_report(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| path.display().to_string())
}

fn line<'a>(task: &'a Task, became: Option<&'a Became>) -> Line<'a> {
    let bare = Line { file: &task.file, state: "stopped", ..Line::default() };
    match became {
        None | Some(Became::Stopped) => bare,
        Some(Became::Failed(problem)) => Line { state: "failed", error: Some(problem), ..bare },
        Some(Became::Done(done) | Became::Kept(done)) => Line {
            state: if matches!(became, Some(Became::Done(_))) { "done" } else { "kept" },
            outputs: &done.outputs,
            width: done.width,
            height: done.height,
            bytes: done.bytes,
            ms: Some(done.ms),
            warnings: &done.warnings,
            report: done.report.as_ref(),
            ..bare
        },
    }
}

fn said(counts: &BTreeMap<&str, usize>, seconds: f64, lang: Lang) -> String {
    let [done, kept, failed, stopped] = ["done", "kept", "failed", "stopped"].map(|state| counts[state]);
    let mut zh = format!("完成 {done} 张");
    let mut en = format!("{done} done");
    for (n, said_zh, said_en) in [
        (kept, "以前已完成", "done before"),
        (failed, "失败", "failed"),
        (stopped, "未处理（再运行一次会接着做）", "left (run it again to go on)"),
    ] {
        if n > 0 {
            zh.push_str(&format!("，{said_zh} {n} 张"));
            en.push_str(&format!(", {n} {said_en}"));
        }
    }
    Text::new(
        format!("{zh}，用时 {seconds} 秒。结果和 report.csv 在 {{}}。"),
        format!("{en}, in {seconds} s. The results and report.csv are in {{}}."),
    )
    .get(lang)
    .to_owned()
}
