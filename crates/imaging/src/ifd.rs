//! The directories of TIFF 6.0, in which EXIF (2.32) keeps its tags too: read without trust, every offset checked.

/// A TIFF-structured block, by its byte order.
#[derive(Clone, Copy)]
pub(crate) struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

/// One entry of a directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub tag: u16,
    /// The field type, 1..=12.
    pub kind: u16,
    pub count: u32,
    /// `count` values in the byte order of the block.
    pub data: &'a [u8],
    little: bool,
}

/// Bytes of one value of a field type; `None` for types that the standard does not know.
fn size_of_kind(kind: u16) -> Option<usize> {
    Some(match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 => 4,
        5 | 10 | 12 => 8,
        _ => return None,
    })
}

impl<'a> Tiff<'a> {
    /// A block that begins with a byte order mark, with or without the `Exif\0\0` in front. BigTIFF is not read.
    pub fn new(block: &'a [u8]) -> Option<Self> {
        let bytes = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        match bytes.get(..4)? {
            [b'I', b'I', 42, 0] => Some(Tiff { bytes, little: true }),
            [b'M', b'M', 0, 42] => Some(Tiff { bytes, little: false }),
            _ => None,
        }
    }

    fn u16_at(self, at: usize) -> Option<u16> {
        let b: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) })
    }

    fn u32_at(self, at: usize) -> Option<u32> {
        let b: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) })
    }

    /// Where the first directory lies.
    pub fn first(self) -> Option<u32> {
        self.u32_at(4)
    }

    /// Where the directory after the one at `at` lies; `None` after the last.
    pub fn next(self, at: u32) -> Option<u32> {
        let entries = usize::from(self.u16_at(at as usize)?);
        self.u32_at((at as usize).checked_add(2 + entries * 12)?).filter(|&next| next != 0)
    }

    /// The entries of the directory at `at`; those that point outside the block or have an unknown type are left out.
    pub fn entries(self, at: u32) -> impl Iterator<Item = Entry<'a>> {
        let count = self.u16_at(at as usize).unwrap_or(0);
        (0..usize::from(count)).filter_map(move |i| self.entry((at as usize).checked_add(2 + i * 12)?))
    }

    fn entry(self, at: usize) -> Option<Entry<'a>> {
        let (tag, kind, count) = (self.u16_at(at)?, self.u16_at(at + 2)?, self.u32_at(at + 4)?);
        let length = size_of_kind(kind)?.checked_mul(count as usize)?;
        let start = if length <= 4 { at + 8 } else { self.u32_at(at + 8)? as usize };
        let data = self.bytes.get(start..start.checked_add(length)?)?;
        Some(Entry { tag, kind, count, data, little: self.little })
    }

    pub fn find(self, at: u32, tag: u16) -> Option<Entry<'a>> {
        self.entries(at).find(|e| e.tag == tag)
    }
}

impl Entry<'_> {
    /// Value number `i` of a BYTE, SHORT or LONG field.
    pub fn uint(&self, i: usize) -> Option<u32> {
        let size = size_of_kind(self.kind)?;
        let b = self.data.get(i * size..(i + 1) * size)?;
        Some(match (self.kind, self.little) {
            (1, _) => b[0].into(),
            (3, true) => u16::from_le_bytes(b.try_into().ok()?).into(),
            (3, false) => u16::from_be_bytes(b.try_into().ok()?).into(),
            (4, true) => u32::from_le_bytes(b.try_into().ok()?),
            (4, false) => u32::from_be_bytes(b.try_into().ok()?),
            _ => return None,
        })
    }

    /// The values in little-endian order.
    pub fn data_le(&self) -> Vec<u8> {
        let mut out = self.data.to_vec();
        let unit = match self.kind {
            3 | 8 => 2,
            4 | 9 | 11 | 5 | 10 => 4,
            12 => 8,
            _ => 1,
        };
        if !self.little {
            out.chunks_exact_mut(unit).for_each(<[u8]>::reverse);
        }
        out
    }
}
