//! The curves of `strategy_evolution.csv`: every numeric column by population, some members of each, and the rows of
//! the last tick.

use super::ReportError;
use super::table::{Names, Place, Table};
use super::ticks::{Axis, Series, Ticks};
use crate::files::NOT_NUMBERS;
use std::path::Path;

/// The probabilities of cooperating.
const PROBABILITIES: [&str; 5] = ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];
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
    /// Where its probabilities come from.
    pub(super) source: String,
    /// Number of members.
    pub(super) members: usize,
    /// Whether a member's probabilities of cooperating change. Those that are counted also change by chance.
    pub(super) changes: bool,
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
    /// The columns with curves.
    pub(super) drawn: Drawn,
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

/// The columns of a table that are drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Their names.
    pub(super) columns: Vec<String>,
    /// Number of columns of plugins for which there is no room.
    pub(super) left_out: usize,
}

impl Drawn {
    /// The numeric columns among `heads`, and of those that `is_added` by plugins the first [`ADDED_MAX`].
    pub(super) fn of(heads: &[String], is_added: impl Fn(&str) -> bool) -> Self {
        let mut drawn = Self::default();
        let mut added = 0;
        for head in heads.iter().filter(|head| !NOT_NUMBERS.contains(&head.as_str())) {
            added += usize::from(is_added(head));
            if is_added(head) && added > ADDED_MAX {
                drawn.left_out += 1;
            } else {
                drawn.columns.push(head.clone());
            }
        }
        drawn
    }
}

/// The places of the columns that identify a row.
struct Places {
    agent: Place,
    population: Place,
    source: Place,
    probabilities: [Place; 5],
    drawn: Vec<Place>,
}

impl Evolution {
    /// Reads the table at `path`. A column that `is_added` is a plugin's.
    pub(super) fn read(path: &Path, is_added: impl Fn(&str) -> bool) -> Result<Self, ReportError> {
        Self::read_columns(path, |heads| Drawn::of(heads, &is_added), MEANS_MAX, MEMBERS_MAX)
    }

    /// Reads the columns that `choose` takes of the table's, with curves of at most about `numbers` numbers together
    /// and at most `members_max` members of each population.
    pub(super) fn read_columns(
        path: &Path,
        choose: impl Fn(&[String]) -> Drawn,
        numbers: usize,
        members_max: usize,
    ) -> Result<Self, ReportError> {
        let table = Table::open(path)?;
        let drawn = choose(table.columns());
        let place = |column: &str| table.place(column);
        let places = Places {
            agent: place("agent"),
            population: place("population"),
            source: place("p_c_source"),
            probabilities: PROBABILITIES.map(place),
            drawn: drawn.columns.iter().map(|column| place(column)).collect(),
        };
        let heads = table.columns().to_vec();
        let Survey { ticks, names, members } = survey(path, places.population)?;
        let kept = members.len().min(POPULATIONS_MAX);
        let ticks = ticks.fit(kept * drawn.columns.len(), numbers);
        let several = members.iter().take(kept).filter(|members| **members > 1).count();
        let each = MEMBER_NUMBERS_MAX / (several * drawn.columns.len() * ticks.points()).max(1);
        let mut evolution = Self {
            axis: Axis::default(),
            populations: vec![Population::default(); kept],
            populations_all: members.len(),
            heads,
            last: Vec::new(),
            agents_all: 0,
            drawn,
            ticks,
        };
        for (number, population) in evolution.populations.iter_mut().enumerate() {
            population.name.clone_from(&names.names()[number]);
            population.members = members[number];
            population.means = vec![Series::default(); evolution.drawn.columns.len()];
        }
        evolution.fill(path, &places, &names, each.min(members_max))?;
        Ok(evolution)
    }

    /// Adds up every row, and keeps those of the last tick.
    fn fill(&mut self, path: &Path, places: &Places, names: &Names, members_max: usize) -> Result<(), ReportError> {
        let ticks = self.ticks.clone();
        let room = Room::new(names.names().len());
        let mut kept = vec![0; names.names().len()];
        // Agents come in the same order in every tick: (first known probabilities, place among the members) by place in
        // the tick.
        let mut seats: Vec<([f64; 5], usize)> = Vec::new();
        let mut counts = vec![0; names.names().len()];
        let (mut seat, mut current) = (0, 0);
        ticks.each(path, |number, row| {
            seat = if number == current { seat } else { 0 };
            current = number;
            let point = number / ticks.per_point;
            self.axis.note(point, row.tick());
            // A run that resumes while this is read may have other populations than a moment ago.
            let Some(population) = names.find(row.text(places.population)) else { return };
            if seat == seats.len() {
                seats.push(([f64::NAN; 5], counts[population]));
                counts[population] += 1;
            }
            let (first, member) = &mut seats[seat];
            let member = *member;
            let changes = change(first, places.probabilities.map(|place| row.number(place)));
            seat += 1;
            if number + 1 == ticks.recorded {
                self.agents_all += 1;
                kept[population] += 1;
                if room.has(kept[population], self.last.len()) {
                    self.last.push(row.texts());
                }
            }
            let columns = self.drawn.columns.len();
            let Some(entry) = self.populations.get_mut(population) else { return };
            row.text(places.source).clone_into(&mut entry.source);
            entry.changes |= changes;
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

/// Whether a number among `now` differs from the first that was known; notes those that are the first.
fn change(first: &mut [f64; 5], now: [f64; 5]) -> bool {
    let mut changes = false;
    for (first, now) in first.iter_mut().zip(now) {
        if first.is_nan() {
            *first = now;
        }
        changes |= !now.is_nan() && *first != now;
    }
    changes
}

/// A first look at the table.
struct Survey {
    ticks: Ticks,
    /// The populations in order of appearance.
    names: Names,
    /// How many members each has in the first tick.
    members: Vec<usize>,
}

/// Looks at every row once; `place` is the column of populations.
fn survey(path: &Path, place: Place) -> Result<Survey, ReportError> {
    let mut names = Names::up_to(usize::MAX);
    let mut members: Vec<usize> = Vec::new();
    let ticks = Ticks::read(path, |number, row| {
        let Some(population) = names.number(row.text(place)) else { return };
        if population == members.len() {
            members.push(0);
        }
        members[population] += usize::from(number == 0);
    })?;
    Ok(Survey { ticks, names, members })
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
