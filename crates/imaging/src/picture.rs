//! The decoded picture that every operation takes and returns.

use super::depth;

/// A picture as displayed: orientation applied, sRGB, straight (not premultiplied) alpha, 8 bits a channel, row by row.
/// Passed around as `Arc<Picture>`.
///
/// A picture that came with 16 bits a channel has them as well, see [`Picture::deep`]; its 8 bits are those rounded. Whatever writes to the
/// 8 bits ([`Picture::rgba8_mut`]) loses the 16.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    deep: Option<Vec<u16>>,
}

/// A rectangle in pixels; always inside the picture that it belongs to and never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rect {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Rect {
    /// The smallest rectangle that holds both.
    pub fn union(self, other: Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = ((self.x + self.width).max(other.x + other.width), (self.y + self.height).max(other.y + other.height));
        Rect { x, y, width: right - x, height: bottom - y }
    }
}

impl Picture {
    /// `rgba` holds `width * height * 4` bytes.
    ///
    /// # Panics
    /// When a side is 0 or the length does not fit.
    pub fn from_rgba8(width: u32, height: u32, rgba: Vec<u8>) -> Self {
        assert!(width > 0 && height > 0, "a picture has at least one pixel");
        assert_eq!(rgba.len(), width as usize * height as usize * 4, "RGBA8 length of {width}x{height}");
        Picture { width, height, rgba, deep: None }
    }

    /// `rgba` holds `width * height * 4` values of 0..=65535.
    ///
    /// # Panics
    /// When a side is 0 or the length does not fit.
    pub fn from_rgba16(width: u32, height: u32, rgba: Vec<u16>) -> Self {
        let narrow = depth::narrowed(&rgba);
        Picture { deep: Some(rgba), ..Self::from_rgba8(width, height, narrow) }
    }

    /// A picture of one colour.
    pub fn filled(width: u32, height: u32, colour: [u8; 4]) -> Self {
        Self::from_rgba8(width, height, colour.repeat(width as usize * height as usize))
    }

    pub fn width(&self) -> u32 {
        self.width
    }

    pub fn height(&self) -> u32 {
        self.height
    }

    /// Number of pixels.
    pub fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    pub fn rgba8(&self) -> &[u8] {
        &self.rgba
    }

    /// To write to; 16 bits a channel are given up.
    pub fn rgba8_mut(&mut self) -> &mut [u8] {
        self.deep = None;
        &mut self.rgba
    }

    /// The 16 bits a channel (RGBA, 0..=65535) of a picture that has them.
    pub fn deep(&self) -> Option<&[u16]> {
        self.deep.as_deref()
    }

    /// Bits a channel: 8 or 16.
    pub fn bit_depth(&self) -> u8 {
        if self.deep.is_some() { 16 } else { 8 }
    }

    pub fn into_rgba8(self) -> Vec<u8> {
        self.rgba
    }

    pub fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        let i = (y as usize * self.width as usize + x as usize) * 4;
        self.rgba[i..i + 4].try_into().expect("four bytes")
    }

    /// Whether every pixel has alpha 255.
    pub fn is_opaque(&self) -> bool {
        self.rgba.chunks_exact(4).all(|p| p[3] == 255)
    }

    /// The whole picture as a rectangle.
    pub fn bounds(&self) -> Rect {
        Rect { x: 0, y: 0, width: self.width, height: self.height }
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}
