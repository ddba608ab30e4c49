//! The findings as tidy tables.

use super::findings::Findings;
use super::game::MetaGame;
use super::numbers::{Numbers, VERDICTS};
use super::options::Options;
use super::types::Player;
use crate::dynamics::compositions::Compositions;

/// The files that not every empirical game has.
pub const OPTIONAL: [&str; 6] = [CHAIN, MUTATOR, MEASURES, SAMPLED, GROUPS, NFG];
const CHAIN: &str = "full_chain.csv";
const MUTATOR: &str = "replicator_mutator.csv";
const MEASURES: &str = "measures.csv";
const SAMPLED: &str = "sampled.csv";
const GROUPS: &str = "groups.csv";
/// The game as Gambit reads it.
pub const NFG: &str = "game.nfg";

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Name of its file.
    pub file: &'static str,
    /// The heading.
    pub heads: Vec<String>,
    /// The rows; an empty cell says that there is no value.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    fn new(file: &'static str, heads: &[&str]) -> Self {
        Self { file, heads: heads.iter().map(|head| (*head).to_owned()).collect(), rows: Vec::new() }
    }

    /// The table as CSV.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let whole = "writing to memory cannot fail";
        writer.write_record(&self.heads).expect(whole);
        for row in &self.rows {
            writer.write_record(row).expect(whole);
        }
        String::from_utf8(writer.into_inner().expect(whole)).expect("the cells are text")
    }
}

/// All tables of `findings` from `game`.
pub fn tables(game: &MetaGame, options: &Options, findings: &Findings) -> Vec<Table> {
    let all = All { game, options, findings };
    let mut tables = vec![
        all.players(),
        all.fixation(),
        all.long_run(),
        all.cooperation(),
        all.verdicts(),
        all.replicator("replicator.csv", |numbers| &numbers.replicator),
        all.rest_points(),
    ];
    match game.groups() {
        Some(others) => tables.push(all.groups(others)),
        None => tables.extend([all.measures(), all.sampled()]),
    }
    if !findings.value.mutator.is_empty() {
        tables.push(all.replicator(MUTATOR, |numbers| &numbers.mutator));
    }
    if options.mutation > 0.0 {
        tables.push(all.full_chain());
    }
    tables
}

struct All<'a> {
    game: &'a MetaGame,
    options: &'a Options,
    findings: &'a Findings,
}

impl All<'_> {
    fn name(&self, number: usize) -> String {
        self.game.types[number].name.clone()
    }

    fn types(&self) -> std::ops::Range<usize> {
        0..self.game.types.len()
    }

    /// A value with the ends of its interval.
    fn with_ends(&self, of: impl Fn(&Numbers) -> f64) -> [String; 3] {
        let Findings { value, ends, .. } = self.findings;
        let [low, high] = match ends {
            Some([low, high]) => [number(of(low)), number(of(high))],
            None => Default::default(),
        };
        [number(of(value)), low, high]
    }

    /// Every size and strength, by number.
    fn grid(&self) -> impl Iterator<Item = (usize, usize)> {
        let strengths = self.options.strengths.len();
        (0..self.options.sizes.len()).flat_map(move |n| (0..strengths).map(move |b| (n, b)))
    }

    /// The cells that say where in the grid a row is.
    fn place(&self, n: usize, b: usize) -> [String; 2] {
        [self.options.sizes[n].to_string(), number(self.options.strengths[b])]
    }

    fn players(&self) -> Table {
        let heads = ["type", "policy", "run", "seed", "members", "states"];
        let mut table = Table::new("players.csv", &heads);
        for of in &self.game.types {
            for replicate in &of.replicates {
                let states = replicate
                    .members
                    .iter()
                    .map(Player::states)
                    .collect::<Option<Vec<_>>>()
                    .and_then(|all| all.into_iter().max());
                table.rows.push(vec![
                    of.name.clone(),
                    of.policy.clone(),
                    replicate.source.clone(),
                    replicate.seed.map_or_else(String::new, |seed| seed.to_string()),
                    replicate.members.len().to_string(),
                    states.map_or_else(String::new, |states| states.to_string()),
                ]);
            }
        }
        table
    }

    fn measures(&self) -> Table {
        let mut table = Table::new(MEASURES, &["type", "opponent", "measure", "value", "low", "high"]);
        for (number, measure) in self.game.measures.iter().enumerate() {
            let pairs = self.types().flat_map(|i| self.types().map(move |j| (i, j)));
            for (i, j) in pairs.filter(|(i, _)| measure.has[*i]) {
                let mut row = vec![self.name(i), self.name(j), measure.name.clone()];
                row.extend(self.with_ends(|numbers| numbers.measures[number][i][j]));
                table.rows.push(row);
            }
        }
        table
    }

    /// What each type gets beside each composition of `others`, in a column for each number of them.
    fn groups(&self, others: &Compositions) -> Table {
        let mut heads = vec!["type".to_owned()];
        heads.extend(self.types().map(|of| format!("others_{}", self.name(of))));
        heads.extend(["measure".to_owned(), "value".to_owned()]);
        let mut table = Table { file: GROUPS, heads, rows: Vec::new() };
        for (number, measure) in self.game.measures.iter().enumerate() {
            for i in self.types() {
                for (counts, value) in others.iter().zip(&self.findings.value.measures[number][i]) {
                    let mut row = vec![self.name(i)];
                    row.extend(counts.iter().map(u32::to_string));
                    row.extend([measure.name.clone(), self::number(*value)]);
                    table.rows.push(row);
                }
            }
        }
        table
    }

    fn sampled(&self) -> Table {
        let heads = ["type", "seed", "opponent", "opponent_seed", "matches", "payoff", "standard_error"];
        let mut table = Table::new(SAMPLED, &heads);
        let seed = |(of, number): (usize, usize)| {
            self.game.types[of].replicates[number].seed.map_or_else(String::new, |seed| seed.to_string())
        };
        for payoff in &self.game.sampled {
            table.rows.push(vec![
                self.name(payoff.own.0),
                seed(payoff.own),
                self.name(payoff.opponent.0),
                seed(payoff.opponent),
                payoff.matches.to_string(),
                number(payoff.mean),
                number(payoff.standard_error),
            ]);
        }
        table
    }

    fn fixation(&self) -> Table {
        let heads = ["mutant", "resident", "population", "strength", "probability", "low", "high"];
        let mut table = Table::new("fixation.csv", &heads);
        for (n, b) in self.grid() {
            for (i, j) in self.types().flat_map(|i| self.types().map(move |j| (i, j))).filter(|(i, j)| i != j) {
                let mut row = vec![self.name(j), self.name(i)];
                row.extend(self.place(n, b));
                row.extend(self.with_ends(|numbers| numbers.fixation[n][b][i][j]));
                table.rows.push(row);
            }
        }
        table
    }

    fn long_run(&self) -> Table {
        let heads = [
            "type",
            "population",
            "strength",
            "share",
            "share_low",
            "share_high",
            "local_alpha_rank",
            "local_alpha_rank_low",
            "local_alpha_rank_high",
        ];
        let mut table = Table::new("long_run.csv", &heads);
        for (n, b) in self.grid() {
            for i in self.types() {
                let mut row = vec![self.name(i)];
                row.extend(self.place(n, b));
                row.extend(self.with_ends(|numbers| numbers.long_run[n][b][i]));
                row.extend(self.with_ends(|numbers| numbers.local_alpha_rank[n][b][i]));
                table.rows.push(row);
            }
        }
        table
    }

    fn cooperation(&self) -> Table {
        let mut table = Table::new("cooperation.csv", &["population", "strength", "cooperation", "low", "high"]);
        for (n, b) in self.grid() {
            let mut row = self.place(n, b).to_vec();
            row.extend(self.with_ends(|numbers| numbers.cooperation[n][b]));
            table.rows.push(row);
        }
        table
    }

    /// The chain over all compositions, beside what rare mutants give; no rows where it is not computed.
    fn full_chain(&self) -> Table {
        let heads = ["population", "strength", "mutation", "measure", "type", "value", "low", "high", "rare_mutants"];
        let mut table = Table::new(CHAIN, &heads);
        let value = &self.findings.value;
        for (n, b) in self.grid().filter(|&(n, _)| !value.chain[n].is_empty()) {
            let mut add = |measure: &str, of: String, ends: [String; 3], rare: f64| {
                let mut row = self.place(n, b).to_vec();
                row.extend([number(self.options.mutation), measure.to_owned(), of]);
                row.extend(ends);
                row.push(number(rare));
                table.rows.push(row);
            };
            for i in self.types() {
                let ends = self.with_ends(|numbers| numbers.chain[n][b][i]);
                add("share", self.name(i), ends, value.long_run[n][b][i]);
            }
            let ends = self.with_ends(|numbers| numbers.chain_cooperation[n][b]);
            add("cooperation", String::new(), ends, value.cooperation[n][b]);
        }
        table
    }

    fn verdicts(&self) -> Table {
        let mut table = Table::new("verdicts.csv", &["type", "verdict", "holds", "support"]);
        for i in self.types() {
            for (number, verdict) in VERDICTS.iter().enumerate() {
                let support = self.findings.support.as_ref().map(|support| support[number][i]);
                table.rows.push(vec![
                    self.name(i),
                    verdict.name.to_owned(),
                    (self.findings.value.verdicts[number][i] > 0.5).to_string(),
                    support.map_or_else(String::new, self::number),
                ]);
            }
        }
        table
    }

    /// Shares over time, which `of` finds among the numbers.
    fn replicator(&self, file: &'static str, of: fn(&Numbers) -> &Vec<Vec<f64>>) -> Table {
        let mut table = Table::new(file, &["time", "type", "share", "low", "high"]);
        for (at, time) in self.findings.times.iter().enumerate() {
            for i in self.types() {
                let mut row = vec![number(*time), self.name(i)];
                row.extend(self.with_ends(|numbers| of(numbers)[i][at]));
                table.rows.push(row);
            }
        }
        table
    }

    fn rest_points(&self) -> Table {
        let mut table = Table::new("rest_points.csv", &["point", "type", "share", "stability", "basin"]);
        for (place, point) in self.findings.rest_points.iter().enumerate() {
            for i in self.types().filter(|&i| point.shares[i] > 0.0) {
                table.rows.push(vec![
                    place.to_string(),
                    self.name(i),
                    number(point.shares[i]),
                    point.stability.to_owned(),
                    point.basin.map_or_else(String::new, number),
                ]);
            }
        }
        table
    }
}

/// A number in the fewest digits that give it back; empty if there is none.
fn number(value: f64) -> String {
    if value.is_nan() { String::new() } else { format!("{value:?}") }
}
