//! What strategies see: their own match, groups, games of other sizes, reputations.

use super::*;

#[test]
fn a_view_reads_its_own_match() {
    let game = catalog::game("prisoners_dilemma").unwrap();
    let rules = Moves::of(&game).unwrap();
    let history = [D, D, C, D, D, D, D, ILLEGAL];
    let view = MatchView {
        game: &game,
        moves: &rules,
        history: &history,
        stride: 4,
        first_seat: 2,
        seat: 0,
        round: 2,
        seen: Observation::Last { own: C, others: D },
        others_good: None,
    };
    assert_eq!([0, 1, 2, 3].map(|ago| view.own(ago)), [None, Some(D), Some(C), None]);
    assert_eq!([0, 1, 2, 3].map(|ago| view.opponent(ago)), [None, Some(ILLEGAL), Some(D), None]);
    assert_eq!(view.co_player(2, 1), None);
    assert_eq!(view.others_cooperated().collect::<Vec<_>>(), [false]);
}

#[test]
fn games_with_more_actions_are_played_with_two() {
    let names: Vec<String> = ["low", "middle", "high"].map(str::to_owned).to_vec();
    let game = MatrixGame::new("effort", &names, &vec![vec![(0.0, 0.0); 3]; 3], &names[1..]).unwrap();
    let rules = Moves::of(&game).unwrap();
    assert_eq!((rules.cooperate, rules.defect), (1, 0));
    assert_eq!([0, 1, 2, ILLEGAL].map(|action| rules.cooperative(action)), [false, true, true, false]);
    assert_eq!(rules.recall(Observation::Last { own: 0, others: 2 }), Recall::Last { own: false, others: true });
}

#[test]
fn in_a_group_everybody_must_have_cooperated() {
    let game = PublicGoods::new(3, 2.0, 1.0).unwrap();
    let rules = Moves::of(&game).unwrap();
    let decide = |others, history: &[Action]| {
        let round = history.len() / 3;
        let seen = Observation::Last { own: C, others };
        let view = MatchView {
            game: &game,
            moves: &rules,
            history,
            stride: 3,
            first_seat: 0,
            seat: 1,
            round,
            seen,
            others_good: None,
        };
        [TitForTat, Grim].map(|spec| built(&spec).decide(&view, &mut decision_stream()))
    };
    assert_eq!(decide(2, &[C, D, C]), [C, C]);
    assert_eq!(decide(1, &[C, C, D]), [D, D]);
    assert_eq!(decide(2, &[D, C, C, C, D, C]), [C, D]);
    assert_eq!(decide(2, &[D, C, ILLEGAL, C, D, C]), [C, C]);
}

#[test]
fn a_game_without_defection_has_no_strategies() {
    #[derive(Debug)]
    struct Kind(Vec<String>);
    impl Game for Kind {
        fn name(&self) -> &str {
            "kind"
        }
        fn seats(&self) -> usize {
            2
        }
        fn actions(&self) -> &[String] {
            &self.0
        }
        fn payoffs(&self, _: &[Action], payoffs: &mut [f64]) {
            payoffs.fill(1.0);
        }
        fn cooperative(&self, _: Action) -> bool {
            true
        }
        fn symmetric(&self) -> bool {
            true
        }
    }
    assert_eq!(Moves::of(&Kind(vec!["give".into(), "share".into()])), None);
}

/// Discriminators answer what the others are known for, in every round and whatever they did; without reputations they
/// take every player for good.
#[test]
fn discriminators_answer_reputations_alone() {
    use crate::policies::scripted::by_reputation::discriminator::{Discriminator, ParadoxicalDiscriminator};
    let game = catalog::game("prisoners_dilemma").unwrap();
    let moves = Moves::of(&game).unwrap();
    for (others_good, expected) in [(Some(true), [C, D]), (Some(false), [D, C]), (None, [C, D])] {
        for seen in [Observation::Opening, Observation::Last { own: C, others: D }] {
            let (history, game) = (&[][..], &game);
            let view = MatchView {
                game,
                moves: &moves,
                history,
                stride: 2,
                first_seat: 0,
                seat: 0,
                round: 0,
                seen,
                others_good,
            };
            let strategies: [&dyn crate::policies::scripted::Strategy; 2] = [&Discriminator, &ParadoxicalDiscriminator];
            for (strategy, action) in strategies.into_iter().zip(expected) {
                assert_eq!(
                    strategy.decide(&view, &mut decision_stream()),
                    action,
                    "{} {others_good:?}",
                    strategy.name()
                );
                let p = others_good.map_or(strategy.cooperation(view.recall()), |good| {
                    strategy.cooperation_towards(view.recall(), good)
                });
                assert_eq!(p, Some(f64::from(u8::from(action == C))));
            }
        }
    }
    // Those that do not read reputations play the same towards all.
    assert_eq!(built(&TitForTat).cooperation_towards(Recall::Start, false), Some(1.0));
}
