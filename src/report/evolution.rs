//! The curves of `strategy_evolution.csv`: every numeric column by population, some members of each, and the rows of
//! the last tick.

use super::ReportError;
use super::table::{Place, Table};
use super::ticks::{Axis, Series, Ticks};
use std::collections::BTreeMap;
use std::path::Path;

/// Columns that hold no number to draw.
const NOT_DRAWN: [&str; 12] = [
    "tick",
    "agent",
    "population",
    "policy",
    "p_c_source",
    "nearest_strategy",
    "type",
    "life",
    "parent",
    "born",
    "x",
    "y",
];
/// The most columns of plugins that are drawn, per table: more would make the page large.
pub(super) const ADDED_MAX: usize = 30;
/// The most populations that are drawn.
pub(super) const POPULATIONS_MAX: usize = 64;
/// The most members of a population that are drawn.
const MEMBERS_MAX: usize = 8;
/// The most rows of the last tick.
pub(super) const AGENTS_MAX: usize = 400;
/// The most numbers of all curves of populations, and of all curves of members: each is about 6 bytes of the page.
const MEANS_MAX: usize = 240_000;
const MEMBER_NUMBERS_MAX: usize = 200_000;

/// A population and its curves, column by column.
#[derive(Clone, Debug, Default)]
pub(super) struct Population {
    /// Its name.
    pub(super) name: String,
    /// What its first member plays.
    pub(super) policy: String,
    /// Where its probabilities come from.
    pub(super) source: String,
    /// Number of members.
    pub(super) members: usize,
    /// Whether any member's probabilities change.
    pub(super) learns: bool,
    /// Means over the members.
    pub(super) means: Vec<Series>,
    /// The first members, by name.
    pub(super) agents: Vec<(String, Vec<Series>)>,
}

/// The table of agents.
#[derive(Clone, Debug)]
pub(super) struct Evolution {
    /// The ticks of the table.
    pub(super) ticks: Ticks,
    /// What each point covers.
    pub(super) axis: Axis,
    /// Names of the columns with curves.
    pub(super) columns: Vec<String>,
    /// The populations, in the order of the table, at most [`POPULATIONS_MAX`].
    pub(super) populations: Vec<Population>,
    /// Number of populations in all.
    pub(super) populations_all: usize,
    /// Names of all columns.
    pub(super) heads: Vec<String>,
    /// Rows of the last tick, as many of each population as there is room for.
    pub(super) last: Vec<Vec<String>>,
    /// Number of rows of the last tick in all.
    pub(super) agents_all: usize,
}

/// The numeric columns among `heads`, and of those that `is_added` by plugins the first [`ADDED_MAX`].
pub(super) fn drawn(heads: &[String], is_added: impl Fn(&str) -> bool) -> Vec<String> {
    let mut added = 0;
    let numeric = heads.iter().filter(|head| !NOT_DRAWN.contains(&head.as_str()));
    let fit = numeric.filter(|head| {
        added += usize::from(is_added(head));
        !is_added(head) || added <= ADDED_MAX
    });
    fit.cloned().collect()
}

/// The places of the columns that identify a row.
struct Places {
    agent: Place,
    population: Place,
    policy: Place,
    source: Place,
    p_c_cc: Place,
    drawn: Vec<Place>,
}

impl Evolution {
    /// Reads the table at `path`. A column that `is_added` is a plugin's.
    pub(super) fn read(path: &Path, is_added: impl Fn(&str) -> bool) -> Result<Self, ReportError> {
        Self::read_columns(path, |heads| drawn(heads, &is_added), MEANS_MAX, MEMBERS_MAX)
    }

    /// Reads the columns that `choose` takes of the table's, with curves of at most about `numbers` numbers together
    /// and at most `members_max` members of each population.
    pub(super) fn read_columns(
        path: &Path,
        choose: impl Fn(&[String]) -> Vec<String>,
        numbers: usize,
        members_max: usize,
    ) -> Result<Self, ReportError> {
        let table = Table::open(path)?;
        let columns = choose(table.columns());
        let place = |column: &str| table.place(column);
        let places = Places {
            agent: place("agent"),
            population: place("population"),
            policy: place("policy"),
            source: place("p_c_source"),
            p_c_cc: place("p_c_cc"),
            drawn: columns.iter().map(|column| place(column)).collect(),
        };
        let heads = table.columns().to_vec();
        let Survey { ticks, index, members } = survey(path, places.population)?;
        let kept = index.len().min(POPULATIONS_MAX);
        let ticks = ticks.fit(kept * columns.len(), numbers);
        let several = members.iter().take(kept).filter(|members| **members > 1).count();
        let each = MEMBER_NUMBERS_MAX / (several * columns.len() * ticks.points()).max(1);
        let mut evolution = Self {
            axis: Axis::default(),
            populations: vec![Population::default(); kept],
            populations_all: index.len(),
            heads,
            last: Vec::new(),
            agents_all: 0,
            columns,
            ticks,
        };
        for (name, &number) in index.iter().filter(|(_, number)| **number < kept) {
            let population = &mut evolution.populations[number];
            population.name.clone_from(name);
            population.members = members[number];
            population.means = vec![Series::default(); evolution.columns.len()];
        }
        evolution.fill(path, &places, &index, each.min(members_max))?;
        Ok(evolution)
    }

    /// Adds up every row, and keeps those of the last tick.
    fn fill(
        &mut self,
        path: &Path,
        places: &Places,
        index: &BTreeMap<String, usize>,
        members_max: usize,
    ) -> Result<(), ReportError> {
        let ticks = self.ticks.clone();
        let room = Room::new(index.len());
        let mut kept = vec![0; index.len()];
        // Agents come in the same order in every tick: (p(C|CC), place among the members) by place in the tick.
        let mut seats: Vec<(f64, usize)> = Vec::new();
        let mut counts = vec![0; index.len()];
        let (mut seat, mut current) = (0, 0);
        ticks.each(path, |number, row| {
            seat = if number == current { seat } else { 0 };
            current = number;
            let point = number / ticks.per_point;
            self.axis.note(point, row.tick());
            let population = index[row.text(places.population)];
            if seat == seats.len() {
                seats.push((row.number(places.p_c_cc), counts[population]));
                counts[population] += 1;
            }
            let (before, member) = seats[seat];
            seat += 1;
            if number + 1 == ticks.recorded {
                self.agents_all += 1;
                kept[population] += 1;
                if room.has(kept[population], self.last.len()) {
                    self.last.push(row.texts());
                }
            }
            let columns = self.columns.len();
            let Some(entry) = self.populations.get_mut(population) else { return };
            if entry.policy.is_empty() {
                entry.policy = row.text(places.policy).into();
            }
            row.text(places.source).clone_into(&mut entry.source);
            let now = row.number(places.p_c_cc);
            entry.learns |= before != now && !(before.is_nan() && now.is_nan());
            let is_drawn = entry.members > 1 && member < members_max;
            if is_drawn && entry.agents.len() == member {
                entry.agents.push((row.text(places.agent).into(), vec![Series::default(); columns]));
            }
            for (column, place) in places.drawn.iter().enumerate() {
                let value = row.number(*place);
                entry.means[column].add(point, value);
                if is_drawn && let Some((_, series)) = entry.agents.get_mut(member) {
                    series[column].add(point, value);
                }
            }
        })
    }
}

/// A first look at the table.
struct Survey {
    ticks: Ticks,
    /// The number of each population, in order of appearance.
    index: BTreeMap<String, usize>,
    /// How many members each has in the first tick.
    members: Vec<usize>,
}

/// Looks at every row once; `place` is the column of populations.
fn survey(path: &Path, place: Place) -> Result<Survey, ReportError> {
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    let mut members: Vec<usize> = Vec::new();
    let ticks = Ticks::read(path, |number, row| {
        let name = row.text(place);
        let population = index.get(name).copied().unwrap_or_else(|| {
            index.insert(name.into(), members.len());
            members.push(0);
            members.len() - 1
        });
        members[population] += usize::from(number == 0);
    })?;
    Ok(Survey { ticks, index, members })
}

/// How many rows of the last tick there is room for: all if they fit, else as many of every population.
struct Room {
    of_each: usize,
}

impl Room {
    fn new(populations: usize) -> Self {
        Self { of_each: (AGENTS_MAX / populations.max(1)).max(1) }
    }

    /// Whether there is room for the `number`th row of a population after `rows` rows in all.
    fn has(&self, number: usize, rows: usize) -> bool {
        number <= self.of_each && rows < AGENTS_MAX
    }
}
