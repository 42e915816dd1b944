//! The pool's promises, with runners that need no ONNX Runtime.

use std::sync::Condvar;
use std::sync::atomic::AtomicU32;

use super::*;
use crate::text::Explain;

/// What the fake models share with the test.
#[derive(Default)]
struct Stage {
    loads: AtomicU32,
    resident: AtomicU64,
    fail_loads: AtomicBool,
    /// A gate that runs with the first value 1 wait at.
    open: Mutex<bool>,
    opened: Condvar,
    running: AtomicU32,
    /// First values of the runs, in their order.
    ran: Mutex<Vec<f32>>,
}

impl Stage {
    fn open_gate(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

const WAIT_AT_GATE: f32 = 1.0;
const PANIC: f32 = 2.0;
const UNTIL_CANCELLED: f32 = 3.0;

struct Fake(Arc<Stage>);

impl Loader for Fake {
    fn load(&self, model: &str) -> Result<Box<dyn Runner>, ModelError> {
        std::thread::sleep(Duration::from_millis(5));
        self.0.loads.fetch_add(1, Ordering::SeqCst);
        if self.0.fail_loads.load(Ordering::SeqCst) {
            return Err(ModelError::failed(model, "no"));
        }
        self.0.resident.fetch_add(100, Ordering::SeqCst);
        Ok(Box::new(FakeRunner(self.0.clone())))
    }

    fn estimate_bytes(&self, _: &str) -> u64 {
        100
    }

    fn resident_bytes(&self) -> Option<u64> {
        Some(self.0.resident.load(Ordering::SeqCst))
    }
}

struct FakeRunner(Arc<Stage>);

impl Drop for FakeRunner {
    fn drop(&mut self) {
        self.0.resident.fetch_sub(100, Ordering::SeqCst);
    }
}

impl Runner for FakeRunner {
    fn run(&mut self, inputs: &[Tensor], control: &Control) -> Result<(Vec<Tensor>, Duration), ModelError> {
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        if !control.start(Box::new(move || told.store(true, Ordering::SeqCst))) {
            return Err(ModelError::Cancelled);
        }
        self.0.running.fetch_add(1, Ordering::SeqCst);
        let what = inputs[0].data[0];
        self.0.ran.lock().unwrap().push(what);
        if what == PANIC {
            panic!("a fake model panics, as the test wants");
        } else if what == WAIT_AT_GATE {
            let mut open = self.0.open.lock().unwrap();
            while !*open {
                open = self.0.opened.wait(open).unwrap();
            }
        } else if what == UNTIL_CANCELLED {
            while !stop.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(1));
            }
            return Err(ModelError::Cancelled);
        }
        control.finish();
        Ok((inputs.to_vec(), Duration::from_millis(1)))
    }
}

fn pool(limits: Limits) -> (Arc<Pool>, Arc<Stage>) {
    let stage = Arc::new(Stage::default());
    (Arc::new(Pool::new(Arc::new(Fake(stage.clone())), limits)), stage)
}

fn roomy() -> Limits {
    Limits { budget_bytes: 1 << 40, idle_ttl: Duration::from_secs(600) }
}

fn input(value: f32) -> Vec<Tensor> {
    vec![Tensor { shape: vec![1], data: vec![value] }]
}

/// Waits for a condition that another thread brings about.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("{what} did not come true");
}

#[test]
fn a_model_is_loaded_once_however_many_ask() {
    let (pool, stage) = pool(roomy());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| pool.infer("a", input(0.0), &Cancel::new()).unwrap());
        }
    });
    assert_eq!(stage.loads.load(Ordering::SeqCst), 1);
    let later = pool.infer("a", input(0.0), &Cancel::new()).unwrap();
    assert_eq!(later.load, Duration::ZERO, "a loaded model costs no loading");
    assert_eq!(pool.loaded(), [LoadedModel { model: "a".to_owned(), ready: true, bytes: 100, pending: 0 }]);
}

#[test]
fn the_first_job_reports_the_loading_it_waited_for() {
    let (pool, _) = pool(roomy());
    let first = pool.infer("a", input(0.0), &Cancel::new()).unwrap();
    assert!(first.load >= Duration::from_millis(5), "{first:?}");
    assert_eq!(first.run, Duration::from_millis(1));
}

#[test]
fn a_dead_owner_fails_its_job_and_is_replaced() {
    let (pool, stage) = pool(roomy());
    // Many times: the next job must find the new owner however soon it comes.
    for round in 1..=30 {
        let error = pool.infer("a", input(PANIC), &Cancel::new()).unwrap_err();
        assert_eq!(error.code(), "model_failed");
        assert_eq!(pool.infer("a", input(7.0), &Cancel::new()).unwrap().outputs[0].data, [7.0], "round {round}");
        // The dead one is the first of its round; the living one dies in the next.
        assert_eq!(stage.loads.load(Ordering::SeqCst), round + 1);
    }
}

#[test]
fn a_model_that_cannot_be_loaded_says_so_and_is_tried_again() {
    let (pool, stage) = pool(roomy());
    stage.fail_loads.store(true, Ordering::SeqCst);
    assert_eq!(pool.infer("a", input(0.0), &Cancel::new()).unwrap_err().code(), "model_failed");
    stage.fail_loads.store(false, Ordering::SeqCst);
    assert!(pool.infer("a", input(0.0), &Cancel::new()).is_ok());
}

#[test]
fn a_job_in_the_queue_is_cancelled_at_once() {
    let (pool, stage) = pool(roomy());
    std::thread::scope(|scope| {
        let first = scope.spawn(|| pool.infer("a", input(WAIT_AT_GATE), &Cancel::new()));
        eventually("the first job runs", || stage.running.load(Ordering::SeqCst) == 1);
        let cancel = Cancel::new();
        let queued = scope.spawn({
            let (pool, cancel) = (pool.clone(), cancel.clone());
            move || pool.infer("a", input(0.0), &cancel)
        });
        eventually("the second job is queued", || pool.loaded()[0].pending == 2);
        cancel.cancel();
        // The first one still stands at the gate.
        assert!(matches!(queued.join().unwrap(), Err(ModelError::Cancelled)));
        stage.open_gate();
        assert!(first.join().unwrap().is_ok());
    });
    eventually("nothing is left", || pool.loaded()[0].pending == 0);
    assert_eq!(stage.running.load(Ordering::SeqCst), 1, "the cancelled job never ran");
}

#[test]
fn who_is_patient_lets_the_others_go_first() {
    let (pool, stage) = pool(roomy());
    std::thread::scope(|scope| {
        scope.spawn(|| pool.infer("a", input(WAIT_AT_GATE), &Cancel::new()).unwrap());
        eventually("the first job runs", || stage.running.load(Ordering::SeqCst) == 1);
        for (n, (value, patient)) in [(10.0, true), (11.0, true), (12.0, false), (13.0, false)].into_iter().enumerate() {
            let asked = pool.clone();
            scope.spawn(move || asked.infer_in_turn("a", input(value), patient, &Cancel::new()).unwrap());
            eventually("the next job is queued", || pool.loaded()[0].pending == n + 2);
        }
        stage.open_gate();
    });
    assert_eq!(*stage.ran.lock().unwrap(), [WAIT_AT_GATE, 12.0, 13.0, 10.0, 11.0]);
}

#[test]
fn a_running_job_is_told_to_stop_and_the_model_stays_usable() {
    let (pool, stage) = pool(roomy());
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        let job = scope.spawn(|| pool.infer("a", input(UNTIL_CANCELLED), &cancel));
        eventually("it runs", || stage.running.load(Ordering::SeqCst) == 1);
        cancel.cancel();
        assert!(matches!(job.join().unwrap(), Err(ModelError::Cancelled)));
    });
    assert!(pool.infer("a", input(0.0), &Cancel::new()).is_ok());
    assert_eq!(stage.loads.load(Ordering::SeqCst), 1);
}

#[test]
fn what_is_cancelled_beforehand_loads_nothing() {
    let (pool, stage) = pool(roomy());
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(matches!(pool.infer("a", input(0.0), &cancel), Err(ModelError::Cancelled)));
    assert_eq!(stage.loads.load(Ordering::SeqCst), 0);
}

#[test]
fn the_least_recently_used_model_makes_room() {
    let (pool, stage) = pool(Limits { budget_bytes: 250, ..roomy() });
    for model in ["a", "b", "a", "c"] {
        pool.infer(model, input(0.0), &Cancel::new()).unwrap();
    }
    let names: Vec<String> = pool.loaded().into_iter().map(|l| l.model).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(stage.resident.load(Ordering::SeqCst), 200, "its memory is free before the next one is loaded");
}

#[test]
fn a_busy_model_is_never_unloaded_for_another() {
    let (pool, stage) = pool(Limits { budget_bytes: 100, ..roomy() });
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| pool.infer("a", input(WAIT_AT_GATE), &Cancel::new()));
        eventually("it runs", || stage.running.load(Ordering::SeqCst) == 1);
        pool.infer("b", input(0.0), &Cancel::new()).unwrap();
        assert!(pool.loaded().iter().any(|l| l.model == "a" && l.ready));
        stage.open_gate();
        assert!(busy.join().unwrap().is_ok());
    });
}

#[test]
fn an_idle_model_is_unloaded_after_a_while() {
    let (pool, stage) = pool(Limits { idle_ttl: Duration::from_millis(20), ..roomy() });
    pool.infer("a", input(0.0), &Cancel::new()).unwrap();
    eventually("it is unloaded", || pool.loaded().is_empty() && stage.resident.load(Ordering::SeqCst) == 0);
    assert!(pool.infer("a", input(0.0), &Cancel::new()).is_ok(), "and loaded again when needed");
}

#[test]
fn unloading_waits_for_accepted_jobs_and_shutdown_stops_them() {
    let (pool, stage) = pool(roomy());
    pool.infer("a", input(0.0), &Cancel::new()).unwrap();
    pool.unload_all();
    assert_eq!((pool.loaded().len(), stage.resident.load(Ordering::SeqCst)), (0, 0));
    std::thread::scope(|scope| {
        let endless = scope.spawn(|| pool.infer("a", input(UNTIL_CANCELLED), &Cancel::new()));
        eventually("it runs", || stage.running.load(Ordering::SeqCst) == 2);
        pool.shutdown();
        assert!(endless.join().unwrap().is_err());
    });
}

#[test]
fn warming_loads_without_running() {
    let (pool, stage) = pool(roomy());
    assert!(pool.warm("a", &Cancel::new()).unwrap() >= Duration::from_millis(5));
    assert_eq!((stage.loads.load(Ordering::SeqCst), stage.running.load(Ordering::SeqCst)), (1, 0));
}
