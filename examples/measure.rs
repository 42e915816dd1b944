use portico::{cancel::Cancel, imaging::Picture, models::*, sys};
fn mib(b: Option<u64>) -> u64 {
    b.unwrap_or(0) >> 20
}
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let exe = std::env::args().nth(2).unwrap();
    let m = Models::open(ModelsConfig { preparer: Preparer::Child(exe.into()), ..ModelsConfig::new(dir) }).unwrap();
    println!("start rss {}", mib(sys::resident_bytes()));
    let rgba = image::open("tests/fixtures/photos/coffee.png").unwrap().into_rgba8();
    let p = Picture::from_rgba8(rgba.width(), rgba.height(), rgba.into_raw());
    let big = {
        let r = image::imageops::resize(
            &image::open("tests/fixtures/photos/coffee.png").unwrap().into_rgba8(),
            4000,
            3000,
            image::imageops::Triangle,
        );
        Picture::from_rgba8(4000, 3000, r.into_raw())
    };
    let info = m.default_for("cutout").unwrap();
    let t = std::time::Instant::now();
    let l = m.warm("isnet", &Cancel::new()).unwrap();
    println!("warm {:?} load {:?} rss {} peak {}", t.elapsed(), l, mib(sys::resident_bytes()), mib(sys::peak_resident_bytes()));
    for size in [1024, 1024, 1024, 640, 640] {
        let t = std::time::Instant::now();
        let x = isnet::prepare(&big, &info.input, size);
        let pre = t.elapsed();
        let a = m.infer("isnet", vec![x], &Cancel::new()).unwrap();
        let t = std::time::Instant::now();
        let k = isnet::matte(&a.outputs[0], &info.output, 4000, 3000).unwrap();
        println!(
            "{size} prepare {pre:?} run {:?} wait {:?} matte {:?} q {:?} rss {} peak {} pool {}",
            a.run,
            a.wait,
            t.elapsed(),
            isnet::quality(&k),
            mib(sys::resident_bytes()),
            mib(sys::peak_resident_bytes()),
            m.status()[0].loaded_bytes >> 20
        );
    }
    drop(big);
    for f in std::fs::read_dir("tests/fixtures/photos").unwrap().flatten() {
        let Ok(i) = image::open(f.path()) else { continue };
        let rgba = i.into_rgba8();
        let p = Picture::from_rgba8(rgba.width(), rgba.height(), rgba.into_raw());
        for size in [1024, 640] {
            let a = m.infer("isnet", vec![isnet::prepare(&p, &info.input, size)], &Cancel::new()).unwrap();
            let k = isnet::matte(&a.outputs[0], &info.output, p.width(), p.height()).unwrap();
            let q = isnet::quality(&k);
            println!("{:?} {size} soft {:.3} mean {:.3} unsure {}", f.file_name(), q.soft_share, q.mean, q.is_unsure());
        }
    }
    for d in [0u64, 50, 200, 500, 900] {
        let c = Cancel::new();
        let c2 = c.clone();
        let h = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(d));
            c2.cancel();
            std::time::Instant::now()
        });
        let r = m.infer("isnet", vec![isnet::prepare(&p, &info.input, 1024)], &c);
        let end = std::time::Instant::now();
        println!("cancel at {d}: returned {:?} after, err {}", end.saturating_duration_since(h.join().unwrap()), r.is_err());
    }
    m.unload_all();
    println!("after unload rss {}", mib(sys::resident_bytes()));
}
