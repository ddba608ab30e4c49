//! What rules of imitation share: who compares itself in a generation, and with whom.

use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::{AgentId, Event, Society};
use rand::RngExt;

/// Most comparisons of a generation: events are listed before they are carried out.
pub(super) const EVENTS_MAX: u32 = 1 << 24;

/// The default number of events of a generation.
pub(super) fn one() -> u32 {
    1
}

/// Who compares itself in a generation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Agents that compare themselves one after another, each drawn from all.
    pub comparisons: u32,
    /// Every agent does, at the same time.
    pub synchronous: bool,
}

impl Pace {
    /// The events of a generation, where `imitated` tells whom an agent imitates, if any.
    pub(super) fn events(
        self,
        society: &Society,
        rng: &mut Stream,
        mut imitated: impl FnMut(usize, &mut Stream) -> Option<usize>,
    ) -> Vec<Event> {
        let agents = society.fitness.len();
        let times = if self.synchronous { agents } else { self.comparisons as usize };
        let mut event = |number: usize| {
            let focal = if self.synchronous { number } else { rng.random_range(0..agents) };
            let agent = AgentId(focal as u32);
            match imitated(focal, rng) {
                Some(model) => Event::Birth { child: agent, parent: AgentId(model as u32) },
                None => Event::Stay(agent),
            }
        };
        (0..times).map(&mut event).collect()
    }

    /// The most events of a generation of this many agents.
    pub(super) fn events_at_most(self, agents: u64) -> u64 {
        if self.synchronous { agents } else { self.comparisons.into() }
    }

    /// The end of a summary.
    pub(super) fn summary(self) -> String {
        match self {
            Self { synchronous: true, .. } => ", all at once".into(),
            Self { comparisons: 1, .. } => String::new(),
            Self { comparisons, .. } => format!(", {comparisons} comparisons"),
        }
    }

    /// What is wrong with it.
    pub(super) fn faults(self) -> Vec<Fault> {
        let Self { comparisons, synchronous } = self;
        if synchronous && comparisons != 1 {
            let message = format!("{comparisons} comparisons where every agent makes one");
            return vec![Fault::new(".comparisons", message, "expected no `comparisons` with `synchronous: true`")];
        }
        events_in_range(comparisons, "comparisons")
    }
}

/// What is wrong with a number of events per generation, which a field called `field` gives.
pub(super) fn events_in_range(events: u32, field: &str) -> Vec<Fault> {
    if (1..=EVENTS_MAX).contains(&events) {
        return Vec::new();
    }
    let message = format!("{events} {field} per generation");
    vec![Fault::new(format!(".{field}"), message, format!("expected 1 to {EVENTS_MAX}"))]
}

/// A neighbour of `focal`, drawn evenly; `None` if it has none.
pub(super) fn model(society: &Society, focal: usize, rng: &mut Stream) -> Option<usize> {
    let degree = society.replacement.degree(focal);
    (degree > 0).then(|| society.replacement.neighbour(focal, rng.random_range(0..degree)))
}
