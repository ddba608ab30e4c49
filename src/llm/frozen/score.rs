//! Log-probabilities of labels: a prompt is read once, and every label goes on from there, token by token.

use super::decoder::Decoder;
use candle_core::Result;

/// ln π(label | prompt) of every label after every prompt, row-major (prompts, labels), in f64 until the end. `fresh`
/// has read nothing.
///
/// # Errors
/// If candle fails.
pub(super) fn score(fresh: Box<dyn Decoder>, prompts: &[Vec<u32>], labels: &[Vec<u32>]) -> Result<Vec<f32>> {
    let mut scores = Vec::with_capacity(prompts.len() * labels.len());
    for prompt in prompts {
        let mut decoder = fresh.fork();
        let logits = decoder.read(prompt, 0)?;
        let mut sums = vec![0.0; labels.len()];
        let all: Vec<usize> = (0..labels.len()).collect();
        Walk { labels, sums: &mut sums }.go_on(decoder.as_mut(), &logits, prompt.len(), 0, &all)?;
        scores.extend(sums.into_iter().map(|sum| sum as f32));
    }
    Ok(scores)
}

/// The walk over the tree of the labels' tokens, each beginning read once.
struct Walk<'a> {
    labels: &'a [Vec<u32>],
    /// The log-probability of each label as far as it was walked.
    sums: &'a mut [f64],
}

impl Walk<'_> {
    /// Scores the tokens at `depth` of the labels `among`, which agree before it, by `logits`; `decoder` has read `at`
    /// tokens.
    fn go_on(
        &mut self,
        decoder: &mut dyn Decoder,
        logits: &[f32],
        at: usize,
        depth: usize,
        among: &[usize],
    ) -> Result<()> {
        let norm = log_sum_exp(logits);
        let mut next: Vec<(u32, Vec<usize>)> = Vec::new();
        for &label in among {
            let Some(&token) = self.labels[label].get(depth) else { continue };
            let Some(&logit) = logits.get(token as usize) else {
                candle_core::bail!("token {token} is beyond the {} logits", logits.len())
            };
            self.sums[label] += f64::from(logit) - norm;
            if depth + 1 == self.labels[label].len() {
                continue;
            }
            match next.iter_mut().find(|(other, _)| *other == token) {
                Some((_, labels)) => labels.push(label),
                None => next.push((token, vec![label])),
            }
        }
        for (token, labels) in next {
            let mut branch = decoder.fork();
            let logits = branch.read(&[token], at)?;
            self.go_on(branch.as_mut(), &logits, at + 1, depth + 1, &labels)?;
        }
        Ok(())
    }
}

fn log_sum_exp(logits: &[f32]) -> f64 {
    let largest = logits.iter().copied().map(f64::from).fold(f64::NEG_INFINITY, f64::max);
    largest + logits.iter().map(|&logit| (f64::from(logit) - largest).exp()).sum::<f64>().ln()
}
