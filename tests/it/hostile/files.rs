//! Hostile files, uploaded to the real program.

use super::server::{Server, answered};
use super::{Bad, jpegs, pngs, rasters, strangers, tiffs, webps};

fn families() -> Vec<(&'static str, Vec<Bad>)> {
    vec![
        ("png", pngs::all()),
        ("jpg", jpegs::all()),
        ("webp", webps::all()),
        ("gif", rasters::gifs()),
        ("bmp", rasters::bmps()),
        ("tif", tiffs::all()),
        ("bin", strangers::all()),
    ]
}

/// More than any single file here may cost for good: a decoder's tables, a thread's arena, the picture that is kept for pointing.
const RISE_BYTES: u64 = 400_000_000;

#[tokio::test]
async fn no_file_brings_the_server_down_or_makes_it_hold_on_to_memory() {
    let mut server = Server::start();
    server.assert_well("the start").await;
    let before = server.resident();
    let (mut files, mut taken, mut edited) = (0, 0, 0);
    for (extension, family) in families() {
        for (i, (what, bytes)) in family.iter().enumerate() {
            let name = format!("{i}.{extension}");
            let (status, _) = answered(&format!("{extension}: {what}"), server.upload(&name, bytes.clone()).await).await;
            files += 1;
            taken += usize::from(status < 300);
            // Those that are taken are worked on; of the others a part is sent to be edited at once, by another way in.
            if status < 300 || i % 6 == 0 {
                let (status, _) =
                    answered(&format!("{extension}, edited: {what}"), server.edit(&name, bytes.clone(), "rotate 90 degrees").await).await;
                edited += usize::from(status < 300);
            }
        }
        server.assert_well(extension).await;
        let now = server.resident();
        assert!(now < before + RISE_BYTES, "after {extension}: {} MB, {} MB at the start", now / 1_000_000, before / 1_000_000);
    }
    let peak = server.peak() / 1_000_000;
    println!(
        "{files} files, {taken} taken, {edited} edited; {} MB at the start, {} MB now, {peak} MB at most",
        before / 1_000_000,
        server.resident() / 1_000_000
    );
    assert!(files >= 300, "only {files} files");
    assert!(taken > 20 && edited > 20, "{taken} files were taken and {edited} edited: pictures with small faults are pictures");
    server.assert_kept_to_itself();
}

#[tokio::test]
async fn valid_files_of_every_kind_are_taken() {
    let server = Server::start();
    let kinds = [pngs::valid(), jpegs::valid(), webps::valid(), rasters::valid_gifs(), rasters::valid_bmps(), tiffs::valid()].concat();
    for (what, bytes) in kinds {
        let (status, code) = answered(&what, server.upload("a", bytes.clone()).await).await;
        assert_eq!(status, 201, "{what}: {code}; hostile files are made of these, so they have to be good ones");
    }
}
