//! Room for factors that are rounded as they come.

use super::kernels::bf16::{Panels, Rows};
use std::cell::RefCell;

/// Factors of bf16 products, and a product that is not yet where it belongs. They grow once and are then reused.
#[derive(Default)]
pub(super) struct Packs {
    /// The activations or slopes of a group.
    pub left: Rows,
    /// A factor of the low-rank path.
    pub narrow: Rows,
    /// The right factor.
    pub right: Panels,
    /// A product that is transposed before it is added up.
    pub product: Vec<f32>,
}

thread_local! {
    static PACKS: RefCell<Packs> = RefCell::default();
}

/// Lends this thread's room to `work`. It is taken out rather than borrowed, because this thread may be given another
/// product to compute while `work` waits for other threads.
pub(super) fn with_packs<T>(work: impl FnOnce(&mut Packs) -> T) -> T {
    let mut packs = PACKS.take();
    let result = work(&mut packs);
    PACKS.set(packs);
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::engine::cpu::kernels::matrix::MatRef;

    #[test]
    fn a_thread_in_the_middle_of_a_product_can_compute_another() {
        with_packs(|outer| {
            outer.left.fill(MatRef::new(&[1.0; 6], 2, 3), &[3], 1);
            with_packs(|inner| inner.left.fill(MatRef::new(&[2.0; 20], 4, 5), &[5], 1));
            assert_eq!(outer.left.all().rows(), 2, "the product that waits keeps its factor");
        });
    }
}
