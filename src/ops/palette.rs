//! The dominant colours of a picture: k-means in CIE L*a*b* over a colour histogram. Deterministic.

use crate::imaging::Picture;
use crate::imaging::colour::{Srgb8, lab};
use crate::imaging::pace::checkpoint;

const COLOURS: usize = 5;
const ROUNDS: usize = 12;
/// Bits per channel of the histogram.
const BITS: usize = 5;
/// Swatches nearer than this (CIE 1976) become one.
const SAME: f32 = 8.0;

/// One of the dominant colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Swatch {
    pub colour: Srgb8,
    /// Of the visible pixels, 0..=1.
    pub share: f64,
}

struct Bin {
    lab: [f32; 3],
    rgb: [f64; 3],
    weight: f64,
}

/// At most five, the largest first; none where everything is transparent.
pub(super) fn palette(picture: &Picture) -> Vec<Swatch> {
    let bins = histogram(picture);
    let Some(first) = bins.iter().max_by(|a, b| a.weight.total_cmp(&b.weight)) else { return vec![] };
    let mut centres = vec![first.lab];
    while centres.len() < COLOURS.min(bins.len()) {
        // The next centre is the colour that is missed most.
        let missed = |b: &Bin| f64::from(nearest(&centres, b.lab).1) * b.weight.sqrt();
        let next = bins.iter().max_by(|a, b| missed(a).total_cmp(&missed(b))).expect("there is one");
        centres.push(next.lab);
    }
    let mut clusters = gather(&bins, &centres);
    for _ in 0..ROUNDS {
        centres = clusters.iter().filter(|c| c.weight > 0.0).map(|c| c.lab).collect();
        clusters = gather(&bins, &centres);
    }
    let total: f64 = bins.iter().map(|b| b.weight).sum();
    let mut swatches: Vec<Swatch> = vec![];
    clusters.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    for cluster in clusters.iter().filter(|c| c.weight > 0.0) {
        let colour = cluster.rgb.map(|v| v.round() as u8);
        let share = cluster.weight / total;
        match swatches.iter_mut().find(|s| distance(lab(s.colour), cluster.lab) < SAME) {
            Some(like) => like.share += share,
            None => swatches.push(Swatch { colour, share }),
        }
    }
    swatches.retain(|s| s.share >= 0.005);
    swatches.sort_by(|a, b| b.share.total_cmp(&a.share));
    swatches
}

fn histogram(picture: &Picture) -> Vec<Bin> {
    let (pixels, _) = picture.rgba8().as_chunks::<4>();
    let mut sums = vec![[0u64; 4]; 1 << (3 * BITS)];
    for run in pixels.chunks(1 << 16) {
        checkpoint();
        for [r, g, b, _] in run.iter().filter(|p| p[3] >= 128) {
            let level = |v: &u8| usize::from(*v) >> (8 - BITS);
            let sum = &mut sums[(level(r) << (2 * BITS)) | (level(g) << BITS) | level(b)];
            for (to, v) in sum.iter_mut().zip([*r, *g, *b, 1]) {
                *to += u64::from(v);
            }
        }
    }
    let filled = sums.iter().filter(|s| s[3] > 0);
    let bin = |s: &[u64; 4]| {
        let rgb = [s[0], s[1], s[2]].map(|v| v as f64 / s[3] as f64);
        Bin { lab: lab(rgb.map(|v| v.round() as u8)), rgb, weight: s[3] as f64 }
    };
    filled.map(bin).collect()
}

/// The weighted mean of the bins nearest to each centre.
fn gather(bins: &[Bin], centres: &[[f32; 3]]) -> Vec<Bin> {
    let mut sums = vec![([0.0f64; 3], [0.0f64; 3], 0.0f64); centres.len()];
    for bin in bins {
        let (lab_sum, rgb_sum, weight) = &mut sums[nearest(centres, bin.lab).0];
        for c in 0..3 {
            lab_sum[c] += f64::from(bin.lab[c]) * bin.weight;
            rgb_sum[c] += bin.rgb[c] * bin.weight;
        }
        *weight += bin.weight;
    }
    let mean = |(lab, rgb, weight): ([f64; 3], [f64; 3], f64)| {
        let by = if weight > 0.0 { 1.0 / weight } else { 0.0 };
        Bin { lab: lab.map(|v| (v * by) as f32), rgb: rgb.map(|v| v * by), weight }
    };
    sums.into_iter().map(mean).collect()
}

fn nearest(centres: &[[f32; 3]], to: [f32; 3]) -> (usize, f32) {
    let distances = centres.iter().map(|&c| distance(c, to)).enumerate();
    distances.min_by(|a, b| a.1.total_cmp(&b.1)).expect("there is a centre")
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

/// Anchors of everyday colour words in L*a*b*, found by the nearest.
const NAMES: [(Srgb8, &str, &str); 24] = [
    ([0, 0, 0], "黑色", "black"),
    ([70, 70, 70], "深灰", "dark grey"),
    ([128, 128, 128], "灰色", "grey"),
    ([192, 192, 192], "浅灰", "light grey"),
    ([255, 255, 255], "白色", "white"),
    ([110, 20, 25], "深红", "dark red"),
    ([215, 35, 40], "红色", "red"),
    ([255, 170, 180], "粉色", "pink"),
    ([245, 130, 30], "橙色", "orange"),
    ([75, 50, 30], "深棕", "dark brown"),
    ([140, 95, 60], "棕色", "brown"),
    ([215, 185, 145], "米色", "beige"),
    ([250, 215, 40], "黄色", "yellow"),
    ([115, 115, 45], "橄榄绿", "olive"),
    ([25, 70, 35], "深绿", "dark green"),
    ([60, 155, 70], "绿色", "green"),
    ([160, 215, 150], "浅绿", "light green"),
    ([40, 155, 155], "青色", "teal"),
    ([25, 40, 85], "深蓝", "dark blue"),
    ([45, 100, 205], "蓝色", "blue"),
    ([150, 195, 235], "浅蓝", "light blue"),
    ([105, 50, 140], "紫色", "purple"),
    ([190, 160, 220], "浅紫", "lavender"),
    ([215, 60, 145], "玫红", "magenta"),
];

impl Swatch {
    /// An everyday word for it, Chinese and English.
    pub(super) fn name(&self) -> (&'static str, &'static str) {
        let here = lab(self.colour);
        let by_distance =
            |a: &&(Srgb8, &str, &str), b: &&(Srgb8, &str, &str)| distance(lab(a.0), here).total_cmp(&distance(lab(b.0), here));
        let (_, zh, en) = NAMES.iter().min_by(by_distance).expect("the list is not empty");
        (zh, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_areas_come_back_exactly_with_their_shares() {
        let mut picture = Picture::filled(10, 10, [255, 255, 255, 255]);
        picture.rgba8_mut()[..30 * 4].copy_from_slice(&[200, 30, 40, 255].repeat(30));
        picture.rgba8_mut()[30 * 4..40 * 4].copy_from_slice(&[9, 9, 9, 0].repeat(10));
        let swatches = palette(&picture);
        assert_eq!(swatches.iter().map(|s| s.colour).collect::<Vec<_>>(), [[255, 255, 255], [200, 30, 40]]);
        assert!((swatches[0].share - 2.0 / 3.0).abs() < 1e-9, "transparent pixels do not count");
        assert_eq!(swatches[1].name(), ("红色", "red"));
        assert!(palette(&Picture::filled(2, 2, [1, 2, 3, 0])).is_empty());
    }
}
