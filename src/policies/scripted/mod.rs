//! Scripted strategies: one small rule each, with its source.
//!
//! A strategy knows two moves, [`Moves::cooperate`] and [`Moves::defect`], even in games with more actions; it judges
//! the others by whether their actions count as cooperation. With more than two seats, "the opponent cooperated" means
//! that every co-player did, as everywhere in this crate.
//!
//! A strategy answers what it sees ([`MatchView::seen`]), a made-up opening included: tit for tat repays a made-up
//! defection. Its start applies only where nothing is seen.
//!
//! What it sees is the last legal action of either side. After a round that the opponent's illegal completion voided,
//! that is its own action in that round beside an older one of the opponent's: tit for tat repeats its answer, while an
//! alternator keeps alternating. Strategies that look further back ([`MatchView::others_cooperated`]) skip void rounds.
//!
//! The list at the end of this file is the only place that names them all. A strategy brings along its numbers, their
//! bounds and its explanation ([`ListedStrategy`]).

mod behaviour;
mod by_match;
mod list;
mod plugin;
mod seat;
mod sources;
mod states;
mod strategy;
#[cfg(test)]
mod tests;

pub mod automaton;
pub mod axelrod_1980;
pub mod axelrod_1984;
pub mod by_reputation;
pub mod counting;
pub mod counts;
pub mod defined;
pub mod explain;
pub mod facts;
pub mod grudging;
pub mod memory;
pub mod memory_one;
pub mod probing;
pub mod reciprocal;
pub mod unconditional;
pub mod view;

pub use automaton::{Automaton, AutomatonState};
pub use behaviour::behaviour_of;
pub use facts::MatchFacts;
pub use list::Listed;
pub use plugin::ScriptedPlugin;
pub use states::StateRule;
pub use strategy::{Explanation, ForGame, ListedStrategy, MemoryOneRule, Scripted, Strategy};
pub use view::{MatchView, Moves, Recall};

use crate::fault::Fault;
use crate::numbers::Number;
use crate::rng::{Purpose, Stream, StreamKey, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

list::strategies! {
    unconditional::constant::AlwaysCooperate,
    unconditional::constant::AlwaysDefect,
    unconditional::constant::Random(Random),
    unconditional::alternator::Alternator,
    unconditional::cycler::Cycler(Cycler),
    unconditional::cycler::AntiCycler,
    unconditional::fading::WorseAndWorse,
    unconditional::fading::BetterAndBetter,
    reciprocal::tit_for_tat::TitForTat,
    reciprocal::tit_for_tat::SuspiciousTitForTat,
    reciprocal::tit_for_tat::GenerousTitForTat(GenerousTitForTat),
    reciprocal::two_tats::TitForTwoTats,
    reciprocal::two_tats::TwoTitsForTat,
    reciprocal::two_tats::SlowTitForTat,
    reciprocal::hard::HardTitForTat,
    reciprocal::hard::HardTitForTwoTats,
    reciprocal::counted::TitsForTats(TitsForTats),
    reciprocal::contrite::ContriteTitForTat,
    reciprocal::gradual::Gradual,
    reciprocal::gradual::OriginalGradual,
    reciprocal::gradual::Shubik,
    reciprocal::forgiving::Forgiver,
    reciprocal::forgiving::ForgivingTitForTat,
    reciprocal::omega::OmegaTitForTat,
    reciprocal::adaptive::AdaptiveTitForTat(AdaptiveTitForTat),
    reciprocal::pavlov::AdaptivePavlov,
    reciprocal::sneaky::SneakyTitForTat,
    reciprocal::random::RandomTitForTat(RandomTitForTat),
    reciprocal::random::DynamicTwoTitsForTat,
    memory_one::win_stay_lose_shift::WinStayLoseShift,
    memory_one::win_stay_lose_shift::StochasticWinStayLoseShift(StochasticWinStayLoseShift),
    memory_one::win_stay_lose_shift::WinShiftLoseStay,
    memory_one::firm_but_fair::FirmButFair(FirmButFair),
    memory_one::contrary::Bully,
    memory_one::contrary::AntiTitForTat,
    memory_one::contrary::Negation,
    memory_one::joss::Joss(Joss),
    memory_one::joss::SoftJoss(SoftJoss),
    memory_one::joss::NaiveProber(NaiveProber),
    memory_one::grofman::Grofman,
    memory_one::mutual::Desperate,
    memory_one::mutual::Hopeless,
    memory_one::mutual::Willing,
    memory_one::repeat::Repeat(Repeat),
    memory_one::repeat::Appeaser,
    memory_one::zero_determinant::Extortion(Extortion),
    memory_one::zero_determinant::GenerousZeroDeterminant(GenerousZeroDeterminant),
    memory_one::zero_determinant::Equaliser(Equaliser),
    memory_one::zero_determinant::OptimalGenerousTitForTat,
    memory_one::vector::MemoryOne(MemoryOne),
    grudging::grim::Grim,
    grudging::grim::Aggravater,
    grudging::reversed::OppositeGrudger,
    grudging::reversed::EasyGo,
    grudging::punishment::SoftGrudger,
    grudging::punishment::ForgetfulGrudger,
    grudging::punishment::OnceBitten,
    grudging::punishment::Punisher,
    grudging::fool_me_once::FoolMeOnce,
    grudging::spiteful::SpitefulTitForTat,
    grudging::backstabber::BackStabber,
    grudging::backstabber::EugineNier,
    counting::adaptive::Adaptive,
    counting::average::AverageCopier,
    counting::average::NiceAverageCopier,
    counting::average::Inverse,
    counting::majority::GoByMajority(GoByMajority),
    counting::majority::ShortMemory,
    counting::mood::Grumpy,
    counting::punisher::LevelPunisher,
    counting::punisher::TrickyLevelPunisher,
    counting::resurrection::Resurrection,
    counting::resurrection::DoubleResurrection,
    counting::retaliate::Retaliate(Retaliate),
    counting::retaliate::LimitedRetaliate(LimitedRetaliate),
    counting::share::Doubler,
    counting::share::VeryBad,
    counting::tricky::TrickyCooperator,
    counting::tricky::TrickyDefector,
    probing::prober::Prober,
    probing::prober::Prober2,
    probing::prober::Prober3,
    probing::prober::HardProber,
    probing::prober4::Prober4,
    probing::remorseful::RemorsefulProber(RemorsefulProber),
    probing::detective::Detective,
    probing::handshake::Handshake,
    probing::handshake::CollectiveStrategy,
    probing::opening::GradualKiller,
    axelrod_1980::davis::Davis(Davis),
    axelrod_1980::downing::Downing,
    axelrod_1980::feld::Feld,
    axelrod_1980::graaskamp::Graaskamp,
    axelrod_1980::nydegger::Nydegger,
    axelrod_1980::stein_and_rapoport::SteinAndRapoport,
    axelrod_1980::tideman_and_chieruzzi::TidemanAndChieruzzi,
    axelrod_1980::tullock::Tullock,
    axelrod_1984::black::Black,
    axelrod_1984::cave::Cave,
    axelrod_1984::champion::Champion,
    axelrod_1984::eatherley::Eatherley,
    axelrod_1984::getzler::Getzler,
    axelrod_1984::gladstein::Gladstein,
    axelrod_1984::grofman::SecondGrofman,
    axelrod_1984::leyvraz::Leyvraz,
    axelrod_1984::mikkelson::Mikkelson,
    axelrod_1984::revised_downing::RevisedDowning,
    axelrod_1984::tester::Tester,
    axelrod_1984::tranquilizer::Tranquilizer,
    axelrod_1984::weiner::Weiner,
    axelrod_1984::white::White,
    by_reputation::discriminator::Discriminator,
    by_reputation::discriminator::ParadoxicalDiscriminator,
    defined::all_or_none::AllOrNone2,
    defined::all_or_none::DelayedAllOrNone,
    defined::capri::Capri,
    defined::mem2::Mem2,
    defined::winners::Winner12,
    defined::winners::Winner21,
    defined::published::Fortress3,
    defined::published::Fortress4,
    defined::published::Predator,
    defined::published::Pun1,
    defined::published::Raider,
    defined::published::Ripoff,
    defined::published::SolutionB1,
    defined::published::Thumper,
    defined::published::UsuallyCooperates,
    defined::published::UsuallyDefects,
    defined::look_up::LookUp(LookUp),
    defined::machine::Machine(Machine),
    defined::drawn::RandomMemoryOne(RandomMemoryOne),
    defined::drawn::RandomLookUp(RandomLookUp),
    defined::drawn::RandomMachine(RandomMachine),
}

impl StrategySpec {
    /// Its numbers, and what each may be.
    pub fn numbers(&self) -> Vec<Number> {
        self.any().numbers()
    }

    /// Whether it has a probability of cooperation for every outcome of the last round.
    pub fn is_memory_one(&self) -> bool {
        let strategy = self.build(&MatchFacts::AXELROD, &mut member_stream(0, 0));
        strategy.is_ok_and(|strategy| Recall::ALL.iter().all(|&recall| strategy.cooperation(recall).is_some()))
    }

    /// The strategy that it names, in matches of which `facts` is known, for the member of a population whose stream is
    /// `member`. Probabilities outside 0 to 1 act like the nearer of the two.
    ///
    /// # Errors
    /// If there is no such strategy in this game.
    pub fn build(&self, facts: &MatchFacts, member: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        self.any().made(facts, member)
    }

    /// Its name in outputs.
    pub fn name(&self) -> &'static str {
        self.listed().explanation.name
    }
}

/// The stream from which a strategy is drawn for the agent of number `agent`.
pub fn member_stream(seed: u64, agent: u32) -> Stream {
    stream(seed, Purpose::plugin("strategies"), StreamKey { agent, ..StreamKey::default() })
}
