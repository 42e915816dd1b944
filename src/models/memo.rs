//! What models said about pictures, kept for a while, so that a second question about the same picture costs nothing. Bounded in bytes; the least
//! recently used goes first.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::imaging::{Mask, Picture};

/// Bytes of a picture that are hashed in one piece.
const PIECE_BYTES: usize = 1 << 20;

/// A picture's content, whichever copy of it is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// SHA-256 over size and pieces; 12 megapixels take about 20 ms.
    pub fn of(picture: &Picture) -> Fingerprint {
        let pieces: Vec<[u8; 32]> = picture.rgba8().par_chunks(PIECE_BYTES).map(|piece| Sha256::digest(piece).into()).collect();
        let mut all = Sha256::new();
        all.update(picture.width().to_le_bytes());
        all.update(picture.height().to_le_bytes());
        all.update(pieces.as_flattened());
        Fingerprint(all.finalize().into())
    }

    /// Of a mask.
    pub fn of_mask(mask: &Mask) -> Fingerprint {
        let mut all = Sha256::new();
        all.update(mask.width().to_le_bytes());
        all.update(mask.height().to_le_bytes());
        all.update(mask.values());
        Fingerprint(all.finalize().into())
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What was asked about a picture: the question in words, with the model's hash and every parameter that the answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    pub picture: Fingerprint,
    pub what: String,
}

struct Kept {
    answer: Arc<dyn Any + Send + Sync>,
    bytes: usize,
    used: u64,
}

#[derive(Default)]
struct Shelf {
    kept: HashMap<Question, Kept>,
    bytes: usize,
    clock: u64,
}

/// Answers by question. Safe to use from any thread.
pub struct Memo {
    limit_bytes: usize,
    shelf: Mutex<Shelf>,
}

impl Memo {
    pub fn new(limit_bytes: usize) -> Memo {
        Memo { limit_bytes, shelf: Mutex::default() }
    }

    /// The answer, if this question was answered with a `T`.
    pub fn get<T: Any + Send + Sync>(&self, question: &Question) -> Option<Arc<T>> {
        let mut shelf = self.shelf();
        shelf.clock += 1;
        let now = shelf.clock;
        let kept = shelf.kept.get_mut(question)?;
        kept.used = now;
        kept.answer.clone().downcast().ok()
    }

    /// Keeps an answer of about `bytes` bytes; one that is over the limit alone is not kept.
    pub fn put<T: Any + Send + Sync>(&self, question: Question, answer: Arc<T>, bytes: usize) {
        if bytes > self.limit_bytes {
            return;
        }
        let mut shelf = self.shelf();
        shelf.clock += 1;
        let used = shelf.clock;
        shelf.bytes += bytes;
        if let Some(old) = shelf.kept.insert(question, Kept { answer, bytes, used }) {
            shelf.bytes -= old.bytes;
        }
        while shelf.bytes > self.limit_bytes {
            let oldest = shelf.kept.iter().min_by_key(|(_, kept)| kept.used).map(|(question, _)| question.clone());
            let Some(gone) = oldest.and_then(|question| shelf.kept.remove(&question)) else { break };
            shelf.bytes -= gone.bytes;
        }
    }

    /// A panic elsewhere leaves nothing half-done here.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(picture: &Picture, what: &str) -> Question {
        Question { picture: Fingerprint::of(picture), what: what.to_owned() }
    }

    #[test]
    fn the_same_pixels_are_the_same_picture_and_one_other_pixel_is_not() {
        let picture = Picture::filled(600, 500, [1, 2, 3, 255]);
        let mut other = picture.clone();
        assert_eq!(Fingerprint::of(&picture), Fingerprint::of(&other));
        other.rgba8_mut()[600 * 500 * 4 - 2] += 1;
        assert_ne!(Fingerprint::of(&picture), Fingerprint::of(&other));
        let turned = Picture::from_rgba8(500, 600, picture.rgba8().to_vec());
        assert_ne!(Fingerprint::of(&picture), Fingerprint::of(&turned));
    }

    #[test]
    fn the_limit_holds_and_what_was_used_last_stays() {
        let picture = Picture::filled(1, 1, [0; 4]);
        let memo = Memo::new(100);
        for what in ["a", "b"] {
            memo.put(question(&picture, what), Arc::new(what.to_owned()), 45);
        }
        assert_eq!(memo.get::<String>(&question(&picture, "a")).as_deref(), Some(&"a".to_owned()));
        memo.put(question(&picture, "c"), Arc::new("c".to_owned()), 45);
        assert!(memo.get::<String>(&question(&picture, "b")).is_none(), "the least recently used");
        assert!(memo.get::<String>(&question(&picture, "a")).is_some() && memo.get::<String>(&question(&picture, "c")).is_some());
        memo.put(question(&picture, "d"), Arc::new(0u8), 101);
        assert!(memo.get::<u8>(&question(&picture, "d")).is_none() && memo.get::<String>(&question(&picture, "a")).is_some());
        assert!(memo.get::<u8>(&question(&picture, "a")).is_none(), "an answer of another kind is no answer");
        memo.put(question(&picture, "a"), Arc::new("again".to_owned()), 50);
        assert_eq!(memo.shelf().bytes, 95);
    }
}
