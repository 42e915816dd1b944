use super::*;
use crate::picture::{Picture, Rect};

fn shape(side_px: u32, margin_px: u32, feather_px: u32) -> TileShape {
    TileShape { side_px, margin_px, feather_px, multiple: 1, fixed: false }
}

/// A picture without any two equal rows or columns.
fn busy(width: u32, height: u32) -> Picture {
    let pixels = (0..width * height).flat_map(|i| {
        let (x, y) = (i % width, i / width);
        [(x * 7 + y * 3) as u8, (x ^ y) as u8, ((x * x + y) / 5) as u8, 255]
    });
    Picture::from_rgba8(width, height, pixels.collect())
}

/// Nearest neighbour: a model that invents nothing.
fn repeated(planes: &Planes, scale: usize) -> Planes {
    let (w, h) = (planes.width * scale, planes.height * scale);
    let data = planes
        .data
        .chunks_exact(planes.area())
        .flat_map(|p| (0..w * h).map(|i| p[(i / w / scale) * planes.width + i % w / scale]).collect::<Vec<_>>());
    Planes::new(w, h, data.collect())
}

fn run(picture: &Picture, shape: TileShape, scale: u32, model: impl Fn(&Planes) -> Planes) -> Picture {
    let mut canvas = Canvas::new(picture, scale, shape);
    for tile in &Grid::new(picture.width(), picture.height(), shape).tiles {
        let alpha = read_alpha(picture, tile);
        let alpha = model(&alpha).mean();
        canvas.put(tile, &Given { colour: &model(&read_colour(picture, tile)), alpha: Alpha::Plane(&alpha) });
    }
    canvas.finish()
}

#[test]
fn tiles_cover_every_pixel_once_and_are_about_equal() {
    for (w, h) in [(1, 1), (1, 5000), (5000, 1), (37, 41), (257, 256), (1021, 767)] {
        let grid = Grid::new(w, h, shape(256, 24, 0));
        let mut seen = vec![0u8; (w * h) as usize];
        for Tile { core: Rect { x, y, width, height }, .. } in &grid.tiles {
            assert!(*width <= 256 && *height <= 256);
            (0..width * height).for_each(|i| seen[((y + i / width) * w + x + i % width) as usize] += 1);
        }
        assert!(seen.iter().all(|&n| n == 1), "{w}x{h}");
        let widths: Vec<u32> = grid.tiles.iter().map(|t| t.core.width).collect();
        assert!(widths.iter().max().unwrap() - widths.iter().min().unwrap() <= 1);
    }
}

#[test]
fn fixed_inputs_have_the_fixed_size_and_others_are_multiples() {
    let fixed = Grid::new(300, 70, TileShape { fixed: true, ..shape(128, 8, 4) });
    assert!(fixed.tiles.iter().all(|t| (t.width, t.height) == (128, 128) && t.core.width <= 104));
    let even = Grid::new(301, 71, TileShape { multiple: 16, ..shape(128, 8, 0) });
    assert!(even.tiles.iter().all(|t| t.width % 16 == 0 && t.height % 16 == 0 && t.width >= t.core.width + 16));
}

#[test]
fn a_model_that_invents_nothing_gives_the_picture_back_through_any_tiles() {
    for (w, h) in [(1, 1), (1, 300), (37, 41), (131, 77)] {
        let picture = busy(w, h);
        let expected = run(&picture, shape(4096, 0, 0), 2, |p| repeated(p, 2));
        for (side, margin, feather) in [(16, 0, 0), (50, 8, 0), (40, 6, 5), (7, 2, 1)] {
            assert_eq!(
                run(&picture, shape(side, margin, feather), 2, |p| repeated(p, 2)),
                expected,
                "{w}x{h} by {side}, {margin}, {feather}"
            );
        }
        assert_eq!(run(&picture, TileShape { fixed: true, ..shape(32, 4, 3) }, 1, Planes::clone), picture);
    }
}

#[test]
fn a_feather_hides_that_each_tile_has_another_tone() {
    let picture = Picture::filled(120, 40, [100, 100, 100, 255]);
    let grid = Grid::new(120, 40, shape(40, 0, 10));
    let mut canvas = Canvas::new(&picture, 1, grid.shape);
    for (i, tile) in grid.tiles.iter().enumerate() {
        let mut colour = read_colour(&picture, tile);
        colour.data.iter_mut().for_each(|v| *v += 20.0 * i as f32);
        canvas.put(tile, &Given { colour: &colour, alpha: Alpha::Uniform(255) });
    }
    let row: Vec<i32> = (0..120).map(|x| i32::from(canvas.picture().pixel(x, 20)[0])).collect();
    assert!(row.windows(2).all(|w| (0..=2).contains(&(w[1] - w[0]))), "{row:?}");
    assert_eq!((row[0], row[119]), (100, 140));
}

#[test]
fn flat_stays_flat_whatever_tone_the_model_adds() {
    let source = Planes::new(20, 9, vec![128.0; 180 * 3]);
    for scale in [2, 3, 4] {
        let mut result = repeated(&source, scale);
        result.data.iter_mut().for_each(|v| *v += 3.4);
        keep_source(&mut result, &source, scale, 2.0);
        assert!(result.data.iter().all(|v| (v - 128.0).abs() < 1e-3), "x{scale}");
    }
}

#[test]
fn the_result_shrunk_again_is_the_source_and_noise_that_the_model_took_away_stays_away() {
    let picture = busy(48, 32);
    let tile = Grid::new(48, 32, shape(64, 0, 0)).tiles[0];
    let source = read_colour(&picture, &tile);
    let smooth = Planes::new(48, 32, source.data.iter().map(|v| v * 0.9 + 4.0).collect());
    let distance = |noise: f32| {
        let mut result = repeated(&smooth, 4);
        keep_source(&mut result, &source, 4, noise);
        let mut sums = vec![0f32; source.data.len()];
        for (i, v) in result.data.iter().enumerate() {
            let (plane, at) = (i / result.area(), i % result.area());
            sums[plane * source.area() + at / 192 / 4 * 48 + at % 192 / 4] += v / 16.0;
        }
        sums.iter().zip(&source.data).map(|(a, b)| (a - b).abs()).sum::<f32>() / sums.len() as f32
    };
    let before = smooth.data.iter().zip(&source.data).map(|(a, b)| (a - b).abs()).sum::<f32>() / source.data.len() as f32;
    assert!(distance(0.0) < before * 0.4, "{} of {before}", distance(0.0));
    assert!(distance(30.0) > distance(0.0));
}

#[test]
fn transparent_pixels_take_the_colour_of_the_nearest_visible_ones() {
    let pixels = (0..40 * 20u32).flat_map(|i| if i % 40 < 20 { [200, 40, 10, 255] } else { [0, 0, 0, 0] }).collect();
    let picture = Picture::from_rgba8(40, 20, pixels);
    let tile = Grid::new(40, 20, shape(64, 4, 0)).tiles[0];
    let colour = read_colour(&picture, &tile);
    let at = |x: usize, y: usize| colour.data[(y + 4) * colour.width + x + 4];
    assert!((at(21, 10) - 200.0).abs() < 0.01 && (at(34, 10) - 200.0).abs() < 0.01, "{} {}", at(21, 10), at(34, 10));
    assert_eq!(uniform_alpha(&picture, &tile), None);
    assert_eq!(uniform_alpha(&Picture::filled(5, 5, [1, 2, 3, 0]), &Grid::new(5, 5, shape(8, 2, 0)).tiles[0]), Some(0));
}

#[test]
fn noise_is_measured_in_levels() {
    let mut seed = 7u64;
    let mut uniform = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 40) as f64 / (1u64 << 24) as f64
    };
    let mut noisy = |sigma: f64| {
        let pixels = (0..200 * 200u32).flat_map(|i| {
            let n = sigma * (-2.0 * uniform().max(1e-9).ln()).sqrt() * (uniform() * std::f64::consts::TAU).cos();
            let v = (60.0 + f64::from(i % 200) * 0.5 + n).round() as u8;
            [v, v, v, 255]
        });
        noise_sigma(&Picture::from_rgba8(200, 200, pixels.collect()))
    };
    for sigma in [3.0, 8.0, 20.0] {
        let found = noisy(sigma);
        assert!((f64::from(found) / sigma - 1.0).abs() < 0.2, "{found} for {sigma}");
    }
    assert!(noisy(0.0) < 0.7);
    assert_eq!(noise_sigma(&Picture::filled(2, 9, [1; 4])), 0.0);
}
