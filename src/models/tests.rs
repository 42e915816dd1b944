//! The whole layer on tiny models: folder, preparation, session, pool, with the real ONNX Runtime.

use super::testing::*;
use super::*;
use crate::text::Explain;

fn open(dir: &Path) -> Models {
    Models::open(ModelsConfig { threads: 1, preparer: Preparer::InProcess, ..ModelsConfig::new(dir) }).unwrap()
}

fn ones(shape: &[usize]) -> Vec<Tensor> {
    vec![Tensor { shape: shape.to_vec(), data: vec![1.0; shape.iter().product()] }]
}

fn prepared(dir: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(dir.join("prepared")).unwrap().map(|e| e.unwrap().path());
    files.filter(|p| p.extension().is_some_and(|e| e != "lock")).collect()
}

#[test]
fn without_models_every_use_names_the_command() {
    let models = Models::none();
    let error = models.infer("isnet", ones(&[1]), &Cancel::new()).unwrap_err();
    assert_eq!(error.code(), "model_missing");
    assert!(error.text().en.contains("portico models install") && error.text().zh.contains("portico models install"));
    assert_eq!(models.default_for("cutout").unwrap_err().code(), "model_missing");
    assert!(models.status().iter().all(|s| !s.installed && !s.loaded));
}

#[test]
fn a_missing_a_truncated_and_an_unknown_model_are_told_apart() {
    let dir = models_folder(&doubling());
    let models = open(dir.path());
    let path = dir.path().join("tiny.onnx");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let error = models.infer("tiny", ones(&[1, 1, 2, 2]), &Cancel::new()).unwrap_err();
    assert_eq!(error.code(), "model_damaged");
    assert!(error.text().en.contains("portico models install tiny"), "{error}");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(models.warm("tiny", &Cancel::new()).unwrap_err().code(), "model_missing");
    assert_eq!(models.infer("nonesuch", ones(&[1]), &Cancel::new()).unwrap_err().code(), "model_unknown");
}

#[test]
fn a_model_runs_on_any_size_that_it_takes_and_says_what_it_cost() {
    if real_runtime("a_model_runs").is_none() {
        return;
    }
    let dir = models_folder(&doubling());
    let models = open(dir.path());
    let first = models.infer("tiny", ones(&[1, 1, 2, 3]), &Cancel::new()).unwrap();
    assert_eq!((first.outputs[0].shape.as_slice(), first.outputs[0].data.as_slice()), (&[1, 1, 2, 3][..], &[2.0; 6][..]));
    assert!(first.load > Duration::ZERO);
    assert_eq!(first.sha256, sha256(&std::fs::read(dir.path().join("tiny.onnx")).unwrap()));
    let second = models.infer("tiny", ones(&[1, 1, 5, 5]), &Cancel::new()).unwrap();
    assert_eq!((second.outputs[0].data.len(), second.load), (25, Duration::ZERO));
    assert!(models.status().iter().any(|s| s.info.name == "tiny" && s.loaded && s.installed));
    let (version, provider) = models.runtime().unwrap();
    assert!(version.starts_with("1.") && provider == "cpu", "{version}");
    models.unload_all();
    assert!(models.status().iter().all(|s| !s.loaded));
}

#[test]
fn a_wrong_input_is_an_error_and_the_model_stays_usable() {
    if real_runtime("a_wrong_input").is_none() {
        return;
    }
    let dir = models_folder(&doubling());
    let models = open(dir.path());
    let short = vec![Tensor { shape: vec![1, 1, 2, 2], data: vec![1.0; 3] }];
    assert_eq!(models.infer("tiny", short, &Cancel::new()).unwrap_err().code(), "model_input");
    assert_eq!(models.infer("tiny", vec![], &Cancel::new()).unwrap_err().code(), "model_input");
    let two = [ones(&[1, 1, 2, 2]), ones(&[1, 1, 2, 2])].concat();
    assert_eq!(models.infer("tiny", two, &Cancel::new()).unwrap_err().code(), "model_input");
    assert_eq!(models.infer("tiny", ones(&[2, 2]), &Cancel::new()).unwrap_err().code(), "model_failed");
    assert!(models.infer("tiny", ones(&[1, 1, 2, 2]), &Cancel::new()).is_ok());
}

#[test]
fn a_graph_is_prepared_once_and_outdated_ones_go() {
    if real_runtime("a_graph_is_prepared_once").is_none() {
        return;
    }
    let dir = models_folder(&doubling());
    open(dir.path()).warm("tiny", &Cancel::new()).unwrap();
    let files = prepared(dir.path());
    assert_eq!(files.len(), 1, "{files:?}");
    let written = std::fs::metadata(&files[0]).unwrap().modified().unwrap();
    // What an older model on this machine, and an interrupted preparation, would have left.
    let name = files[0].file_name().unwrap().to_string_lossy().into_owned();
    let outdated = dir.path().join("prepared").join(name.replace(&name[5..17], "0123456789ab"));
    std::fs::write(&outdated, "old").unwrap();
    open(dir.path()).warm("tiny", &Cancel::new()).unwrap();
    assert_eq!(std::fs::metadata(&files[0]).unwrap().modified().unwrap(), written, "it is not made again");
    std::fs::remove_file(&files[0]).unwrap();
    open(dir.path()).warm("tiny", &Cancel::new()).unwrap();
    assert_eq!(prepared(dir.path()), files, "the outdated one is gone");
}

#[test]
fn a_damaged_prepared_graph_is_made_again() {
    if real_runtime("a_damaged_prepared_graph").is_none() {
        return;
    }
    let dir = models_folder(&doubling());
    open(dir.path()).warm("tiny", &Cancel::new()).unwrap();
    std::fs::write(&prepared(dir.path())[0], "damaged").unwrap();
    assert_eq!(open(dir.path()).infer("tiny", ones(&[1, 1, 1, 1]), &Cancel::new()).unwrap().outputs[0].data, [2.0]);
    assert!(std::fs::metadata(&prepared(dir.path())[0]).unwrap().len() > 7);
}

#[test]
fn a_model_that_cannot_be_prepared_still_runs_as_it_is() {
    if real_runtime("a_model_that_cannot_be_prepared").is_none() {
        return;
    }
    let dir = models_folder(&doubling());
    let nobody = Preparer::Child(dir.path().join("no-such-program"));
    let models = Models::open(ModelsConfig { preparer: nobody, ..ModelsConfig::new(dir.path()) }).unwrap();
    assert_eq!(models.infer("tiny", ones(&[1, 1, 1, 2]), &Cancel::new()).unwrap().outputs[0].data, [2.0, 2.0]);
}

#[test]
fn a_file_that_is_no_model_is_an_error_not_a_crash() {
    if real_runtime("a_file_that_is_no_model").is_none() {
        return;
    }
    let dir = models_folder(&doubling());
    let path = dir.path().join("tiny.onnx");
    let rubbish = vec![0xffu8; std::fs::metadata(&path).unwrap().len() as usize];
    std::fs::write(&path, rubbish).unwrap();
    let error = open(dir.path()).infer("tiny", ones(&[1, 1, 1, 1]), &Cancel::new()).unwrap_err();
    assert_eq!(error.code(), "model_failed");
    assert!(error.text().en.contains("portico models verify"), "{error}");
}

#[test]
fn a_run_is_stopped_in_the_middle_and_the_session_works_on() {
    if real_runtime("a_run_is_stopped").is_none() {
        return;
    }
    let dir = models_folder(&slow());
    let models = open(dir.path());
    models.warm("tiny", &Cancel::new()).unwrap();
    let cancel = Cancel::new();
    let running = std::thread::spawn({
        let (models, cancel) = (models.clone(), cancel.clone());
        move || models.infer("tiny", ones(&[1, 32, 256, 256]), &cancel)
    });
    // Long enough to be inside the run, far less than the run takes.
    std::thread::sleep(Duration::from_millis(150));
    cancel.cancel();
    // A run that was not stopped would have ended with an answer.
    assert!(matches!(running.join().unwrap(), Err(ModelError::Cancelled)));
    let again = Cancel::new();
    let next = std::thread::spawn({
        let (models, again) = (models.clone(), again.clone());
        move || models.infer("tiny", ones(&[1, 32, 256, 256]), &again)
    });
    std::thread::sleep(Duration::from_millis(50));
    again.cancel();
    assert!(matches!(next.join().unwrap(), Err(ModelError::Cancelled)));
    assert_eq!(
        models.infer("tiny", ones(&[1, 1, 1, 1]), &Cancel::new()).unwrap_err().code(),
        "model_failed",
        "a fresh run is judged on its own"
    );
}

#[test]
fn a_missing_library_names_the_command() {
    if std::env::var_os("PORTICO_ORT_LIB").is_some() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut info = Manifest::embedded().runtime().clone();
    for library in &mut info.library {
        library.source = manifest::Source::File { path: "nowhere".into() };
    }
    let error = runtime::find_library(dir.path(), &info).unwrap_err();
    assert_eq!(error.code(), "runtime_missing");
    assert!(error.text().en.contains("portico models install"));
}
