//! What the results of a batch are called: as the files they were made of, in the same folders, safe everywhere, and no two alike.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use crate::engine::output_name;

/// Folders below each other; deeper ones are left out from the middle on.
const MAX_DEPTH: usize = 16;
/// What stands for an extension that is not known yet. It is in no name.
const STEM: &str = "stem";
const STEM_TAIL: &str = ".stem";
/// A whole name, folders included: older systems take 260 characters with the folder that it is unpacked into.
const MAX_PATH_BYTES: usize = 800;

/// The names that were given.
#[derive(Clone, Debug, Default)]
pub struct Names {
    files: HashSet<String>,
    folders: HashSet<String>,
    /// Folders that look like files, without what looks like their extension.
    folder_stems: HashSet<String>,
    /// The last number that a name got, so that the ten thousandth `photo` is not tried from 2 on.
    last: HashMap<String, u32>,
}

impl Names {
    pub fn new() -> Self {
        Names::default()
    }

    /// Names that are used already, as they were given.
    pub fn of<'a>(given: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = Names::new();
        for name in given {
            names.keep(name);
        }
        names
    }

    /// A name that nothing else has, whatever its case: the stem of `file` with this extension, in the folders of `file`, with `-2`, `-3` … where it was
    /// taken. It never leads outside, and no part of it is one that a system reserves.
    pub fn take(&mut self, file: &str, extension: &str) -> String {
        let (folders, own) = parts(file);
        let folder = self.folder(&folders);
        let name = output_name(Some(&own), extension);
        let name: String = name.nfc().collect();
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name.as_str(), extension));
        let plain = key(&format!("{folder}{stem}.{extension}"));
        let mut n = self.last.get(&plain).copied().unwrap_or(0);
        loop {
            n += 1;
            let candidate = if n == 1 { format!("{folder}{stem}.{extension}") } else { format!("{folder}{stem}-{n}.{extension}") };
            let taken = key(&candidate);
            if !self.files.contains(&taken) && !self.is_folder(&taken) {
                self.last.insert(plain, n);
                self.keep(&candidate);
                return candidate;
            }
        }
    }

    /// The same without an extension, for results whose format is not known yet: no name that begins with this stem and a dot is another item's.
    pub fn take_stem(&mut self, file: &str) -> String {
        let name = self.take(file, STEM);
        name.strip_suffix(STEM_TAIL).unwrap_or(&name).to_owned()
    }

    /// Stems that are given already.
    pub fn of_stems<'a>(given: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = Names::new();
        for stem in given {
            names.keep(&format!("{stem}{STEM_TAIL}"));
        }
        names
    }

    fn keep(&mut self, name: &str) {
        self.files.insert(key(name));
        for (at, _) in name.match_indices('/') {
            let folder = key(&name[..at]);
            self.folder_stems.extend(without_extension(&folder).map(str::to_owned));
            self.folders.insert(folder);
        }
    }

    /// Whether a folder has this name, or may have it once a stem has its extension.
    fn is_folder(&self, name: &str) -> bool {
        match name.strip_suffix(STEM_TAIL) {
            Some(stem) => self.folders.contains(stem) || self.folder_stems.contains(stem),
            None => self.folders.contains(name),
        }
    }

    /// Whether a file has a folder's name, or may have it once it has its extension.
    fn is_file(&self, folder: &str) -> bool {
        let stem = |stem: &str| self.files.contains(&format!("{stem}{STEM_TAIL}"));
        self.files.contains(folder) || stem(folder) || without_extension(folder).is_some_and(stem)
    }

    /// The safe form of a folder with a slash at its end, or nothing. Where a file has a folder's name already, the folder gets a number.
    fn folder(&self, parts: &[String]) -> String {
        let mut path = String::new();
        for part in parts {
            let numbered = (2..).map(|n| format!("{part}-{n}"));
            let free = std::iter::once(part.clone()).chain(numbered).find(|name| !self.is_file(&key(&format!("{path}{name}"))));
            let Some(name) = free else { continue };
            if path.len() + name.len() > MAX_PATH_BYTES {
                break;
            }
            path.push_str(&name);
            path.push('/');
        }
        path
    }
}

/// A path without the extension of its last part.
fn without_extension(path: &str) -> Option<&str> {
    let (stem, extension) = path.rsplit_once('.')?;
    let fits = !extension.is_empty() && extension.len() <= 5 && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    (fits && !stem.is_empty() && !stem.ends_with('/')).then_some(stem)
}

/// The folders of a path, each safe, and the file's own name as it came.
fn parts(file: &str) -> (Vec<String>, String) {
    let mut parts: Vec<&str> = file.split(['/', '\\']).collect();
    let own = parts.pop().unwrap_or("").to_owned();
    // A drive's letter is no folder.
    if parts.first().is_some_and(|first| first.len() == 2 && first.ends_with(':')) {
        parts.remove(0);
    }
    let safe = parts.into_iter().filter_map(folder_name).take(MAX_DEPTH).collect();
    (safe, own)
}

/// A folder's name by the same rules as a file's; `None` where nothing of it is left.
fn folder_name(part: &str) -> Option<String> {
    /// What [`output_name`] takes away is an extension; this one is never in a name.
    const MARK: &str = "x";
    if part.chars().all(|c| c == '.' || c.is_whitespace()) {
        return None;
    }
    let safe = output_name(Some(&format!("{part}.{MARK}")), MARK);
    let name = safe.strip_suffix(".x").unwrap_or(&safe);
    // What hides a way up in an encoding has none left.
    let nothing_left = name == "portico" && !part.to_ascii_lowercase().contains("portico");
    (!nothing_left).then(|| name.nfc().collect())
}

/// What a file is found by: its path without what leads to it, whatever the case and however its letters are put together.
pub fn key_of(file: &str) -> String {
    let path = file.trim().replace('\\', "/");
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    key(&parts.collect::<Vec<_>>().join("/"))
}

/// What makes two names the same to systems that do not tell cases apart.
fn key(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_stay_and_no_two_names_are_alike_whatever_their_case() {
        let mut names = Names::new();
        for (file, name) in [
            ("a.jpg", "a.png"),
            ("A.JPEG", "A-2.png"),
            ("sub/a.jpg", "sub/a.png"),
            ("sub\\a.webp", "sub/a-2.png"),
            ("a-2.jpg", "a-2-2.png"),
            ("a.gif", "a-3.png"),
            ("猫🐱.jpg", "猫🐱.png"),
            ("re\u{301}sume\u{301}.jpg", "résumé.png"),
            ("résumé.jpg", "résumé-2.png"),
            ("红裙/正面 (1).jpg", "红裙/正面 (1).png"),
        ] {
            assert_eq!(names.take(file, "png"), name, "{file}");
        }
        assert_eq!(names.take("a.jpg", "jpg"), "a.jpg", "another extension is another name");
    }

    #[test]
    fn no_name_leads_outside_or_means_a_device() {
        let mut names = Names::new();
        for (file, name) in [
            ("../../etc/passwd.png", "etc/passwd.png"),
            ("/root/x.png", "root/x.png"),
            ("C:\\Windows\\y.png", "Windows/y.png"),
            ("\\\\server\\share\\z.png", "server/share/z.png"),
            ("a/./../b/w.png", "a/b/w.png"),
            ("%2e%2e%2f%2e%2e%2fv.png", "v.png"),
            ("con/nul.png", "_con/_nul.png"),
            ("x./y .png", "x/y.png"),
            (".git/config.png", "git/config.png"),
            ("a\0b/c\u{202e}d.png", "a_b/cd.png"),
            ("", "portico.png"),
            ("...", "portico-2.png"),
            (".../.. /t.png", "t.png"),
        ] {
            assert_eq!(names.take(file, "png"), name, "{file:?}");
        }
    }

    #[test]
    fn a_file_and_a_folder_never_have_one_name() {
        let mut names = Names::new();
        assert_eq!(names.take("a.jpg", "png"), "a.png");
        assert_eq!(names.take("a.png/b.jpg", "png"), "a.png-2/b.png");
        assert_eq!(names.take("a.png/c.jpg", "png"), "a.png-2/c.png");
        assert_eq!(names.take("d.png/b.jpg", "png"), "d.png/b.png");
        assert_eq!(names.take("d.jpg", "png"), "d-2.png");
    }

    #[test]
    fn names_given_before_are_not_given_again_and_many_alike_are_quick() {
        let mut names = Names::of(["photo.png", "photo-2.png"]);
        let given: HashSet<String> = (0..20_000).map(|_| names.take("photo.jpg", "png").to_lowercase()).collect();
        assert_eq!(given.len(), 20_000);
        assert!(!given.contains("photo.png") && !given.contains("photo-2.png") && given.contains("photo-3.png"));
    }

    #[test]
    fn stems_are_unique_whatever_extension_they_get() {
        let mut names = Names::of_stems(["b"]);
        for (file, stem) in [
            ("a.jpg", "a"),
            ("A.png", "A-2"),
            ("b.png", "b-2"),
            ("x/a.jpg", "x/a"),
            ("a.png/c.jpg", "a.png-2/c"),
            ("d.png/c.jpg", "d.png/c"),
            ("d.jpg", "d-2"),
            ("e/c.jpg", "e/c"),
            ("e", "e-2"),
            ("v1.2 final.jpg", "v1.2 final"),
        ] {
            assert_eq!(names.take_stem(file), stem, "{file}");
        }
        assert_eq!(key_of("./Shop\\RE\u{301}D.JPG"), "shop/réd.jpg");
    }

    #[test]
    fn whatever_comes_in_gives_a_relative_name_without_ways_up() {
        use proptest::prelude::*;
        proptest!(|(file in "(\\PC|[./\\\\%:]){0,60}")| {
            let name = Names::new().take(&file, "png");
            prop_assert!(name.ends_with(".png") && !name.starts_with('/') && !name.contains('\\') && !name.contains(':'), "{name:?}");
            prop_assert!(name.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && part.len() <= 255), "{name:?}");
        });
    }
}
