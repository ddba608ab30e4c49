//! Adapters that language models inherit from each other.

use super::{GENES, refused};
use crate::support::{Table, run_text};

/// Language models of two populations that inherit adapters, with everything that can happen to them.
const ADAPTERS: &str = r#"(version: 1, ticks: 9, game: Named("prisoners_dilemma"), rounds: Fixed(3), model: Named("tiny"),
    matchmaking: RandomPairs(repeats: 2), output: (pairs: false),
    evolution: (rule: WrightFisher(fitness: Exponential(0.2)), every: 2,
        inherit: (strategy: false, learned: Lamarckian, crossover: 0.5),
        mutation: (adapter: (rate: 0.5, deviation: 0.2, rotation: 0.1))),
    populations: [
        (name: "a", count: 3, policy: Llm(adapter: (rank: 2)), learner: Ppo(optimizer: (lr: 0.003))),
        (name: "b", count: 3, policy: Llm(adapter: (rank: 2)), learner: Ppo(optimizer: (lr: 0.003)))])"#;

/// The same where the worst half is replaced by plain clones of the best.
fn clones(more: &str) -> String {
    ADAPTERS
        .replacen("WrightFisher(fitness: Exponential(0.2))", "Truncation(share: 0.5)", 1)
        .replacen(", crossover: 0.5", more, 1)
        .replacen("mutation: (adapter: (rate: 0.5, deviation: 0.2, rotation: 0.1))", "burn_in: 0", 1)
}

/// The folder of the adapter of agent number `agent`.
fn adapter(run: &std::path::Path, agent: usize) -> std::path::PathBuf {
    run.join("adapters").join(format!("{}_{}", ["a", "b"][agent / 3], agent % 3))
}

/// Trains adapters, and lets the members of `b` in `text` start from one of them and those of `a` from another.
fn from_trained(dir: &std::path::Path, text: &str) -> String {
    let trained = dir.join("trained");
    run_text(&clones("").replacen("every: 2", "every: 100", 1).replacen("ticks: 9", "ticks: 3", 1), &trained, 2);
    let from = |agent: usize| format!("Llm(adapter: (rank: 2), from: Some({:?}))", adapter(&trained, agent));
    let (first, rest) = text.split_once("Llm(adapter: (rank: 2))").unwrap();
    let (second, rest) = rest.split_once("Llm(adapter: (rank: 2))").unwrap();
    format!("{first}{}{second}{}{rest}", from(0), from(4))
}

/// The births of the generation that ended with `tick`: child and parent by number of their agents, founders both.
fn births(run: &std::path::Path, tick: u32) -> Vec<(usize, usize)> {
    let rows = Table::read(run, "genealogy.csv");
    let agent = |name: &str| (0..6).find(|&agent| adapter(run, agent).ends_with(name)).unwrap();
    let birth = |row: usize| (agent(rows.text(row, "agent")), rows.number(row, "parent").unwrap() as usize);
    rows.rows_where("tick", &tick.to_string()).into_iter().map(birth).collect()
}

/// What every agent plays in `tick`: the probabilities of its row, to the letter.
fn plays(run: &std::path::Path, tick: u32) -> Vec<Vec<String>> {
    let rows = Table::read(run, "strategy_evolution.csv");
    let cells = ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];
    let of = |row: usize| cells.map(|cell| rows.text(row, cell).to_owned()).to_vec();
    rows.rows_where("tick", &tick.to_string()).into_iter().map(of).collect()
}

#[test]
fn adapters_are_inherited_by_each_rule() {
    let dir = tempfile::tempdir().unwrap();
    let text = from_trained(dir.path(), &clones("").replacen("ticks: 9", "ticks: 3", 1));
    let run = |name: &str, learned: &str| {
        let out = dir.path().join(name);
        run_text(&text.replacen("learned: Lamarckian", &format!("learned: {learned}"), 1), &out, 1);
        let births = births(&out, 1);
        assert_eq!(births.len(), 3, "half of six");
        (births, plays(&out, 0), plays(&out, 2), out)
    };
    // The parent goes on in its own place, so that its row after the birth is what it had learned.
    let (births, first, last, lamarckian) = run("lamarckian", "Lamarckian");
    for &(child, parent) in &births {
        assert_eq!(last[child], last[parent]);
        assert_ne!(last[child], first[parent], "what was learned has changed what is played");
    }
    let (births, first, last, darwinian) = run("darwinian", "Darwinian");
    for &(child, parent) in &births {
        assert_eq!(last[child], first[parent]);
        assert_ne!(last[child], last[parent]);
    }
    assert!(births.iter().any(|&(child, parent)| first[child] != first[parent]), "{births:?}");
    let (births, first, last, baldwinian) = run("baldwinian", "Baldwinian, weights: [\"payoff\"]");
    for &(child, parent) in &births {
        assert_eq!(last[child], first[child]);
        assert_ne!(last[child], last[parent]);
    }
    // The plan counts what is copied.
    let zero = dir.path().join("zero");
    run_text(&text.replacen("learned: Lamarckian", "learned: Lamarckian, moments: Zero", 1), &zero, 1);
    let peak =
        |out: &std::path::Path| crate::support::manifest(out)["memory"]["peak_bytes_estimated"].as_u64().unwrap();
    assert_eq!(peak(&baldwinian), peak(&darwinian));
    assert!(peak(&darwinian) < peak(&zero) && peak(&zero) < peak(&lamarckian));
}

#[test]
fn a_clone_has_its_parents_adapter_to_the_bit_and_its_moments_by_the_rule() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, more: &str, ticks: u32| {
        let out = dir.path().join(name);
        run_text(&clones(more).replacen("ticks: 9", &format!("ticks: {ticks}"), 1), &out, 1);
        out
    };
    let weights = |run: &std::path::Path, agent: usize| {
        std::fs::read(adapter(run, agent).join("adapter_model.safetensors")).unwrap()
    };
    // The run ends with a generation: nothing is learned after the births.
    let out = run("ended", "", 2);
    let born = births(&out, 1);
    for &(child, parent) in &born {
        assert!(weights(&out, child) == weights(&out, parent), "{child} of {parent}");
    }
    let survivors: Vec<usize> = (0..6).filter(|agent| born.iter().all(|(child, _)| child != agent)).collect();
    assert_ne!(weights(&out, survivors[0]), weights(&out, survivors[1]), "not all adapters are the same");
    let (copy, zero, default) =
        (run("copy", ", moments: Copy", 4), run("zero", ", moments: Zero", 4), run("default", "", 4));
    assert_eq!(plays(&copy, 2), plays(&zero, 2), "adapters are the same");
    let differs = |agent: usize| plays(&copy, 3)[agent] != plays(&zero, 3)[agent];
    let children: Vec<usize> = births(&copy, 1).into_iter().map(|(child, _)| child).collect();
    assert!(children.iter().any(|&child| differs(child)), "steps without moments lead elsewhere");
    assert_eq!(plays(&copy, 3), plays(&default, 3), "moments are copied unless the scenario says otherwise");
    let resolved = std::fs::read_to_string(default.join("scenario.ron")).unwrap();
    assert!(resolved.contains("moments: Copy"), "{resolved}");
}

#[test]
fn mutants_keep_a_and_children_of_two_have_the_mean_of_products() {
    use agora::llm::files::peft;
    let dir = tempfile::tempdir().unwrap();
    let model = crate::support::tiny_model();
    let run = |name: &str, text: String| {
        let out = dir.path().join(name);
        run_text(&text.replacen("ticks: 9", "ticks: 2", 1), &out, 1);
        out
    };
    let load = |run: &std::path::Path, agent: usize| {
        peft::load(&adapter(run, agent), &model.base.config, Some(&model.id)).unwrap()
    };
    let before = run("before", clones("").replacen("every: 2", "every: 100", 1));
    let crossed = run("crossed", clones(", crossover: 1.0"));
    let rows = Table::read(&crossed, "genealogy.csv");
    for (row, (child, parent)) in births(&crossed, 1).into_iter().enumerate() {
        assert_eq!(rows.number(row, "second_parent"), Some(child as f64), "the founder in its place");
        let expected = load(&before, parent).mean(&load(&before, child)).unwrap();
        assert_eq!(load(&crossed, child).params, expected);
        assert_ne!(expected, load(&before, parent).params);
        assert_eq!(load(&crossed, parent).params, load(&before, parent).params);
    }
    let noise = "burn_in: 0, mutation: (adapter: (rate: 1.0, deviation: 0.3, rotation: 0.2))";
    let mutated = run("mutated", clones("").replacen("burn_in: 0", noise, 1));
    let rows = Table::read(&mutated, "genealogy.csv");
    for (row, (child, parent)) in births(&mutated, 1).into_iter().enumerate() {
        assert_eq!((rows.text(row, "origin"), rows.text(row, "second_parent")), ("mutation", ""));
        let (child, parent) = (load(&mutated, child), load(&before, parent));
        for slot in &parent.slots {
            assert_eq!(child.params[slot.a.clone()], parent.params[slot.a.clone()]);
            assert_ne!(child.params[slot.b.clone()], parent.params[slot.b.clone()]);
        }
    }
}

#[test]
fn language_models_that_inherit_go_on_as_if_they_had_never_stopped_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let one_by_one = "Moran(fitness: Exponential(0.2), births: 5)";
    let darwinian = from_trained(dir.path(), ADAPTERS)
        .replacen("Lamarckian", "Darwinian", 1)
        .replacen("WrightFisher(fitness: Exponential(0.2))", one_by_one, 1)
        .replace("Ppo(", "Grpo(");
    let texts =
        clones("").replacen("model:", "prompt: (decision: Generate, generation: (max_new_tokens: 2)), model:", 1);
    let texts = texts.replace("Ppo(", "Rloo(").replacen("ticks: 9", "ticks: 6", 1);
    let activated = ADAPTERS.replace("(rank: 2)", "(rank: 2), activated: true").replacen("ticks: 9", "ticks: 6", 1);
    for text in [ADAPTERS, &darwinian, &texts, &activated] {
        let simulation = agora::run::Simulation::new();
        // The stopped parts run on one thread, the others on two. One stop is in a generation, one just after it.
        let scenario = crate::support::scenario(&simulation, text);
        crate::resume::check_resumed_is_straight(&scenario, &[3, 4]);
    }
    let straight = |threads: usize| {
        let out = dir.path().join(format!("threads{threads}"));
        run_text(ADAPTERS, &out, threads);
        crate::support::results(&out)
    };
    let (one, two) = (straight(1), straight(2));
    assert!(one.keys().any(|name| name.ends_with("genealogy.csv")) && one == two);
    assert!(String::from_utf8_lossy(&one["genealogy.csv"]).contains("mutation"));
}

#[test]
fn adapters_that_cannot_be_inherited_are_refused() {
    for (text, from, to, expected) in [
        (ADAPTERS, "strategy: false", "strategy: true", "`a` has no strategy that others can inherit"),
        (
            ADAPTERS,
            "learner: Ppo(optimizer: (lr: 0.003))",
            "learner: None",
            "`a` learns in no way that can be inherited",
        ),
        (
            ADAPTERS,
            "Llm(adapter: (rank: 2))",
            "Llm(adapter: (rank: 3))",
            "`a` and `b` have adapters of different shapes",
        ),
        (ADAPTERS, "Llm(adapter: (rank: 2))", "Llm(adapter: (rank: 2, targets: [QProj]))", "of different shapes"),
        (ADAPTERS, "Llm(adapter: (rank: 2))", "Llm(adapter: (rank: 2), activated: true)", "where their adapters act"),
        (
            ADAPTERS,
            "Llm(adapter: (rank: 2))",
            "Llm(adapter: (rank: 2), prompt: (persona: \"You are kind.\"))",
            "are asked in different ways",
        ),
        (ADAPTERS, "learner: Ppo(optimizer: (lr: 0.003))", "learner: Grpo()", "`a` and `b` have different learners"),
        (
            ADAPTERS,
            "policy: Llm(adapter: (rank: 2)), learner: Ppo(optimizer: (lr: 0.003))",
            "policy: QLearning()",
            "only if both learn alike",
        ),
        (ADAPTERS, "Lamarckian", "Baldwinian", "no adapters are inherited that could be mixed"),
        (ADAPTERS, "Lamarckian, crossover: 0.5", "Baldwinian", "no adapters are inherited that could be mutated"),
        (ADAPTERS, "Lamarckian", "Darwinian", "the adapters that members of `a` are born with are zero"),
        (ADAPTERS, "crossover: 0.5", "crossover: 1.5", "1.5 is not a probability"),
        (ADAPTERS, "rate: 0.5", "rate: -0.5", "-0.5 is not a probability"),
        (ADAPTERS, "deviation: 0.2", "deviation: 20.0", "deviation 20 is out of range"),
        (ADAPTERS, "every: 2", "every: 2, stop_at_fixation: true", "the run would end with its first generation"),
        (
            ADAPTERS,
            "every: 2",
            "every: 2, invasions: [(tick: 3, population: \"a\")]",
            "an invader would be of the type that all agents have",
        ),
        (ADAPTERS, "deviation: 0.2, rotation: 0.1", "deviation: 0.0", "the noise on adapters is none"),
        (ADAPTERS, "version: 1", "version: 1, play: PairByPair", "depends on more than the last round, or learns"),
        (GENES, "Lamarckian", "Lamarckian, crossover: 0.5", "`selfish` has no adapters that could be mixed"),
        (
            GENES,
            "simplex: true)",
            "simplex: true), adapter: (rate: 0.1, deviation: 0.1)",
            "no adapters that could be mutated",
        ),
    ] {
        let message = refused(text, from, to);
        assert!(message.contains(expected), "{from} → {to}:\n{message}");
    }
}
