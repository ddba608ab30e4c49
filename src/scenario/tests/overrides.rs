//! `--set` edits what is there, inserts what is not, and reports what it cannot find.

use super::{BASE, load_with};
use crate::scenario::format::{HorizonSpec, LearnerSpec, ModelSpec, PolicySpec, ScenarioSpec};

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
        (
            &["populations.a.learner.kl.Fixed.coef=0.1"],
            |s| matches!(&s.populations[0].learner, Some(LearnerSpec::Grpo(g)) if g.kl == crate::learning::kl::KlConfig::Fixed { coef: 0.1 }),
        ),
    ];
    for (overrides, holds) in cases {
        let scenario = load_with(BASE, overrides).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(holds(&scenario.spec), "{overrides:?} gave\n{}", scenario.source);
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
