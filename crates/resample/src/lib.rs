//! Convolution resampling of a few kinds of pixels, in parallel.
//!
//! Nothing here is generic on purpose: the resampler's kernels are thousands of functions, compiled once with this crate, which never changes, and
//! not again with each user of it.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use fast_image_resize::pixels::{U8, U8x4};

pub use fast_image_resize::pixels::U16;

/// How source pixels are weighted. When the picture gets smaller the filter widens, so that every source pixel counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Triangle: never outside the range of the source.
    Bilinear,
    /// Windowed sinc of three lobes: sharpest, rings most.
    Lanczos3,
}

/// What is resampled to what.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Width and height of the source.
    pub from: (u32, u32),
    /// x, y, width and height of the part that is looked at; `None`: all of it.
    pub part: Option<(u32, u32, u32, u32)>,
    /// Width and height of the result; at least 1.
    pub to: (u32, u32),
    pub filter: Filter,
    /// Colour counts by its alpha, which is straight before and after. Only for kinds that have alpha.
    pub by_alpha: bool,
}

/// 8-bit grey, one byte a pixel.
///
/// # Panics
/// When the number of bytes does not fit the size, or the part is not inside it; so do all of these.
pub fn grey8(bytes: &[u8], job: &Job) -> Vec<u8> {
    of_bytes::<U8>(bytes, job)
}

/// 8-bit RGBA, four bytes a pixel.
pub fn rgba8(bytes: &[u8], job: &Job) -> Vec<u8> {
    of_bytes::<U8x4>(bytes, job)
}

/// 16-bit grey.
pub fn grey16(pixels: &[U16], job: &Job) -> Vec<U16> {
    of_pixels(pixels, job)
}

const FITS: &str = "as many pixels as the size says";

fn of_bytes<P: PixelTrait>(bytes: &[u8], job: &Job) -> Vec<u8> {
    let source = TypedImageRef::<P>::from_buffer(job.from.0, job.from.1, bytes).expect(FITS);
    let mut out = vec![0; job.to.0 as usize * job.to.1 as usize * size_of::<P>()];
    let mut target = TypedImage::<P>::from_buffer(job.to.0, job.to.1, &mut out).expect(FITS);
    run(&source, &mut target, job);
    drop(target);
    out
}

fn of_pixels<P: PixelTrait>(pixels: &[P], job: &Job) -> Vec<P> {
    let source = TypedImageRef::new(job.from.0, job.from.1, pixels).expect(FITS);
    let mut out = vec![P::default(); job.to.0 as usize * job.to.1 as usize];
    let mut target = TypedImage::from_pixels_slice(job.to.0, job.to.1, &mut out).expect(FITS);
    run(&source, &mut target, job);
    drop(target);
    out
}

fn run<P: PixelTrait>(source: &TypedImageRef<'_, P>, target: &mut TypedImage<'_, P>, job: &Job) {
    let filter = match job.filter {
        Filter::Bilinear => FilterType::Bilinear,
        Filter::Lanczos3 => FilterType::Lanczos3,
    };
    let mut options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(job.by_alpha);
    if let Some((x, y, width, height)) = job.part {
        options = options.crop(x.into(), y.into(), width.into(), height.into());
    }
    Resizer::new().resize_typed(source, target, &options).expect("the part lies inside the source");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_and_the_filters_reach_around_it_count() {
        let pixels: Vec<u8> = (0..20 * 10).map(|i| if i % 20 < 10 { 7 } else { 200 }).collect();
        for to in [(6, 8), (3, 50), (40, 20)] {
            let job = Job { from: (20, 10), part: Some((12, 1, 6, 8)), to, filter: Filter::Bilinear, by_alpha: false };
            assert!(grey8(&pixels, &job).iter().all(|&v| v == 200), "{to:?}");
        }
    }
}
