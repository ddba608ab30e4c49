//! How long the model's products take at least: how many there are, and how fast this machine multiplies.

use super::pass::{ModelShape, PassSize};
use super::plan::{Load, MemoryPlan, Needs};
use crate::llm::decoder::Projection;
use crate::llm::engine::Keep;
use crate::llm::engine::cpu::kernels::matrix::{MatMut, MatRef, Store};
use crate::llm::engine::cpu::kernels::product::{self, Right};
use crate::llm::weight::Weight;
use std::time::{Duration, Instant};

/// Time that a measurement of speed takes.
const MEASURED_FOR: Duration = Duration::from_millis(50);
/// Numbers of a matrix that is multiplied to measure; larger ones are multiplied at the same speed.
const MATRIX_MAX: usize = 1 << 22;
/// Rows that are multiplied with it.
const ROWS_MAX: usize = 256;

impl Needs {
    /// Floating-point operations of the products with frozen matrices in a tick in which every learner that plays by a
    /// table is scored and updates once: the least there is to do. Attention, adapters, further epochs and everything
    /// that is not a product come on top.
    pub fn operations(&self, way: MemoryPlan) -> f64 {
        let forwards = if way == MemoryPlan::Together(Keep::Everything) { 1.0 } else { 2.0 };
        let of = |load: &Load| load.agents as f64 * (forwards * self.forward(&load.size) + self.through(&load.size));
        self.tables.iter().map(of).sum()
    }

    /// The same for one forward of everything that is ever scored, at its largest.
    pub fn operations_of_all(&self) -> f64 {
        let all = [&self.tables, &self.texts, &self.scored].into_iter().flatten();
        all.map(|load| load.agents as f64 * self.forward(&load.size)).sum()
    }

    fn forward(&self, size: &PassSize) -> f64 {
        let config = &self.shape.config;
        self.through(size) + 2.0 * size.reads as f64 * (self.layer() + matrix((config.vocab, config.hidden)))
    }

    /// Those of every layer but the last, which is only computed where logits are read.
    fn through(&self, size: &PassSize) -> f64 {
        2.0 * size.rows as f64 * self.layer() * self.shape.config.layers().saturating_sub(1) as f64
    }

    /// Numbers in the matrices of a layer.
    fn layer(&self) -> f64 {
        Projection::ALL.iter().map(|&projection| matrix(self.shape.config.shape(projection))).sum()
    }
}

fn matrix((rows, columns): (usize, usize)) -> f64 {
    rows as f64 * columns as f64
}

/// Floating-point operations per second of products with matrices like those of `shape`, on `threads` threads of the
/// current pool, as measured now.
pub fn operations_per_second(shape: &ModelShape, threads: usize) -> f64 {
    let inputs = shape.config.hidden.clamp(1, MATRIX_MAX);
    let outputs = shape.config.intermediate.clamp(1, (MATRIX_MAX / inputs).max(1));
    let (x, weight) = (vec![0.5; ROWS_MAX * inputs], Weight::new(vec![0.25; outputs * inputs], outputs, inputs));
    let mut y = vec![0.0; ROWS_MAX * outputs];
    let mut multiply = || {
        let (x, right) = (MatRef::new(&x, ROWS_MAX, inputs), Right::Forward(&weight));
        product::multiply(MatMut::new(&mut y, ROWS_MAX, outputs), Store::Set, x, right, threads);
    };
    // The first one also touches the memory.
    multiply();
    let (begun, mut best) = (Instant::now(), f64::INFINITY);
    while begun.elapsed() < MEASURED_FOR || best.is_infinite() {
        let started = Instant::now();
        multiply();
        best = best.min(started.elapsed().as_secs_f64().max(f64::MIN_POSITIVE));
    }
    2.0 * ROWS_MAX as f64 * matrix((outputs, inputs)) / best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::files::tiny;

    #[test]
    fn a_learner_costs_what_its_matrices_do_and_the_machine_multiplies() {
        let shape = ModelShape { config: tiny::config(), post_norms: false, untied: false };
        let load =
            |agents| Load { size: PassSize { rows: 10, reads: 2, ..PassSize::default() }, adapter: None, agents };
        let needs = |agents| Needs {
            shape: shape.clone(),
            held: 0,
            tables: vec![load(agents)],
            texts: Vec::new(),
            scored: vec![load(7)],
            workers: 1,
        };
        let together = needs(1).operations(MemoryPlan::Together(Keep::Everything));
        let config = &shape.config;
        let layer: usize = Projection::ALL.iter().map(|&p| config.shape(p).0 * config.shape(p).1).sum();
        let through = 2 * 10 * layer * (config.layers() - 1);
        let expected = 2 * through + 2 * 2 * (layer + config.vocab * config.hidden);
        assert_eq!(together, expected as f64);
        assert_eq!(needs(3).operations(MemoryPlan::Together(Keep::Everything)), 3.0 * together);
        let in_turns = MemoryPlan::InTurns { workspaces: 1, keep: Keep::Everything };
        assert!(needs(1).operations(in_turns) > together);
        assert!(needs(1).operations_of_all() > needs(1).operations(MemoryPlan::Together(Keep::Everything)));
        assert!(operations_per_second(&shape, 1) > 1e6);
    }
}
