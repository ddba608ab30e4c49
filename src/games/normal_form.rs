//! Facts that follow from a game's payoffs: R, S, T, P, which social dilemma it is, equilibria, the best joint outcome.

use super::{Action, Game};

/// The most joint actions that are examined one by one; beyond this, a fact is left unknown rather than computed
/// slowly.
pub const JOINT_ACTIONS_MAX: usize = 1 << 20;

/// A player's payoffs in a 2×2 game with one cooperative action, in the letters of the literature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rstp {
    /// Both cooperate.
    pub r: f64,
    /// The player cooperates, the opponent defects.
    pub s: f64,
    /// The player defects, the opponent cooperates.
    pub t: f64,
    /// Both defect.
    pub p: f64,
}

impl Rstp {
    /// Whether T > R > P > S: whatever the opponent does, defection pays more, and both players are worse off for it.
    /// The prisoner's dilemma also requires 2R > T + S.
    pub fn is_prisoners_order(self) -> bool {
        self.t > self.r && self.r > self.p && self.p > self.s
    }

    /// The social dilemma that a player with these payoffs is in, whatever the other's payoffs; `None` if it is in
    /// none.
    fn dilemma(self) -> Option<Dilemma> {
        let Self { r, s, t, p } = self;
        if self.is_prisoners_order() && 2.0 * r > t + s {
            Some(Dilemma::PrisonersDilemma)
        } else if t > r && r > s && s > p {
            Some(Dilemma::Chicken)
        } else if r > t && t >= p && p > s {
            Some(Dilemma::StagHunt)
        } else {
            None
        }
    }
}

/// The 2×2 social dilemmas, told apart by the order of the payoffs (Macy & Flache 2002).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dilemma {
    /// T > R > P > S and 2R > T + S: greed and fear.
    PrisonersDilemma,
    /// T > R > S > P: greed alone. Volunteer's dilemmas have this order too.
    Chicken,
    /// R > T, R > P > S and T at least P: fear alone.
    StagHunt,
}

impl Dilemma {
    /// The name in running text.
    pub fn title(self) -> &'static str {
        match self {
            Self::PrisonersDilemma => "prisoner's dilemma",
            Self::Chicken => "chicken",
            Self::StagHunt => "stag hunt",
        }
    }
}

/// R, S, T and P of `game`'s row player and of its column player; `None` unless it has two seats and two actions, one
/// of them cooperative.
pub fn rstp(game: &dyn Game) -> Option<[Rstp; 2]> {
    if game.seats() != 2 || game.actions().len() != 2 || game.cooperative(0) == game.cooperative(1) {
        return None;
    }
    let (c, d) = if game.cooperative(0) { (0, 1) } else { (1, 0) };
    Some([0, 1].map(|seat| {
        let of = |own, opponent| {
            let joint = if seat == 0 { [own, opponent] } else { [opponent, own] };
            payoffs(game, &joint)[seat]
        };
        Rstp { r: of(c, c), s: of(c, d), t: of(d, c), p: of(d, d) }
    }))
}

/// The social dilemma that `game` is; `None` if it is not 2×2, or if its players are not in the same dilemma.
pub fn dilemma(game: &dyn Game) -> Option<Dilemma> {
    let [row, column] = rstp(game)?.map(Rstp::dilemma);
    row.filter(|_| row == column)
}

/// Whether individual and common interest are at odds in `game` for both its players, even if in different ways; `None`
/// if R, S, T and P do not tell, as [`rstp`] has none.
pub fn is_social_dilemma(game: &dyn Game) -> Option<bool> {
    Some(rstp(game)?.into_iter().all(|player| player.dilemma().is_some()))
}

/// The pure Nash equilibria of a two-player game in row order; `None` for games with more seats.
pub fn pure_nash(game: &dyn Game) -> Option<Vec<[Action; 2]>> {
    if game.seats() != 2 {
        return None;
    }
    let actions = || 0..game.actions().len() as Action;
    let stable = |row: Action, column: Action| {
        let here = payoffs(game, &[row, column]);
        actions().all(|other| payoffs(game, &[other, column])[0] <= here[0])
            && actions().all(|other| payoffs(game, &[row, other])[1] <= here[1])
    };
    Some(actions().flat_map(|row| actions().map(move |column| [row, column])).filter(|&[r, c]| stable(r, c)).collect())
}

/// The highest sum of payoffs that any joint action reaches; `None` beyond [`JOINT_ACTIONS_MAX`] joint actions.
pub fn collective_payoff_max(game: &dyn Game) -> Option<f64> {
    let mut best = f64::NEG_INFINITY;
    for_each_joint(game, game.symmetric(), |joint| {
        best = best.max(payoffs(game, joint).iter().sum());
    })?;
    Some(best)
}

/// The least payoff that any joint action brings any player; `None` beyond [`JOINT_ACTIONS_MAX`] joint actions.
pub fn least_payoff(game: &dyn Game) -> Option<f64> {
    let mut least = f64::INFINITY;
    for_each_joint(game, game.symmetric(), |joint| {
        least = payoffs(game, joint).into_iter().fold(least, f64::min);
    })?;
    Some(least)
}

/// Checks by trial whether swapping any two seats swaps their payoffs and nothing else; `None` beyond
/// [`JOINT_ACTIONS_MAX`].
pub fn check_symmetric(game: &dyn Game) -> Option<bool> {
    let mut symmetric = true;
    for_each_joint(game, false, |joint| {
        let here = payoffs(game, joint);
        // Swaps of neighbours suffice: they generate every order of seats.
        for seat in 1..joint.len() {
            let (mut swapped, mut expected) = (joint.to_vec(), here.clone());
            swapped.swap(seat - 1, seat);
            expected.swap(seat - 1, seat);
            symmetric &= payoffs(game, &swapped) == expected;
        }
    })?;
    Some(symmetric)
}

/// The payoffs of `joint`, one per seat.
pub fn payoffs(game: &dyn Game, joint: &[Action]) -> Vec<f64> {
    let mut payoffs = vec![0.0; joint.len()];
    game.payoffs(joint, &mut payoffs);
    payoffs
}

/// Number of joint actions that show every sum of payoffs of `game`: all of them with two seats; with more seats, those
/// that differ in more than the order of seats. `None` if there are more than [`JOINT_ACTIONS_MAX`].
pub fn collective_outcomes(game: &dyn Game) -> Option<usize> {
    joint_count(game.actions().len(), game.seats(), game.seats() > 2).filter(|count| *count <= JOINT_ACTIONS_MAX)
}

/// The most actions of a game and players of a match: both are numbered in one byte, whose largest value has a meaning
/// of its own.
const COUNT_MAX: usize = 255;

/// Checks that the actions, players and joint actions of `game` are few enough to be numbered and enumerated.
///
/// # Errors
/// With what there is too much of.
pub fn can_be_counted(game: &dyn Game) -> Result<(), String> {
    let (actions, seats) = (game.actions().len(), game.seats());
    let problem = if !(2..=COUNT_MAX).contains(&actions) || !(2..=COUNT_MAX).contains(&seats) {
        format!("`{}` has {actions} actions and {seats} seats, expected 2 to {COUNT_MAX} of each", game.name())
    } else if collective_outcomes(game).is_none() {
        format!(
            "`{}` has more than {JOINT_ACTIONS_MAX} joint actions ({actions} actions, {seats} seats), too many to find its best \
             collective payoff among",
            game.name()
        )
    } else {
        return Ok(());
    };
    Err(problem)
}

/// Visits every joint action, or with `sorted` only those whose actions do not decrease from seat to seat (in a
/// symmetric game these show every outcome up to the order of seats). Visits nothing and returns `None` if there are
/// too many.
fn for_each_joint(game: &dyn Game, sorted: bool, mut visit: impl FnMut(&[Action])) -> Option<()> {
    let actions = game.actions().len();
    let seats = game.seats();
    if joint_count(actions, seats, sorted)? > JOINT_ACTIONS_MAX {
        return None;
    }
    let mut joint: Vec<Action> = vec![0; seats];
    loop {
        visit(&joint);
        let Some(seat) = (0..seats).rev().find(|&seat| usize::from(joint[seat]) + 1 < actions) else {
            return Some(());
        };
        let next = joint[seat] + 1;
        joint[seat] = next;
        joint[seat + 1..].fill(if sorted { next } else { 0 });
    }
}

/// Number of joint actions that [`for_each_joint`] visits: `actions ^ seats`, sorted `(actions + seats - 1) choose
/// seats`.
fn joint_count(actions: usize, seats: usize, sorted: bool) -> Option<usize> {
    if !sorted {
        return actions.checked_pow(seats as u32);
    }
    (1..actions).try_fold(1usize, |count, i| count.checked_mul(seats + i).map(|count| count / i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::catalog::{self, ENTRIES};
    use crate::games::matrix::MatrixGame;
    use crate::games::public_goods::PublicGoods;

    const C: Action = 0;
    const D: Action = 1;

    fn check(name: &str, dilemma_expected: Option<Dilemma>, best: f64, nash: &[[Action; 2]]) {
        let game = catalog::game(name).unwrap();
        assert_eq!(dilemma(&game), dilemma_expected, "{name}");
        assert_eq!(collective_payoff_max(&game), Some(best), "{name}");
        assert_eq!(pure_nash(&game).unwrap(), nash, "{name}");
    }

    #[test]
    fn facts_of_every_named_game() {
        use Dilemma::{Chicken, PrisonersDilemma, StagHunt};
        check("prisoners_dilemma", Some(PrisonersDilemma), 6.0, &[[D, D]]);
        check("stag_hunt", Some(StagHunt), 8.0, &[[C, C], [D, D]]);
        check("chicken", Some(Chicken), 5.0, &[[C, D], [D, C]]);
        check("bach_or_stravinsky", None, 5.0, &[[C, C], [D, D]]);
        check("defective_coordination", None, 8.0, &[[C, C], [D, D]]);
        check("volunteers_dilemma", Some(Chicken), 6.0, &[[C, D], [D, C]]);
        check("prisoners_dilemma_120", Some(PrisonersDilemma), 240.0, &[[D, D]]);
        check("prisoners_dilemma_no_zero", Some(PrisonersDilemma), 6.0, &[[D, D]]);
        check("prisoners_dilemma_3142", Some(PrisonersDilemma), 6.0, &[[D, D]]);
        check("volunteers_dilemma_4251", Some(Chicken), 8.0, &[[C, D], [D, C]]);
        check("stag_hunt_5142", Some(StagHunt), 10.0, &[[C, C], [D, D]]);
    }

    #[test]
    fn the_letters_follow_the_cooperative_action() {
        let pd = catalog::game("prisoners_dilemma").unwrap();
        assert_eq!(rstp(&pd), Some([Rstp { r: 3.0, s: 0.0, t: 4.0, p: 1.0 }; 2]));
        let table = [vec![(1.0, 1.0), (4.0, 0.0)], vec![(0.0, 4.0), (3.0, 3.0)]];
        let names = ["defect".to_owned(), "cooperate".to_owned()];
        let turned = MatrixGame::new("turned", &names, &table, &names[1..]).unwrap();
        assert_eq!(rstp(&turned), rstp(&pd));
        assert_eq!(dilemma(&turned), Some(Dilemma::PrisonersDilemma));
    }

    #[test]
    fn taking_turns_that_pays_more_than_cooperating_is_no_prisoners_dilemma() {
        let table = [vec![(3.0, 3.0), (0.0, 9.0)], vec![(9.0, 0.0), (1.0, 1.0)]];
        let game = MatrixGame::new("turns", &["c".to_owned(), "d".to_owned()], &table, &[]).unwrap();
        assert_eq!(dilemma(&game), None);
    }

    #[test]
    fn both_players_are_looked_at() {
        let game = |cells: [(f64, f64); 4]| {
            let [cc, cd, dc, dd] = cells;
            let names = ["c".to_owned(), "d".to_owned()];
            MatrixGame::new("own", &names, &[vec![cc, cd], vec![dc, dd]], &[]).unwrap()
        };
        // One player is in a prisoner's dilemma; for the other, cooperation is best whatever happens.
        let one_sided = game([(3.0, 9.0), (0.0, 1.0), (5.0, 8.0), (1.0, 0.0)]);
        assert_eq!((dilemma(&one_sided), is_social_dilemma(&one_sided)), (None, Some(false)));
        // A prisoner's dilemma for one, a stag hunt for the other.
        let mixed = game([(3.0, 4.0), (0.0, 3.0), (5.0, 0.0), (1.0, 1.0)]);
        assert_eq!((dilemma(&mixed), is_social_dilemma(&mixed)), (None, Some(true)));
        // The same dilemma at different stakes.
        let unlike = game([(3.0, 30.0), (0.0, 50.0), (5.0, 0.0), (1.0, 10.0)]);
        assert_eq!(dilemma(&unlike), Some(Dilemma::PrisonersDilemma));
        let three = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let large = MatrixGame::new("large", &three, &vec![vec![(0.0, 0.0); 3]; 3], &[]).unwrap();
        assert_eq!(is_social_dilemma(&large), None);
        for entry in ENTRIES {
            let game = entry.game();
            assert_eq!(is_social_dilemma(&game), Some(dilemma(&game).is_some()), "{}", entry.name);
        }
    }

    #[test]
    fn what_games_say_of_their_symmetry_is_true() {
        for entry in ENTRIES {
            let game = entry.game();
            assert_eq!(check_symmetric(&game), Some(game.symmetric()), "{}", entry.name);
        }
        assert_eq!(check_symmetric(&PublicGoods::new(6, 2.0, 1.0).unwrap()), Some(true));
    }

    #[test]
    fn large_groups_are_counted_by_contributors() {
        let game = PublicGoods::new(200, 3.0, 1.0).unwrap();
        let best = collective_payoff_max(&game).unwrap();
        assert!((best - 600.0).abs() < 1e-9, "{best}");
        assert_eq!(check_symmetric(&game), None);
        assert_eq!(pure_nash(&game), None);
    }

    #[test]
    fn as_many_joint_actions_are_visited_as_counted() {
        let table = vec![vec![(0.0, 0.0); 4]; 4];
        let names: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let four = MatrixGame::new("four", &names, &table, &[]).unwrap();
        let goods = PublicGoods::new(5, 2.0, 1.0).unwrap();
        for (game, sorted, expected) in
            [(&four as &dyn Game, false, 16), (&four, true, 10), (&goods, false, 32), (&goods, true, 6)]
        {
            let mut visits = 0;
            for_each_joint(game, sorted, |_| visits += 1).unwrap();
            assert_eq!(visits, expected);
            assert_eq!(joint_count(game.actions().len(), game.seats(), sorted), Some(expected));
        }
    }

    #[test]
    fn a_tie_is_no_dilemma_where_the_order_is_strict() {
        let of = |r, s, t, p| Rstp { r, s, t, p };
        for tied in [of(3.0, 0.0, 3.0, 1.0), of(3.0, 0.0, 5.0, 3.0), of(3.0, 1.0, 5.0, 1.0)] {
            assert!(!tied.is_prisoners_order(), "{tied:?}");
        }
        // 2R = T + S.
        assert_eq!(of(3.0, 1.0, 5.0, 2.0).dilemma(), None);
        assert_eq!(of(3.0, 0.0, 5.0, 2.0).dilemma(), Some(Dilemma::PrisonersDilemma));
        for tied in [of(3.0, 1.0, 3.0, 0.0), of(2.0, 2.0, 4.0, 0.0), of(3.0, 1.0, 4.0, 1.0), of(4.0, 1.0, 3.0, 1.0)] {
            assert_eq!(tied.dilemma(), None, "{tied:?}");
        }
        assert_eq!(of(3.0, 1.0, 4.0, 0.0).dilemma(), Some(Dilemma::Chicken));
        assert_eq!(of(4.0, 0.0, 2.0, 2.0).dilemma(), Some(Dilemma::StagHunt));
    }

    #[test]
    fn outcomes_are_counted_by_order_of_seats_with_two_and_without_with_more() {
        assert_eq!(collective_outcomes(&catalog::game("stag_hunt").unwrap()), Some(4));
        assert_eq!(collective_outcomes(&PublicGoods::new(5, 2.0, 1.0).unwrap()), Some(6));
    }
}
