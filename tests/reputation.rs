//! Reputations: played against the closed form of their stationary share, told to language models, kept in checkpoints,
//! the same on any number of threads, and refused where they cannot be.

use crate::resume::check_resumed_is_straight;
use crate::support::{Table, root, run_text, scenario, sim, stderr, stdout};
use agora::run::{RunOptions, Simulation};
use agora::world::{Reputations, Tournament};
use serde_json::Value;

/// One-round donation games among discriminators under `norm`, with judgements that err and help that fails.
fn discriminators(norm: &str, agents: u32, ticks: u32) -> String {
    format!(
        "(version: 1, ticks: {ticks}, game: DonationGame(benefit: 3.0, cost: 1.0), rounds: Fixed(1), seed: 5,
          matchmaking: RandomPairs(),
          reputation: (norm: {norm}, assessment_error: 0.05, execution_error: 0.1),
          populations: [(name: \"d\", count: {agents}, policy: Scripted(Discriminator))])"
    )
}

/// Ohtsuki and Iwasa's reputation dynamics with discriminators alone: under stern judging and simple standing the
/// stationary share of good agents is (1 − a) / (1 + (1 − 2a) e), under scoring and shunning a / (1 − (1 − 2a)(1 − e)).
/// Every agent is as likely as any other to be met, so the recursion of the expected share is linear and holds for any
/// number of agents. Help is given to the good alone and fails with chance e: cooperation is (1 − e) times the share.
///
/// The mean over 400 ticks of 400 judgements has a standard error below 0.0045 (judgements of neighbouring ticks are
/// correlated by at most 0.81, which multiplies the variance by up to 9.5); 5.5 of them are a false alarm in 10⁷ runs.
#[test]
fn the_share_of_good_discriminators_is_that_of_the_closed_form() {
    let (a, e) = (0.05, 0.1);
    let forgiving = (1.0 - a) / (1.0 + (1.0 - 2.0 * a) * e);
    let harsh = a / (1.0 - (1.0 - 2.0 * a) * (1.0 - e));
    let dir = tempfile::tempdir().unwrap();
    for (norm, expected) in [
        ("SternJudging", forgiving),
        ("SimpleStanding", forgiving),
        ("LeadingEight(number: 6)", forgiving),
        ("Scoring", harsh),
        ("Shunning", harsh),
    ] {
        let out = dir.path().join(norm.replace(|c: char| !c.is_alphanumeric(), ""));
        run_text(&discriminators(norm, 400, 450), &out, 1);
        let table = Table::read(&out, "social_outcomes.csv");
        assert_eq!(table.len(), 450);
        let mean = |head: &str| (50..450).map(|row| table.number(row, head).unwrap()).sum::<f64>() / 400.0;
        let (share, cooperation) = (mean("share_good"), mean("cooperation_rate"));
        assert!((share - expected).abs() < 0.025, "{norm}: {share}, expected {expected}");
        assert!((cooperation - (1.0 - e) * expected).abs() < 0.025, "{norm}: {cooperation}");
        assert_eq!(mean("reputation_mean"), share, "good counts 1, bad 0");
    }
}

/// Those who never help are found out: under stern judging discriminators help each other and not the mean, who earn
/// less.
#[test]
fn discriminators_hold_their_own_against_the_mean() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let text = "(version: 1, ticks: 60, game: DonationGame(benefit: 5.0, cost: 1.0), rounds: Fixed(1),
        matchmaking: RandomPairs(), reputation: (norm: SternJudging, assessment_error: 0.02),
        populations: [(name: \"d\", count: 30, policy: Scripted(Discriminator)),
                      (name: \"mean\", count: 10, policy: Scripted(AlwaysDefect))])";
    run_text(text, &out, 2);
    let table = Table::read(&out, "strategy_evolution.csv");
    let mean = |population: &str, head: &str| {
        let rows: Vec<usize> = table
            .rows_where("population", population)
            .into_iter()
            .filter(|&row| table.number(row, "tick") > Some(10.0))
            .collect();
        rows.iter().map(|&row| table.number(row, head).unwrap()).sum::<f64>() / rows.len() as f64
    };
    assert!(mean("d", "payoff_mean") > mean("mean", "payoff_mean") + 1.0);
    assert!(mean("d", "reputation") > 0.9 && mean("mean", "reputation") < 0.5);
    assert_eq!([mean("d", "p_c_good"), mean("d", "p_c_bad"), mean("mean", "p_c_good")], [1.0, 0.0, 0.0]);
}

/// Two agents, one match of three rounds: what is told, and what the deeds make of it, by hand.
#[test]
fn reputations_of_a_match_by_hand() {
    let of = |norm: &str, judged: &str, scripts: [&str; 2]| {
        let text = format!(
            "(version: 1, ticks: 1, game: DonationGame(benefit: 3.0, cost: 1.0), rounds: Fixed(3),
              matchmaking: FixedPairs([(\"a\", \"b\")]), reputation: (norm: {norm}, judged: {judged}),
              populations: [(name: \"a\", policy: Scripted({})), (name: \"b\", policy: Scripted({}))])",
            scripts[0], scripts[1]
        );
        let mut simulation = Simulation::new();
        let scenario = scenario(&simulation, &text);
        simulation.run_quietly(&scenario, &RunOptions::default()).unwrap();
        let world = simulation.app.world();
        (world.resource::<Reputations>().0.clone(), world.resource::<Tournament>().history.clone())
    };
    // b defects on the good a and is bad for it; a refuses it from then on, rightly. Defecting on the good stays bad.
    let (known, history) = of("SternJudging", "Rounds", ["Discriminator", "AlwaysDefect"]);
    assert_eq!((known, history), (vec![1, 0], vec![0, 1, 1, 1, 1, 1]));
    // Judged by the last round alone, nothing is known within the match: a helps in all three.
    let (known, history) = of("SternJudging", "Matches", ["Discriminator", "AlwaysDefect"]);
    assert_eq!((known, history), (vec![1, 0], vec![0, 1, 0, 1, 0, 1]));
    // Scores 3 − 2 = 1 and −3, from 0; −2 is the bound.
    let (known, _) = of("ImageScore(bound: 2)", "Rounds", ["AlwaysCooperate", "AlwaysDefect"]);
    assert_eq!(known, vec![4, 0]);
    let (known, history) = of("Shunning", "Rounds", ["Discriminator", "AlwaysDefect"]);
    // a refuses the bad b in the second round, which shunning holds against a too.
    assert_eq!((known, history), (vec![0, 0], vec![0, 1, 1, 1, 1, 1]));
}

/// Everything that may carry state or read reputations: errors, Q-tables, models that are told and models that are not.
const ALL_KINDS: &str = r#"(
    version: 1, ticks: 5, game: DonationGame(benefit: 3.0, cost: 1.0), rounds: Fixed(2), model: Named("tiny"), noise: 0.05,
    matchmaking: RandomPairs(repeats: 2), output: (moves: true),
    reputation: (norm: ImageScore(bound: 1), assessment_error: 0.1, execution_error: 0.1),
    populations: [
        (name: "told", count: 2, policy: Llm(prompt: (reputation: true)), learner: Grpo()),
        (name: "untold", count: 2, policy: Llm(), learner: Reinforce()),
        (name: "texts", policy: Llm(prompt: (reputation: true, decision: Generate, generation: (max_new_tokens: 3)))),
        (name: "table", count: 2, policy: QLearning(epsilon: Linear(from: 1.0, to: 0.0, over: 30))),
        (name: "script", count: 2, policy: Scripted(Discriminator)),
        (name: "odd", policy: Scripted(ParadoxicalDiscriminator)),
    ],
)"#;

#[test]
fn runs_with_reputations_resume_and_are_the_same_on_any_number_of_threads() {
    check_resumed_is_straight(&scenario(&Simulation::new(), ALL_KINDS), &[3]);
}

#[test]
fn language_models_are_told_in_words_where_the_scenario_asks_for_it() {
    let prompts = |told: bool| -> Value {
        let set = format!("prompt.reputation={told}");
        let asked = ["prompt", "scenarios/reputation.ron", "--agent", "selfish", "--format", "json", "--set", &set];
        serde_json::from_str(&stdout(sim().args(asked), 0)).unwrap()
    };
    let told = prompts(true);
    let texts: Vec<&str> = told[0]["prompts"].as_array().unwrap().iter().map(|p| p["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 2 * 5, "five last rounds, two reputations");
    assert_eq!(texts.iter().filter(|text| text.contains("agent A has a good reputation.")).count(), 5);
    assert_eq!(texts.iter().filter(|text| text.contains("agent A has a bad reputation.")).count(), 5);
    assert_eq!(told[0]["prompts"][0]["reputation"], "a bad reputation");
    let untold = prompts(false);
    assert_eq!(untold[0]["prompts"].as_array().unwrap().len(), 5);
    assert!(untold[0]["prompts"].as_array().unwrap().iter().all(|p| p.get("reputation").is_none()));
    assert!(!untold.to_string().contains("reputation"));
}

/// A model that is told plays by one row of its table per reputation; one that is not plays alike towards all.
#[test]
fn what_is_not_told_makes_no_difference() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(ALL_KINDS, &out, 1);
    let table = Table::read(&out, "strategy_evolution.csv");
    let differ = |population: &str| {
        let rows = table.rows_where("population", population);
        rows.iter().any(|&row| table.number(row, "p_c_good") != table.number(row, "p_c_bad"))
    };
    assert!(differ("told") && differ("table") && !differ("untold"));
}

#[test]
fn reputations_are_refused_where_they_cannot_be_with_advice() {
    let refused = |sets: &[&str], said: &[&str]| {
        let mut command = sim();
        command.current_dir(root()).args(["scenarios/norms/stern_judging.ron", "--dry-run"]);
        sets.iter().for_each(|set| _ = command.args(["--set", set]));
        let message = stderr(&mut command, 2);
        for words in said {
            assert!(message.contains(words), "{words} in {message}");
        }
    };
    refused(&["reputation=None"], &["`Discriminator` reads reputations", "reputation: (norm: SternJudging)"]);
    refused(&["reputation.norm=StrenJudging"], &["did you mean `SternJudging`?"]);
    refused(&["reputation.norm=LeadingEight(number: 9)"], &["there is no number 9 among eight"]);
    refused(&["reputation.norm=ImageScore(bound: 0)"], &["expected a bound of 1 to 100"]);
    refused(&["reputation.assessment_error=1.5"], &["1.5 is not a probability"]);
    refused(&["output.exact=true"], &["expectations of a tick know nothing of reputations"]);
    refused(&["play=MatchByMatch"], &["changes between the rounds of a match"]);
    let exact =
        sim().args(["scenarios/reputation.ron", "--dry-run", "--set", "populations.selfish.estimator=Exact"]).assert();
    let message = String::from_utf8(exact.code(2).get_output().stderr.clone()).unwrap();
    assert!(message.contains("whose reputation changes"), "{message}");
    let plan = stdout(sim().args(["scenarios/norms/stern_judging.ron", "--dry-run"]), 0);
    assert!(plan.contains("known   stern judging; every round is judged, 2 % of judgements fail"), "{plan}");
    let explained = stdout(sim().args(["explain", "stern_judging"]), 0);
    assert!(
        explained.contains("Kandori 1992") && explained.contains("reputation: (norm: SternJudging)"),
        "{explained}"
    );
}

/// Columns about reputations are in the tables of runs that have them, and in no other's.
#[test]
fn tables_of_other_runs_are_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    sim().args(["scenarios/evolution.ron", "--ticks", "2", "--out"]).arg(&out).assert().success();
    for (file, columns) in
        [("strategy_evolution.csv", ["reputation", "p_c_good"]), ("social_outcomes.csv", ["share_good"; 2])]
    {
        let head = std::fs::read_to_string(out.join(file)).unwrap().lines().next().unwrap().to_owned();
        assert!(columns.iter().all(|column| !head.split(',').any(|name| name == *column)), "{head}");
    }
    let written = std::fs::read_to_string(out.join("scenario.ron")).unwrap();
    assert!(!written.contains("reputation"), "{written}");
}
