//! Settings: defaults, then `portico.toml`, then `PORTICO_*` variables, then flags. `validate` lists every fault at once.

mod address;
mod load;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::store::gc::KeepFiles;
use crate::store::sweep::Keep;

pub use load::{ConfigError, Overrides, load};

/// Everything that an operator can set.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Database and blobs. One server at a time.
    pub data: PathBuf,
    /// Models, ONNX Runtime's library, prepared graphs. `None` = found by [`crate::models`].
    pub models: Option<PathBuf>,
    pub server: Server,
    pub accounts: Accounts,
    pub limits: Limits,
    pub engine: EngineConfig,
    pub retention: Retention,
}

/// Where and for whom the server listens.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    pub bind: IpAddr,
    pub port: u16,
    /// Host names, beside the loopback ones, under which the server may be addressed.
    pub allowed_hosts: Vec<String>,
    /// Connections open at once; more wait until one ends.
    pub max_connections: usize,
    /// Bytes of request bodies held in memory at once; more wait a little, then are told to come back.
    pub body_memory_bytes: u64,
    /// The address that people use where a proxy stands in front: `https://pictures.example/portico`. Its path is the base path of every route.
    pub public_url: Option<String>,
    /// Address on which Prometheus finds figures at `/metrics`, apart from everything else; none = no figures.
    pub metrics: Option<SocketAddr>,
    /// Networks whose `X-Forwarded-*` headers are believed; only with accounts.
    pub trusted_proxies: Vec<ipnet::IpNet>,
}

/// Who may come in.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Ask everybody to sign in. A data folder that has accounts asks whatever this says.
    pub enabled: bool,
    /// Days after which a browser that was not used has to sign in again.
    pub login_days: u32,
    /// Days for which an invitation is good.
    pub invite_days: u32,
}

/// What one request may bring.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Size of one uploaded file in bytes.
    pub max_upload_bytes: u64,
    /// Pixels of one picture.
    pub max_pixels: u64,
    /// Pictures in one request.
    pub max_images: usize,
    /// Characters of an instruction.
    pub max_instruction_chars: usize,
    /// API requests a minute of one account, and of one key; 0 = no limit. Only with accounts.
    pub requests_per_minute: u32,
    /// Jobs of one account, and of one key, that wait or run; 0 = no limit. Only with accounts.
    pub jobs_at_once: u32,
    /// Bytes of pictures that one account keeps; 0 = no limit.
    pub storage_bytes: u64,
    /// Sockets and event streams of one account that are open; 0 = no limit. Only with accounts.
    pub streams_at_once: u32,
}

/// How long things are kept that nobody deletes. Results of calls without a conversation: `engine.results_ttl_secs`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Days after a conversation's last change until it is deleted with its pictures; 0 = it is kept.
    pub conversations_days: u32,
    /// Days after a batch's end until it is deleted with its pictures; 0 = it is kept.
    pub batches_days: u32,
    /// Hours that an uploaded picture waits for a message to use it.
    pub uploads_hours: u32,
    /// Days that entries of the audit log and revoked keys are kept.
    pub audit_days: u32,
    /// Days that files are kept which were set aside because they are damaged.
    pub quarantine_days: u32,
}

/// How work is done.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct EngineConfig {
    /// Jobs that may wait; one more is answered 429.
    pub max_queued: usize,
    /// Threads inside a model run; 0 = as many as this process may use.
    pub threads: usize,
    /// Memory for loaded models in bytes.
    pub model_budget_bytes: u64,
    /// Seconds after which an unused model is unloaded.
    pub model_idle_secs: u64,
    /// Seconds that the results of stateless calls are kept.
    pub results_ttl_secs: u64,
    /// Seconds that running jobs have to finish when the server is stopped; then those of conversations wait for the next start.
    pub shutdown_grace_secs: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data: PathBuf::from("data"),
            models: None,
            server: Server::default(),
            accounts: Accounts::default(),
            limits: Limits::default(),
            engine: EngineConfig::default(),
            retention: Retention::default(),
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Server {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 7878,
            allowed_hosts: vec![],
            max_connections: 2_048,
            body_memory_bytes: 512_000_000,
            public_url: None,
            metrics: None,
            trusted_proxies: vec![],
        }
    }
}

impl Default for Accounts {
    fn default() -> Self {
        Accounts { enabled: false, login_days: 30, invite_days: 7 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_upload_bytes: 64_000_000,
            max_pixels: 60_000_000,
            max_images: 16,
            max_instruction_chars: 4_000,
            requests_per_minute: 1_200,
            jobs_at_once: 32,
            storage_bytes: 0,
            streams_at_once: 100,
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Retention { conversations_days: 0, batches_days: 30, uploads_hours: 24, audit_days: 365, quarantine_days: 30 }
    }
}

impl Retention {
    /// For rows.
    pub fn keep(&self) -> Keep {
        let unless_zero = |n: u32| (n > 0).then(|| days(n));
        Keep { conversations: unless_zero(self.conversations_days), batches: unless_zero(self.batches_days), audit: days(self.audit_days) }
    }

    /// For files beside the pictures. Copies from before a change of the schema are kept as long as what was set aside.
    pub fn keep_files(&self) -> KeepFiles {
        KeepFiles { quarantine: days(self.quarantine_days), copies: days(self.quarantine_days) }
    }

    pub fn uploads(&self) -> Duration {
        Duration::from_secs(3600 * u64::from(self.uploads_hours))
    }
}

fn days(days: u32) -> Duration {
    Duration::from_secs(24 * 3600 * u64::from(days))
}

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig {
            max_queued: 64,
            threads: 0,
            model_budget_bytes: 2_000_000_000,
            model_idle_secs: 600,
            results_ttl_secs: 3_600,
            shutdown_grace_secs: 10,
        }
    }
}

impl Config {
    /// Every fault in one go, each with the setting's name and what to do.
    pub fn validate(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(url) = &self.server.public_url
            && !is_site(url)
        {
            faults
                .push(format!("server.public_url: `{url}` is not an address like https://pictures.example or https://example.org/portico"));
        }
        for host in &self.server.allowed_hosts {
            if host.is_empty() || host.contains(['/', ' ', '*']) {
                faults.push(format!("server.allowed_hosts: `{host}` is not a host name; write it without scheme, path or wildcard"));
            }
        }
        let mut positive = |name: &str, value: u64| {
            if value == 0 {
                faults.push(format!("{name} must be above 0"));
            }
        };
        positive("limits.max_upload_bytes", self.limits.max_upload_bytes);
        positive("limits.max_pixels", self.limits.max_pixels);
        positive("limits.max_images", self.limits.max_images as u64);
        positive("limits.max_instruction_chars", self.limits.max_instruction_chars as u64);
        positive("server.max_connections", self.server.max_connections as u64);
        positive("server.body_memory_bytes", self.server.body_memory_bytes);
        positive("engine.max_queued", self.engine.max_queued as u64);
        positive("engine.results_ttl_secs", self.engine.results_ttl_secs);
        positive("retention.uploads_hours", self.retention.uploads_hours.into());
        positive("retention.audit_days", self.retention.audit_days.into());
        positive("retention.quarantine_days", self.retention.quarantine_days.into());
        if self.limits.max_pixels > 500_000_000 {
            faults.push("limits.max_pixels is above 500000000: a picture would need over 2 GB before any work".to_owned());
        }
        if self.engine.threads > 256 {
            faults.push(format!("engine.threads = {}: at most 256", self.engine.threads));
        }
        faults
    }

    /// Why the server may not listen where it is told to; `accounts` = everybody has to sign in.
    pub fn bind_fault(&self, accounts: bool) -> Option<String> {
        let bind = self.server.bind;
        (!bind.is_loopback() && !accounts).then(|| {
            format!(
                "server.bind = {bind}: without accounts whoever reaches Portico may do everything, so it listens on this machine only; \
                 use 127.0.0.1 or ::1, or start with --accounts and open the set-up link"
            )
        })
    }

    pub fn results_ttl(&self) -> Duration {
        Duration::from_secs(self.engine.results_ttl_secs)
    }
}

/// `https://host` or `http://host:port/path`, without query, fragment, name or password.
fn is_site(url: &str) -> bool {
    let parsed = url.parse::<http::Uri>();
    parsed.is_ok_and(|uri| {
        let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        let path = uri.path().chars().all(plain) && !uri.path().contains("//");
        scheme && path && uri.query().is_none() && !url.contains('#') && uri.authority().is_some_and(|a| !a.as_str().contains('@'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_a_site_is_a_public_address() {
        for url in ["https://pictures.example", "http://10.0.0.2:8080", "https://example.org/portico/", "https://example.org/a/b-c"] {
            assert!(is_site(url), "{url}");
        }
        for url in [
            "pictures.example",
            "ftp://x.example",
            "https://x.example/?a",
            "https://x.example/#a",
            "https://a:b@x.example",
            "https://x.example/a b",
            "https://x.example//a",
            "",
        ] {
            assert!(!is_site(url), "{url}");
        }
    }

    #[test]
    fn the_defaults_are_valid_and_listen_on_this_machine_only() {
        let config = Config::default();
        assert_eq!(config.validate(), Vec::<String>::new());
        assert!(config.server.bind.is_loopback());
    }

    #[test]
    fn every_fault_is_listed_at_once() {
        let mut config = Config::default();
        config.server.public_url = Some("pictures".to_owned());
        config.limits.max_pixels = 0;
        config.engine.max_queued = 0;
        let faults = config.validate();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].contains("server.public_url"), "{faults:?}");
    }

    #[test]
    fn another_address_is_refused_where_nobody_has_to_sign_in() {
        let mut config = Config::default();
        assert_eq!(config.bind_fault(false), None);
        config.server.bind = "0.0.0.0".parse().unwrap();
        assert!(config.bind_fault(false).unwrap().contains("server.bind"));
        assert_eq!(config.bind_fault(true), None);
    }
}
