//! A game's rules as plain text: its payoff table and what follows from it.

use super::normal_form::{collective_payoff_max, dilemma, payoffs, pure_nash, rstp};
use super::{Action, Game};
use serde_json::{Value, json};
use std::fmt::Write;

/// The rules of `game` for a reader: payoffs in an aligned table, then the facts that follow from them.
pub fn describe(game: &dyn Game) -> String {
    let mut text = format!("{}: {} players, actions {}\n\n", game.name(), game.seats(), game.actions().join(", "));
    if game.seats() == 2 {
        text += &two_player_table(game);
    } else if game.symmetric() && game.actions().len() == 2 {
        text += &group_table(game);
    }
    let names: Vec<&str> = game.actions().iter().map(String::as_str).collect();
    if let Some(words) = game.in_words(&names) {
        line(&mut text, &words);
    }
    text += "\n";
    text += &facts(game);
    text
}

/// The rules of `game` for a program: `payoffs[own][other] = [own, other's]` of two players; of more, in a symmetric
/// game with two actions, `payoffs_by_others[own][others]`, where `others` co-players take the first action; of games
/// that have too many outcomes to list, `rules` in words. `None` for other games.
pub fn json(game: &dyn Game) -> Option<Value> {
    let actions = 0..game.actions().len() as Action;
    let mut value = json!({
        "name": game.name(),
        "seats": game.seats(),
        "actions": game.actions(),
        "cooperative": actions.clone().map(|action| game.cooperative(action)).collect::<Vec<_>>(),
    });
    if game.seats() == 2 {
        let row = |own: Action| actions.clone().map(|other| payoffs(game, &[own, other])).collect::<Vec<_>>();
        value["payoffs"] = json!(actions.clone().map(row).collect::<Vec<_>>());
    } else if game.symmetric() && game.actions().len() == 2 {
        let row = |own| (0..game.seats()).map(|others| own_payoff(game, own, others)).collect::<Vec<_>>();
        value["payoffs_by_others"] = json!(actions.map(row).collect::<Vec<_>>());
    } else {
        let names: Vec<&str> = game.actions().iter().map(String::as_str).collect();
        value["rules"] = game.in_words(&names)?.into();
    }
    Some(value)
}

/// The payoff of one who takes the action `own` while `others` of its co-players take action 0 and the rest action 1.
fn own_payoff(game: &dyn Game, own: Action, others: usize) -> f64 {
    let mut joint = vec![1; game.seats()];
    joint[0] = own;
    joint[1..=others].fill(0);
    payoffs(game, &joint)[0]
}

fn facts(game: &dyn Game) -> String {
    let mut text = String::new();
    if let Some([x, _]) = rstp(game) {
        let kind = dilemma(game).map_or("not one of the 2x2 dilemmas", |dilemma| dilemma.title());
        let whose = if game.symmetric() { "" } else { " (row player)" };
        line(&mut text, &format!("R {}, S {}, T {}, P {}{whose}: {kind}", x.r, x.s, x.t, x.p));
        if 2.0 * x.r <= x.t + x.s {
            line(&mut text, "Taking turns at defecting pays at least as much as mutual cooperation.");
        }
    }
    if let Some(equilibria) = pure_nash(game) {
        let names: Vec<_> = equilibria.iter().map(|joint| joint_name(game, joint)).collect();
        let list = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        line(&mut text, &format!("Pure Nash equilibria: {list}"));
    }
    if let Some(best) = collective_payoff_max(game) {
        line(&mut text, &format!("Highest collective payoff: {best}"));
    }
    text
}

fn joint_name(game: &dyn Game, joint: &[Action]) -> String {
    let names: Vec<_> = joint.iter().map(|&action| game.actions()[usize::from(action)].as_str()).collect();
    format!("({})", names.join(", "))
}

fn two_player_table(game: &dyn Game) -> String {
    let mut rows = vec![[String::new()].into_iter().chain(game.actions().iter().cloned()).collect::<Vec<_>>()];
    for (row, name) in game.actions().iter().enumerate() {
        let mut cells = vec![name.clone()];
        for column in 0..game.actions().len() {
            let pair = payoffs(game, &[row as Action, column as Action]);
            cells.push(format!("{}, {}", pair[0], pair[1]));
        }
        rows.push(cells);
    }
    aligned(&rows)
}

/// One row per number of co-players that choose the first action.
fn group_table(game: &dyn Game) -> String {
    let [first, second] = game.actions() else { return String::new() };
    let mut rows = vec![vec![format!("co-players who {first}"), first.clone(), second.clone()]];
    for others in 0..game.seats() {
        // Three decimals, since shares of a pot rarely terminate.
        let own = |own| ((own_payoff(game, own, others) * 1000.0).round() / 1000.0).to_string();
        rows.push(vec![others.to_string(), own(0), own(1)]);
    }
    aligned(&rows)
}

/// Lays cells out in columns, two spaces apart.
fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        line(&mut text, &format!("  {}", cells.join("  ")));
    }
    text
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{}", content.trim_end()).expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::catalog::{self, ENTRIES};
    use crate::games::public_goods::PublicGoods;

    #[test]
    fn a_matrix_is_shown_with_its_facts() {
        let expected = "\
prisoners_dilemma: 2 players, actions cooperate, defect

             cooperate  defect
  cooperate  3, 3       0, 4
  defect     4, 0       1, 1

R 3, S 0, T 4, P 1: prisoner's dilemma
Pure Nash equilibria: (defect, defect)
Highest collective payoff: 6
";
        assert_eq!(describe(&catalog::game("prisoners_dilemma").unwrap()), expected);
    }

    #[test]
    fn a_group_is_shown_by_contributors() {
        let expected = "\
public_goods: 3 players, actions contribute, keep

  co-players who contribute  contribute  keep
  0                          0.5         1
  1                          1           1.5
  2                          1.5         2

Highest collective payoff: 4.5
";
        assert_eq!(describe(&PublicGoods::new(3, 1.5, 1.0).unwrap()), expected);
    }

    #[test]
    fn a_program_is_told_the_payoffs_of_both_players_or_by_the_number_of_others() {
        let stag_hunt = json(&catalog::game("stag_hunt").unwrap()).unwrap();
        assert_eq!(stag_hunt["payoffs"], json!([[[4.0, 4.0], [0.0, 3.0]], [[3.0, 0.0], [1.0, 1.0]]]));
        assert_eq!(stag_hunt["cooperative"], json!([true, false]));
        let goods = json(&PublicGoods::new(3, 1.5, 1.0).unwrap()).unwrap();
        assert_eq!(goods["payoffs_by_others"], json!([[0.5, 1.0, 1.5], [1.0, 1.5, 2.0]]));
    }

    /// Every example is a game of its kind, is called as the list says, and has its rules told in some way.
    #[test]
    fn every_kind_of_game_has_an_example_that_can_be_described() {
        use crate::games::{GameSpec, KINDS};
        use crate::scenario::text::resolved::ron_options;
        assert!(KINDS.len() >= 12, "{}", KINDS.len());
        for kind in KINDS.iter().filter(|kind| !kind.example.is_empty()) {
            let spec: GameSpec = ron_options().from_str(kind.example).unwrap();
            let (_, written) = spec.listed().unwrap();
            assert!(written.doubts().is_empty() && written.faults(&|_| true).is_empty(), "{}", kind.example);
            let game = written.game().unwrap();
            assert_eq!(game.name(), kind.name);
            assert!(json(&*game).is_some(), "{}", kind.name);
            assert!(describe(&*game).lines().count() >= 5, "{}", describe(&*game));
            assert!((0..game.actions().len()).any(|action| game.cooperative(action as Action)));
            assert!((0..game.actions().len()).any(|action| !game.cooperative(action as Action)));
            assert_eq!(super::super::normal_form::check_symmetric(&*game), Some(game.symmetric()), "{}", kind.name);
        }
    }

    #[test]
    fn every_named_game_can_be_described() {
        for entry in ENTRIES {
            let text = describe(&entry.game());
            assert!(text.starts_with(entry.name) && text.contains("Pure Nash equilibria: ("), "{text}");
        }
        assert!(describe(&catalog::game("chicken").unwrap()).contains("Taking turns"));
    }

    #[test]
    fn taking_turns_is_told_of_only_where_it_pays() {
        let with_s = |s: f64| {
            let cells = [vec![(3.0, 3.0), (s, 5.0)], vec![(5.0, s), (0.0, 0.0)]];
            let actions = ["c".to_owned(), "d".to_owned()];
            describe(&crate::games::matrix::MatrixGame::new("g", &actions, &cells, &[]).unwrap())
        };
        assert_eq!([0.5, 1.0, 2.0].map(|s| with_s(s).contains("Taking turns")), [false, true, true]);
    }
}
