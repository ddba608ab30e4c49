//! How much memory a frozen player takes, from what the headers of its files say.

/// The sizes of a model that decide its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Bytes of its weights once they are loaded on the CPU.
    pub(crate) weights: u64,
    /// Decoder layers.
    pub(crate) layers: usize,
    /// Width of the residual stream.
    pub(crate) hidden: usize,
    /// The widest row inside a layer.
    pub(crate) widest: usize,
    /// Query heads.
    pub(crate) heads: usize,
    /// Width of all keys of a token in a layer.
    pub(crate) keys: usize,
    /// Rows of the embedding.
    pub(crate) vocab: usize,
    /// Length of the narrowest sliding window.
    pub(crate) window: Option<usize>,
    /// The longest text in tokens that is computed at all.
    pub(crate) longest: usize,
}

/// Rows of each width that a layer holds at once: its input and output, norms, projections, and copies on the way.
const ROWS: u64 = 8;
/// Copies of its scores: raw, masked, their exponentials.
const SCORES: u64 = 4;
/// Copies of keys and values: those kept, and those repeated for every query head or laid out again.
const CACHES: u64 = 2;

impl Size {
    /// Bytes at the peak, with texts of at most `longest` tokens in `forks` stages that are kept at once.
    pub(super) fn peak(&self, longest: usize, forks: usize) -> u64 {
        let [longest, forks, layers] = [longest, forks, self.layers].map(|n| n as u64);
        let [hidden, widest, heads, keys, vocab] =
            [self.hidden, self.widest, self.heads, self.keys, self.vocab].map(|n| n as u64);
        let cache = CACHES * (forks + 1) * layers * 2 * keys * longest;
        let rows = ROWS * longest * (hidden + widest);
        let scores = SCORES * heads * longest * longest;
        // Angles, and logits at every stage.
        let rest = 4 * longest * hidden + (forks + 2) * vocab;
        self.weights.saturating_add(4 * (cache + rows + scores + rest))
    }
}
