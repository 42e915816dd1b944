//! `portico doctor`: what this machine has, what is missing, and the command that mends it.

use std::path::Path;
use std::process::ExitCode;

use super::FAILED;
use crate::config::Config;
use crate::models::{self, Models};
use crate::text::Explain;

/// One thing looked at.
struct Finding {
    fine: bool,
    what: &'static str,
    detail: String,
}

fn fine(what: &'static str, detail: impl Into<String>) -> Finding {
    Finding { fine: true, what, detail: detail.into() }
}

fn fault(what: &'static str, detail: impl Into<String>) -> Finding {
    Finding { fine: false, what, detail: detail.into() }
}

pub fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut findings = vec![machine()];
    match super::open_models(config) {
        Ok(models) => {
            findings.push(library(&models));
            findings.extend(installed(&models));
            findings.extend(fonts(&models));
        }
        Err(error) => findings.push(fault("models", format!("{error:#}"))),
    }
    findings.push(data_folder(&config.data));
    findings.push(port(config));
    for finding in &findings {
        println!("{} {:<14} {}", if finding.fine { "ok     " } else { "MISSING" }, finding.what, finding.detail);
    }
    Ok(if findings.iter().all(|f| f.fine) { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn machine() -> Finding {
    let threads = models::available_threads();
    let memory = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    let memory = memory.map_or(String::new(), |kb| format!(", {:.1} GB of memory free", kb as f64 * 1024.0 / 1e9));
    fine("machine", format!("{} {}, {threads} threads for models{memory}", std::env::consts::OS, std::env::consts::ARCH))
}

fn library(models: &Models) -> Finding {
    let path = match models.runtime_library() {
        Ok(path) => path,
        Err(error) => return fault("ONNX Runtime", error.text().en),
    };
    let dir = models.dir().unwrap_or(Path::new("models"));
    match models::runtime::get(dir, models.manifest().runtime()) {
        Ok(runtime) => fine("ONNX Runtime", format!("{}, provider {}, {}", runtime.version(), runtime.provider(), path.display())),
        Err(error) => fault("ONNX Runtime", error.text().en),
    }
}

fn installed(models: &Models) -> Vec<Finding> {
    let status = models.status();
    let wanted = status.iter().filter(|s| s.default || s.installed);
    wanted
        .map(|s| {
            if s.installed {
                fine("model", format!("{} for {}", s.info.name, s.info.job))
            } else if s.info.by_name {
                // Nobody has to have it.
                fine("model", format!("{} for {} is not installed; if it is wanted: {}", s.info.name, s.info.job, s.info.install_command()))
            } else {
                fault("model", format!("{}: install it with: {}", s.info.name, s.info.install_command()))
            }
        })
        .collect()
}

/// Text can be drawn without the manifest's fonts if the machine has others.
fn fonts(models: &Models) -> Vec<Finding> {
    let dir = models.dir().unwrap_or(Path::new("models"));
    let found = models.fonts();
    let of_manifest = models.manifest();
    let finding = |font: &models::fonts::FontInfo| match &found {
        _ if font.is_installed(dir) => fine("font", font.name.clone()),
        Ok(other) => fine(
            "font",
            format!("{} is not installed, text is drawn with {}; to install it: {}", font.name, other.family(), font.install_command()),
        ),
        Err(_) => fault("font", format!("{}: install it with: {}", font.name, font.install_command())),
    };
    of_manifest.fonts().iter().map(finding).collect()
}

fn data_folder(data: &Path) -> Finding {
    let shown = data.display();
    if let Err(error) = std::fs::create_dir_all(data) {
        return fault("data folder", format!("{shown}: {error}; choose another with --data"));
    }
    let probe = data.join(".portico-doctor");
    match std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => fine("data folder", format!("{shown} can be written")),
        Err(error) => fault("data folder", format!("{shown}: {error}; choose another with --data")),
    }
}

fn port(config: &Config) -> Finding {
    let address = std::net::SocketAddr::new(config.server.bind, config.server.port);
    match std::net::TcpListener::bind(address) {
        Ok(_) => fine("address", format!("{address} is free")),
        Err(error) => fault("address", format!("{address}: {error}; is Portico running already? Choose another with --port")),
    }
}
