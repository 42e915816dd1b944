//! What a batch has done so far, beside its results: one line of JSON for each finished item, written when the result is on disk, so that a run that was
//! killed goes on where it was. The last line about an item holds; a line that was torn is no line.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Done;

/// The file in the folder of the results.
pub const FILE: &str = ".portico-batch.json";

/// An item that was done, and of what it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// As the batch names it.
    pub file: String,
    /// sha256 of the picture.
    pub input: String,
    /// sha256 of the plan with its values, further pictures and format.
    pub work: String,
    /// The models that ran, by name with their sha256.
    #[serde(default)]
    pub models: BTreeMap<String, String>,
    pub done: Done,
}

/// The journal of a folder; only one run has it at a time.
pub struct Journal {
    folder: PathBuf,
    known: BTreeMap<String, Entry>,
    file: File,
}

impl Journal {
    /// Opens a folder's journal and rewrites it without what no longer holds.
    ///
    /// # Errors
    /// Where it cannot be written, or another run has it ([`io::ErrorKind::ResourceBusy`]).
    pub fn open(folder: &Path) -> io::Result<Journal> {
        fs::create_dir_all(folder)?;
        let path = folder.join(FILE);
        let file = File::options().read(true).append(true).create(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
            // Some network folders know no locks.
            Err(fs::TryLockError::Error(error)) => tracing::warn!(%error, "the folder of the results cannot be locked"),
        }
        let known = read(&file)?;
        let mut journal = Journal { folder: folder.to_owned(), known, file };
        journal.rewrite()?;
        Ok(journal)
    }

    /// In place: another file would not be locked.
    fn rewrite(&mut self) -> io::Result<()> {
        let mut lines = vec![];
        for entry in self.known.values() {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        // Nothing to tidy up is the usual case, and nothing can go wrong then.
        if fs::metadata(self.folder.join(FILE))?.len() == lines.len() as u64 {
            return Ok(());
        }
        let copy = self.folder.join(format!("{FILE}.tmp"));
        fs::write(&copy, &lines)?;
        self.file.set_len(0)?;
        self.file.write_all(&lines)?;
        self.file.sync_data()?;
        fs::remove_file(copy)
    }

    /// What was done with a file before, if its results are still there.
    pub fn done(&self, file: &str) -> Option<&Entry> {
        let entry = self.known.get(file)?;
        let there = |name: &String| self.folder.join(name).is_file();
        entry.done.outputs.iter().all(there).then_some(entry)
    }

    /// Everything is to be done again.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn forget(&mut self) -> io::Result<()> {
        self.known.clear();
        self.file.set_len(0)
    }

    /// The names of all results that were written before.
    pub fn outputs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known.values().flat_map(|e| e.done.outputs.iter().map(|name| (e.file.as_str(), name.as_str())))
    }

    /// Notes that an item is done; its results are on disk.
    pub fn note(&mut self, entry: Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        self.known.insert(entry.file.clone(), entry);
        Ok(())
    }
}

fn read(file: &File) -> io::Result<BTreeMap<String, Entry>> {
    let mut known = BTreeMap::new();
    for line in BufReader::new(file).split(b'\n') {
        if let Ok(entry) = serde_json::from_slice::<Entry>(&line?) {
            known.insert(entry.file.clone(), entry);
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(file: &str, output: &str) -> Entry {
        let done = Done { outputs: vec![output.to_owned()], ..Done::default() };
        Entry { file: file.into(), input: "i".into(), work: "w".into(), models: BTreeMap::new(), done }
    }

    #[test]
    fn what_was_done_is_known_after_a_torn_line_and_as_long_as_its_results_are_there() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.png", "b.png"] {
            fs::write(dir.path().join(name), b"x").unwrap();
        }
        let mut journal = Journal::open(dir.path()).unwrap();
        journal.note(entry("a.jpg", "a.png")).unwrap();
        journal.note(entry("b.jpg", "b.png")).unwrap();
        drop(journal);
        let path = dir.path().join(FILE);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        assert!(journal.done("a.jpg").is_some() && journal.done("b.jpg").is_none(), "the torn one is done again");
        journal.note(entry("b.jpg", "b.png")).unwrap();
        fs::remove_file(dir.path().join("a.png")).unwrap();
        assert!(journal.done("a.jpg").is_none() && journal.done("b.jpg").is_some(), "a result that somebody took away is made again");
    }

    #[test]
    fn two_runs_do_not_write_into_one_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = Journal::open(dir.path()).unwrap();
        assert_eq!(Journal::open(dir.path()).err().map(|e| e.kind()), Some(io::ErrorKind::ResourceBusy));
        drop(first);
        assert!(Journal::open(dir.path()).is_ok());
    }
}
