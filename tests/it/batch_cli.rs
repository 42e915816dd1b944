//! `portico batch`: a folder of anything in, every result that can be made out, whatever else is in there and however often it is interrupted.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::app::models_dir;
use crate::kit;

fn portico() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
    command.env("PORTICO_MODELS", models_dir()).env("LANG", "C.UTF-8").env_remove("LC_ALL");
    command
}

fn batch(args: &[&str]) -> Output {
    portico().arg("batch").args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A small photograph, another for each `n`.
fn photo(n: u32) -> Vec<u8> {
    kit::jpeg(&kit::Rgb::new(64, 48, |x, y| [(x * 4 + n) as u8, (y * 5 + n * 7) as u8, (x * y + n * 3) as u8]), 92)
}

fn report(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap()
}

/// Every file below a folder with its time, hidden ones left out.
fn files(folder: &Path) -> BTreeMap<String, SystemTime> {
    fn walk(folder: &Path, shown: &str, found: &mut BTreeMap<String, SystemTime>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{shown}{}", entry.file_name().to_string_lossy());
            match entry.file_type().unwrap().is_dir() {
                true => walk(&entry.path(), &format!("{name}/"), found),
                false if entry.file_name().to_string_lossy().starts_with('.') => {}
                false => drop(found.insert(name, entry.metadata().unwrap().modified().unwrap())),
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, "", &mut found);
    found
}

struct Place {
    _root: tempfile::TempDir,
    from: PathBuf,
    out: PathBuf,
}

fn place() -> Place {
    let root = tempfile::tempdir().unwrap();
    let (from, out) = (root.path().join("in"), root.path().join("deep/out"));
    fs::create_dir(&from).unwrap();
    Place { _root: root, from, out }
}

impl Place {
    fn add(&self, name: &str, bytes: &[u8]) {
        let path = self.from.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn run(&self, args: &[&str]) -> Output {
        let fixed = [text(&self.from), "-o", text(&self.out)];
        batch(&[&fixed, args].concat())
    }
}

/// 200 files: 196 pictures under all kinds of names, 2 that are corrupt, an empty one, one over the limit.
fn two_hundred(place: &Place) {
    let odd = [
        "猫🐱 第一张.jpg",
        "été (1).jpg",
        "sub/同名.jpg",
        "同名.jpg",
        "sub/deeper/同名.jpg",
        "same.jpg",
        "SAME2.JPG",
        "same.png",
        "-rf.jpg",
        "CON.jpg",
        "..%2f..%2fescape.jpg",
        "..\\..\\escape2.jpg",
        "%2e%2e%2fup.jpg",
        "a.b.c.jpg",
        " space .jpg",
        "\u{202e}gpj.exe.jpg",
    ];
    for (n, name) in odd.iter().enumerate() {
        place.add(name, &photo(n as u32));
    }
    for n in odd.len()..196 {
        place.add(&format!("p{:03}.jpg", n), &photo(n as u32));
    }
    place.add("broken.jpg", b"\xff\xd8\xff\xe0 this is no picture");
    let whole = photo(7);
    place.add("cut.png", &whole[..40]);
    place.add("empty.jpg", b"");
    place.add("huge.jpg", &kit::giant_jpeg(65_000, 65_000));
    place.add("notes.txt", b"not a picture, and not in the way");
}

#[test]
fn of_200_files_every_good_one_has_its_result_and_every_bad_one_is_named() {
    let place = place();
    two_hundred(&place);
    let output = place.run(&["crop to 1:1"]);
    assert_eq!(output.status.code(), Some(3), "some failed: {}", said(&output));
    let report = report(&place.out);
    let items = report["items"].as_array().unwrap();
    assert_eq!((items.len(), &report["counts"]["done"], &report["counts"]["failed"]), (200, &196.into(), &4.into()));
    let failed: BTreeMap<&str, &str> = items
        .iter()
        .filter(|i| i["state"] == "failed")
        .map(|i| (i["file"].as_str().unwrap(), i["error"]["code"].as_str().unwrap()))
        .collect();
    assert_eq!(failed.keys().copied().collect::<Vec<_>>(), ["broken.jpg", "cut.png", "empty.jpg", "huge.jpg"]);
    assert_eq!(failed["huge.jpg"], "image_too_large");
    assert!(failed.keys().all(|name| said(&output).contains(name)), "each is named: {}", said(&output));
    // The results: as many as there are good files, each a picture, nothing outside, no name twice whatever its case.
    let made: Vec<String> = files(&place.out).into_keys().filter(|n| !n.starts_with("report.")).collect();
    assert_eq!(made.len(), 196);
    let lower: std::collections::BTreeSet<String> = made.iter().map(|n| n.to_lowercase()).collect();
    assert_eq!(lower.len(), 196);
    assert!(made.contains(&"猫🐱 第一张.jpg".to_owned()) && made.contains(&"sub/deeper/同名.jpg".to_owned()), "{made:?}");
    for name in &made {
        let picture =
            portico::imaging::decode(&fs::read(place.out.join(name)).unwrap(), &portico::imaging::Limits::default()).unwrap().picture;
        assert_eq!((picture.width(), picture.height()), (48, 48), "{name}");
    }
    let beside: Vec<_> = fs::read_dir(place.out.parent().unwrap().parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 2, "nothing was written outside: {beside:?}");
    let csv = fs::read_to_string(place.out.join("report.csv")).unwrap();
    assert!(csv.starts_with('\u{feff}') && csv.lines().count() == 201);
    assert!(!csv.contains("\n-rf"), "no cell that a spreadsheet would take for a formula");
}

#[test]
fn a_run_that_is_killed_goes_on_without_doing_anything_twice_and_a_changed_plan_does_all_again() {
    let place = place();
    for n in 0..30 {
        place.add(&format!("p{n:02}.jpg"), &kit::jpeg(&kit::Rgb::new(400, 300, |x, y| [(x + n) as u8, (y * 3) as u8, (x * y) as u8]), 90));
    }
    let plan = ["denoise a lot"];
    let mut child = portico()
        .arg("batch")
        .args([text(&place.from), plan[0], "-o", text(&place.out)])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = place.out.join(".portico-batch.json");
    let lines = || fs::read_to_string(&journal).map_or(0, |t| t.lines().count());
    let patience = Instant::now();
    while lines() < 8 && patience.elapsed() < Duration::from_secs(240) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap(); // SIGKILL: nothing is tidied up
    child.wait().unwrap();
    let before = files(&place.out);
    let done = lines();
    assert!((8..30).contains(&done), "{done}");

    let output = place.run(&plan);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let counts = report(&place.out)["counts"].clone();
    let kept = counts["kept"].as_u64().unwrap();
    assert!(kept as usize + 1 >= done && kept + counts["done"].as_u64().unwrap() == 30, "{counts}, {done} were done");
    let after = files(&place.out);
    let unchanged = before.iter().filter(|(name, time)| after.get(*name) == Some(time)).count();
    assert!(unchanged >= kept as usize, "what was done was left alone: {unchanged} of {kept}");
    assert_eq!(after.len(), 32, "30 results and two reports, no remains");
    let remains: Vec<_> =
        fs::read_dir(&place.out).unwrap().map(|e| e.unwrap().file_name()).filter(|n| n.to_string_lossy().ends_with(".part")).collect();
    assert!(remains.len() <= 2, "at most what the killed run was writing: {remains:?}");

    assert_eq!(place.run(&plan).status.code(), Some(0));
    assert_eq!(report(&place.out)["counts"]["kept"], 30, "nothing is left to do");
    fs::write(place.from.join("p00.jpg"), photo(1)).unwrap();
    place.run(&plan);
    assert_eq!(
        (&report(&place.out)["counts"]["kept"], &report(&place.out)["counts"]["done"]),
        (&29.into(), &1.into()),
        "a changed picture"
    );
    place.run(&["denoise a little"]);
    assert_eq!(report(&place.out)["counts"]["done"], 30, "a changed plan does all again");
    place.run(&["denoise a little", "--fresh"]);
    assert_eq!(report(&place.out)["counts"]["done"], 30);
}

#[test]
fn a_format_that_changes_leaves_no_older_results_behind() {
    let place = place();
    place.add("a.jpg", &photo(1));
    place.add("a.png", &kit::adam7_png(&kit::marker(30, 20)));
    assert_eq!(place.run(&["flip horizontally"]).status.code(), Some(0));
    let names = |place: &Place| files(&place.out).into_keys().filter(|n| !n.starts_with("report.")).collect::<Vec<_>>();
    assert_eq!(names(&place), ["a-2.png", "a.jpg"]);
    assert_eq!(place.run(&["flip horizontally", "--format", "webp"]).status.code(), Some(0));
    assert_eq!(names(&place), ["a-2.webp", "a.webp"]);
}

#[test]
fn rows_give_each_picture_its_values() {
    let place = place();
    for n in 0..3 {
        place.add(&format!("p{n}.jpg"), &photo(n));
    }
    let recipe = place.from.join("recipe.json");
    let params = r#"[{"name":"宽","type":"integer","path":"/steps/0/params/width"}]"#;
    fs::write(&recipe, format!(r#"{{"portico_recipe":1,"name":"缩","plan":{{"version":1,"steps":[{{"op":"resize","params":{{"width":20}}}}]}},"params":{params}}}"#))
        .unwrap();
    let table = place.from.join("rows.csv");
    fs::write(&table, "文件,宽\np0.jpg,10\nP1.JPG,\nnowhere.jpg,5\n").unwrap();
    let output = place.run(&["--recipe", text(&recipe), "--rows", text(&table)]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let report = report(&place.out);
    let widths: Vec<&Value> = report["items"].as_array().unwrap().iter().map(|i| &i["width"]).collect();
    assert_eq!(widths, [&Value::from(10), &20.into(), &Value::Null], "an empty cell is the default");
    let error = &report["items"][2]["error"];
    assert!(error["code"] == "file_missing" && error["message"].as_str().unwrap().contains("Line 4"), "{error}");
    assert!(said(&output).contains("1 pictures are not in the table"), "{}", said(&output));
    // A value for all, and one that does not fit: said before anything is done.
    assert_eq!(place.run(&["--recipe", text(&recipe), "--set", "宽=7"]).status.code(), Some(0));
    let wrong = place.run(&["--recipe", text(&recipe), "--set", "width=7"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said(&wrong).contains("宽"), "it says which there are: {}", said(&wrong));
    fs::write(&table, "file,price\np0.jpg,10\n").unwrap();
    assert_eq!(place.run(&["--recipe", text(&recipe), "--rows", text(&table)]).status.code(), Some(1), "a column that is no parameter");
}

#[test]
fn further_pictures_come_by_flag_or_by_column() {
    let place = place();
    for n in 0..2 {
        place.add(&format!("p{n}.jpg"), &photo(n));
    }
    for (name, colour) in [("red", [255, 0, 0]), ("blue", [0, 0, 255])] {
        place.add(&format!("logos/{name}.bin"), &kit::adam7_png(&kit::Rgb::new(8, 8, |_, _| colour)));
    }
    let plan = place.from.join("plan.json");
    fs::write(&plan, r#"{"version":1,"steps":[{"op":"place","params":{"image":"image:2","cutout":false,"shadow":"none","position":"top-left"}},{"op":"export","params":{"format":"png"}}]}"#)
        .unwrap();
    let logo = place.from.join("logos/red.bin");
    assert_eq!(place.run(&["--plan", text(&plan)]).status.code(), Some(1), "the second picture is missing");
    let output = place.run(&["--plan", text(&plan), "--with", text(&logo)]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let table = place.from.join("rows.csv");
    fs::write(&table, "file,image\np0.jpg,logos/red.bin\np1.jpg,logos/blue.bin\n").unwrap();
    let recipe = place.from.join("recipe.json");
    let plan = fs::read_to_string(&plan).unwrap();
    fs::write(
        &recipe,
        format!(r#"{{"name":"标","plan":{plan},"params":[{{"name":"image","type":"image","path":"/steps/0/params/image"}}]}}"#),
    )
    .unwrap();
    let output = place.run(&["--recipe", text(&recipe), "--rows", text(&table)]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let reddest = |name: &str| {
        let picture =
            portico::imaging::decode(&fs::read(place.out.join(name)).unwrap(), &portico::imaging::Limits::default()).unwrap().picture;
        picture.rgba8().chunks(4).map(|p| i32::from(p[0]) - i32::from(p[2])).max().unwrap()
    };
    assert_eq!(reddest("p0.png"), 255);
    assert!(reddest("p1.png") < 255, "the other logo");
}

#[test]
fn a_recipe_runs_over_a_single_picture_with_its_values_and_its_files() {
    use base64::Engine as _;
    let place = place();
    place.add("a.jpg", &photo(1));
    place.add("blue.png", &kit::adam7_png(&kit::Rgb::new(8, 8, |_, _| [0, 0, 255])));
    let red = kit::adam7_png(&kit::Rgb::new(8, 8, |_, _| [255, 0, 0]));
    let red = base64::engine::general_purpose::STANDARD.encode(red);
    let recipe = place.from.join("recipe.json");
    fs::write(&recipe, format!(r#"{{"name":"标","plan":{{"version":1,"steps":[{{"op":"resize","params":{{"width":32}}}},{{"op":"place","params":{{"image":"image:2","cutout":false,"shadow":"none","match_light":false,"position":"top-left"}}}}]}},"params":[{{"name":"宽","type":"integer","path":"/steps/0/params/width"}},{{"name":"logo","type":"image","path":"/steps/1/params/image"}}],"files":{{"image:2":{{"name":"red.png","data":"{red}"}}}}}}"#))
        .unwrap();
    let run = |more: &[&str]| {
        let out = place.from.join("out.png");
        let args = ["edit", text(&place.from.join("a.jpg")), "--recipe", text(&recipe), "-o", text(&out)].map(str::to_owned);
        let output = portico().args(args).args(more).output().unwrap();
        (output, out)
    };
    let corner = |out: &Path| {
        let picture = portico::imaging::decode(&fs::read(out).unwrap(), &portico::imaging::Limits::default()).unwrap().picture;
        let strongest = |c: usize| picture.rgba8().chunks(4).map(|p| i32::from(p[c]) - i32::from(p[2 - c])).max().unwrap();
        (picture.width(), strongest(0) == 255, strongest(2) == 255)
    };
    let (output, out) = run(&[]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(corner(&out), (32, true, false), "the file that it brings");
    let blue = format!("logo={}", text(&place.from.join("blue.png")));
    let (output, out) = run(&["--set", "宽=40", "--set", &blue]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(corner(&out), (40, false, true), "the values' width and file");
    let (output, _) = run(&["--set", "width=4"]);
    assert!(output.status.code() == Some(1) && said(&output).contains("宽"), "{}", said(&output));
}

#[test]
fn a_question_is_asked_before_anything_is_done_and_nothing_is_written() {
    let place = place();
    place.add("a.jpg", &photo(1));
    let output = place.run(&["do something nice with the frobnicator"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(!place.out.exists());
    let dry = place.run(&["crop to 1:1", "--dry-run"]);
    assert_eq!(dry.status.code(), Some(0));
    assert!(said(&dry).contains("1 pictures") && !place.out.exists(), "{}", said(&dry));
    let nothing = batch(&[text(&place.from.join("none")), "crop to 1:1", "-o", text(&place.out)]);
    assert_eq!(nothing.status.code(), Some(1));
}

#[test]
fn a_model_that_is_missing_stops_the_batch_at_once() {
    let place = place();
    for n in 0..20 {
        place.add(&format!("p{n}.jpg"), &photo(n));
    }
    let empty = tempfile::tempdir().unwrap();
    let output = portico()
        .env("PORTICO_MODELS", empty.path())
        .arg("batch")
        .args([text(&place.from), "remove the background", "-o", text(&place.out)])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("portico models install"), "{}", said(&output));
    let counts = report(&place.out)["counts"].clone();
    assert!(counts["failed"].as_u64().unwrap() <= 4 && counts["stopped"].as_u64().unwrap() >= 16, "{counts}");
}
