//! What the model would say next.

use crate::llm::decoder::BaseModel;

/// The `k` largest logits after a final-normed hidden state, largest first, as (token, logit); ties by token id.
pub fn largest_logits(model: &BaseModel, hidden: &[f32], k: usize) -> Vec<(u32, f32)> {
    let output = model.output_matrix();
    let logits = (0..output.outputs()).map(|token| {
        let logit: f32 = output.row(token).zip(hidden).map(|(w, h)| w * h).sum();
        model.config.logit_softcap.map_or(logit, |cap| cap * (logit / cap).tanh())
    });
    largest(logits, k)
}

/// The `k` largest of `logits`, which are in the order of their tokens, in the form of [`largest_logits`].
pub fn largest(logits: impl Iterator<Item = f32>, k: usize) -> Vec<(u32, f32)> {
    let mut logits: Vec<(u32, f32)> = (0..).zip(logits).collect();
    logits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    logits.truncate(k);
    logits
}
