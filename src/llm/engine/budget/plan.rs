//! How the learners of a run share memory on the CPU: a plan, chosen from sizes before anything is run.
//!
//! The rule: a learner's update goes back through a pass whose activations are in memory. The cheapest way to have them
//! is to keep those of the pass that played ([`MemoryPlan::Together`]), which takes the most memory: one workspace per
//! learner. If learners take turns ([`MemoryPlan::InTurns`]), each runs forward once more when it learns, and there are
//! only as many workspaces as workers. Either way, a pass may keep all activations, or the residual stream alone at the
//! price of another forward in every epoch. [`choose`] takes the first of these four that is comfortable, else the
//! smallest of them that fits at all, else as many workspaces as fit. Tables, gradients and updates are identical to
//! the bit under every plan.

use crate::llm::engine::budget::pass::{ModelShape, PassSize};
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::{Gradient, Keep};
use crate::llm::lora::LoraConfig;
use std::fmt;
use std::sync::Mutex;

/// How learners are run. Results do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryPlan {
    /// Every learner has a workspace of its own and keeps in it what the pass that played left for the update.
    Together(Keep),
    /// Learners borrow workspaces: nothing is kept between play and update, so the update runs forward again.
    InTurns {
        /// How many workspaces there are.
        workspaces: usize,
        /// What the forward of an update keeps.
        keep: Keep,
    },
}

impl MemoryPlan {
    /// What the forward of an update keeps.
    pub fn keep(self) -> Keep {
        match self {
            Self::Together(keep) | Self::InTurns { keep, .. } => keep,
        }
    }
}

impl fmt::Display for MemoryPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Together(_) => write!(f, "every learner keeps its pass from play to update")?,
            Self::InTurns { workspaces: 1, .. } => write!(f, "learners take turns, one at a time")?,
            Self::InTurns { workspaces, .. } => write!(f, "learners take turns, {workspaces} at a time")?,
        }
        if self.keep() == Keep::Residuals { write!(f, ", layers are computed twice") } else { Ok(()) }
    }
}

/// Agents whose passes are alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// The largest pass of one of them.
    pub size: PassSize,
    /// Shape of their adapters; `None`: the base model itself.
    pub adapter: Option<LoraConfig>,
    /// How many of them there are.
    pub agents: usize,
}

/// Everything that decides how much memory a run takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Needs {
    /// The base model.
    pub shape: ModelShape,
    /// Bytes held all the time: weights, adapters, optimizer state, gradients, caches, history.
    pub held: u64,
    /// Learners that play by tables.
    pub tables: Vec<Load>,
    /// Learners that play by texts: the pass they learn from is not the one that played.
    pub texts: Vec<Load>,
    /// Everything that is only scored.
    pub scored: Vec<Load>,
    /// Worker threads.
    pub workers: usize,
}

/// How much memory may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole run; `None`: no limit is known.
    pub most: Option<u64>,
    /// Bytes of workspaces up to which a cheaper plan is accepted without looking for a smaller one.
    pub comfort: u64,
}

/// Not even one learner at a time fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLittle {
    /// The least number of bytes that the run needs.
    pub least: u64,
    /// How many of these bytes are held all the time.
    pub held: u64,
    /// The most bytes that may be used.
    pub most: u64,
}

impl Needs {
    /// Bytes of the whole run at its peak under `plan`.
    pub fn peak(&self, plan: MemoryPlan) -> u64 {
        let own: u64 = match plan {
            MemoryPlan::Together(keep) => self.tables.iter().map(|load| self.workspaces(load, keep)).sum(),
            MemoryPlan::InTurns { .. } => 0,
        };
        self.held + own + self.borrowed(plan)
    }

    fn workspaces(&self, load: &Load, keep: Keep) -> u64 {
        load.agents as u64 * self.workspace(&load.size, load.adapter.as_ref(), keep)
    }

    fn workspace(&self, size: &PassSize, adapter: Option<&LoraConfig>, keep: Keep) -> u64 {
        let bytes = Workspace::predict(size, &self.shape, adapter, keep, self.workers);
        bytes as u64 + size.passing_bytes(&self.shape)
    }

    /// Bytes of the workspaces that are lent: each may grow as large as the largest pass of any borrower.
    fn borrowed(&self, plan: MemoryPlan) -> u64 {
        let (in_turns, at_once) = match plan {
            MemoryPlan::Together(_) => (&[][..], self.workers),
            MemoryPlan::InTurns { workspaces, .. } => (&self.tables[..], workspaces.min(self.workers)),
        };
        let learners = || in_turns.iter().chain(&self.texts);
        let all = || learners().chain(&self.scored);
        let Some(size) = all().map(|load| load.size).reduce(|a, b| a.or(&b)) else { return 0 };
        let keep = if learners().next().is_some() { plan.keep() } else { Keep::Nothing };
        let largest = all().map(|load| self.workspace(&size, load.adapter.as_ref(), keep)).max().unwrap_or(0);
        let agents: usize = all().map(|load| load.agents).sum();
        at_once.min(agents) as u64 * largest + self.gradients()
    }

    /// Bytes of the gradients of the learners that update at the same time.
    fn gradients(&self) -> u64 {
        let learners = || self.tables.iter().chain(&self.texts);
        let bytes = |load: &Load| load.adapter.as_ref().map_or(0, |adapter| 4 * self.shape.adapter_params(adapter));
        let largest = learners().map(bytes).max().unwrap_or(0) + 4 * self.shape.config.hidden as u64;
        let agents: usize = learners().map(|load| load.agents).sum();
        self.workers.min(agents) as u64 * largest
    }
}

/// The plan for a run, and the bytes of the run at its peak.
pub fn choose(needs: &Needs, limits: Limits) -> Result<(MemoryPlan, u64), TooLittle> {
    let most = limits.most.unwrap_or(u64::MAX);
    let in_turns = |workspaces: usize, keep: Keep| MemoryPlan::InTurns { workspaces, keep };
    let busy = [
        MemoryPlan::Together(Keep::Everything),
        in_turns(needs.workers, Keep::Everything),
        MemoryPlan::Together(Keep::Residuals),
        in_turns(needs.workers, Keep::Residuals),
    ];
    let fitting: Vec<_> = busy.map(|plan| (plan, needs.peak(plan))).into_iter().filter(|(_, p)| *p <= most).collect();
    let comfortable = fitting.iter().find(|(_, peak)| peak - needs.held <= limits.comfort);
    if let Some(&plan) = comfortable.or_else(|| fitting.iter().min_by_key(|(_, peak)| *peak)) {
        return Ok(plan);
    }
    let fewer = (1..needs.workers).rev().map(|workspaces| in_turns(workspaces, Keep::Residuals));
    let fewer = fewer.map(|plan| (plan, needs.peak(plan))).find(|(_, peak)| *peak <= most);
    fewer.ok_or_else(|| TooLittle { least: needs.peak(in_turns(1, Keep::Residuals)), held: needs.held, most })
}

/// Buffers that are lent to one pass at a time.
#[derive(Debug, Default)]
pub struct Space {
    /// Those of the pass.
    pub workspace: Workspace,
    /// Those of its gradient.
    pub gradient: Gradient,
}

/// Buffers to lend; there are never more of them than passes at once.
#[derive(Debug, Default)]
pub struct Spare(Mutex<Vec<Space>>);

impl Spare {
    /// Lends buffers to `work`. They still hold what their previous use left in them.
    pub fn lend<R>(&self, work: impl FnOnce(&mut Space) -> R) -> R {
        let mut space = self.list().pop().unwrap_or_default();
        let result = work(&mut space);
        self.list().push(space);
        result
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Space>> {
        self.0.lock().expect("nothing that holds the list panics")
    }

    /// Bytes of the buffers that are not lent out at present.
    pub fn bytes(&self) -> usize {
        self.list().iter().map(|space| space.workspace.bytes() + space.gradient.bytes()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::files::tiny;

    /// `learners` learners that play by tables, and one agent that does not learn, on `workers` threads.
    fn needs(learners: usize, workers: usize) -> Needs {
        let shape = ModelShape { config: tiny::config(), post_norms: false, untied: false };
        let size = PassSize { rows: 300, first: 0, reads: 20, block: 9_000, masks: 30_000 };
        let load = |agents: usize| Load { size, adapter: Some(LoraConfig::default()), agents };
        Needs { shape, held: 1 << 20, tables: vec![load(learners)], texts: vec![], scored: vec![load(1)], workers }
    }

    fn plan(needs: &Needs, most: u64, comfort: u64) -> Result<MemoryPlan, TooLittle> {
        choose(needs, Limits { most: Some(most), comfort }).map(|(plan, peak)| {
            assert_eq!(peak, needs.peak(plan));
            assert!(peak <= most);
            plan
        })
    }

    #[test]
    fn less_memory_means_dearer_plans() {
        let needs = needs(16, 3);
        let peaks = [
            MemoryPlan::Together(Keep::Everything),
            MemoryPlan::Together(Keep::Residuals),
            MemoryPlan::InTurns { workspaces: 3, keep: Keep::Everything },
            MemoryPlan::InTurns { workspaces: 3, keep: Keep::Residuals },
            MemoryPlan::InTurns { workspaces: 1, keep: Keep::Residuals },
        ]
        .map(|plan| needs.peak(plan));
        assert!(peaks.windows(2).all(|pair| pair[0] > pair[1]), "{peaks:?}");
        let [together, _, in_turns, residuals, one] = peaks;
        assert_eq!(plan(&needs, together, u64::MAX), Ok(MemoryPlan::Together(Keep::Everything)));
        let everything = MemoryPlan::InTurns { workspaces: 3, keep: Keep::Everything };
        assert_eq!(plan(&needs, together - 1, u64::MAX), Ok(everything));
        assert_eq!(plan(&needs, in_turns - 1, u64::MAX).unwrap().keep(), Keep::Residuals);
        let two = MemoryPlan::InTurns { workspaces: 2, keep: Keep::Residuals };
        assert_eq!(plan(&needs, residuals - 1, u64::MAX), Ok(two));
        let last = MemoryPlan::InTurns { workspaces: 1, keep: Keep::Residuals };
        assert_eq!(plan(&needs, one, u64::MAX), Ok(last));
        let refused = TooLittle { least: one, held: needs.held, most: one - 1 };
        assert_eq!(plan(&needs, one - 1, u64::MAX), Err(refused));
    }

    #[test]
    fn comfort_asks_for_a_smaller_plan_but_never_for_an_idle_worker() {
        let needs = needs(16, 3);
        let together = needs.peak(MemoryPlan::Together(Keep::Everything)) - needs.held;
        assert_eq!(plan(&needs, u64::MAX, together), Ok(MemoryPlan::Together(Keep::Everything)));
        let in_turns = MemoryPlan::InTurns { workspaces: 3, keep: Keep::Everything };
        assert_eq!(plan(&needs, u64::MAX, together - 1), Ok(in_turns));
        // Nothing is comfortable: the smallest that keeps all workers busy.
        assert_eq!(plan(&needs, u64::MAX, 0), Ok(MemoryPlan::InTurns { workspaces: 3, keep: Keep::Residuals }));
    }

    #[test]
    fn turns_that_save_nothing_are_not_taken() {
        let needs = needs(2, 4);
        let together = needs.peak(MemoryPlan::Together(Keep::Everything));
        // Four workspaces for two learners would not be smaller.
        let chosen = plan(&needs, together - 1, u64::MAX).unwrap();
        assert_ne!(chosen, MemoryPlan::InTurns { workspaces: 4, keep: Keep::Everything });
        assert_eq!(chosen, MemoryPlan::Together(Keep::Residuals));
    }

    #[test]
    fn workspaces_are_lent_one_to_a_pass() {
        let spare = Spare::default();
        spare.lend(|_| spare.lend(|_| ()));
        assert_eq!(spare.list().len(), 2);
        assert_eq!(spare.bytes(), 0);
        spare.lend(|_| assert_eq!(spare.list().len(), 1));
        assert_eq!(spare.list().len(), 2);
    }
}
