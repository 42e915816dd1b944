//! The decoded picture that every operation takes and returns.

/// A picture as displayed: orientation applied, sRGB, straight (not premultiplied) alpha, 8 bits a channel, row by row.
/// Passed around as `Arc<Picture>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
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
        Picture { width, height, rgba }
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

    pub fn rgba8_mut(&mut self) -> &mut [u8] {
        &mut self.rgba
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
