//! `types.csv` and `genealogy.csv`: what evolution did.

use super::column::{Column, Table};
use super::row_file::{number, optional};
use crate::world::{BirthRow, TypeRow};

/// The table of types: one row per generation and type that has agents.
pub(super) struct Types;

impl Table for Types {
    const FILE: &'static str = "types.csv";
    type Row<'a> = &'a TypeRow;
    const COLUMNS: &'static [Column<Self>] = &[
        Column::whole(
            "tick",
            "the last tick of the generation; in the last rows, the number of ticks played, after which the types are \
             what the run leaves behind",
            |row| row.tick.to_string(),
        ),
        Column::text(
            "type",
            "the type: a strategy's name, with its population where two of one name differ; what has mutated is named by \
             its numbers, `memory_one:` and the probabilities at the start and after CC, CD, DC, DD, or the weights that \
             are inherited",
            |row| row.name.to_string(),
        ),
        Column::whole("count", "number of agents of the type", |row| row.count.to_string()),
        Column::number("frequency", "their share of all agents", |row| number(row.frequency)),
        Column::number(
            "fitness",
            "their mean fitness in the generation; empty for what the run leaves behind",
            |row| number(row.fitness),
        ),
        Column::<Self>::number(
            "p_c_start",
            "where strategies are inherited: the type's probability of cooperating in the first round; empty, as the four \
             that follow, for a type that plays no memory-one strategy",
            |row| trait_number(&row.strategy, 0),
        )
        .if_strategies_are_inherited(),
        Column::<Self>::number("p_c_cc", "the same after CC: own action, then the opponent's", |row| {
            trait_number(&row.strategy, 1)
        })
        .if_strategies_are_inherited(),
        Column::<Self>::number("p_c_cd", "the same after CD", |row| trait_number(&row.strategy, 2))
            .if_strategies_are_inherited(),
        Column::<Self>::number("p_c_dc", "the same after DC", |row| trait_number(&row.strategy, 3))
            .if_strategies_are_inherited(),
        Column::<Self>::number("p_c_dd", "the same after DD", |row| trait_number(&row.strategy, 4))
            .if_strategies_are_inherited(),
        Column::per_term(
            "weight_<term>",
            "with `inherit: (weights: …)`: the type's weight of a reward term, one column for each that is inherited",
            |row, weight| trait_number(&row.weights, weight),
        ),
    ];
}

/// The number of a trait; empty where there is none.
fn trait_number(numbers: &[f64], place: usize) -> String {
    optional(numbers.get(place).copied())
}

/// The table of lives: one row per birth, mutation and invasion.
pub(super) struct Genealogy;

impl Table for Genealogy {
    const FILE: &'static str = "genealogy.csv";
    type Row<'a> = (&'a BirthRow, &'a str);
    const COLUMNS: &'static [Column<Self>] = &[
        Column::whole("tick", "the tick at whose end the life began, or before which an invader came", |(row, _)| {
            row.tick.to_string()
        }),
        Column::text("agent", "the agent that lives it", |(_, name)| (*name).to_owned()),
        Column::whole(
            "child",
            "the number of the life; no number is given twice, founders have those of the agents",
            |(row, _)| row.child.to_string(),
        ),
        Column::whole("parent", "the life that it descends from; empty for an invader", |(row, _)| life(row.parent)),
        Column::whole(
            "second_parent",
            "the life that was in its place before, where its adapter is the mean of both; empty without crossover",
            |(row, _)| life(row.second_parent),
        ),
        Column::text("type", "its type, as in `types.csv`", |(row, _)| row.name.to_string()),
        Column::text("origin", "what it comes from: `birth`, `mutation` or `invasion`", |(row, _)| {
            row.origin.name().to_owned()
        }),
    ];
}

/// The number of a life; empty if there is none.
fn life(number: Option<u64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}
