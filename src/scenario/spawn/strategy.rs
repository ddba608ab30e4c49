//! From a strategy's name in a scenario to the strategy.

use crate::policies::scripted::Strategy;
use crate::policies::scripted::alternator::Alternator;
use crate::policies::scripted::constant::{AlwaysCooperate, AlwaysDefect, Random};
use crate::policies::scripted::grim::Grim;
use crate::policies::scripted::memory_one::MemoryOne;
use crate::policies::scripted::tit_for_tat::{
    GenerousTitForTat, SuspiciousTitForTat, TitForTat, TitForTwoTats, TwoTitsForTat,
};
use crate::policies::scripted::win_stay_lose_shift::WinStayLoseShift;
use crate::scenario::format::StrategySpec;

/// The strategy that `spec` names. Probabilities outside 0 to 1 act as the nearer of the two.
pub fn strategy(spec: &StrategySpec) -> Box<dyn Strategy> {
    match *spec {
        StrategySpec::AlwaysCooperate => Box::new(AlwaysCooperate),
        StrategySpec::AlwaysDefect => Box::new(AlwaysDefect),
        StrategySpec::Random { p } => Box::new(Random { p }),
        StrategySpec::TitForTat => Box::new(TitForTat),
        StrategySpec::SuspiciousTitForTat => Box::new(SuspiciousTitForTat),
        StrategySpec::GenerousTitForTat { p } => Box::new(GenerousTitForTat { p }),
        StrategySpec::TitForTwoTats => Box::new(TitForTwoTats),
        StrategySpec::TwoTitsForTat => Box::new(TwoTitsForTat),
        StrategySpec::Grim => Box::new(Grim),
        StrategySpec::WinStayLoseShift => Box::new(WinStayLoseShift),
        StrategySpec::Alternator => Box::new(Alternator),
        StrategySpec::MemoryOne { start, cc, cd, dc, dd } => Box::new(MemoryOne { start, cc, cd, dc, dd }),
    }
}
