//! Imitation of the best on a torus of 100 x 100 agents with eight neighbours each, in krABMaga: processor seconds per
//! generation, one thread. The model, the start and the draws are those of `lattice_numpy.py`.
//!
//! A generation is two steps: all score, then all imitate. It is timed twice: with an agent in the schedule for every
//! cell, and with one agent that goes through all cells, as in krABMaga's own examples of forest fires and segregation.

use krabmaga::engine::agent::Agent;
use krabmaga::engine::fields::dense_number_grid_2d::DenseNumberGrid2D;
use krabmaga::engine::fields::field::Field;
use krabmaga::engine::location::Int2D;
use krabmaga::engine::schedule::Schedule;
use krabmaga::engine::state::State;
use std::any::Any;
use std::time::Instant;

const WIDTH: i32 = 100;
const GENERATIONS: [u32; 2] = [200, 1200];
const TEMPTATION: f32 = 1.6;

#[derive(Clone, Copy, PartialEq)]
enum Strategy {
    Cooperate,
    Defect,
}

/// Who is in the schedule.
#[derive(Clone, Copy)]
enum Agents {
    OnePerCell,
    OneForAll,
}

/// Grids that are read as they were after the step before, and written for the next.
struct Lattice {
    strategies: DenseNumberGrid2D<Strategy>,
    scores: DenseNumberGrid2D<f32>,
    agents: Agents,
    /// Steps since the start: even while all score, odd while all imitate.
    step: u64,
}

impl Lattice {
    fn new(agents: Agents) -> Self {
        let (strategies, scores) = (DenseNumberGrid2D::new(WIDTH, WIDTH), DenseNumberGrid2D::new(WIDTH, WIDTH));
        Self { strategies, scores, agents, step: 0 }
    }

    /// What the agent of a cell does in this step.
    fn act(&self, cell: &Int2D) {
        if self.step.is_multiple_of(2) {
            self.scores.set_value_location(self.payoff(cell), cell);
        } else {
            self.strategies.set_value_location(self.imitated(cell), cell);
        }
    }

    fn strategy(&self, cell: &Int2D) -> Strategy {
        self.strategies.get_value(cell).expect("every cell has a strategy")
    }

    fn score(&self, cell: &Int2D) -> f32 {
        self.scores.get_value(cell).expect("every cell has a score")
    }

    fn payoff(&self, cell: &Int2D) -> f32 {
        let gain = match self.strategy(cell) {
            Strategy::Cooperate => 1.0,
            Strategy::Defect => TEMPTATION,
        };
        gain * neighbours(cell).filter(|other| self.strategy(other) == Strategy::Cooperate).count() as f32
    }

    /// The strategy of the best neighbour, one of equals drawn evenly, if that one does better.
    fn imitated(&self, cell: &Int2D) -> Strategy {
        let (mut best, mut kind, mut mean) = (self.score(cell), 0, 0);
        for other in neighbours(cell) {
            let score = self.score(&other);
            if score > best {
                (best, kind, mean) = (score, 0, 0);
            } else if score < best || kind + mean == 0 {
                continue;
            }
            match self.strategy(&other) {
                Strategy::Cooperate => kind += 1,
                Strategy::Defect => mean += 1,
            }
        }
        let generation = self.step.div_ceil(2) as u32;
        match (kind, mean) {
            (0, 0) => self.strategy(cell),
            (_, 0) => Strategy::Cooperate,
            (0, _) => Strategy::Defect,
            _ if mixed(generation * (WIDTH * WIDTH) as u32 + number(cell)) % (kind + mean) < kind => {
                Strategy::Cooperate
            }
            _ => Strategy::Defect,
        }
    }

    fn share_of_cooperators(&self) -> f64 {
        let cooperators = cells().filter(|cell| self.strategy(cell) == Strategy::Cooperate).count();
        cooperators as f64 / f64::from(WIDTH * WIDTH)
    }
}

impl State for Lattice {
    fn init(&mut self, schedule: &mut Schedule) {
        for cell in cells() {
            let defects = f64::from(mixed(number(&cell))) < 2f64.powi(32) / 3.0;
            self.strategies.set_value_location(if defects { Strategy::Defect } else { Strategy::Cooperate }, &cell);
        }
        match self.agents {
            Agents::OnePerCell => {
                for cell in cells() {
                    schedule.schedule_repeating(Box::new(Player { cell }), 0.0, 0);
                }
            }
            Agents::OneForAll => {
                schedule.schedule_repeating(Box::new(Updater), 0.0, 0);
            }
        }
    }

    /// After each step, and before the first: what was written becomes what is read.
    fn update(&mut self, step: u64) {
        self.step = step;
        if step.is_multiple_of(2) {
            self.strategies.lazy_update();
        } else {
            self.scores.lazy_update();
        }
    }

    fn reset(&mut self) {
        *self = Self::new(self.agents);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn as_state(&self) -> &dyn State {
        self
    }

    fn as_state_mut(&mut self) -> &mut dyn State {
        self
    }
}

/// The agent of one cell.
#[derive(Clone, Copy)]
struct Player {
    cell: Int2D,
}

impl Agent for Player {
    fn step(&mut self, state: &mut dyn State) {
        lattice(state).act(&self.cell);
    }
}

/// One agent that acts for all cells.
#[derive(Clone, Copy)]
struct Updater;

impl Agent for Updater {
    fn step(&mut self, state: &mut dyn State) {
        let lattice = lattice(state);
        for cell in cells() {
            lattice.act(&cell);
        }
    }
}

fn lattice(state: &dyn State) -> &Lattice {
    state.as_any().downcast_ref().expect("the state is a lattice")
}

fn cells() -> impl Iterator<Item = Int2D> {
    (0..WIDTH).flat_map(|x| (0..WIDTH).map(move |y| Int2D { x, y }))
}

fn number(cell: &Int2D) -> u32 {
    (cell.x * WIDTH + cell.y) as u32
}

fn neighbours(cell: &Int2D) -> impl Iterator<Item = Int2D> {
    let Int2D { x, y } = *cell;
    let (left, right) = (if x == 0 { WIDTH - 1 } else { x - 1 }, if x == WIDTH - 1 { 0 } else { x + 1 });
    let (up, down) = (if y == 0 { WIDTH - 1 } else { y - 1 }, if y == WIDTH - 1 { 0 } else { y + 1 });
    [(left, up), (left, y), (left, down), (x, up), (x, down), (right, up), (right, y), (right, down)]
        .into_iter()
        .map(|(x, y)| Int2D { x, y })
}

/// Random-looking 32 bits for each number: the last step of MurmurHash3.
fn mixed(number: u32) -> u32 {
    let bits = (number ^ (number >> 16)).wrapping_mul(0x85eb_ca6b);
    let bits = (bits ^ (bits >> 13)).wrapping_mul(0xc2b2_ae35);
    bits ^ (bits >> 16)
}

/// Seconds that this thread has run on a processor, where Linux reports them.
fn processor_time() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

/// Seconds of a run: processor time where it is known, else wall-clock time; and the share of cooperators at its end.
fn play(agents: Agents, generations: u32) -> (f64, f64) {
    let mut lattice = Lattice::new(agents);
    let mut schedule = Schedule::new();
    lattice.init(&mut schedule);
    let (start, before) = (Instant::now(), processor_time());
    for _ in 0..2 * generations {
        schedule.step(&mut lattice);
    }
    let seconds = match (before, processor_time()) {
        (Some(before), Some(after)) => after - before,
        _ => start.elapsed().as_secs_f64(),
    };
    (seconds, lattice.share_of_cooperators())
}

fn main() {
    for (agents, name) in [(Agents::OnePerCell, "an agent per cell"), (Agents::OneForAll, "one agent for all cells")] {
        let [(few, _), (many, share)] = GENERATIONS.map(|generations| play(agents, generations));
        let microseconds = 1e6 * (many - few) / f64::from(GENERATIONS[1] - GENERATIONS[0]);
        println!("krABMaga, {name}: {microseconds:.1} µs per generation, {share:.4} cooperate");
    }
}
