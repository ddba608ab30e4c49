//! `--set` edits what is there, inserts what is not, and reports what it cannot find.

use super::{BASE, load_with};
use crate::scenario::format::{GameSpec, HorizonSpec, LearnerSpec, ModelSpec, OutputSpec, PolicySpec, ScenarioSpec};
use crate::scenario::text::resolved::resolved_ron;

/// Overrides, and what they make of the scenario.
type Case = (&'static [&'static str], fn(&ScenarioSpec) -> bool);

#[test]
fn overrides_edit_and_insert() {
    let cases: &[Case] = &[
        (&["ticks=3", "seed=9"], |s| s.ticks == 3 && s.seed == 9),
        (&["populations[0].count=4"], |s| s.populations[0].count == 4),
        (&["populations.b.count=5"], |s| s.populations[1].count == 5),
        (&["name=my-run"], |s| s.name == "my-run"),
        (&["rounds.Fixed=7"], |s| s.rounds == HorizonSpec::Fixed(7)),
        (&["prompt.labels=[\"x\",\"y\"]"], |s| s.prompt.labels == ["x", "y"]),
        (&["prompt.system=Be brief."], |s| s.prompt.system.as_deref() == Some("Be brief.")),
        (&["model.Named=tiny"], |s| s.model == ModelSpec::Named("tiny".into())),
        (
            &["populations.a.policy.adapter.rank=4"],
            |s| matches!(&s.populations[0].policy, PolicySpec::Llm { adapter, .. } if adapter.rank == 4),
        ),
        (
            &["populations.a.learner.Grpo.optimizer.lr=1e-3", "populations.a.learner.epochs=2"],
            |s| matches!(&s.populations[0].learner, Some(LearnerSpec::Grpo(g)) if g.optimizer.lr == 1e-3 && g.epochs == 2),
        ),
        (
            &[
                "populations.a.rewards=[(term: Payoff), (term: VirtueEquality, weight: 2.0), (term: Deontological())]",
                "populations.a.rewards.virtue_equality.weight=0.5",
                "populations.a.rewards.Deontological.weight=0.25",
            ],
            |s| s.populations[0].rewards.iter().map(|reward| reward.weight).eq([1.0, 0.5, 0.25]),
        ),
        // Paid by default.
        (
            &["populations.b.rewards.payoff.weight=0.25"],
            |s| matches!(&s.populations[1].rewards[..], [reward] if reward.weight == 0.25 && reward.until.is_none()),
        ),
        (&["populations.*.rewards.0.weight=0.5", "prompt.labels.1=z"], |s| {
            s.populations.iter().all(|p| p.rewards[0].weight == 0.5) && s.prompt.labels[1] == "z"
        }),
        (
            &["populations.a.learner.kl.Fixed.coef=0.1"],
            |s| matches!(&s.populations[0].learner, Some(LearnerSpec::Grpo(g)) if g.kl == crate::learning::kl::KlConfig::Fixed { coef: 0.1 }),
        ),
    ];
    for (overrides, holds) in cases {
        let scenario = load_with(BASE, overrides).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(holds(&scenario.spec), "{overrides:?} gave\n{}", resolved_ron(&scenario.spec));
    }
}

#[test]
fn overrides_that_miss_say_so() {
    let cases: &[(&str, &str)] = &[
        ("ticks", "no `=` in it"),
        ("tick=3", "did you mean `ticks`?"),
        ("populations.aa.count=3", "did you mean `a`?"),
        ("populations[2].count=3", "no item 2"),
        ("populations.a.learner.Ppo.epochs=2", "it is `Grpo` there, not `Ppo`"),
        ("populations.b.learner.epochs=2", "does not say which kind"),
        ("ticks.x=2", "has no part `x`"),
        ("ticks=(", "the value is not RON"),
        ("populations.*.cout=3", "`*` matches nothing: no field `cout`"),
        ("populations.*.learner.kind=3", "`*` matches nothing"),
        ("prompt.labels.5=\"x\"", "no item 5"),
        ("ticks=", "the value is not RON: no value"),
        ("ticks=3 4", "the value is not RON: text after the value"),
        ("ticks=-1", "`-1` is negative"),
    ];
    for (item, wanted) in cases {
        let rendered = load_with(BASE, &[item]).expect_err(item);
        assert!(rendered.contains(wanted), "{item}: no `{wanted}` in\n{rendered}");
    }
    let twice = "populations.a.rewards=[(term: Payoff, until: 1), (term: Payoff, from: 1, weight: 2.0)]";
    let rendered = load_with(BASE, &["ticks=3", twice, "populations.a.rewards.payoff.weight=3"]).expect_err("two");
    assert!(rendered.contains("several items are called `payoff`"), "{rendered}");
}

/// The scenario that `overrides` make of one with tables to be laid over.
fn laid_over(overrides: &[&str]) -> ScenarioSpec {
    let source = BASE
        .replace("noise: 0.0", "output: (selections: true, every: 2), prompt: (labels: [\"x\", \"y\"], persona: \"p\")")
        .replace("Llm()", "Llm(adapter: (rank: 4), activated: true)");
    load_with(&source, overrides).unwrap_or_else(|errors| panic!("{errors}")).spec
}

#[test]
fn tables_are_laid_over_one_another_and_replaced_on_request() {
    let output = |overrides: &[&str]| {
        let OutputSpec { moves, selections, every, .. } = laid_over(overrides).output;
        (moves, selections, every)
    };
    assert_eq!(output(&["output=(moves: true)"]), (true, true, 2));
    assert_eq!(output(&["output=()"]), (false, true, 2));
    assert_eq!(output(&["output:=(moves: true)"]), (true, false, 1));
    // Lists and other variants are replaced.
    let found = laid_over(&["prompt=(labels: [\"u\", \"v\"])", "rounds=Continue(probability: 0.5)"]);
    assert_eq!((&found.prompt.labels[..], found.prompt.persona.as_deref()), (&["u".into(), "v".into()][..], Some("p")));
    assert_eq!(found.rounds, HorizonSpec::Continue { probability: 0.5, at_most: 1000 });
    // The same variant is laid over too.
    let policy = |overrides: &[&str]| match &laid_over(overrides).populations[0].policy {
        PolicySpec::Llm { adapter, activated, .. } => (adapter.rank, *activated),
        other => panic!("{other:?}"),
    };
    assert_eq!(policy(&["populations.a.policy=Llm(adapter: (alpha: 8))"]), (4, true));
    assert!(!policy(&["populations.a.policy:=Llm(adapter: (alpha: 8))"]).1);
}

#[test]
fn a_star_stands_for_every_item_that_has_such_a_part() {
    let counts: Vec<u32> = laid_over(&["populations.*.count=4"]).populations.iter().map(|p| p.count).collect();
    assert_eq!(counts, [4, 4]);
    let found = laid_over(&["populations[*].learner.optimizer.lr=0.5", "populations.*.rewards.*.weight=0.25"]);
    let LearnerSpec::Grpo(learner) = found.populations[0].learner.as_ref().unwrap() else { panic!("{found:?}") };
    assert_eq!((learner.optimizer.lr, found.populations[0].rewards[0].weight), (0.5, 0.25));
    assert!(found.populations[1].learner.is_none(), "a script has no learner to be changed");
}

#[test]
fn a_value_may_be_json_and_a_mistake_in_it_is_pointed_at() {
    let found = laid_over(&["game={\"Named\": \"chicken\"}", "populations.b.policy={\"Scripted\": \"Grim\"}"]);
    assert_eq!(found.game, GameSpec::Named(crate::games::catalog::Named("chicken".into())));
    let rendered = load_with(BASE, &["populations.b.count = \"x\""]).unwrap_err();
    let expected = "\
error: found a string for `count`
 --> --set:1:23
  |
1 | populations.b.count = \"x\"
  |                       ^^^ expected a whole number

test.ron: 1 error; nothing was run
";
    assert_eq!(rendered, expected);
}
