//! How much damage: the ranges that detection was tuned on, and others that it was not.

use super::damage::Recipe;

/// What the classifier was trained and the thresholds were chosen on; grain and fading change with the seed.
pub fn tuned(seed: u64) -> Recipe {
    Recipe {
        scratches: (4.0, 14.0),
        width: (1.0, 3.0),
        length: (0.08, 0.9),
        bend: (0.0, 0.35),
        opacity: (0.5, 1.0),
        dark: 0.35,
        folds: (0.0, 2.0),
        fold_width: (5.0, 13.0),
        specks: (60.0, 260.0),
        speck_radius: (0.8, 2.4),
        grain: [0.0, 2.0, 4.0, 5.0][seed as usize % 4],
        fading: [0.0, 0.3, 0.5][seed as usize % 3],
    }
}

/// Only for reporting: wider and fainter scratches that bend more, more of them dark, wider folds, more dust, more grain, more fading.
pub fn held(seed: u64) -> Recipe {
    Recipe {
        scratches: (6.0, 18.0),
        width: (1.4, 4.5),
        length: (0.05, 1.2),
        bend: (0.2, 0.8),
        opacity: (0.45, 0.9),
        dark: 0.6,
        folds: (1.0, 2.0),
        fold_width: (9.0, 20.0),
        specks: (150.0, 500.0),
        speck_radius: (0.7, 3.2),
        grain: [3.0, 7.0][seed as usize % 2],
        fading: [0.2, 0.8][seed as usize % 2],
    }
}
