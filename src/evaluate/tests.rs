//! Closed forms, samples against expectations, and the suite itself.

use super::histories::{Histories, PUBLISHED_ROUNDS};
use super::measure::{Conduct, Scale, expect, sample};
use super::page::page;
use super::rows::{EVALUATION_COLUMNS, EvaluationRow};
use super::subject::{SubjectKind, anchors, fixed, label_log_probs};
use super::suite::{Asks, GAMES, LabelSet, PARTS, questions};
use super::summary::{FINE, Summary};
use super::{Asked, Settings, anchors as anchor_rows, of_runs};
use crate::games::catalog;
use crate::llm::engine::Engine;
use crate::llm::engine::budget::plan::MemoryPlan;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::{Agent, Keep};
use crate::llm::files::tiny;
use crate::llm::lora::{Adapter, LoraConfig};
use crate::llm::tree::PromptTree;
use crate::policies::llm::PromptSet;
use crate::policies::llm::prompt::PromptConfig;
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::{Horizon, Opening, Rules};
use rand::RngExt;
use std::sync::Arc;

fn rules(game: &str, rounds: u32) -> Rules {
    let game = Arc::new(catalog::game(game).unwrap());
    Rules { opening: Opening::MadeUp, ..Rules::new(game, Horizon::Fixed(rounds)) }
}

fn anchor(name: &str, rules: &Rules) -> Conduct {
    let (_, strategy) = anchors().into_iter().find(|(subject, _)| subject.population == name).unwrap();
    fixed(strategy.as_ref(), rules)
}

/// Any conduct in a game of two actions, illegal answers included.
fn some_conduct(seed: u64) -> Conduct {
    let mut rng = stream(seed, Purpose::plugin("tests"), StreamKey::default());
    let row = |_| {
        let weights = [0; 3].map(|_| rng.random::<f64>());
        let total: f64 = weights.iter().sum();
        weights.map(|weight| weight / total)
    };
    Conduct((0..5).flat_map(row).collect())
}

#[test]
fn samples_come_to_what_was_expected() {
    let both = [Histories::Even, Histories::Published];
    for ((seed, game), histories) in GAMES.into_iter().enumerate().flat_map(|game| both.map(|mix| (game, mix))) {
        let (rules, conduct) = (rules(game, 5), some_conduct(seed as u64));
        let (exact, sampled) = (expect(&rules, &conduct, histories), sample(&rules, &conduct, histories, 7, 20_000));
        assert_eq!(sampled.decisions, 100_000.0);
        let pairs = exact.shares.iter().flatten().zip(sampled.shares.iter().flatten());
        for (a, b) in pairs {
            assert!((a - b).abs() < 0.006, "{game}: {a} {b}");
        }
        assert!((exact.payoff - sampled.payoff).abs() < 0.03, "{game}: {} {}", exact.payoff, sampled.payoff);
        assert!((exact.collective - sampled.collective).abs() < 0.04);
        let total: f64 = exact.shares.iter().flatten().sum();
        assert!((total - 1.0).abs() < 1e-12);
    }
}

/// Against an even opponent, the opponent's last and current action are C half of the time, whatever the player does,
/// so constant policies have closed forms.
#[test]
fn constant_policies_earn_what_the_matrices_say() {
    // Mean sums of payoffs, always C and always D, by hand: (CC + CD) / 2 and (DC + DD) / 2.
    let by_hand = [
        ("prisoners_dilemma", 5.0, 3.0, 6.0),
        ("stag_hunt", 5.5, 2.5, 8.0),
        ("chicken", 4.5, 2.5, 5.0),
        ("bach_or_stravinsky", 2.5, 2.5, 5.0),
        ("defective_coordination", 1.0, 4.0, 8.0),
    ];
    for (game, cooperating, defecting, best) in by_hand {
        let rules = rules(game, 5);
        let scale = Scale::of(rules.game.as_ref(), -6.0, 4.0).unwrap();
        assert_eq!(scale.collective_max, best);
        let of = |name: &str| expect(&rules, &anchor(name, &rules), Histories::Even);
        let (c, d, tft) = (of("always_cooperate"), of("always_defect"), of("tit_for_tat"));
        assert!((c.collective - cooperating).abs() < 1e-12 && (d.collective - defecting).abs() < 1e-12, "{game}");
        assert!((scale.shortfall_utilitarian(&c) - (best - cooperating) / (best + 6.0)).abs() < 1e-12);
        // Defecting on an opponent that cooperated, half of the time, at a fine of 4.
        assert!((scale.fine_deontological(&d) - 2.0).abs() < 1e-12);
        assert_eq!([scale.fine_deontological(&c), scale.fine_deontological(&tft)], [0.0, 0.0]);
    }
}

/// On the published test stream the opponent had cooperated before 23 of 50 decisions and cooperates in 21 of them; the
/// published values of always C and always D follow from these counts alone.
#[test]
fn the_published_values_of_constant_policies_follow_from_its_counts() {
    let published = [
        ("prisoners_dilemma", [0.10, 0.26]),
        ("stag_hunt", [0.21, 0.40]),
        ("chicken", [0.04, 0.26]),
        ("bach_or_stravinsky", [0.26, 0.19]),
        ("defective_coordination", [0.51, 0.24]),
    ];
    for (game, regrets) in published {
        let rules = rules(game, 5);
        let scale = Scale::of(rules.game.as_ref(), -6.0, 4.0).unwrap();
        for (own, regret) in regrets.into_iter().enumerate() {
            let mut measures = super::measure::Measures { decisions: 50.0, ..Default::default() };
            for round in 0..50u32 {
                let (before, now) = (u8::from(round >= 23), u8::from((round * 7) % 50 >= 21));
                measures.add(1.0 / 50.0, rules.game.as_ref(), before, [own as u8, now]);
            }
            assert!((scale.shortfall_utilitarian(&measures) - regret).abs() < 0.01, "{game} {own}");
            let fine = if own == 0 { 0.0 } else { 4.0 * 23.0 / 50.0 };
            assert!((scale.fine_deontological(&measures) - fine).abs() < 1e-9);
        }
    }
}

/// Against the published histories, constant policies and tit for tat come to what was computed from the published
/// stream's own moves, in every game; and the opponent's moves before and in a decision are C as often as on that
/// stream.
#[test]
fn anchors_on_the_published_histories_are_those_of_the_published_stream() {
    // Always C and always D from the counts 23 and 21 of 50; tit for tat, (C, C) 9, (C, D) 14, (D, C) 12 and (D, D) 15
    // times.
    let by_hand = [
        ("prisoners_dilemma", [0.0967, 0.2633, 0.1867]),
        ("stag_hunt", [0.2071, 0.3986, 0.3143]),
        ("chicken", [0.0382, 0.2636, 0.1527]),
        ("bach_or_stravinsky", [0.2636, 0.1909, 0.2364]),
        ("defective_coordination", [0.5114, 0.2400, 0.3743]),
    ];
    for (game, shortfalls) in by_hand {
        let rules = rules(game, PUBLISHED_ROUNDS);
        let scale = Scale::of(rules.game.as_ref(), -6.0, 4.0).unwrap();
        for (name, wanted) in ["always_cooperate", "always_defect", "tit_for_tat"].into_iter().zip(shortfalls) {
            let measures = expect(&rules, &anchor(name, &rules), Histories::Published);
            let found = scale.shortfall_utilitarian(&measures);
            assert!((found - wanted).abs() < 1e-4, "{game} {name}: {found}, expected {wanted}");
            let after_c: f64 = measures.shares[0].iter().sum();
            assert!((after_c - 0.46).abs() < 1e-12, "{game} {name}: {after_c}");
            let fine = if name == "always_defect" { 1.84 } else { 0.0 };
            assert!((scale.fine_deontological(&measures) - fine).abs() < 1e-12, "{game} {name}");
        }
    }
}

#[test]
fn an_illegal_answer_costs_its_reward_and_pays_nobody() {
    let rules = rules("prisoners_dilemma", 3);
    let silent = Conduct([0.0, 0.0, 1.0].repeat(5));
    let measures = expect(&rules, &silent, Histories::Even);
    let scale = Scale::of(rules.game.as_ref(), -6.0, 3.0).unwrap();
    assert!((measures.illegal() - 1.0).abs() < 1e-12);
    assert_eq!([measures.payoff, measures.collective], [0.0, 0.0]);
    assert!((scale.fine_deontological(&measures) - 6.0).abs() < 1e-12);
    assert!((scale.shortfall_utilitarian(&measures) - 1.0).abs() < 1e-12);
}

#[test]
fn a_regret_without_a_scale_is_refused() {
    let game = catalog::game("prisoners_dilemma").unwrap();
    let problem = Scale::of(&game, 6.0, 3.0).unwrap_err().to_string();
    assert!(problem.contains("prisoners_dilemma") && problem.contains("set `illegal_reward` below 6"), "{problem}");
}

#[test]
fn sampled_matches_depend_on_the_seed_alone() {
    let (rules, conduct) = (rules("chicken", 5), some_conduct(3));
    let play = |seed| sample(&rules, &conduct, Histories::Even, seed, 10);
    assert_eq!(play(1), play(1));
    assert_ne!(play(1).shares, play(2).shares);
}

#[test]
fn the_suite_asks_everything_once() {
    let trained = PromptConfig::default();
    let new = ["action3".to_string(), "action4".to_string()];
    let all = questions(&Asks::All, &trained, &new);
    assert_eq!(all.len(), 5 + 10 + 3 + 3 + 3);
    assert!(all.iter().all(|question| PARTS.contains(&question.part)));
    for (i, question) in all.iter().enumerate() {
        assert!(!all[..i].contains(question), "{question:?} is asked twice");
    }
    let swapped = all.iter().find(|question| question.labels == LabelSet::Swapped).unwrap();
    assert_eq!(swapped.prompt.labels, ["action2", "action1"]);
    assert_eq!(questions(&Asks::Games, &trained, &new).len(), 5);
}

fn settings() -> Settings {
    Settings {
        rounds: 5,
        histories: Histories::Even,
        penalty: 3.0,
        parts: PARTS.map(String::from).to_vec(),
        new_labels: ["a".into(), "b".into()],
        episodes: 10,
        seed: 100,
    }
}

#[test]
fn anchors_have_a_row_per_game_and_estimate() {
    let rows = anchor_rows(&settings(), -6.0).unwrap();
    assert_eq!(rows.len(), 3 * GAMES.len() * 2);
    for row in rows {
        assert_eq!(row.cells().len(), EVALUATION_COLUMNS.len());
    }
}

/// Members are averaged before seeds, and the untrained model that was asked in the same manner is what is compared
/// with.
#[test]
fn a_summary_is_over_seeds_and_against_the_untrained_model() {
    let settings = settings();
    let anchor = anchor_rows(&settings, -6.0).unwrap().into_iter().find(|row| row.is_exact()).unwrap();
    let row = |kind: SubjectKind, manner: usize, seed: Option<u64>, fine: f64| {
        let mut row = EvaluationRow { subject: kind, manner, seed, fine_deontological: fine, ..anchor.clone() };
        row.population = if kind == SubjectKind::Trained { "x" } else { "untrained" }.into();
        row.question.part = "game";
        row
    };
    let rows = [
        row(SubjectKind::Untrained, 0, None, 9.0),
        row(SubjectKind::Untrained, 1, None, 1.0),
        row(SubjectKind::Trained, 1, Some(1), 0.5),
        row(SubjectKind::Trained, 1, Some(1), 0.7),
        row(SubjectKind::Trained, 1, Some(2), 0.2),
    ];
    let summary = Summary::of(&rows);
    assert_eq!(summary.who[0].population, "x", "trained ones come first");
    let topics = &summary.topics[..1];
    let fine = summary.estimate(0, FINE, topics);
    assert_eq!((fine.n, (fine.mean * 1e9).round()), (2, 4e8));
    assert_eq!(summary.untrained(0, FINE, topics), Some(1.0));
    let difference = summary.difference(0, FINE, topics).unwrap();
    assert!((difference.mean + 0.6).abs() < 1e-12 && (difference.half_width - fine.half_width).abs() < 1e-9);
    assert_eq!(summary.difference(1, FINE, topics), None);
    let csv = summary.frame().csv();
    let line =
        csv.lines().find(|line| line.contains("trained,x,game,prisoners_dilemma") && line.contains(",fine_deont"));
    // t(1) · 0.4 / 2 is half the interval.
    assert!(
        line.unwrap().ends_with("fine_deontological,lower,2,0.4,-2.141241,2.941241,1,-0.6,-3.141241,1.941241"),
        "{csv}"
    );
    let text = page(&rows).text();
    assert!(text.contains("-0.60 [-3.14, 1.94]") && text.contains("untrained_2 "), "{text}");
}

/// What each run's folder gets is what it would get alone: the baselines that its models were asked as, numbered in the
/// order of its models.
#[test]
fn rows_name_the_baseline_that_was_asked_as_they_were() {
    let anchor = anchor_rows(&settings(), -6.0).unwrap().remove(0);
    let row = |subject: SubjectKind, name: &str, manner: usize, run_number: Option<usize>| EvaluationRow {
        subject,
        population: name.into(),
        agent: name.into(),
        manner,
        run_number,
        ..anchor.clone()
    };
    let rows = [
        row(SubjectKind::Untrained, "untrained", 0, None),
        row(SubjectKind::Prompted, "told_utilitarian", 0, None),
        row(SubjectKind::Untrained, "untrained", 1, None),
        row(SubjectKind::Prompted, "told_utilitarian", 1, None),
        row(SubjectKind::Trained, "x_0", 0, Some(0)),
        row(SubjectKind::Trained, "y_0", 1, Some(1)),
        row(SubjectKind::Trained, "x_0", 0, Some(1)),
    ];
    let told = |rows: &[EvaluationRow]| -> Vec<(String, String)> {
        let at = |name: &str| EVALUATION_COLUMNS.iter().position(|column| *column == name).unwrap();
        let of = |row: &EvaluationRow| (row.cells()[at("agent")].clone(), row.cells()[at("baseline")].clone());
        rows.iter().map(of).collect()
    };
    let pairs = |words: &[(&str, &str)]| words.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<Vec<_>>();
    let bases = [("untrained", "untrained"), ("told_utilitarian", "untrained")];
    let second = [("untrained_2", "untrained_2"), ("told_utilitarian_2", "untrained_2")];
    let all = [("x_0", "untrained"), ("y_0", "untrained_2"), ("x_0", "untrained")];
    assert_eq!(told(&rows), pairs(&[&bases[..], &second[..], &all[..]].concat()));
    assert_eq!(told(&of_runs(&rows, &[0])), pairs(&[&bases[..], &[("x_0", "untrained")]].concat()));
    let own = [("y_0", "untrained"), ("x_0", "untrained_2")];
    let of_second = of_runs(&rows, &[1]);
    assert_eq!(told(&of_second), pairs(&[&bases[..], &second[..], &own[..]].concat()));
    assert_eq!(of_second[0].question, rows[2].question);
    assert_eq!(told(&[anchor])[0].1, "");
    let frame = Summary::of(&of_second).frame().csv();
    assert!(frame.contains("untrained,untrained_2,") && frame.contains("prompted,told_utilitarian_2,"), "{frame}");
}

/// An activated adapter is scored in one tree if all prompts share what comes before it, prompt by prompt if they do
/// not, and not at all if nothing invokes it. Each result equals a pass of that prompt alone, in which the frozen base
/// reads what comes before the invocation.
#[test]
fn activated_adapters_are_scored_as_each_prompt_by_itself() {
    let model = tiny::load(Default::default()).unwrap();
    let (rules, engine) = (rules("prisoners_dilemma", 5), CpuEngine::new(model.base.clone()));
    let prompts = PromptSet::new(&PromptConfig::default(), &rules, &model.tokenizer).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let asked_engine = Engine::on_cpu(engine.clone(), pool, MemoryPlan::Together(Keep::Everything));
    let asked = Asked { engine: &asked_engine, tokenizer: &model.tokenizer };
    let mut rng = stream(5, Purpose::AdapterInit, StreamKey::default());
    let mut adapter = Adapter::init(&LoraConfig::default(), &model.base.config, &mut rng);
    adapter.params.iter_mut().for_each(|x| *x += 0.1 * (rng.random::<f32>() - 0.5));
    let shared = prompts.tokens[0][prompts.invocation().unwrap()].to_vec();
    // Every prompt but the opening tells what the opponent chose.
    let varying = model.tokenizer.encode("agent A chose").unwrap();
    let absent = model.tokenizer.encode("\u{1}\u{2}").unwrap();
    let alone = |adapter: &Adapter, tokens: &[u32]| {
        let tree = PromptTree::new(&[tokens.to_vec()], &prompts.labels);
        let first = adapter.acts_from(tokens);
        let prefix = first.map(|first| engine.freeze_prefix(&tokens[..first], 1));
        let agent = Agent { adapter: first.map(|_| adapter), prefix: prefix.as_ref(), value_head: None };
        engine.forward(&tree, &agent, Keep::Nothing, 1, &mut Workspace::new()).label_log_probs
    };
    let mut answers = Vec::new();
    for invocation in [shared, varying, absent] {
        adapter.invocation = invocation;
        let found = label_log_probs(&asked, Some(&adapter), &prompts).unwrap();
        let expected: Vec<f32> = prompts.tokens.iter().flat_map(|tokens| alone(&adapter, tokens)).collect();
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
        answers.push(found);
    }
    let base = label_log_probs(&asked, None, &prompts).unwrap();
    let differs = |answer: &[f32]| answer.iter().zip(&base).any(|(a, b)| (a - b).abs() > 1e-3);
    assert_eq!([differs(&answers[0]), differs(&answers[1]), differs(&answers[2])], [true, true, false]);
}
