//! Which files of a folder a batch works on.

use std::io;
use std::path::{Path, PathBuf};

/// Extensions of pictures, those included that cannot be read: whoever put one into the folder is told.
const EXTENSIONS: &[&str] =
    &["jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif", "ora", "psd", "svg", "jxl"];
/// Folders below each other.
const MAX_DEPTH: usize = 32;

/// A file of a batch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Below the folder, with `/` between the parts.
    pub shown: String,
    pub path: PathBuf,
}

/// The pictures in a folder and the folders below it, by name; a file by itself is a batch of one. Hidden files, links to folders and the folder
/// `without` (the results) are left out.
///
/// # Errors
/// Where `from` is not there or cannot be read.
pub fn find(from: &Path, without: &Path) -> io::Result<Vec<Found>> {
    if from.is_file() {
        let shown = from.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        return Ok(vec![Found { shown, path: from.to_owned() }]);
    }
    let mut found = vec![];
    // The folder of the results may not be there yet.
    let without = std::fs::canonicalize(without).ok();
    walk(from, "", &without, 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, shown: &str, without: &Option<PathBuf>, depth: usize, found: &mut Vec<Found>) -> io::Result<()> {
    if depth > MAX_DEPTH || (without.is_some() && std::fs::canonicalize(folder).ok() == *without) {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // What begins with two dots wants to lead somewhere rather than to hide; its result is named so that it cannot.
        if name.starts_with('.') && !name.starts_with("..") {
            continue;
        }
        let here = if shown.is_empty() { name.clone() } else { format!("{shown}/{name}") };
        // Of the entry itself: a link to a folder is not followed, it could lead in circles.
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &here, without, depth + 1, found)?;
        } else if is_picture(&name) && entry.path().is_file() {
            found.push(Found { shown: here, path: entry.path() });
        }
    }
    Ok(())
}

/// Whether a file is called like a picture.
pub fn is_picture(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    extension.is_some_and(|e| EXTENSIONS.contains(&e.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_in_folders_below_and_results_are_not() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.JPG", "a.png", "sub/红 裙.webp", "sub/.hidden.png", "notes.txt", "Thumbs.db", "out/a.png", "sub/out/c.png"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let names: Vec<String> = find(dir.path(), &dir.path().join("out")).unwrap().into_iter().map(|f| f.shown).collect();
        assert_eq!(names, ["a.png", "b.JPG", "sub/out/c.png", "sub/红 裙.webp"]);
        assert_eq!(find(&dir.path().join("a.png"), dir.path()).unwrap().len(), 1);
        assert!(find(&dir.path().join("nowhere"), dir.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_a_circle_ends() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.png"), b"").unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("again")).unwrap();
        assert_eq!(find(dir.path(), Path::new("/nowhere")).unwrap().len(), 1);
    }
}
