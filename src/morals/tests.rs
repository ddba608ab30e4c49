//! Every term compared with the published reward tables, and with more than two players.

use super::altruist::Altruist;
use super::anti_altruist::AntiAltruist;
use super::anti_utilitarian::AntiUtilitarian;
use super::deontological::Deontological;
use super::malicious_deontological::MaliciousDeontological;
use super::payoff::Payoff;
use super::utilitarian::Utilitarian;
use super::virtue_aggression::VirtueAggression;
use super::virtue_equality::VirtueEquality;
use super::virtue_inequality::VirtueInequality;
use super::virtue_kindness::VirtueKindness;
use super::virtue_mixed::VirtueMixed;
use super::{MoralTerm, RoundView, inequality};
use crate::games::{Action, Game, ILLEGAL, Observation, catalog, public_goods::PublicGoods};
use crate::testing::property_config;
use proptest::prelude::*;

const C: Action = 0;
const D: Action = 1;

/// Rewards after CC, CD, DC, DD (own action first), in the game `game`, when the opponent's last move was `before`.
fn rewards(term: &impl MoralTerm, game: &str, before: Option<Action>) -> [f64; 4] {
    let game = catalog::game(game).expect("a game of the catalog");
    let seen = before.map_or(Observation::Opening, |others| Observation::Last { own: D, others });
    [[C, C], [C, D], [D, C], [D, D]].map(|joint| {
        let mut payoffs = [0.0; 2];
        game.payoffs(&joint, &mut payoffs);
        let reward = term.reward(&RoundView { game: &game, seat: 0, joint: &joint, payoffs: &payoffs, seen });
        // The other seat sees the mirrored round and must get the mirrored reward.
        let mirrored = [joint[1], joint[0]];
        let swapped = [payoffs[1], payoffs[0]];
        let other = RoundView { game: &game, seat: 1, joint: &mirrored, payoffs: &swapped, seen };
        assert_eq!(term.reward(&other), reward, "{} by seat", name_of(term));
        reward
    })
}

fn name_of<T: MoralTerm>(_: &T) -> &'static str {
    T::NAME
}

/// Checks one term's rewards in the two prisoner's dilemmas, 3/0/4/1 and 3/1/4/2, whatever the opponent did before.
fn check(term: impl MoralTerm, pd_3041: [f64; 4], pd_3142: [f64; 4]) {
    for before in [None, Some(C), Some(D)] {
        check_after(&term, before, pd_3041, pd_3142);
    }
}

fn check_after(term: &impl MoralTerm, before: Option<Action>, pd_3041: [f64; 4], pd_3142: [f64; 4]) {
    for (game, expected) in [("prisoners_dilemma", pd_3041), ("prisoners_dilemma_3142", pd_3142)] {
        let found = rewards(term, game, before);
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{} in {game} after {before:?}: {found}", name_of(term));
        }
    }
}

#[test]
fn terms_on_payoffs_match_the_published_tables() {
    check(Payoff, [3.0, 0.0, 4.0, 1.0], [3.0, 1.0, 4.0, 2.0]);
    check(Utilitarian, [6.0, 4.0, 4.0, 2.0], [6.0, 5.0, 5.0, 4.0]);
    check(AntiUtilitarian, [-6.0, -4.0, -4.0, -2.0], [-6.0, -5.0, -5.0, -4.0]);
    check(Altruist, [3.0, 4.0, 0.0, 1.0], [3.0, 4.0, 1.0, 2.0]);
    check(AntiAltruist, [-3.0, -4.0, 0.0, -1.0], [-3.0, -4.0, -1.0, -2.0]);
    check(VirtueEquality, [1.0, 0.0, 0.0, 1.0], [1.0, 0.4, 0.4, 1.0]);
    check(VirtueInequality, [0.0, 1.0, 1.0, 0.0], [0.0, 0.6, 0.6, 0.0]);
}

#[test]
fn terms_on_the_own_action_match_the_published_tables() {
    check(VirtueKindness { bonus: 5.0 }, [5.0, 5.0, 0.0, 0.0], [5.0, 5.0, 0.0, 0.0]);
    check(VirtueAggression { bonus: 5.0 }, [0.0, 0.0, 5.0, 5.0], [0.0, 0.0, 5.0, 5.0]);
    check(VirtueMixed { beta: 0.5 }, [1.0, 0.5, 0.0, 0.5], [1.0, 0.7, 0.2, 0.5]);
    check(VirtueMixed { beta: 0.25 }, [1.0, 0.75, 0.0, 0.25], [1.0, 0.85, 0.1, 0.25]);
}

#[test]
fn the_norm_binds_only_after_cooperation() {
    let norm = Deontological { penalty: 3.0 };
    let malice = MaliciousDeontological { bonus: 5.0 };
    check_after(&norm, Some(C), [0.0, 0.0, -3.0, -3.0], [0.0, 0.0, -3.0, -3.0]);
    check_after(&malice, Some(C), [0.0, 0.0, 5.0, 5.0], [0.0, 0.0, 5.0, 5.0]);
    for before in [None, Some(D)] {
        check_after(&norm, before, [0.0; 4], [0.0; 4]);
        check_after(&malice, before, [0.0; 4], [0.0; 4]);
    }
}

#[test]
fn the_volunteers_dilemma_of_the_dyads_has_equality_four_sevenths() {
    let [_, cd, ..] = rewards(&VirtueEquality, "volunteers_dilemma_4251", None);
    assert!((cd - (1.0 - 3.0 / 7.0)).abs() < 1e-15, "{cd}");
}

#[test]
fn a_round_voided_by_the_opponent_counts_as_zeros() {
    let game = catalog::game("prisoners_dilemma").expect("a game of the catalog");
    let seen = Observation::Last { own: C, others: C };
    let round = RoundView { game: &game, seat: 0, joint: &[D, ILLEGAL], payoffs: &[0.0, 0.0], seen };
    assert_eq!(Payoff.reward(&round), 0.0);
    assert_eq!(Utilitarian.reward(&round), 0.0);
    assert_eq!(Altruist.reward(&round), 0.0);
    // Never -0, which a table would print as such.
    assert!(AntiUtilitarian.reward(&round).is_sign_positive() && AntiAltruist.reward(&round).is_sign_positive());
    assert_eq!(VirtueEquality.reward(&round), 1.0);
    assert_eq!(VirtueInequality.reward(&round), 0.0);
    assert_eq!(VirtueMixed { beta: 0.5 }.reward(&round), 0.5);
    assert_eq!(Deontological { penalty: 3.0 }.reward(&round), -3.0);
    assert_eq!(VirtueAggression { bonus: 5.0 }.reward(&round), 5.0);
}

#[test]
fn three_players() {
    let game = PublicGoods::new(3, 1.5, 10.0).expect("a public good");
    let joint = [D, C, C];
    let payoffs = [20.0, 10.0, 10.0];
    let round = |others| RoundView {
        game: &game,
        seat: 0,
        joint: &joint,
        payoffs: &payoffs,
        seen: Observation::Last { own: C, others },
    };
    assert_eq!(Payoff.reward(&round(2)), 20.0);
    assert_eq!(Utilitarian.reward(&round(2)), 40.0);
    assert_eq!(Altruist.reward(&round(2)), 20.0);
    // Pairs differ by 10, 10 and 0; (n - 1) times the sum is 80.
    assert_eq!(VirtueInequality.reward(&round(2)), 0.25);
    assert_eq!(VirtueEquality.reward(&round(2)), 0.75);
    let norm = Deontological { penalty: 3.0 };
    assert_eq!([0, 1, 2].map(|others| norm.reward(&round(others))), [0.0, 0.0, -3.0]);
}

#[test]
fn inequality_at_its_ends() {
    assert_eq!(inequality(&[0.0, 0.0]), 0.0);
    assert_eq!(inequality(&[0.0, 0.0, 0.0]), 0.0);
    assert_eq!(inequality(&[7.0, 0.0]), 1.0);
    assert_eq!(inequality(&[0.0, 7.0, 0.0, 0.0]), 1.0);
    assert_eq!(inequality(&[-2.0, -2.0]), 0.0);
    assert_eq!(inequality(&[-1.0, 3.0]), 1.0);
    assert_eq!(inequality(&[-1.0, -4.0]), 0.6);
    assert_eq!(inequality(&[5.0]), 0.0);
}

proptest! {
    #![proptest_config(property_config(256))]

    #[test]
    fn inequality_is_a_share_that_ignores_order_and_scale(
        payoffs in proptest::collection::vec(-10.0f64..10.0, 2..8),
        scale in 0.1f64..10.0,
    ) {
        let here = inequality(&payoffs);
        prop_assert!((0.0..=1.0 + 1e-12).contains(&here), "{here}");
        let mut turned = payoffs.clone();
        turned.reverse();
        prop_assert!((inequality(&turned) - here).abs() < 1e-12);
        let scaled: Vec<f64> = payoffs.iter().map(|payoff| payoff * scale).collect();
        prop_assert!((inequality(&scaled) - here).abs() < 1e-12);
    }

    #[test]
    fn for_two_it_is_the_published_formula(a in 0.01f64..10.0, b in 0.01f64..10.0) {
        prop_assert_eq!(inequality(&[a, b]), (a - b).abs() / (a + b));
    }

    /// For non-negative payoffs it is the Gini index times n / (n - 1), so that 1 is reached.
    #[test]
    fn for_more_it_is_the_gini_index_rescaled(payoffs in proptest::collection::vec(0.01f64..10.0, 2..8)) {
        let n = payoffs.len() as f64;
        let mut sorted = payoffs.clone();
        sorted.sort_by(f64::total_cmp);
        let ranked: f64 = sorted.iter().enumerate().map(|(i, x)| (i as f64 + 1.0) * x).sum();
        let sum: f64 = payoffs.iter().sum();
        let gini = 2.0 * ranked / (n * sum) - (n + 1.0) / n;
        prop_assert!((inequality(&payoffs) - gini * n / (n - 1.0)).abs() < 1e-9);
    }
}
