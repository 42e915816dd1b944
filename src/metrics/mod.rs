//! Figures for Prometheus. No label holds a name, an id or a word of a user: lanes, kinds, states, operations, routes, models, statuses.
//!
//! What happens is counted where it happens; what is (rows, bytes, memory) is asked for when somebody reads. docs/OPERATIONS.md lists every name.

mod process;
mod standing;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

pub use standing::Standing;

use crate::store::{Job, JobState, StepTime};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    lane: &'static str,
    kind: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stream {
    kind: &'static str,
}

type Seconds = Counter<f64, AtomicU64>;

/// The figures of one server; cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    jobs: Family<JobLabels, Counter>,
    wait: Family<Operation, Histogram>,
    run: Family<Operation, Histogram>,
    model_run: Seconds,
    model_wait: Seconds,
    model_load: Seconds,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<Route, Histogram>,
    streams: Family<Stream, Gauge>,
    standing: standing::Gauges,
}

/// From a hundredth of a second to ten minutes.
fn job_histogram() -> Histogram {
    Histogram::new([0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 180.0, 600.0])
}

fn request_histogram() -> Histogram {
    Histogram::new([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 120.0])
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("portico");
        let inner = Inner {
            jobs: Family::default(),
            wait: Family::new_with_constructor(job_histogram),
            run: Family::new_with_constructor(job_histogram),
            model_run: Seconds::default(),
            model_wait: Seconds::default(),
            model_load: Seconds::default(),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(request_histogram),
            streams: Family::default(),
            standing: standing::Gauges::register(&mut registry),
            registry: Registry::default(),
        };
        registry.register("jobs", "Jobs that ended, and jobs put back for the next start (state queued)", inner.jobs.clone());
        registry.register("job_wait_seconds", "From queued to begun, by the plan's first operation", inner.wait.clone());
        registry.register("step_run_seconds", "Steps of jobs that succeeded, by operation", inner.run.clone());
        registry.register("model_run_seconds", "Time inside ONNX Runtime", inner.model_run.clone());
        registry.register("model_wait_seconds", "Time that jobs waited for a model's thread", inner.model_wait.clone());
        registry.register("model_load_seconds", "Time that jobs waited for a model to be loaded", inner.model_load.clone());
        registry.register("http_requests", "Answers by route template, method and status", inner.requests.clone());
        registry.register("http_request_seconds", "Until an answer begins, by route template", inner.request_seconds.clone());
        registry.register("streams_open", "Sockets and event streams that are open", inner.streams.clone());
        for kind in ["ws", "sse"] {
            inner.streams.get_or_create(&Stream { kind }).set(0);
        }
        Metrics(Arc::new(Inner { registry, ..inner }))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// A job's time in models, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModelTimes {
    pub run_ms: f64,
    pub wait_ms: f64,
    pub load_ms: f64,
}

impl Metrics {
    /// A worker has begun a job.
    pub fn job_started(&self, job: &Job) {
        let (Some(started), Some(step)) = (job.started_at, job.plan.steps.first()) else { return };
        let seconds = started.ms_since(job.created_at) as f64 / 1e3;
        self.0.wait.get_or_create(&Operation { operation: step.op.clone() }).observe(seconds);
    }

    /// It is over, or waits for the next start of the server.
    pub fn job_ended(&self, job: &Job, state: JobState) {
        self.0.jobs.get_or_create(&JobLabels { lane: job.lane.name(), kind: job.kind.name(), state: state.name() }).inc();
    }

    /// Where the time of a job that succeeded went.
    pub fn job_took(&self, steps: &[StepTime], models: ModelTimes) {
        for step in steps {
            self.0.run.get_or_create(&Operation { operation: step.op.clone() }).observe(step.ms / 1e3);
        }
        for (counter, ms) in
            [(&self.0.model_run, models.run_ms), (&self.0.model_wait, models.wait_ms), (&self.0.model_load, models.load_ms)]
        {
            counter.inc_by(ms.max(0.0) / 1e3);
        }
    }

    /// An answer has begun.
    pub fn answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        // Anybody can invent methods.
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method = known.into_iter().find(|known| *known == method).unwrap_or("other");
        self.0.requests.get_or_create(&RequestLabels { route: route.to_owned(), method, status }).inc();
        self.0.request_seconds.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// Counts a socket (`ws`) or event stream (`sse`) as open until the guard is dropped.
    pub fn stream(&self, kind: &'static str) -> OpenStream {
        let gauge = self.0.streams.get_or_create(&Stream { kind }).clone();
        gauge.inc();
        OpenStream(gauge)
    }

    /// Everything in the text format of OpenMetrics, with what stands now.
    pub fn render(&self, now: &Standing) -> String {
        self.0.standing.set(now);
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.0.registry);
        text
    }
}

/// See [`Metrics::stream`].
pub struct OpenStream(Gauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_read_and_invented_methods_make_no_series() {
        let metrics = Metrics::default();
        metrics.answered("/api/v1/edit", "POST", 200, Duration::from_millis(20));
        metrics.answered("/api/v1/edit", "BREW", 405, Duration::from_millis(1));
        metrics.answered("/api/v1/edit", "MILL", 405, Duration::from_millis(1));
        let open = metrics.stream("ws");
        let text = metrics.render(&Standing::default());
        assert!(text.contains("portico_http_requests_total{route=\"/api/v1/edit\",method=\"POST\",status=\"200\"} 1"), "{text}");
        assert!(text.contains("method=\"other\",status=\"405\"} 2"), "{text}");
        assert!(text.contains("portico_streams_open{kind=\"ws\"} 1"), "{text}");
        drop(open);
        assert!(metrics.render(&Standing::default()).contains("portico_streams_open{kind=\"ws\"} 0"));
        assert!(text.trim_end().ends_with("# EOF"));
    }
}
