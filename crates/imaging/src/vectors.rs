//! Loops compiled more than once: for every processor of the architecture, and for the wider vectors that most have, chosen when the program runs.

/// Runs `work`, whose loops use the widest vectors that this processor has. The results are the same bits either way: products and sums are never
/// fused. `work` should call functions that are always inlined.
#[inline(always)]
pub(crate) fn widest<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(Inlined(work))
}

struct Inlined<F>(F);

impl<R, F: FnOnce() -> R> pulp::WithSimd for Inlined<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> R {
        (self.0)()
    }
}
