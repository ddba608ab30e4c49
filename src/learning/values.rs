//! The loss of a value head, on prompts.
//!
//! All decisions at a prompt share the value V(p) and differ only in their targets. The plain squared error needs the
//! targets' count, mean and squared deviations. The clipped error takes the larger of two squares per decision; which
//! one is larger depends on which side of a threshold the target lies, so targets are kept sorted, with running sums.

use super::{PolicyTable, TableGradient, normalize::Moments};

/// The targets of one prompt's value.
#[derive(Clone, Debug, Default, PartialEq)]
struct PromptTargets {
    moments: Moments,
    /// Targets in rising order; empty unless values are clipped.
    sorted: Vec<f64>,
    /// Sums of the first k sorted targets' deviations from their mean and of the deviations' squares, k = 0..=count.
    running: Vec<Sums>,
}

/// Some targets, by their deviations d from the prompt's mean target.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    count: f64,
    deviation: f64,
    square: f64,
}

impl Sums {
    fn and(self, deviation: f64) -> Self {
        Self {
            count: self.count + 1.0,
            deviation: self.deviation + deviation,
            square: self.square + deviation * deviation,
        }
    }

    fn without(self, part: Self) -> Self {
        Self {
            count: self.count - part.count,
            deviation: self.deviation - part.deviation,
            square: self.square - part.square,
        }
    }

    /// Σ (x − d)² over the targets, where x is the value minus the mean target.
    fn squared_error(self, x: f64) -> f64 {
        self.count * x * x - 2.0 * x * self.deviation + self.square
    }

    /// ½ ∂Σ (x − d)²/∂x.
    fn half_slope(self, x: f64) -> f64 {
        self.count * x - self.deviation
    }
}

/// What the value head should say at every prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueTargets {
    prompts: Vec<PromptTargets>,
    clip: Option<f64>,
    explained_variance: Option<f64>,
}

impl ValueTargets {
    /// Collects (prompt, target) pairs for the value head that gave `played.values`; `clip` is how far a value may move
    /// away from its old value.
    pub fn new(played: &PolicyTable, targets: &[(usize, f64)], clip: Option<f64>) -> Self {
        let mut prompts = vec![PromptTargets::default(); played.prompts()];
        for (prompt, target) in targets {
            prompts[*prompt].moments.add(*target);
            if clip.is_some() {
                prompts[*prompt].sorted.push(*target);
            }
        }
        if clip.is_some() {
            for prompt in &mut prompts {
                prompt.sorted.sort_by(f64::total_cmp);
                let mut sums = Sums::default();
                prompt.running.push(sums);
                for target in &prompt.sorted {
                    sums = sums.and(target - prompt.moments.mean);
                    prompt.running.push(sums);
                }
            }
        }
        let all: Moments = targets.iter().map(|(_, target)| *target).collect();
        let residual: Moments = targets.iter().map(|(prompt, target)| target - played.values[*prompt]).collect();
        let explained_variance = all.spread().map(|_| 1.0 - residual.variance() / all.variance());
        Self { prompts, clip, explained_variance }
    }

    /// The counterpart of [`ValueTargets::new`] for expected targets: each prompt's targets are given by their moments,
    /// whose count is the expected number of targets.
    ///
    /// Whether a clipped value's own error or the bounded value's error counts is decided by the prompt's mean target
    /// alone, whatever the targets' spread.
    pub fn expected(played: &PolicyTable, targets: &[Moments], clip: Option<f64>) -> Self {
        let mut all = Moments::default();
        let mut residual = Moments::default();
        let mut prompts = Vec::with_capacity(targets.len());
        for (moments, value) in targets.iter().zip(&played.values) {
            all.merge(moments);
            residual.merge(&moments.less(*value));
            let mut prompt = PromptTargets { moments: *moments, ..PromptTargets::default() };
            if clip.is_some() {
                prompt.sorted.push(moments.mean);
                let together = Sums { count: moments.count, deviation: 0.0, square: moments.squares };
                prompt.running.extend([Sums::default(), together]);
            }
            prompts.push(prompt);
        }
        let explained_variance = all.spread().map(|_| 1.0 - residual.variance() / all.variance());
        Self { prompts, clip, explained_variance }
    }

    /// `1 − Var(target − V) / Var(target)` for the values that played; `None` when targets do not vary.
    pub fn explained_variance(&self) -> Option<f64> {
        self.explained_variance
    }

    /// Returns `½ Σ_i w_i (V − R_i)²`, clipped as configured, and adds `scale` times its gradient in V. `weights` holds
    /// the share of one decision at each prompt, `played` the values that played.
    ///
    /// Clipped: `½ max((V − R)², (clip(V, V_old ± c) − R)²)` per decision. NaN if a value is not finite.
    pub fn accumulate(
        &self,
        weights: &[f64],
        played: &[f64],
        current: &[f64],
        scale: f64,
        gradient: &mut TableGradient,
    ) -> f64 {
        let mut loss = 0.0;
        for (prompt, targets) in self.prompts.iter().enumerate().filter(|(_, t)| t.moments.count > 0.0) {
            let (weight, value, played) = (weights[prompt], current[prompt], played[prompt]);
            if !(value.is_finite() && played.is_finite()) {
                // No target can be compared with it; the optimizer step learns of this from the loss.
                return f64::NAN;
            }
            let bounded = match self.clip {
                Some(clip) => value.clamp(played - clip, played + clip),
                None => value,
            };
            let (error, half_slope) = targets.error(value, bounded);
            loss += weight * 0.5 * error;
            gradient.values[prompt] += scale * weight * half_slope;
        }
        loss
    }
}

impl PromptTargets {
    /// Σ max((V − R)², (V_b − R)²) over the targets, for V_b the bounded value, and half its slope in V.
    fn error(&self, value: f64, bounded: f64) -> (f64, f64) {
        let mean = self.moments.mean;
        if value == bounded {
            let all = Sums { count: self.moments.count, deviation: 0.0, square: self.moments.squares };
            return (all.squared_error(value - mean), all.half_slope(value - mean));
        }
        // The value is farther from R than the bounded value exactly where R lies on the bounded value's side of their
        // midpoint. There the square is the value's own; elsewhere it is the bounded value's, which has no slope.
        let middle = f64::midpoint(value, bounded);
        let below = self.running[self.sorted.partition_point(|target| *target < middle)];
        let above = self.running[self.sorted.len()].without(below);
        let (own, clipped) = if value > bounded { (below, above) } else { (above, below) };
        let error = own.squared_error(value - mean) + clipped.squared_error(bounded - mean);
        (error, own.half_slope(value - mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(values: Vec<f64>) -> PolicyTable {
        PolicyTable { outcomes: 2, log_probs: vec![0.5f64.ln(); 2 * values.len()], values }
    }

    #[test]
    fn values_that_are_no_numbers_make_the_loss_none() {
        for clip in [None, Some(0.2)] {
            for (played, now) in [(0.0, f64::NAN), (0.0, f64::INFINITY), (f64::NAN, 0.0), (f64::NAN, f64::NAN)] {
                let before = table(vec![0.0, played]);
                let targets = ValueTargets::new(&before, &[(0, 1.0), (1, 2.0)], clip);
                let current = table(vec![0.0, now]);
                let mut gradient = TableGradient::zeros(&current, true);
                assert!(
                    targets.accumulate(&[0.5; 2], &before.values, &current.values, 1.0, &mut gradient).is_nan(),
                    "{clip:?} {played} {now}"
                );
            }
        }
    }
}
