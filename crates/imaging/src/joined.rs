//! Several pictures as one: laid one after the other on a ground of one colour, each sample as it is.

use super::picture::Picture;
use crate::pace::checkpoint;

/// A picture and its upper left corner on the canvas, which it does not leave.
pub struct Laid<'a> {
    pub picture: &'a Picture,
    pub x: u32,
    pub y: u32,
}

/// The canvas with all of them on it. It has 16 bits a channel if one of them has; the others' 8 are widened.
///
/// # Panics
/// When one of them leaves the canvas.
pub fn join(width: u32, height: u32, ground: [u8; 4], laid: &[Laid<'_>]) -> Picture {
    let inside = |l: &Laid<'_>| l.x + l.picture.width() <= width && l.y + l.picture.height() <= height;
    assert!(laid.iter().all(inside), "every picture lies on the canvas");
    if laid.iter().any(|l| l.picture.deep().is_some()) {
        let mut out = ground.map(|v| u16::from(v) * 257).repeat(width as usize * height as usize);
        for l in laid {
            checkpoint();
            match l.picture.deep() {
                Some(deep) => put(&mut out, width, l, deep, |v| v),
                None => put(&mut out, width, l, l.picture.rgba8(), |v| u16::from(v) * 257),
            }
        }
        return Picture::from_rgba16(width, height, out);
    }
    let mut out = ground.repeat(width as usize * height as usize);
    for l in laid {
        checkpoint();
        put(&mut out, width, l, l.picture.rgba8(), |v| v);
    }
    Picture::from_rgba8(width, height, out)
}

fn put<S: Copy, T>(out: &mut [T], width: u32, at: &Laid<'_>, samples: &[S], f: impl Fn(S) -> T) {
    let (stride, own) = (width as usize * 4, at.picture.width() as usize * 4);
    let rows = out.chunks_exact_mut(stride).skip(at.y as usize);
    for (to, from) in rows.zip(samples.chunks_exact(own)) {
        to[at.x as usize * 4..][..own].iter_mut().zip(from).for_each(|(to, &v)| *to = f(v));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_arrive_as_they_are_and_the_rest_is_ground() {
        let a = Picture::filled(2, 1, [1, 2, 3, 0]);
        let b = Picture::from_rgba8(1, 2, vec![9, 8, 7, 255, 6, 5, 4, 3]);
        let both = join(2, 4, [255; 4], &[Laid { picture: &a, x: 0, y: 0 }, Laid { picture: &b, x: 1, y: 2 }]);
        assert_eq!((both.pixel(0, 0), both.pixel(1, 0), both.pixel(0, 1)), ([1, 2, 3, 0], [1, 2, 3, 0], [255; 4]));
        assert_eq!((both.pixel(1, 2), both.pixel(1, 3), both.pixel(0, 3)), ([9, 8, 7, 255], [6, 5, 4, 3], [255; 4]));
        assert_eq!(both.bit_depth(), 8);
    }

    #[test]
    fn sixteen_bits_stay_beside_eight() {
        let deep = Picture::from_rgba16(1, 1, vec![1, 2, 300, 65535]);
        let both = join(1, 2, [0; 4], &[Laid { picture: &deep, x: 0, y: 0 }, Laid { picture: &Picture::filled(1, 1, [7; 4]), x: 0, y: 1 }]);
        assert_eq!(both.deep(), Some(&[1, 2, 300, 65535, 1799, 1799, 1799, 1799][..]));
    }
}
