//! `selections.csv`: how often agents picked each other as partners.

use super::column::{Column, Table};

/// An agent that picks or is picked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Party<'a> {
    /// Name of the agent.
    pub name: &'a str,
    /// Name of its population.
    pub population: &'a str,
}

/// The data behind the row of an ordered pair of agents.
#[derive(Clone, Copy, Debug)]
pub(super) struct SelectionRow<'a> {
    /// The last tick of the row.
    pub tick: u32,
    /// The agent that picks.
    pub selector: Party<'a>,
    /// The agent that is picked.
    pub selected: Party<'a>,
    /// Number of picks.
    pub count: u64,
}

/// The table: one row per recorded tick and ordered pair of agents. Pairs that never met by choice have a row too.
pub(super) struct Selections;

impl Table for Selections {
    const FILE: &'static str = "selections.csv";
    type Row<'a> = SelectionRow<'a>;
    const COLUMNS: &'static [Column<Self>] = &[
        Column::whole("tick", "the tick, or the last of those that the row covers", |row| row.tick.to_string()),
        Column::text("selector", "the agent that picks", |row| row.selector.name.to_owned()),
        Column::text("selector_population", "its population", |row| row.selector.population.to_owned()),
        Column::text("selected", "the agent that is picked", |row| row.selected.name.to_owned()),
        Column::text("selected_population", "its population", |row| row.selected.population.to_owned()),
        Column::whole("selections", "how often it was picked, possibly 0", |row| row.count.to_string()),
    ];
}

/// The data behind the rows of one tick; `counts` is `[selector][selected]`, and both are indices into `agents`.
pub(super) fn selection_rows<'a>(
    tick: u32,
    agents: &'a [Party<'a>],
    counts: &'a [Vec<u64>],
) -> impl Iterator<Item = SelectionRow<'a>> {
    let pairs = counts.iter().enumerate().flat_map(|(selector, counts)| {
        counts.iter().enumerate().map(move |(selected, &count)| (selector, selected, count))
    });
    let others = pairs.filter(|(selector, selected, _)| selector != selected);
    others.map(move |(selector, selected, count)| SelectionRow {
        tick,
        selector: agents[selector],
        selected: agents[selected],
        count,
    })
}
