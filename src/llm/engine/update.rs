//! What an engine is asked to do: score prompts, and take learners through the epochs of an update.

use super::cpu::Workspace;
use super::{Gradient, Job, Slopes, TreeScores};

/// What an agent's last scoring left for its update. Make one per learner and hand it in each time.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    /// The CPU's buffers; empty where learners take turns and on a device.
    pub(super) workspace: Workspace,
    /// Which scoring left something, and the agent's place in it; `None` if nothing is left.
    pub(super) pass: Option<(u64, usize)>,
}

impl Memo {
    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.workspace.bytes()
    }
}

/// One agent's prompts to be scored.
#[derive(Debug)]
pub struct Ask<'a> {
    /// What is scored.
    pub job: Job<'a>,
    /// Where to keep what an update needs; `None`: no update follows.
    pub memo: Option<&'a mut Memo>,
}

impl<'a> Ask<'a> {
    /// An ask to score `job`, with no update to follow.
    pub fn once(job: Job<'a>) -> Self {
        Self { job, memo: None }
    }
}

/// How an update continues after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// With another epoch.
    Epoch,
    /// Not at all.
    Done,
}

/// One learner's update, as the engine drives it: a pass, its slopes, the gradient, a step, and over again.
///
/// Between two calls the engine may run other updates, so what [`Update::job`] returns may change only through the
/// update's own steps.
pub trait Update: Send {
    /// What is run forward and back, with the parameters as they are now.
    fn job(&self) -> Job<'_>;

    /// What the scoring of this very job left; `None`, which is the default, if it left nothing.
    fn memo(&mut self) -> Option<&mut Memo> {
        None
    }

    /// Derivatives of the loss with respect to what the model says about the job: `scores` or, if that is `None`, what
    /// was scored last.
    ///
    /// Returning `None` ends the update without a step; the reason is the update's own affair.
    fn slopes(&mut self, scores: Option<TreeScores>) -> Option<Slopes>;

    /// Takes a step along `gradient`.
    fn step(&mut self, gradient: &Gradient) -> Next;
}
