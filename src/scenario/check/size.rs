//! Checks that a scenario fits the machine: numbers of agents and matches, memory, tables.

use super::{Checks, KnownGame};
use crate::host;
use crate::scenario::diagnostics::Severity;
use crate::scenario::format::MemorySpec;
use crate::scenario::size::extent::{Extent, TableSize, tables};
use crate::scenario::size::tick;
use crate::scenario::size::tick::Estimate;

/// Tables longer than this are slow to read anywhere.
const ROWS_MAX: u64 = 10_000_000;
/// Tables larger than this take a disk, or the program that opens them, by surprise.
const BYTES_MAX: u64 = 100 << 20;

impl Checks<'_> {
    pub(super) fn size(&mut self, game: Option<&KnownGame>) {
        self.memory_limit();
        let intact = ["rounds", "matchmaking", "populations", "ticks", "output"].iter().all(|p| self.view.intact(p));
        let Some(game) = game.filter(|_| intact) else { return };
        let Some(matchmaker) = &self.matchmaker else { return };
        let estimate = tick::estimate(self.spec, &game.observations(), game.seats, &**matchmaker);
        if self.numbers_run_out(&estimate.extent) {
            return;
        }
        match self.known.memory_available.filter(|available| estimate.bytes > *available) {
            Some(available) => self.memory(&estimate, available),
            None => self.tables(&estimate.extent),
        }
    }

    /// Whether there are more agents or seats than there are numbers for them; reports it if so.
    fn numbers_run_out(&mut self, extent: &Extent) -> bool {
        let message = if extent.agents >= tick::NUMBERS {
            format!("{} agents are more than can be numbered", extent.agents)
        } else if extent.seats_taken() >= tick::NUMBERS {
            format!("{} matches of {} seats are more than can be numbered in a tick", extent.matches, extent.seats)
        } else {
            return false;
        };
        let help = "fewer members (`count`), or `matchmaking: RandomPairs(repeats: 1)`".to_owned();
        let label = format!("expected fewer than {}", tick::NUMBERS);
        self.report(Severity::Error, "populations", message, label, Some(help));
        true
    }

    fn memory(&mut self, estimate: &Estimate, available: u64) {
        let Estimate { extent: Extent { agents, matches, seats, rounds }, .. } = *estimate;
        let needs = |bytes: u64, what: &str| {
            format!("needs {} for {what}, {} are free", host::readable(bytes), host::readable(available))
        };
        if estimate.people > available {
            let message = format!("{agents} agents in {matches} matches per tick do not fit into memory");
            let help = "fewer members (`count`) would fit, or `matchmaking: RandomPairs(repeats: 1)`".to_owned();
            let label = needs(estimate.people, "them");
            self.report(Severity::Error, "populations", message, label, Some(help));
            return;
        }
        let per_round = round_bytes(estimate).max(1);
        let message = format!("a tick of {matches} matches × {seats} seats × {rounds} rounds does not fit into memory");
        let help = match (available - estimate.people) / per_round {
            0 => "fewer agents would fit, or `matchmaking: RandomPairs(repeats: 1)`".to_owned(),
            rounds => format!("{rounds} rounds would fit, or fewer agents"),
        };
        self.report(Severity::Error, "rounds", message, needs(estimate.bytes, "its history"), Some(help));
    }

    fn memory_limit(&mut self) {
        let MemorySpec::GiB(amount) = self.spec.memory else { return };
        let path = "memory.GiB";
        self.positive(path, "memory", amount);
        let available = self.known.memory_available.unwrap_or(u64::MAX);
        if amount.is_finite() && host::gibibytes(amount) > available {
            let message = format!("`memory` allows {amount} GiB, and less is free");
            self.warn(path, message, format!("{} are free now", host::readable(available)));
        }
    }

    fn tables(&mut self, extent: &Extent) {
        let is_huge = |table: &TableSize| table.rows > ROWS_MAX || table.bytes > BYTES_MAX;
        for TableSize { file, field, rows, bytes } in tables(self.spec, extent).into_iter().filter(is_huge) {
            let message = format!("{file} will have about {rows} rows, {}", host::readable(bytes));
            let help = match field {
                "output.every" => "`output: (every: 1000)` writes a row per agent for a thousand ticks".to_owned(),
                field => format!("leave out `{field}`, or run fewer ticks"),
            };
            self.report(Severity::Warning, field, message, "large to keep and slow to read".into(), Some(help));
        }
    }
}

/// Bytes of one round of every match.
fn round_bytes(estimate: &Estimate) -> u64 {
    estimate.extent.seats_taken().saturating_mul(estimate.bytes_per_decision)
}
