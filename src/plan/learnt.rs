//! A second reading, learnt from labelled phrases: which operations words ask for, however they are put.
//!
//! The resolution table knows words; this knows how the words of many people's wishes go together. It is one logistic regression per operation over words, pairs and
//! triples of words or Han characters and the four-letter pieces of long words, all as hashes. `cargo run --release --example learn` makes its weights, `data/wishes.bin`, from
//! `tests/corpus/phrases.tsv` and `tests/corpus/tuned.jsonl`. It names operations, and of some the kind (`adjust:brightness+`, `rotate:auto`, `follow:less`); targets, numbers
//! and all else are read from the words themselves.

use std::sync::LazyLock;

use super::normal::Normal;

mod features;

use features::features;

/// Words that ask for nothing.
pub const NONE: &str = "none";

/// Wishes that have to be asked about.
pub const ASK: &str = "ask";

/// Undo, compare and alike.
pub const COMMAND: &str = "command";

/// What goes on from the last edit: less of it, the same to something else.
pub const FOLLOW: &str = "follow";

/// Stands between an operation and its kind.
pub const KIND: char = ':';

fn is_operation(class: &str) -> bool {
    !class.contains(KIND)
}

static WISHES: LazyLock<Weights> = LazyLock::new(|| Weights::from_bytes(include_bytes!("data/wishes.bin")).unwrap_or_default());

/// The features of a text as it was typed.
pub fn features_of(text: &str) -> Vec<u32> {
    let normal = Normal::new(text);
    features(&normal.slice(0, normal.len()))
}

/// What tells whether the weights were learnt from these files: the first bytes of their SHA-256.
pub fn digest(files: &[&[u8]]) -> u64 {
    use sha2::Digest;
    let hash = files.iter().fold(sha2::Sha256::new(), |hash, file| hash.chain_update(file)).finalize();
    hash.iter().take(8).fold(0, |out, byte| out << 8 | u64::from(*byte))
}

/// Weights of all operations by the hash of a feature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// The [`digest`] of the files that they were learnt from.
    pub source: u64,
    pub classes: Vec<String>,
    pub bias: Vec<f32>,
    /// What one step of a weight is worth.
    pub unit: f32,
    /// Hashes of all features, ascending.
    hashes: Vec<u32>,
    /// Where the pairs of each feature begin; one more than there are features.
    begins: Vec<u32>,
    /// Class and weight.
    pairs: Vec<(u8, i8)>,
    /// Where the features begin whose hashes share their first [`FIRST_BITS`] bits.
    first: Vec<u32>,
}

impl Weights {
    /// Weights by the hash of a feature.
    pub fn new(source: u64, classes: Vec<String>, bias: Vec<f32>, unit: f32, mut rows: Vec<(u32, Vec<(u8, i8)>)>) -> Weights {
        rows.sort();
        let mut out = Weights { source, classes, bias, unit, ..Weights::default() };
        for (hash, pairs) in rows {
            out.add(hash, pairs.into_iter());
        }
        out.finish()
    }

    /// The next feature; they come in the order of their hashes.
    fn add(&mut self, hash: u32, pairs: impl Iterator<Item = (u8, i8)>) {
        self.hashes.push(hash);
        self.begins.push(self.pairs.len() as u32);
        self.pairs.extend(pairs);
    }

    fn finish(mut self) -> Weights {
        self.begins.push(self.pairs.len() as u32);
        self.first = (0..=1 << FIRST_BITS)
            .map(|top: u64| self.hashes.partition_point(|h| u64::from(*h) < top << (32 - FIRST_BITS)) as u32)
            .collect();
        self
    }

    /// The classes and weights of a feature.
    fn of(&self, feature: u32) -> &[(u8, i8)] {
        let Some([from, to]) = self.first.get((feature >> (32 - FIRST_BITS)) as usize..).and_then(|f| f.first_chunk()) else { return &[] };
        let (from, to) = (*from as usize, *to as usize);
        match self.hashes[from..to].binary_search(&feature) {
            Ok(at) => &self.pairs[self.begins[from + at] as usize..self.begins[from + at + 1] as usize],
            Err(_) => &[],
        }
    }

    pub fn features(&self) -> usize {
        self.hashes.len()
    }

    /// How likely it is, 0..1, that a text asks for each class.
    pub fn chances(&self, found: &[u32]) -> Vec<f32> {
        let mut sum = self.bias.clone();
        let share = self.unit / (found.len().max(1) as f32).sqrt();
        for (class, weight) in found.iter().flat_map(|f| self.of(*f)) {
            sum[usize::from(*class)] += f32::from(*weight) * share;
        }
        sum.into_iter().map(|z| 1.0 / (1.0 + (-z).exp())).collect()
    }

    /// One line of class names, then little-endian: source, unit, biases, and per feature its hash, a count and pairs of class and weight.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.classes.join(" ").into_bytes();
        out.push(b'\n');
        out.extend(self.source.to_le_bytes());
        out.extend(self.unit.to_le_bytes());
        self.bias.iter().for_each(|b| out.extend(b.to_le_bytes()));
        for (i, hash) in self.hashes.iter().enumerate() {
            let pairs = &self.pairs[self.begins[i] as usize..self.begins[i + 1] as usize];
            out.extend(hash.to_le_bytes());
            out.push(pairs.len() as u8);
            pairs.iter().for_each(|(class, weight)| out.extend([*class, *weight as u8]));
        }
        out
    }

    /// What [`Weights::to_bytes`] wrote; nothing where the bytes are cut short.
    pub fn from_bytes(bytes: &[u8]) -> Option<Weights> {
        let end = bytes.iter().position(|b| *b == b'\n')?;
        let classes: Vec<String> = std::str::from_utf8(&bytes[..end]).ok()?.split(' ').map(str::to_owned).collect();
        let mut rest = &bytes[end + 1..];
        let source = u64::from_le_bytes(*rest.split_first_chunk()?.0);
        rest = &rest[8..];
        let mut float = || {
            let (four, after) = rest.split_first_chunk()?;
            rest = after;
            Some(f32::from_le_bytes(*four))
        };
        let unit = float()?;
        let bias = (0..classes.len()).map(|_| float()).collect::<Option<_>>()?;
        let mut out = Weights { source, classes, bias, unit, ..Weights::default() };
        while let Some((hash, after)) = rest.split_first_chunk() {
            let (count, after) = after.split_first()?;
            let (pairs, after) = after.split_at_checked(2 * usize::from(*count))?;
            let hash = u32::from_le_bytes(*hash);
            if pairs.chunks(2).any(|p| usize::from(p[0]) >= out.classes.len()) || out.hashes.last().is_some_and(|last| *last >= hash) {
                return None;
            }
            out.add(hash, pairs.chunks(2).map(|p| (p[0], p[1] as i8)));
            rest = after;
        }
        Some(out.finish())
    }
}

/// So many first bits of a hash are looked up at once.
const FIRST_BITS: u32 = 12;

/// The [`digest`] of the files that the weights were learnt from.
pub fn source() -> u64 {
    WISHES.source
}

/// What the learnt reading thinks of some words.
#[derive(Clone, Debug)]
pub struct Opinion(Vec<f32>);

/// What `text` asks for, as far as that was learnt.
pub fn opinion(text: &Normal, start: usize, end: usize) -> Opinion {
    Opinion(WISHES.chances(&features(&text.slice(start, end))))
}

/// The likeliest operations of a text, for measuring.
pub fn likeliest(text: &str, count: usize) -> Vec<(&'static str, f32)> {
    named(text, count, is_operation)
}

/// The likeliest kinds of operations, for measuring.
pub fn likeliest_kinds(text: &str, count: usize) -> Vec<(&'static str, f32)> {
    named(text, count, |class| !is_operation(class))
}

fn named(text: &str, count: usize, which: impl Fn(&str) -> bool) -> Vec<(&'static str, f32)> {
    let chances = WISHES.chances(&features_of(text));
    let mut named: Vec<_> = WISHES.classes.iter().map(String::as_str).zip(chances).filter(|(class, _)| which(class)).collect();
    named.sort_by(|a, b| b.1.total_cmp(&a.1));
    named.truncate(count);
    named
}

impl Opinion {
    /// How likely the words ask for this operation; 0 for one that was never learnt.
    pub fn of(&self, op: &str) -> f32 {
        WISHES.classes.iter().position(|c| c == op).map_or(0.0, |i| self.0[i])
    }

    /// The likeliest class that is none of `but`.
    pub fn likeliest(&self, but: &[&str]) -> Option<(&'static str, f32)> {
        self.operations().filter(|(c, _)| !but.contains(c)).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// All classes but the kinds of an operation.
    pub fn operations(&self) -> impl Iterator<Item = (&'static str, f32)> {
        WISHES.classes.iter().map(String::as_str).zip(self.0.iter().copied()).filter(|(class, _)| is_operation(class))
    }

    /// The kinds of this operation that the words may ask for, likeliest first.
    pub fn kinds(&self, op: &str) -> Vec<(&'static str, f32)> {
        let classes = WISHES.classes.iter().zip(&self.0);
        let mut out: Vec<_> = classes.filter_map(|(c, p)| Some((c.strip_prefix(op)?.strip_prefix(KIND)?, *p))).collect();
        out.sort_by(|a, b| b.1.total_cmp(&a.1));
        out
    }

    /// The one kind that stands out: from `least` on, and no other half as likely.
    pub fn kind(&self, op: &str, least: f32) -> Option<&'static str> {
        match self.kinds(op)[..] {
            [(kind, p)] if p >= least => Some(kind),
            [(kind, p), (_, second), ..] if p >= least && second < p / 2.0 => Some(kind),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> &'static str {
        likeliest(text, 1)[0].0
    }

    #[test]
    fn the_weights_come_back_as_they_were_written() {
        let all = WISHES.clone();
        assert!(all.classes.len() > 40 && all.features() > 3000);
        assert_eq!(Weights::from_bytes(&all.to_bytes()), Some(all.clone()));
        let cut = all.to_bytes();
        assert_eq!(Weights::from_bytes(&cut[..cut.len() - 1]), None);
        assert_eq!(Weights::from_bytes(b""), None);
    }

    #[test]
    fn wishes_are_told_apart_without_their_verbs() {
        for (text, op) in [
            ("照片糊成这样还有救吗", "deblur"),
            ("横着的字看不懂，想要中文的", "text.translate"),
            ("I look like I haven't slept for a week, the bags under my eyes", "retouch"),
            ("thanks, that is lovely", NONE),
        ] {
            assert_eq!(first(text), op, "{text}");
        }
    }
}
