//! `portico models list|install|verify|remove`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::models::fonts::FontInfo;
use crate::models::install::import::name_of;
use crate::models::install::{FileState, Installer, verify_font, verify_library, verify_model};
use crate::models::manifest::Licence;
use crate::models::{Commercial, Manifest, ModelInfo};
use crate::text::{Explain, Lang};

/// Models: what there is, getting them, checking them.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum ModelsCommand {
    /// Show every known model, its licence, and whether it is installed.
    List,
    /// Install models, fonts and ONNX Runtime's library; without names: what a fresh Portico needs.
    Install {
        /// Names as shown by `list`.
        names: Vec<String>,
        /// Take the files from this folder: `node_modules`, an unpacked npm package, or the finished files.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
        /// Import an upscaler written for ncnn (as Upscayl uses them): its two files
        #[arg(long, num_args = 2, value_names = ["NAME.param", "NAME.bin"], conflicts_with_all = ["names", "from"])]
        from_ncnn: Option<Vec<PathBuf>>,
        /// The imported model's name (default: that of its file)
        #[arg(long, requires = "from_ncnn")]
        name: Option<String>,
        /// Make the imported model the default for enlarging
        #[arg(long, requires = "from_ncnn")]
        default: bool,
    },
    /// Read every installed file and compare it with its checksum.
    Verify,
    /// Remove models from this machine.
    Remove {
        #[arg(required = true)]
        names: Vec<String>,
    },
}

/// Runs one of them on a models folder; words in `lang`.
pub fn run(command: &ModelsCommand, models_dir: &Path, lang: Lang) -> anyhow::Result<ExitCode> {
    let manifest = Manifest::with_overlays(models_dir)?;
    match command {
        ModelsCommand::List => list(&manifest, models_dir, lang),
        ModelsCommand::Install { from_ncnn: Some(files), name, default, .. } => {
            import(models_dir, files, &Wish { name: name.as_deref(), default: *default }, lang)?
        }
        ModelsCommand::Install { names, from, .. } => return install(&manifest, models_dir, names, from.as_deref(), lang),
        ModelsCommand::Verify => return Ok(verify(&manifest, models_dir, lang)),
        ModelsCommand::Remove { names } => remove(&manifest, models_dir, names, lang)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn say(lang: Lang, zh: &str, en: &str) {
    println!("{}", if lang == Lang::Zh { zh } else { en });
}

/// A size for people: decimal megabytes, as download pages show it.
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn commercial(licence: &Licence, lang: Lang) -> &'static str {
    match (licence.commercial, lang) {
        (Commercial::Yes, Lang::Zh) => "可以",
        (Commercial::Yes, Lang::En) => "yes",
        (Commercial::No, Lang::Zh) => "不可以",
        (Commercial::No, Lang::En) => "no",
        (Commercial::Unclear, Lang::Zh) => "不明确",
        (Commercial::Unclear, Lang::En) => "unclear",
    }
}

fn installed_words(installed: bool, lang: Lang) -> &'static str {
    match (installed, lang) {
        (true, Lang::Zh) => "已安装",
        (true, Lang::En) => "installed",
        (false, Lang::Zh) => "未安装",
        (false, Lang::En) => "not installed",
    }
}

/// The licence in one line.
fn print_terms(licence: &Licence, lang: Lang) {
    match lang {
        Lang::Zh => println!("    许可证: {}; 商用: {}", licence.name, commercial(licence, lang)),
        Lang::En => println!("    licence: {}; commercial use: {}", licence.name, commercial(licence, lang)),
    }
}

fn list(manifest: &Manifest, models_dir: &Path, lang: Lang) {
    say(lang, &format!("模型文件夹：{}", models_dir.display()), &format!("Models folder: {}", models_dir.display()));
    for info in manifest.models() {
        let default = manifest.default_for(&info.job).is_some_and(|d| d.name == info.name);
        let size = info.size.map_or_else(|| "?".to_owned(), megabytes);
        let state = installed_words(models_dir.join(&info.file).is_file(), lang);
        let mark = if default { "*" } else { " " };
        println!();
        println!("{mark} {:<14} {:<8} {state}  {size}", info.name, info.job);
        println!("    {}", if lang == Lang::Zh { &info.summary_zh } else { &info.summary_en });
        print_terms(&info.licence, lang);
        println!("    {}", info.source);
    }
    for font in manifest.fonts() {
        println!();
        let state = installed_words(font.is_installed(models_dir), lang);
        println!("  {:<14} {:<8} {state}  {}", font.name, if lang == Lang::Zh { "字体" } else { "font" }, megabytes(font.size()));
        println!("    {}", if lang == Lang::Zh { &font.summary_zh } else { &font.summary_en });
        print_terms(&font.licence, lang);
        font.files.iter().for_each(|file| println!("    {}", file.source));
    }
    println!();
    say(lang, "* 该任务的默认模型", "* default for its job");
    match crate::models::runtime::find_library(models_dir, manifest.runtime()) {
        Ok(path) => println!("ONNX Runtime: {}", path.display()),
        Err(e) => println!("ONNX Runtime: {}", e.text().get(lang)),
    }
}

/// Whose it is and on what terms, before anything is installed.
fn print_licence(what: &str, licence: &Licence, host: Option<&str>, lang: Lang) {
    let note = if lang == Lang::Zh { &licence.note_zh } else { &licence.note_en };
    println!();
    println!("{what}");
    match lang {
        Lang::Zh => println!("  所有者：{}\n  许可证：{}\n  商用：{}\n  {note}", licence.owner, licence.name, commercial(licence, lang)),
        Lang::En => {
            println!("  owner: {}\n  licence: {}\n  commercial use: {}\n  {note}", licence.owner, licence.name, commercial(licence, lang))
        }
    }
    if !licence.url.is_empty() {
        println!("  {}", licence.url);
    }
    if let Some(host) = host {
        say(lang, &format!("  将从 {host} 下载"), &format!("  It is downloaded from {host}"));
    }
}

/// Models and fonts of these names.
fn named<'m>(manifest: &'m Manifest, names: &[String]) -> anyhow::Result<(Vec<&'m ModelInfo>, Vec<&'m FontInfo>)> {
    let (mut models, mut fonts) = (vec![], vec![]);
    for name in names {
        match (manifest.model(name), manifest.font(name)) {
            (Some(model), _) => models.push(model),
            (None, Some(font)) => fonts.push(font),
            (None, None) => anyhow::bail!("there is no model named `{name}`; see `portico models list`"),
        }
    }
    Ok((models, fonts))
}

fn install(manifest: &Manifest, models_dir: &Path, names: &[String], from: Option<&Path>, lang: Lang) -> anyhow::Result<ExitCode> {
    let everything = || (manifest.first_set().collect(), manifest.fonts().iter().collect());
    let (chosen, fonts) = if names.is_empty() { everything() } else { named(manifest, names)? };
    let words = |e: crate::models::install::InstallError| anyhow::anyhow!("{}", e.text().get(lang));
    let installer = Installer::new(models_dir, from).map_err(words)?;
    let already = |what: &str| say(lang, &format!("{what}：已安装"), &format!("{what}: already installed"));
    let done = |what: &str| say(lang, &format!("{what}：安装完成，校验无误"), &format!("{what}: installed and verified"));

    let runtime = manifest.runtime();
    let what = format!("ONNX Runtime {}", runtime.version);
    if std::env::var_os("PORTICO_ORT_LIB").is_some_and(|p| !p.is_empty()) {
        say(lang, "ONNX Runtime：使用 PORTICO_ORT_LIB 指定的文件", "ONNX Runtime: PORTICO_ORT_LIB names the one to use");
    } else if installer.has_library(runtime).map_err(words)? {
        already(&what);
    } else {
        print_licence(&what, &runtime.licence, None, lang);
        installer.library(runtime).map_err(words)?;
        done(&what);
    }
    for info in chosen {
        if installer.has_model(info).map_err(words)? {
            already(&info.name);
            continue;
        }
        let host = if from.is_none() { info.source.host() } else { None };
        print_licence(&info.name, &info.licence, host, lang);
        if info.sha256.is_none() {
            say(
                lang,
                "  清单里没有校验和：第一次安装的文件会被记录下来",
                "  Its checksum is not known: the first install pins what it gets",
            );
        }
        installer.model(info).map_err(words)?;
        done(&info.name);
    }
    for font in fonts {
        if installer.has_font(font).map_err(words)? {
            already(&font.name);
            continue;
        }
        print_licence(&font.name, &font.licence, None, lang);
        installer.font(font).map_err(words)?;
        done(&font.name);
    }
    Ok(ExitCode::SUCCESS)
}

/// How an imported model is to be kept.
struct Wish<'a> {
    name: Option<&'a str>,
    default: bool,
}

/// Imports one network and says what it became and how it is used.
fn import(models_dir: &Path, files: &[PathBuf], wish: &Wish<'_>, lang: Lang) -> anyhow::Result<()> {
    let [param, bin] = files else { anyhow::bail!("--from-ncnn takes two files: NAME.param NAME.bin") };
    let words = |e: crate::models::install::InstallError| anyhow::anyhow!("{}", e.text().get(lang));
    let name = wish.name.map_or_else(|| name_of(param), str::to_owned);
    let done = Installer::new(models_dir, None).map_err(words)?.import((param, bin), &name, wish.default).map_err(words)?;
    print_licence(&name, &done.info.licence, None, lang);
    let (layers, scale, file) = (done.layers, done.scale, &done.info.file);
    say(
        lang,
        &format!("{name}：已从 ncnn 导入：{layers} 层，放大到 {scale} 倍，存为 {file}"),
        &format!("{name}: imported from ncnn: {layers} layers, enlarges {scale} times, kept as {file}"),
    );
    if !done.tried {
        say(lang, "  还没有安装 ONNX Runtime，所以没有试运行", "  ONNX Runtime is not installed yet, so it was not tried");
    }
    let manifest = Manifest::with_overlays(models_dir)?;
    match manifest.default_for(&done.info.job).map(|d| d.name.as_str()) {
        Some(default) if default == name => say(lang, "  现在是放大的默认模型", "  It is now the default for enlarging"),
        Some(default) if wish.default => say(
            lang,
            &format!("  默认仍是“{default}”：models.d 中排在后面的文件这样写"),
            &format!("  The default is still `{default}`: a later file in models.d says so"),
        ),
        _ => say(lang, "  要设为默认，请加上 --default 再运行一次", "  To make it the default, run this again with --default"),
    }
    Ok(())
}

fn verify(manifest: &Manifest, models_dir: &Path, lang: Lang) -> ExitCode {
    let mut states = vec![("ONNX Runtime".to_owned(), "portico models install".to_owned(), verify_library(models_dir, manifest))];
    for info in manifest.models() {
        states.push((info.name.clone(), info.install_command(), verify_model(models_dir, info)));
    }
    for font in manifest.fonts() {
        states.push((font.name.clone(), font.install_command(), verify_font(models_dir, font)));
    }
    let mut code = ExitCode::SUCCESS;
    for (what, command, state) in states {
        match state {
            FileState::Good => say(lang, &format!("{what}：完好"), &format!("{what}: good")),
            FileState::Missing => say(lang, &format!("{what}：未安装"), &format!("{what}: not installed")),
            FileState::Damaged(why) => {
                say(lang, &format!("{what}：损坏（{why}）。修复：{command}"), &format!("{what}: damaged ({why}). Mend it with: {command}"));
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

fn remove(manifest: &Manifest, models_dir: &Path, names: &[String], lang: Lang) -> anyhow::Result<()> {
    let words = |e: crate::models::install::InstallError| anyhow::anyhow!("{}", e.text().get(lang));
    let (models, fonts) = named(manifest, names)?;
    let installer = Installer::new(models_dir, None).map_err(words)?;
    let told = |name: &str, was_there: bool| match was_there {
        true => say(lang, &format!("{name}：已删除"), &format!("{name}: removed")),
        false => say(lang, &format!("{name}：本来就没有安装"), &format!("{name}: was not installed")),
    };
    for info in models {
        told(&info.name, installer.remove(info).map_err(words)?);
    }
    for font in fonts {
        told(&font.name, installer.remove_font(font).map_err(words)?);
    }
    Ok(())
}
