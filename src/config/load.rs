//! Puts the settings together from file, environment and flags, and says which of them was wrong.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::Config;

/// Flags of the command line; `None` = not given.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub config: Option<PathBuf>,
    pub data: Option<PathBuf>,
    pub models: Option<PathBuf>,
    pub bind: Option<IpAddr>,
    pub port: Option<u16>,
    pub accounts: bool,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path}: {source}")]
    Read { path: String, source: std::io::Error },
    #[error("{path}: {message}")]
    Parse { path: String, message: String },
    #[error("{name}={value}: {message}")]
    Variable { name: &'static str, value: String, message: String },
    #[error("these settings need another value:\n  {}", .0.join("\n  "))]
    Invalid(Vec<String>),
}

/// Reads everything and validates it. `env` gives the value of a variable.
pub fn load(flags: &Overrides, env: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let mut config = read_file(flags.config.clone().or_else(|| env("PORTICO_CONFIG").map(PathBuf::from)))?;
    apply_env(&mut config, &env)?;
    if let Some(data) = &flags.data {
        config.data.clone_from(data);
    }
    if let Some(models) = &flags.models {
        config.models = Some(models.clone());
    }
    if let Some(bind) = flags.bind {
        config.server.bind = bind;
    }
    if let Some(port) = flags.port {
        config.server.port = port;
    }
    config.accounts.enabled |= flags.accounts;
    let faults = config.validate();
    if faults.is_empty() { Ok(config) } else { Err(ConfigError::Invalid(faults)) }
}

fn read_file(named: Option<PathBuf>) -> Result<Config, ConfigError> {
    let (path, required) = match named {
        Some(path) => (path, true),
        None => (Path::new("portico.toml").to_owned(), false),
    };
    let shown = path.display().to_string();
    match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).map_err(|e| ConfigError::Parse { path: shown, message: e.to_string() }),
        Err(e) if !required && e.kind() == std::io::ErrorKind::NotFound => Ok(Config::default()),
        Err(source) => Err(ConfigError::Read { path: shown, source }),
    }
}

fn apply_env(config: &mut Config, env: &impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
    set(env, "PORTICO_DATA", &mut config.data)?;
    if let Some(models) = env("PORTICO_MODELS") {
        config.models = Some(PathBuf::from(models));
    }
    set(env, "PORTICO_BIND", &mut config.server.bind)?;
    set(env, "PORTICO_PORT", &mut config.server.port)?;
    if let Some(hosts) = env("PORTICO_ALLOWED_HOSTS") {
        config.server.allowed_hosts = hosts.split(',').map(|h| h.trim().to_owned()).filter(|h| !h.is_empty()).collect();
    }
    if let Some(url) = env("PORTICO_PUBLIC_URL") {
        config.server.public_url = Some(url.trim().to_owned()).filter(|u| !u.is_empty());
    }
    if let Some(networks) = env("PORTICO_TRUSTED_PROXIES") {
        config.server.trusted_proxies =
            networks.split(',').map(str::trim).filter(|n| !n.is_empty()).map(network).collect::<Result<_, _>>()?;
    }
    if let Some(address) = env("PORTICO_METRICS") {
        let parsed =
            |e: std::net::AddrParseError| ConfigError::Variable { name: "PORTICO_METRICS", value: address.clone(), message: e.to_string() };
        config.server.metrics = Some(address.trim()).filter(|a| !a.is_empty()).map(str::parse).transpose().map_err(parsed)?;
    }
    set(env, "PORTICO_CONVERSATIONS_DAYS", &mut config.retention.conversations_days)?;
    set(env, "PORTICO_BATCHES_DAYS", &mut config.retention.batches_days)?;
    set(env, "PORTICO_UPLOADS_HOURS", &mut config.retention.uploads_hours)?;
    set(env, "PORTICO_AUDIT_DAYS", &mut config.retention.audit_days)?;
    set(env, "PORTICO_QUARANTINE_DAYS", &mut config.retention.quarantine_days)?;
    set(env, "PORTICO_MAX_CONNECTIONS", &mut config.server.max_connections)?;
    set(env, "PORTICO_BODY_MEMORY_BYTES", &mut config.server.body_memory_bytes)?;
    set(env, "PORTICO_ACCOUNTS", &mut config.accounts.enabled)?;
    set(env, "PORTICO_REQUESTS_PER_MINUTE", &mut config.limits.requests_per_minute)?;
    set(env, "PORTICO_JOBS_AT_ONCE", &mut config.limits.jobs_at_once)?;
    set(env, "PORTICO_STORAGE_BYTES", &mut config.limits.storage_bytes)?;
    set(env, "PORTICO_STREAMS_AT_ONCE", &mut config.limits.streams_at_once)?;
    set(env, "PORTICO_MAX_UPLOAD_BYTES", &mut config.limits.max_upload_bytes)?;
    set(env, "PORTICO_MAX_PIXELS", &mut config.limits.max_pixels)?;
    set(env, "PORTICO_MAX_QUEUED", &mut config.engine.max_queued)?;
    set(env, "PORTICO_THREADS", &mut config.engine.threads)?;
    set(env, "PORTICO_MODEL_BUDGET_BYTES", &mut config.engine.model_budget_bytes)?;
    set(env, "PORTICO_MODEL_IDLE_SECS", &mut config.engine.model_idle_secs)?;
    set(env, "PORTICO_SHUTDOWN_GRACE_SECS", &mut config.engine.shutdown_grace_secs)?;
    set(env, "PORTICO_RESULTS_TTL_SECS", &mut config.engine.results_ttl_secs)
}

/// An address stands for itself alone.
fn network(text: &str) -> Result<ipnet::IpNet, ConfigError> {
    let alone = |_| text.parse::<IpAddr>().map(ipnet::IpNet::from);
    text.parse::<ipnet::IpNet>().or_else(alone).map_err(|e| ConfigError::Variable {
        name: "PORTICO_TRUSTED_PROXIES",
        value: text.to_owned(),
        message: e.to_string(),
    })
}

fn set<T>(env: &impl Fn(&str) -> Option<String>, name: &'static str, slot: &mut T) -> Result<(), ConfigError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if let Some(value) = env(name) {
        *slot = value.trim().parse().map_err(|e: T::Err| ConfigError::Variable { name, value, message: e.to_string() })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_env(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn flags_win_over_variables_and_variables_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("p.toml");
        std::fs::write(&file, "data = \"from-file\"\n[server]\nport = 1000\n[limits]\nmax_pixels = 5\n").unwrap();
        let flags = Overrides { config: Some(file), port: Some(3000), ..Overrides::default() };
        let env = |name: &str| (name == "PORTICO_PORT" || name == "PORTICO_DATA").then(|| "2000".to_owned());
        let config = load(&flags, env).unwrap();
        assert_eq!(config.server.port, 3000);
        assert_eq!(config.data, PathBuf::from("2000"));
        assert_eq!(config.limits.max_pixels, 5);
    }

    #[test]
    fn a_wrong_variable_or_an_unknown_key_is_named() {
        let error = load(&Overrides::default(), |name: &str| (name == "PORTICO_PORT").then(|| "many".to_owned())).unwrap_err();
        assert!(error.to_string().contains("PORTICO_PORT=many"), "{error}");
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("p.toml");
        std::fs::write(&file, "prot = 1\n").unwrap();
        let error = load(&Overrides { config: Some(file), ..Overrides::default() }, no_env).unwrap_err();
        assert!(error.to_string().contains("prot"), "{error}");
    }
}
