//! The inner loop: how far apart two patches are.

/// Sum over the patch of `weight * (target - source)²`, all four bytes of a pixel. `weight` belongs to the target's pixels and is at most 16.
/// Radii go up to 7. Stops after any row once the sum reaches `limit`, so a result of `limit` or more only says "not better".
pub fn cost(features: &[u8], weight: &[u8], width: usize, radius: usize, pair: (usize, usize), limit: u32) -> u32 {
    match radius {
        0 => rows::<4>(features, weight, width, pair, limit),
        1 => rows::<12>(features, weight, width, pair, limit),
        2 => rows::<20>(features, weight, width, pair, limit),
        3 => rows::<28>(features, weight, width, pair, limit),
        4 => rows::<36>(features, weight, width, pair, limit),
        5 => rows::<44>(features, weight, width, pair, limit),
        6 => rows::<52>(features, weight, width, pair, limit),
        _ => rows::<60>(features, weight, width, pair, limit),
    }
}

fn rows<const BYTES: usize>(features: &[u8], weight: &[u8], width: usize, (target, source): (usize, usize), limit: u32) -> u32 {
    let side = BYTES / 4;
    let back = (side / 2) * width + side / 2;
    let (mut t, mut s) = (target - back, source - back);
    let mut sum = 0;
    let mut y = 0;
    while y < side && sum < limit {
        let of_target: &[u8; BYTES] = features[4 * t..4 * t + BYTES].try_into().expect("a row of the patch");
        let of_source: &[u8; BYTES] = features[4 * s..4 * s + BYTES].try_into().expect("a row of the patch");
        sum += row(of_target, of_source, &weight[t..t + side]);
        t += width;
        s += width;
        y += 1;
    }
    sum
}

// Plain counting loops: they also run acceptably without optimisation, and become vector instructions with it.
#[inline(always)]
fn row<const BYTES: usize>(target: &[u8; BYTES], source: &[u8; BYTES], weight: &[u8]) -> u32 {
    let mut wide = [0i16; BYTES];
    let mut x = 0;
    while x < BYTES {
        wide[x] = weight[x / 4] as i16;
        x += 1;
    }
    let mut sum = 0i32;
    let mut x = 0;
    while x < BYTES {
        let d = target[x] as i16 - source[x] as i16;
        sum += (d * wide[x]) as i32 * d as i32;
        x += 1;
    }
    sum as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_the_weighted_sum_of_squares_for_every_radius() {
        let width = 40;
        let features: Vec<u8> = (0..width * 20 * 4).map(|i| (i * i % 251) as u8).collect();
        let weight: Vec<u8> = (0..width * 20).map(|i| (i % 17) as u8).collect();
        let (target, source) = (9 * width + 10, 10 * width + 25);
        for radius in 0..=7 {
            let mut expected = 0;
            for dy in 0..=2 * radius {
                for dx in 0..=2 * radius {
                    let at = |centre: usize| centre - radius * width - radius + dy * width + dx;
                    for c in 0..4 {
                        let d = i32::from(features[4 * at(target) + c]) - i32::from(features[4 * at(source) + c]);
                        expected += (d * d) as u32 * u32::from(weight[at(target)]);
                    }
                }
            }
            assert_eq!(cost(&features, &weight, width, radius, (target, source), u32::MAX), expected, "radius {radius}");
            assert!(cost(&features, &weight, width, radius, (target, source), 1) >= 1);
        }
    }
}
