//! Scenarios that extend others: what is laid over what, and what cannot be.

use super::known;
use crate::scenario::load::load;
use crate::scenario::text::resolved::resolved_ron;

const BASE: &str = r#"(
  version: 1, name: "of_the_base", ticks: 8, game: Named("prisoners_dilemma"), rounds: Fixed(10),
  output: (pairs: true, every: 2),
  populations: [
    (name: "a", count: 2, policy: Llm(adapter: (rank: 4)), learner: Grpo(), rewards: [(term: Payoff), (term: Utilitarian)]),
    (name: "b", policy: Scripted(TitForTat)),
    (name: "c", policy: Scripted(Grim)),
  ],
)
"#;

/// Writes `files` into a folder and loads the last; gives its resolved text, or everything that is wrong.
fn loaded(files: &[(&str, &str)]) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let last = folder.path().join(files.last().unwrap().0);
    let plain = |text: String| text.replace(&folder.path().display().to_string(), "DIR");
    load(&last, &[], &known()).map(|scenario| resolved_ron(&scenario.spec)).map_err(|e| plain(e.render(false)))
}

#[test]
fn a_scenario_is_laid_over_the_one_it_extends_in_any_language() {
    let plain = r#"(
      version: 1, ticks: 4, game: Named("prisoners_dilemma"), rounds: Fixed(10), output: (pairs: true, every: 1),
      populations: [
        (name: "a", count: 5, policy: Llm(adapter: (rank: 4, alpha: 8)), learner: Grpo(), rewards: [(term: Altruist)]),
        (name: "c", policy: Scripted(Grim)),
        (name: "d", policy: Scripted(Alternator)),
      ],
    )"#;
    let expected = loaded(&[("over.ron", plain)]).unwrap();
    let over = [
        (
            "over.ron",
            r#"(extends: "base.ron", ticks: 4, output: (every: 1), populations: [
                (name: "a", count: 5, policy: Llm(adapter: (alpha: 8)), rewards: [(term: Altruist)]),
                (name: "b", remove: true), (name: "d", policy: Scripted(Alternator))])"#,
        ),
        (
            "over.json",
            r#"{"extends": "base.ron", "ticks": 4, "output": {"every": 1}, "populations": [
                {"name": "a", "count": 5, "policy": {"Llm": {"adapter": {"alpha": 8}}}, "rewards": [{"term": "Altruist"}]},
                {"name": "b", "remove": true}, {"name": "d", "policy": {"Scripted": "Alternator"}}]}"#,
        ),
        (
            "over.yaml",
            "extends: base.ron\nticks: 4\noutput: {every: 1}\npopulations:\n- name: a\n  count: 5\n  policy: {Llm: {adapter: {alpha: 8}}}\n  \
             rewards: [{term: Altruist}]\n- {name: b, remove: true}\n- {name: d, policy: {Scripted: Alternator}}\n",
        ),
        (
            "over.toml",
            "extends = \"base.ron\"\nticks = 4\noutput.every = 1\n[[populations]]\nname = \"a\"\ncount = 5\n\
             policy.Llm.adapter.alpha = 8\nrewards = [{ term = \"Altruist\" }]\n[[populations]]\nname = \"b\"\nremove = true\n\
             [[populations]]\nname = \"d\"\npolicy = { Scripted = \"Alternator\" }\n",
        ),
    ];
    for file in over {
        let found = loaded(&[("base.ron", BASE), file]).unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(found, expected, "{}", file.0);
    }
}

#[test]
fn paths_are_seen_from_the_file_and_chains_are_followed() {
    let files = [
        ("shared/base.ron", BASE),
        ("shared/longer.yaml", "extends: base.ron\nticks: 20\n"),
        ("mine.toml", "extends = \"shared/longer.yaml\"\nname = \"mine\"\nseed = 5\n"),
    ];
    let found = loaded(&files).unwrap_or_else(|errors| panic!("{errors}"));
    for part in ["name: \"mine\"", "seed: 5", "ticks: 20", "rank: 4"] {
        assert!(found.contains(part), "no {part} in\n{found}");
    }
    // Without a name of its own, a scenario is called like its file.
    let found = loaded(&[files[0], ("same.ron", "(extends: \"shared/base.ron\")")]).unwrap();
    assert!(found.contains("name: \"same\""), "{found}");
}

#[test]
fn messages_point_into_the_file_where_the_mistake_is() {
    let wrong = BASE.replace("Grim", "Grimm");
    let rendered = loaded(&[("base.ron", &wrong), ("over.yaml", "extends: base.ron\ntick: 4\n")]).unwrap_err();
    for part in
        ["DIR/base.ron:7:34", "did you mean `Grim`?", "DIR/over.yaml:2:1", "unknown field `tick`", ": 2 errors;"]
    {
        assert!(rendered.contains(part), "no {part} in\n{rendered}");
    }
    let rendered = loaded(&[("base.ron", "(version: 1"), ("over.ron", "(extends: \"base.ron\")")]).unwrap_err();
    assert!(rendered.contains("DIR/base.ron:1:1") && rendered.contains("never closed"), "{rendered}");
}

#[test]
fn what_cannot_be_extended_is_said() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("a.ron", "(extends: \"a.ron\")")], "circle: DIR/a.ron extends DIR/a.ron"),
        (
            &[("a.ron", "(extends: \"b.yaml\")"), ("b.yaml", "extends: a.ron\n")],
            "circle: DIR/b.yaml extends DIR/a.ron extends DIR/b.yaml",
        ),
        (&[("base.ron", BASE), ("a.ron", "(extends: \"bas.ron\")")], "`DIR/bas.ron` does not exist"),
        (&[("a.ron", "(extends: 5)")], "`extends` takes the name of a file"),
        (&[("a.ron", "(extends: \"a\", extends: \"b\")")], "field `extends` is given twice"),
        (
            &[("base.ron", BASE), ("a.ron", "(extends: \"base.ron\", populations: [(name: \"bb\", remove: true)])")],
            "there is no population `bb` to remove",
        ),
        (
            &[
                ("base.ron", BASE),
                (
                    "a.ron",
                    "(extends: \"base.ron\", populations: [(name: \"b\", count: 1), (name: \"b\", policy: Scripted(Grim))])",
                ),
            ],
            "two populations are named `b`",
        ),
        (
            &[("base.ron", BASE), ("a.ron", "(extends: \"base.ron\", populations: [(name: \"b\", remove: 1)])")],
            "`remove` is not `true`",
        ),
        (&[("a.ron", &BASE.replace("count: 2", "remove: true"))], "unknown field `remove`"),
    ];
    for (files, part) in cases {
        let rendered = loaded(files).unwrap_err();
        assert!(rendered.contains(part), "no {part} in\n{rendered}");
    }
    let mut chain = vec![("f0.ron".to_owned(), BASE.to_owned())];
    chain.extend((1..=9).map(|i| (format!("f{i}.ron"), format!("(extends: \"f{}.ron\")", i - 1))));
    let chain: Vec<(&str, &str)> = chain.iter().map(|(name, text)| (&**name, &**text)).collect();
    assert!(loaded(&chain[..9]).is_ok());
    assert!(loaded(&chain).unwrap_err().contains("more than 8 scenarios extend one another"));
}
