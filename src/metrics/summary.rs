//! What the populations of a run have become, for the table it ends with.

use super::evolution::EvolutionRow;
use super::nearest_strategy;
use crate::text::{TERMINAL_WIDTH, shortened, wrapped};
use crate::world::{Account, Clock, ReadOutSource, Workers, add_accounts};
use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What the members of a population have become, and what they did in the last tenth of the ticks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PopulationSummary {
    /// Name of the population.
    pub population: String,
    /// Members.
    pub members: usize,
    /// Probability of cooperating in the first round and after CC, CD, DC, DD, as the last tick was played: that of the
    /// member with the smallest, and that of the member with the greatest. NaN if no member has such a number.
    pub p_cooperate: [[f64; 2]; 5],
    /// Whether these are shares of the last tick's decisions, because some member reveals nothing else.
    pub is_counted: bool,
    /// The nearest known strategies and how many members are nearest to each, the most common one first.
    pub nearest: Vec<(String, usize)>,
    /// Decisions of all members in the last tenth of the ticks.
    pub decisions: u64,
    /// Of these, those that named no action.
    pub illegal: u64,
    /// Decisions in rounds that were void.
    pub void: u64,
    /// Legal actions that were cooperative.
    pub cooperations: u64,
    /// Sum of payoffs.
    pub payoff: f64,
}

/// The populations at the end of a run, or so far.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    /// The populations, in the order of the scenario, as of the last recorded tick.
    pub populations: Vec<PopulationSummary>,
    /// The first and the last tick whose decisions are counted.
    pub ticks: Option<(u32, u32)>,
    /// Players per match.
    pub seats: usize,
    /// What every agent did in those ticks, by agent number.
    pub(super) accounts: Vec<Account>,
}

impl Summary {
    /// Counts what the agents did in this tick, if it is among the last tenth of the run's.
    pub(super) fn count(&mut self, clock: &Clock, accounts: &[Account], workers: Option<&Workers>) {
        if clock.tick < clock.ticks - clock.ticks.div_ceil(10).min(clock.ticks) {
            return;
        }
        let first = self.ticks.map_or(clock.tick, |(first, _)| first);
        self.ticks = Some((first, clock.tick));
        add_accounts(&mut self.accounts, accounts, workers);
    }

    /// The table: a line per population, and a second one where its members differ.
    pub fn table(&self) -> String {
        if self.populations.is_empty() {
            return String::new();
        }
        let rows: Vec<[String; COLUMNS]> = self.populations.iter().flat_map(lines).collect();
        let heads = HEADS.map(String::from);
        let mut widths = [0; COLUMNS];
        for row in rows.iter().chain([&heads]) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        fit(&mut widths);
        let mut out = line(&heads, &widths);
        let _ = writeln!(out, "{}", "-".repeat(widths.iter().sum::<usize>() + GAPS.iter().sum::<usize>()));
        rows.iter().for_each(|row| out += &line(row, &widths));
        out + &self.notes().join("\n")
    }

    /// What the columns mean, and what is not in them.
    fn notes(&self) -> Vec<String> {
        let others = if self.seats > 2 { "then all others (C) or none (D)" } else { "then the opponent's" };
        let mut notes = vec![
            "start, CC to DD: probability of cooperating in the first round and after each".to_owned(),
            format!("  outcome (own action, {others}), as in the last tick"),
        ];
        if let Some((first, last)) = self.ticks {
            let when = if first == last { format!("tick {last}") } else { format!("ticks {first} to {last}") };
            notes.push(format!("coop., payoff: share of cooperation and payoff per decision in {when}"));
        }
        if self.populations.iter().any(differs) {
            notes.push("two lines: lowest and highest among the members".into());
        }
        if self.populations.iter().any(|population| population.is_counted) {
            notes.push(format!("{COUNTED} generated answers: counted over the last tick"));
        }
        for (what, count) in [
            ("illegal answers", (|p| p.illegal) as fn(&PopulationSummary) -> u64),
            ("decisions in void rounds", |p| p.void),
        ] {
            let shares = self.populations.iter().filter(|p| count(p) > 0).map(|p| {
                let percent = 100.0 * count(p) as f64 / p.decisions as f64;
                format!("{} {percent:.1} %", shortened(&p.population, NAME_MAX))
            });
            let shares: Vec<String> = shares.collect();
            if !shares.is_empty() {
                notes.extend(wrapped(&format!("{what}: {}", shares.join(", ")), "  "));
            }
        }
        notes
    }
}

const COLUMNS: usize = 10;
const HEADS: [&str; COLUMNS] = ["population", "n", "start", "CC", "CD", "DC", "DD", "nearest", "coop.", "payoff"];
/// Blanks before each column.
const GAPS: [usize; COLUMNS] = [0, 2, 2, 1, 1, 1, 1, 2, 2, 2];
/// Columns whose cells begin at the left.
const LEFT: [usize; 2] = [0, NEAREST];
const NEAREST: usize = 7;
/// Longer names are shortened.
const NAME_MAX: usize = 20;
/// Names keep this width, whatever else there is to show.
const NAME_MIN: usize = 10;
/// Marks what was counted.
const COUNTED: char = '*';

/// Makes room for everything in the width of a terminal by shortening names and, if need be, strategies.
fn fit(widths: &mut [usize; COLUMNS]) {
    widths[0] = widths[0].min(NAME_MAX);
    let all = |widths: &[usize; COLUMNS]| widths.iter().sum::<usize>() + GAPS.iter().sum::<usize>();
    for (column, least) in [(0, NAME_MIN), (NEAREST, NAME_MIN)] {
        let excess = all(widths).saturating_sub(TERMINAL_WIDTH);
        widths[column] -= excess.min(widths[column].saturating_sub(least));
    }
}

/// Whether the members are told apart by what the table shows.
fn differs(population: &PopulationSummary) -> bool {
    let is_wide = |[low, high]: &[f64; 2]| shown(*low) != shown(*high);
    population.nearest.len() > 1 || population.p_cooperate.iter().any(is_wide)
}

/// The lines of a population.
fn lines(summary: &PopulationSummary) -> Vec<[String; COLUMNS]> {
    let PopulationSummary { population, members, p_cooperate, nearest, decisions, illegal, cooperations, .. } = summary;
    let name = if summary.is_counted { format!("{population}{COUNTED}") } else { population.clone() };
    let legal = (decisions - illegal) as f64;
    let numbers = |which: usize| p_cooperate.map(|range| shown(range[which]));
    let row = |name: String, members: String, [start, cc, cd, dc, dd]: [String; 5], nearest: String, rest: [f64; 2]| {
        let [coop, payoff] = rest.map(|value| if name.is_empty() { String::new() } else { shown(value) });
        [name, members, start, cc, cd, dc, dd, nearest, coop, payoff]
    };
    let strategy = |place: usize| {
        let Some((name, count)) = nearest.get(place) else { return String::new() };
        let more = if place == 1 && nearest.len() > 2 { " …" } else { "" };
        if nearest.len() == 1 && count == members { name.clone() } else { format!("{name} {count}/{members}{more}") }
    };
    let first = if nearest.is_empty() { "-".into() } else { strategy(0) };
    let rest = [*cooperations as f64 / legal, summary.payoff / *decisions as f64];
    let mut lines = vec![row(name, members.to_string(), numbers(0), first, rest)];
    if differs(summary) {
        lines.push(row(String::new(), String::new(), numbers(1), strategy(1), [f64::NAN; 2]));
    }
    lines
}

/// Two decimals, or a dash for a number that no member has.
fn shown(value: f64) -> String {
    if value.is_nan() { "-".into() } else { format!("{value:.2}") }
}

/// One line of aligned cells: words to the left, numbers to the right.
fn line(cells: &[String; COLUMNS], widths: &[usize; COLUMNS]) -> String {
    let mut out = String::new();
    for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        let cell = shortened(cell, width);
        let blanks = " ".repeat(width - cell.chars().count());
        let (before, after) = if LEFT.contains(&column) { ("", &*blanks) } else { (&*blanks, "") };
        let _ = write!(out, "{}{before}{cell}{after}", " ".repeat(GAPS[column]));
    }
    out.trim_end().to_owned() + "\n"
}

/// What a member of a population adds to its summary.
#[derive(Clone)]
pub(super) struct Member {
    p_cooperate: [f64; 5],
    nearest: Option<&'static str>,
    is_counted: bool,
    decisions: u64,
    illegal: u64,
    void: u64,
    cooperations: u64,
    payoff: f64,
}

impl Member {
    /// The agent of `row`; `account` is what it did in the ticks that are counted.
    pub(super) fn of(row: &EvolutionRow, account: Option<&Account>) -> Self {
        let [_, cc, cd, dc, dd] = row.p_cooperate;
        let nearest = nearest_strategy([cc, cd, dc, dd]);
        Self::new(row.p_cooperate, nearest, row.p_source() == Some(ReadOutSource::Counted), account)
    }

    fn new(p_cooperate: [f64; 5], nearest: Option<&'static str>, is_counted: bool, account: Option<&Account>) -> Self {
        let count = |of: fn(&Account) -> u64| account.map_or(0, of);
        Self {
            p_cooperate,
            nearest,
            is_counted,
            decisions: count(|account| account.decisions),
            illegal: count(|account| account.illegal),
            void: count(|account| account.void),
            cooperations: count(|account| account.cooperations),
            payoff: account.map_or(0.0, |account| account.payoff),
        }
    }
}

/// The populations of these members, which are those of all agents in their order, in the order in which each is first
/// met.
pub(super) fn summarise<'a>(members: impl Iterator<Item = (&'a str, Member)>) -> Vec<PopulationSummary> {
    let mut populations: Vec<PopulationSummary> = Vec::new();
    for (name, member) in members {
        // Members of one population follow each other.
        if populations.last().is_none_or(|last| last.population != name) {
            populations.push(PopulationSummary {
                population: name.to_owned(),
                members: 0,
                p_cooperate: [[f64::NAN; 2]; 5],
                is_counted: false,
                nearest: Vec::new(),
                decisions: 0,
                illegal: 0,
                void: 0,
                cooperations: 0,
                payoff: 0.0,
            });
        }
        populations.last_mut().expect("one was just added if there was none").add(&member);
    }
    for population in &mut populations {
        population.nearest.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
    }
    populations
}

impl PopulationSummary {
    fn add(&mut self, member: &Member) {
        self.members += 1;
        self.is_counted |= member.is_counted;
        // The smaller and the greater of two numbers, one of which may be missing.
        for ([low, high], p) in self.p_cooperate.iter_mut().zip(member.p_cooperate) {
            (*low, *high) = (low.min(p), high.max(p));
        }
        if let Some(nearest) = member.nearest {
            match self.nearest.iter_mut().find(|(name, _)| name == nearest) {
                Some((_, count)) => *count += 1,
                None => self.nearest.push((nearest.to_owned(), 1)),
            }
        }
        let Member { decisions, illegal, void, cooperations, payoff, .. } = *member;
        self.decisions += decisions;
        self.illegal += illegal;
        self.void += void;
        self.cooperations += cooperations;
        self.payoff += payoff;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(p_cooperate: [f64; 5], account: Account) -> Member {
        let [_, cc, cd, dc, dd] = p_cooperate;
        Member::new(p_cooperate, nearest_strategy([cc, cd, dc, dd]), false, Some(&account))
    }

    fn account(decisions: u64, illegal: u64, cooperations: u64, payoff: f64) -> Account {
        Account { decisions, illegal, void: illegal, cooperations, payoff, ..Account::default() }
    }

    fn summary(populations: Vec<PopulationSummary>) -> Summary {
        Summary { populations, ticks: Some((10, 11)), seats: 2, accounts: Vec::new() }
    }

    #[test]
    fn the_table_is_what_the_populations_have_become() {
        let none = [f64::NAN; 5];
        let members = [
            ("selfish", member([0.0, 0.004, 0.0, 0.001, 0.0], account(20, 0, 1, 52.0))),
            ("selfish", member([0.001, 0.0, 0.0, 0.0, 0.0], account(20, 0, 0, 52.4))),
            ("payoff_deontological", member([0.15, 0.99, 0.04, 0.89, 0.01], account(20, 0, 8, 46.0))),
            ("payoff_deontological", member([0.75, 1.0, 0.01, 0.98, 0.0], account(20, 0, 14, 46.8))),
            ("two_tits_for_tat", member(none, account(40, 0, 30, 80.0))),
            ("sayers", Member { is_counted: true, ..member([0.5, 1.0, f64::NAN, 0.0, 0.25], account(40, 3, 37, 8.0)) }),
            ("idle", member(none, Account::default())),
        ];
        let expected = "\
population            n  start   CC   CD   DC   DD  nearest        coop.  payoff
--------------------------------------------------------------------------------
selfish               2   0.00 0.00 0.00 0.00 0.00  always_defect   0.03    2.61
payoff_deontological  2   0.15 0.99 0.01 0.89 0.00  tit_for_tat     0.55    2.32
                          0.75 1.00 0.04 0.98 0.01
two_tits_for_tat      1      -    -    -    -    -  -               0.75    2.00
sayers*               1   0.50 1.00    - 0.00 0.25  -               1.00    0.20
idle                  1      -    -    -    -    -  -                  -       -
start, CC to DD: probability of cooperating in the first round and after each
  outcome (own action, then the opponent's), as in the last tick
coop., payoff: share of cooperation and payoff per decision in ticks 10 to 11
two lines: lowest and highest among the members
* generated answers: counted over the last tick
illegal answers: sayers 7.5 %
decisions in void rounds: sayers 7.5 %";
        assert_eq!(summary(summarise(members.into_iter())).table(), expected);
    }

    #[test]
    fn the_table_fits_a_terminal() {
        let names = ["payoff_deontological", "a_population_with_a_name_that_is_long", "a_population_with_another_one"];
        let mut members = Vec::new();
        for name in names {
            for p in [[1.0, 0.0, 0.0, 1.0], [1.0; 4], [0.0; 4]] {
                let [cc, cd, dc, dd] = p;
                members.push((name, member([1.0, cc, cd, dc, dd], account(1000, 1, 10, 123_456.0))));
            }
        }
        let table = summary(summarise(members.into_iter())).table();
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        for words in ["payoff…ogical", "a_popu…", "always_cooperate 1/3", "…"] {
            assert!(table.contains(words), "no {words} in\n{table}");
        }
    }

    #[test]
    fn the_last_tenth_is_counted() {
        let counted = |ticks: u32| {
            let mut summary = Summary::default();
            for tick in 0..ticks {
                summary.count(&Clock { tick, ticks }, &[account(2, 0, 1, 0.0)], None);
            }
            (summary.ticks.unwrap(), summary.accounts[0].decisions)
        };
        assert_eq!(counted(1), ((0, 0), 2));
        assert_eq!(counted(12), ((10, 11), 4));
        assert_eq!(counted(100), ((90, 99), 20));
    }
}
