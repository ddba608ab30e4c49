//! Groups, and games of more than two actions.

use super::*;
use crate::games::Game;
use crate::games::optional_public_goods::OptionalPublicGoods;
use crate::games::public_goods::PublicGoods;
use crate::meta::one_shot::OneShot;

fn rules_of(game: impl Game + 'static, noise: f64) -> Rules {
    Rules { noise, ..Rules::new(Arc::new(game), Horizon::Fixed(3)) }
}

fn optional(players: usize, multiplier: f64, loner: f64) -> OptionalPublicGoods {
    let fields = serde_json::json!({ "players": players, "multiplier": multiplier, "loner": loner });
    serde_json::from_value(fields).unwrap()
}

fn blind(name: &str, chances: &[f64]) -> MetaType {
    MetaType::strategy(name.into(), name.into(), vec![Player::Blind(chances.to_vec())])
}

/// Every action as a type.
fn actions(count: usize) -> Vec<MetaType> {
    let chances = |own: usize| (0..count).map(|other| f64::from(u8::from(other == own))).collect::<Vec<_>>();
    (0..count).map(|own| blind(&own.to_string(), &chances(own))).collect()
}

/// What `own` gets beside `others`, each with the chances of its actions: over all joint actions.
fn enumerated(game: &dyn Game, own: &[f64], others: &[&[f64]], noise: f64) -> [f64; 2] {
    let (players, actions) = (others.len() + 1, own.len());
    let slipped =
        |chances: &[f64], to: usize| chances[to] * (1.0 - noise) + (1.0 - chances[to]) * noise / (actions - 1) as f64;
    let (mut payoff, mut cooperation) = (0.0, 0.0);
    for number in 0..actions.pow(players as u32) {
        let joint: Vec<Action> =
            (0..players).map(|seat| (number / actions.pow(seat as u32) % actions) as Action).collect();
        let chance: f64 = joint
            .iter()
            .enumerate()
            .map(|(seat, &action)| slipped(if seat == 0 { own } else { others[seat - 1] }, action.into()))
            .product();
        let mut payoffs = vec![0.0; players];
        game.payoffs(&joint, &mut payoffs);
        payoff += chance * payoffs[0];
        cooperation += chance * f64::from(u8::from(game.cooperative(joint[0])));
    }
    [payoff, cooperation]
}

#[test]
fn payoffs_in_groups_are_those_of_all_joint_actions() {
    let types = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.3, 0.5, 0.2]];
    let made = || optional(4, 2.5, 1.4);
    for noise in [0.0, 0.1] {
        let named: Vec<MetaType> = types.iter().enumerate().map(|(i, of)| blind(&i.to_string(), of)).collect();
        let game = play(named, &rules_of(made(), noise));
        let groups = game.groups().unwrap();
        assert_eq!(groups.len(), 20);
        for (place, counts) in groups.iter().enumerate() {
            let others: Vec<&[f64]> =
                counts.iter().zip(&types).flat_map(|(&count, of)| (0..count).map(move |_| &of[..])).collect();
            for (i, own) in types.iter().enumerate() {
                let expected = enumerated(&made(), own, &others, noise);
                for (measure, expected) in [PAYOFF, COOPERATION].into_iter().zip(expected) {
                    let found = game.measures[measure].values.mean(Diagonal::All).rows()[i][place];
                    assert!((found - expected).abs() < 1e-12, "{i} beside {counts:?}: {found}, {expected}");
                }
            }
        }
    }
}

#[test]
fn a_public_good_is_kept_by_defectors_and_shared_by_none() {
    let game = play(actions(2), &rules_of(PublicGoods::new(5, 3.0, 1.0).unwrap(), 0.0));
    let found = findings(&game, &options(&[0.0, 1.0], &[20], 0));
    // Beside k contributors: the share of k + 1 contributions, or the share of k and the own endowment.
    for (place, counts) in game.groups().unwrap().iter().enumerate() {
        let k = f64::from(counts[0]);
        let rows = &found.value.measures[PAYOFF];
        assert!((rows[0][place] - 3.0 * (k + 1.0) / 5.0).abs() < 1e-12);
        assert!((rows[1][place] - (3.0 * k / 5.0 + 1.0)).abs() < 1e-12);
    }
    // Nobody has any advantage without selection.
    assert!((found.value.fixation[0][0][0][1] - 1.0 / 20.0).abs() < 1e-12);
    // In every state a defector gets more than a contributor by the same: what it keeps, less the share of it that
    // would come back, and that share times the chance that one more of its co-players contributes. The chance to take
    // over is a geometric sum.
    let gap = 1.0 - 3.0 / 5.0 + 3.0 / 5.0 * 4.0 / 19.0;
    let sum: f64 = (0..20).map(|k| (-gap * f64::from(k)).exp()).sum();
    assert!((found.value.fixation[0][1][0][1] - 1.0 / sum).abs() < 1e-9, "{}", found.value.fixation[0][1][0][1]);
    // Contributors are no Nash equilibrium; defectors are a strict one and evolutionarily stable.
    assert_eq!(found.value.verdicts, [[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]);
    assert!(found.value.ratings.iter().all(|rating| rating.is_nan()));
    assert!(found.value.replicator[1].last().unwrap() > &0.999);
}

#[test]
fn two_players_of_two_actions_are_the_same_as_a_matrix() {
    let rules = rules(Horizon::Fixed(1), 0.05, Opening::Blank);
    let pairs = vec![strategy("c", always_cooperate()), strategy("d", always_defect())];
    let matrix = findings(&play(pairs, &rules), &options(&[0.5], &[10, 30], 0));
    let one_shot = OneShot::of(&rules).unwrap();
    let expected = one_shot.expected(&[vec![1.0, 0.0], vec![0.0, 1.0]]).unwrap();
    let groups = play(actions(2), &rules_of(PublicGoods::new(3, 2.0, 1.0).unwrap(), 0.0));
    let mut measures = groups.measures.clone();
    for (measure, table) in measures.iter_mut().zip([&expected.payoff, &expected.cooperation, &expected.shortfall]) {
        measure.values = crate::meta::game::Values::Groups(table.clone());
    }
    let table = findings(&MetaGame { measures, ..groups }, &options(&[0.5], &[10, 30], 0));
    for n in 0..2 {
        for (a, b) in matrix.value.long_run[n][0].iter().zip(&table.value.long_run[n][0]) {
            assert!((a - b).abs() < 1e-12);
        }
    }
    assert_eq!(matrix.value.verdicts, table.value.verdicts);
    assert!((matrix.value.cooperation[0][0] - table.value.cooperation[0][0]).abs() < 1e-12);
}

#[test]
fn those_who_abstain_make_contributors_and_defectors_chase_each_other() {
    // Hauert, De Monte, Hofbauer & Sigmund 2002, Volunteering as Red Queen mechanism for cooperation, Science 296.
    let found = findings(&play(actions(3), &rules_of(optional(5, 3.0, 2.0), 0.0)), &options(&[1.0], &[50], 0));
    // Defectors take over contributors, abstainers defectors, and contributors abstainers: none lasts.
    let fixation = &found.value.fixation[0][0];
    assert!(fixation[0][1] > 0.1 && fixation[1][0] < 1e-3, "{fixation:?}");
    assert!(fixation[1][2] > 0.1 && fixation[2][1] < 0.02, "{fixation:?}");
    assert!(found.value.verdicts[1].iter().all(|strict| *strict == 0.0), "{:?}", found.value.verdicts);
    assert!(found.value.long_run[0][0].iter().all(|share| *share > 0.05), "{:?}", found.value.long_run);
    assert!(found.rest_notes[0].contains("that none is missing is not proved"), "{:?}", found.rest_notes);
}

#[test]
fn what_is_no_such_game_is_refused() {
    let named = vec![strategy("c", always_cooperate()), strategy("d", always_defect())];
    let rules = rules_of(PublicGoods::new(3, 2.0, 1.0).unwrap(), 0.0);
    let problem = MetaGame::play(named, &rules, Sampling { matches: 10, seed: 1 }).unwrap_err();
    assert!(problem.contains("`c` looks at what others did"), "{problem}");
    let labels = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let payoffs = vec![vec![(1.0, 2.0); 3]; 3];
    let unfair = rules_of(MatrixGame::new("unfair", &labels, &payoffs, &labels[..1]).unwrap(), 0.0);
    let problem = OneShot::of(&unfair).unwrap_err();
    assert!(problem.contains("`unfair` pays its players by who does what"), "{problem}");
}
