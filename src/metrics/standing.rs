//! What is, as opposed to what happens: asked for when somebody reads the figures.

use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::process::Process;

/// The state of a server at one moment.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Jobs that wait: interactive, batch.
    pub queued: [usize; 2],
    pub running: usize,
    pub users: u64,
    pub sessions: u64,
    pub images: u64,
    /// Batches that run or are paused, and their items that are not done.
    pub batches_open: u64,
    pub batch_items_open: u64,
    /// Of all pictures on disk, each file once.
    pub blob_bytes: u64,
    pub database_bytes: u64,
    /// Name and measured bytes of every model in memory.
    pub models: Vec<(String, u64)>,
    /// How often each model was loaded.
    pub model_loads: Vec<(String, u64)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lane {
    lane: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Model {
    model: String,
}

type Number = Gauge<u64, AtomicU64>;

pub(super) struct Gauges {
    queued: Family<Lane, Number>,
    running: Number,
    users: Number,
    sessions: Number,
    images: Number,
    batches_open: Number,
    batch_items_open: Number,
    blob_bytes: Number,
    database_bytes: Number,
    model_bytes: Family<Model, Number>,
    model_loads: Family<Model, Counter>,
    resident: Number,
    cpu: Counter<f64, AtomicU64>,
    threads: Number,
    open_fds: Number,
    max_fds: Number,
}

impl Gauges {
    pub fn register(registry: &mut Registry) -> Gauges {
        let gauges = Gauges {
            queued: Family::default(),
            running: Number::default(),
            users: Number::default(),
            sessions: Number::default(),
            images: Number::default(),
            batches_open: Number::default(),
            batch_items_open: Number::default(),
            blob_bytes: Number::default(),
            database_bytes: Number::default(),
            model_bytes: Family::default(),
            model_loads: Family::default(),
            resident: Number::default(),
            cpu: Counter::default(),
            threads: Number::default(),
            open_fds: Number::default(),
            max_fds: Number::default(),
        };
        registry.register("version", "The program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register("jobs_queued", "Jobs that wait for a worker", gauges.queued.clone());
        registry.register("jobs_running", "Jobs that workers are at", gauges.running.clone());
        registry.register("users", "Rows of users", gauges.users.clone());
        registry.register("sessions", "Conversations", gauges.sessions.clone());
        registry.register("images", "Stored pictures and masks", gauges.images.clone());
        registry.register("batches_open", "Batches that run or are paused", gauges.batches_open.clone());
        registry.register("batch_items_open", "Pictures of open batches that are still to be done", gauges.batch_items_open.clone());
        registry.register("blob_bytes", "Files of stored pictures, each once", gauges.blob_bytes.clone());
        registry.register("database_bytes", "Length of the database", gauges.database_bytes.clone());
        registry.register("model_bytes", "Measured memory of a loaded model", gauges.model_bytes.clone());
        registry.register("model_loads", "How often a model was loaded", gauges.model_loads.clone());
        let started = Number::default();
        started.set(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()));
        registry.register("start_time_seconds", "When this server started, since 1970", started);
        registry.register("process_resident_memory_bytes", "Memory of the process in RAM", gauges.resident.clone());
        registry.register("process_cpu_seconds", "Time of the process on all processors", gauges.cpu.clone());
        registry.register("process_threads", "Threads of the process", gauges.threads.clone());
        registry.register("process_open_fds", "Open files and sockets of the process", gauges.open_fds.clone());
        registry.register("process_max_fds", "Files and sockets that it may open", gauges.max_fds.clone());
        gauges
    }

    pub fn set(&self, now: &Standing) {
        for (lane, count) in ["interactive", "batch"].into_iter().zip(now.queued) {
            self.queued.get_or_create(&Lane { lane }).set(count as u64);
        }
        self.running.set(now.running as u64);
        for (gauge, value) in [
            (&self.users, now.users),
            (&self.sessions, now.sessions),
            (&self.images, now.images),
            (&self.batches_open, now.batches_open),
            (&self.batch_items_open, now.batch_items_open),
            (&self.blob_bytes, now.blob_bytes),
            (&self.database_bytes, now.database_bytes),
        ] {
            gauge.set(value);
        }
        // An unloaded model has no bytes: its series ends.
        self.model_bytes.clear();
        for (model, bytes) in &now.models {
            self.model_bytes.get_or_create(&Model { model: model.clone() }).set(*bytes);
        }
        for (model, loads) in &now.model_loads {
            let counter = self.model_loads.get_or_create(&Model { model: model.clone() }).clone();
            counter.inc_by(loads.saturating_sub(counter.get()));
        }
        self.set_process(&Process::now());
    }

    fn set_process(&self, process: &Process) {
        for (gauge, value) in [
            (&self.resident, process.resident_bytes),
            (&self.threads, process.threads),
            (&self.open_fds, process.open_fds),
            (&self.max_fds, process.max_fds),
        ] {
            if let Some(value) = value {
                gauge.set(value);
            }
        }
        if let Some(seconds) = process.cpu_seconds {
            self.cpu.inc_by((seconds - self.cpu.get()).max(0.0));
        }
    }
}
