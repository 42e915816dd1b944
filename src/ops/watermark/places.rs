//! Where marks lie: at one of nine places, or on a lattice that is turned with them.

use portico_lettering::Ground;

use super::WatermarkParams;
use super::mark::Marks;
use crate::imaging::stamp::Stamp;

/// Space between tiles along the text and across it, in units of the mark.
const ALONG: f64 = 2.4;
const ACROSS: f64 = 3.0;

/// All copies, each in the layer that is read where it lies.
pub(super) fn stamps(p: &WatermarkParams, marks: &Marks, ground: &Ground, (width, height): (u32, u32)) -> Vec<Stamp> {
    let layer = &marks.layers[0].picture;
    let own = (f64::from(layer.width()), f64::from(layer.height()));
    let size = (f64::from(width), f64::from(height));
    let centres = if p.tile { lattice(p, marks, size, own) } else { vec![anchored(p, size, own)] };
    let at = |(x, y): (f64, f64)| {
        let corner = |layer: usize| {
            let picture = &marks.layers[layer].picture;
            let low = |centre: f64, side: u32| (centre - f64::from(side) / 2.0).round() as i64;
            (low(x, picture.width()), low(y, picture.height()))
        };
        let (left, top) = corner(0);
        let chosen = marks.choice.on(ground.within(left, top, layer.width(), layer.height()));
        let (x, y) = corner(chosen);
        Stamp { layer: chosen, x, y }
    };
    centres.into_iter().map(at).collect()
}

/// The centre of the one mark.
fn anchored(p: &WatermarkParams, (width, height): (f64, f64), own: (f64, f64)) -> (f64, f64) {
    let (across, down) = p.anchor().sides();
    let margin = p.margin * width.min(height);
    let along = |side: f64, length: f64, own: f64| length / 2.0 + side * ((length - own) / 2.0 - margin).max(0.0);
    (along(across, width, own.0), along(down, height, own.1))
}

/// Centres of all tiles that show in the picture, row by row; every second row is shifted by half a step. One lies in the middle.
fn lattice(p: &WatermarkParams, marks: &Marks, (width, height): (f64, f64), own: (f64, f64)) -> Vec<(f64, f64)> {
    let along = marks.own.0 + p.spacing * ALONG * marks.unit + 1.0;
    let across = marks.own.1 + p.spacing * ACROSS * marks.unit + 1.0;
    let (sin, cos) = p.slope().to_radians().sin_cos();
    let reach = width.hypot(height) / 2.0 + own.0.max(own.1);
    let (columns, rows) = ((reach / along).ceil() as i64 + 1, (reach / across).ceil() as i64);
    let mut centres = vec![];
    for row in -rows..=rows {
        for column in -columns..=columns {
            let shift = if row.rem_euclid(2) == 1 { 0.5 } else { 0.0 };
            let (u, v) = ((column as f64 + shift) * along, row as f64 * across);
            let (x, y) = (width / 2.0 + u * cos - v * sin, height / 2.0 + u * sin + v * cos);
            let shows = |centre: f64, own: f64, length: f64| centre + own / 2.0 > 0.0 && centre - own / 2.0 < length;
            if shows(x, own.0, width) && shows(y, own.1, height) {
                centres.push((x, y));
            }
        }
    }
    centres
}
