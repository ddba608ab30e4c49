//! The terminal at which a person plays.

use crate::commands::terminal::print::{ask, out};
use crate::games::{Action, ILLEGAL, Observation};
use crate::policies::person::{Console, Outcome, Situation};
use crate::run::Interrupt;
use crate::text::shown;
use std::sync::{Arc, Mutex, PoisonError};

/// What both players got so far, the person first.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) rounds: u32,
    pub(super) payoffs: [f64; 2],
}

/// Standard input and output.
pub(super) struct Terminal {
    pub(super) actions: Vec<String>,
    /// The game, for those who ask.
    pub(super) rules: String,
    /// Rounds of a match; `None`: the person is not to know.
    pub(super) rounds: Option<u32>,
    pub(super) opponent: String,
    pub(super) tally: Arc<Mutex<Tally>>,
    /// Stops the matches to come when the person leaves.
    pub(super) interrupt: Interrupt,
    pub(super) has_left: bool,
}

impl Terminal {
    /// `match 2, round 3 of 10`; the match only where it is not the first.
    fn place(&self, tick: u32, round: u32) -> String {
        let of = self.rounds.map_or_else(String::new, |rounds| format!(" of {rounds}"));
        let game = if tick > 0 { format!("match {}, ", tick + 1) } else { String::new() };
        format!("{game}round {}{of}", round + 1)
    }

    fn name(&self, action: Action) -> String {
        match action {
            ILLEGAL => "named no action".into(),
            action => shown(&self.actions[usize::from(action)]).into_owned(),
        }
    }
}

impl Console for Terminal {
    fn speak(&mut self, situation: &Situation) -> Option<String> {
        if self.has_left {
            return None;
        }
        ask(&format!("{} say > ", self.place(situation.tick, situation.round)))
    }

    fn act(&mut self, situation: &Situation) -> Option<Action> {
        if self.has_left {
            return None;
        }
        if let Some(heard) = situation.heard {
            out!("  {} says: \"{}\"", shown(&self.opponent), shown(heard));
        }
        if let Some(known_for) = &situation.known_for {
            out!("  {} has {known_for}", shown(&self.opponent));
        }
        // A made-up opening is something to go by, and nobody has seen it yet.
        if let (0, Observation::Last { own, others }) = (situation.round, situation.seen) {
            out!("  last time: you {}, {} {}", self.name(own), shown(&self.opponent), self.name(others));
        }
        loop {
            let line = ask(&format!("{} > ", self.place(situation.tick, situation.round)));
            match read(line.as_deref(), &self.actions) {
                Answer::Action(action) => return Some(action),
                Answer::Rules => out!("{}", self.rules.trim_end()),
                Answer::Leave => {
                    self.has_left = true;
                    self.interrupt.request();
                    return None;
                }
                Answer::Unclear => {
                    let names: Vec<String> = self
                        .actions
                        .iter()
                        .enumerate()
                        .map(|(i, name)| format!("{} ({})", shown(name), i + 1))
                        .collect();
                    out!("  one of {}; ? for the rules, q to leave", names.join(", "));
                }
            }
        }
    }

    fn tell(&mut self, outcome: &Outcome) {
        let [own, other] = outcome.actions.map(|action| self.name(action));
        let [gain, gain_other] = outcome.payoffs;
        out!("  you: {own}, {}: {other}; you get {gain}, {0} {gain_other}", shown(&self.opponent));
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.rounds += 1;
        tally.payoffs[0] += gain;
        tally.payoffs[1] += gain_other;
        if outcome.is_last && self.rounds.is_none() {
            out!("  The match is over.");
        }
    }
}

/// What a line means.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Action(Action),
    Rules,
    Leave,
    Unclear,
}

/// Reads a line; `None` is the end of the input.
fn read(line: Option<&str>, actions: &[String]) -> Answer {
    let Some(line) = line else { return Answer::Leave };
    let word = line.trim().to_lowercase();
    let begins: Vec<usize> = if word.is_empty() {
        Vec::new()
    } else {
        (0..actions.len()).filter(|&i| actions[i].to_lowercase().starts_with(&word)).collect()
    };
    let exact = actions.iter().position(|name| name.to_lowercase() == word);
    let number =
        word.parse().ok().filter(|number| (1..=actions.len()).contains(number)).map(|number: usize| number - 1);
    match exact.or(number).or(if begins.len() == 1 { Some(begins[0]) } else { None }) {
        Some(action) => Answer::Action(action as Action),
        None => match word.as_str() {
            "?" | "help" | "rules" => Answer::Rules,
            "q" | "quit" | "exit" => Answer::Leave,
            _ => Answer::Unclear,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_generously_and_never_guessed() {
        let actions = ["cooperate", "defect", "defy"].map(String::from);
        let read = |line: &str| read(Some(line), &actions);
        for line in ["cooperate", " C ", "1", "coop"] {
            assert_eq!(read(line), Answer::Action(0), "{line:?}");
        }
        assert_eq!([read("defe"), read("3")], [Answer::Action(1), Answer::Action(2)]);
        for line in ["", "def", "0", "4", "x"] {
            assert_eq!(read(line), Answer::Unclear, "{line:?}");
        }
        assert_eq!([read("?"), read("q")], [Answer::Rules, Answer::Leave]);
        assert_eq!(super::read(None, &actions), Answer::Leave);
        // An action of that name comes first.
        assert_eq!(super::read(Some("q"), &["quiet".into(), "loud".into()]), Answer::Action(0));
    }
}
