//! Networks and the choice of partners in whole runs.

use crate::support::{Table, check_golden, root, run_text};
use std::collections::BTreeMap;
use std::path::Path;

const TICKS: u32 = 60;

/// Six agents that pick partners, with `judged` for the released code's error.
fn scenario(judged: bool) -> String {
    let member = |name: &str, count: u32, term: &str| {
        format!(r#"(name: "{name}", count: {count}, policy: QNetwork(hidden: 16), rewards: [(term: {term})]),"#)
    };
    let members = [
        member("s", 2, "Payoff"),
        member("de", 2, "Deontological(penalty: 5.0)"),
        member("ki", 1, "VirtueKindness()"),
        r#"(name: "tft", policy: Scripted(TitForTat)),"#.into(),
    ]
    .concat();
    format!(
        r#"(version: 1, ticks: {TICKS}, game: Named("prisoners_dilemma"), rounds: Fixed(1), opening: LastMoves,
            matchmaking: PartnerSelection(selected_judged_by_own_move: {judged}),
            output: (moves: true, pairs: true, selections: true, every: 25), populations: [{members}])"#
    )
}

/// The rows of a table, header left out.
fn rows(dir: &Path, name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(dir.join(name)).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(String::from).collect()).collect()
}

#[test]
fn any_number_of_threads_gives_the_same_tables() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    run_text(&scenario(true), &one, 1);
    run_text(&scenario(true), &two, 2);
    for name in ["strategy_evolution.csv", "social_outcomes.csv", "moves.csv", "pairs.csv", "selections.csv"] {
        assert_eq!(rows(&one, name), rows(&two, name), "{name}");
    }
}

#[test]
fn everybody_picks_one_partner_a_tick_and_plays_all_who_pick_it() {
    let dir = tempfile::tempdir().unwrap();
    let run_dir = dir.path().join("run");
    run_text(&scenario(false), &run_dir, 2);
    let mut picks: BTreeMap<String, u64> = BTreeMap::new();
    let mut popularity: BTreeMap<String, u64> = BTreeMap::new();
    for row in rows(&run_dir, "selections.csv") {
        assert_ne!(row[1], row[3], "nobody picks itself");
        let count: u64 = row[5].parse().unwrap();
        *picks.entry(row[1].clone()).or_default() += count;
        *popularity.entry(row[3].clone()).or_default() += count;
    }
    assert_eq!(picks.len(), 6);
    assert!(picks.values().all(|&count| count == u64::from(TICKS)), "{picks:?}");
    let mut decisions: BTreeMap<String, u64> = BTreeMap::new();
    for row in rows(&run_dir, "moves.csv") {
        *decisions.entry(row[4].clone()).or_default() += 1;
    }
    for (agent, count) in decisions {
        assert_eq!(
            count,
            u64::from(TICKS) + popularity[&agent],
            "{agent} plays its own match and those it is picked for"
        );
    }
    let outcomes = rows(&run_dir, "social_outcomes.csv");
    let ticks: Vec<&str> = outcomes.iter().map(|row| &*row[0]).collect();
    assert_eq!(ticks, ["24", "49", "59"], "a row every 25 ticks and one for the rest");
    let matches: u32 = outcomes.iter().map(|row| row[1].parse::<u32>().unwrap()).sum();
    assert_eq!(matches, 6 * TICKS);
}

/// Replays `moves.csv`: every agent sees its partner's last move from before the tick, however many matches the partner
/// has played in the tick by then, and duty is judged by what was seen, or by the released code's mistake.
#[test]
fn states_are_last_moves_from_before_the_tick_and_duty_goes_by_them() {
    for judged in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let run_dir = dir.path().join("run");
        run_text(&scenario(judged), &run_dir, 2);
        let header = std::fs::read_to_string(run_dir.join("moves.csv")).unwrap();
        let duty = header.lines().next().unwrap().split(',').position(|c| c == "reward_deontological").unwrap();
        let moves = rows(&run_dir, "moves.csv");
        let mut last: BTreeMap<&str, &str> = BTreeMap::new();
        for tick in moves.chunk_by(|a, b| a[0] == b[0]) {
            for pair in tick.chunks(2) {
                for (me, other) in [(0, 1), (1, 0)] {
                    let (row, own, others) = (&pair[me], &*pair[me][6], &*pair[me][7]);
                    assert_eq!(others, pair[other][6], "both see the same two moves");
                    assert_eq!(last.get(&*row[4]).copied().unwrap_or(own), own, "{row:?}");
                    let betrayed = if judged && me == 1 { own } else { others };
                    let fined = row[4].starts_with("de") && row[8] == "defect" && betrayed == "cooperate";
                    assert_eq!(row[duty], if fined { "-5" } else { "0" }, "{row:?}");
                }
            }
            last.extend(tick.iter().map(|row| (&*row[4], &*row[8])));
        }
    }
}

/// A kind agent is paid only for cooperating, and learns to do so.
#[test]
fn a_kind_network_learns_to_cooperate() {
    let dir = tempfile::tempdir().unwrap();
    let run_dir = dir.path().join("run");
    let member = |name: &str, term: &str| {
        format!(r#"(name: "{name}", count: 2, policy: QNetwork(), rewards: [(term: {term})]),"#)
    };
    let members = [member("kind", "VirtueKindness()"), member("aggressive", "VirtueAggression()")].concat();
    let text = format!(
        r#"(version: 1, ticks: 1500, game: Named("prisoners_dilemma"), rounds: Fixed(1), opening: LastMoves,
            matchmaking: PartnerSelection(), output: (every: 500), populations: [{members}])"#
    );
    run_text(&text, &run_dir, 2);
    for row in rows(&run_dir, "strategy_evolution.csv").iter().filter(|row| row[0] == "1499") {
        let cooperation: f64 = row[5].parse().unwrap();
        let is_kind = row[2] == "kind";
        assert_eq!(cooperation > 0.9, is_kind, "{row:?}");
        assert_eq!(cooperation < 0.1, !is_kind, "{row:?}");
    }
}

/// The first 100 episodes of the paper's population with a selfish majority are unchanged.
#[test]
fn a_short_run_of_the_population_is_as_it_was() {
    let scenario = std::fs::read_to_string(root().join("scenarios/papers/aies24_majority_s.ron")).unwrap();
    let scenario = scenario.replace("ticks: 30000", "ticks: 100").replace("every: 1000", "every: 100");
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(&scenario, &out, 2);
    let found = std::fs::read_to_string(out.join("strategy_evolution.csv")).unwrap();
    check_golden("aies24_majority_s_100_ticks_strategy_evolution.csv", &found, 0.0);
}

/// An opponent that names no action voids every round, and a network still learns from what it is paid in it, as a
/// Q-table does.
#[test]
fn a_player_that_acts_legally_learns_in_void_rounds_too() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let learner = |name: &str, policy: &str| {
        format!(r#"(name: "{name}", policy: {policy}, rewards: [(term: VirtueKindness(bonus: 5.0))]),"#)
    };
    let members = [
        learner("network", "QNetwork(hidden: 16, lr: 0.01)"),
        learner("table", "QLearning(alpha: 0.1, discount: 0.0, first_state: Opening)"),
        r#"(name: "model", policy: Llm()),"#.into(),
    ]
    .concat();
    run_text(
        &format!(
            r#"(version: 1, ticks: 60, game: Named("prisoners_dilemma"), rounds: Fixed(10), opening: MadeUp,
                model: Named("tiny"), prompt: (labels: ["A", "B"], decision: Free),
                matchmaking: FixedPairs([("network", "model"), ("table", "model")]),
                populations: [{members}])"#
        ),
        &out,
        1,
    );
    let table = Table::read(&out, "strategy_evolution.csv");
    for agent in ["network_0", "table_0"] {
        let rows = table.rows_where("agent", agent);
        let void = |row: &usize| table.number(*row, "void_rate").unwrap();
        let voids = rows.iter().map(void).sum::<f64>() / rows.len() as f64;
        assert!(voids > 0.9, "{agent}: {voids} of the rounds are void");
        let late = &rows[rows.len() / 2..];
        let cooperation = |row: &usize| table.number(*row, "cooperation_rate").unwrap();
        let kind = late.iter().map(cooperation).sum::<f64>() / late.len() as f64;
        assert!(kind > 0.75, "{agent} learns to be kind: {kind}");
    }
}

/// The last tenth of a run: cooperation by population, and picks per episode of the two populations in `popular`.
struct Late {
    cooperation: BTreeMap<String, f64>,
    picks: f64,
}

/// Runs a shipped scenario in full and checks what must be true of every run: no agent picks itself, and every agent
/// picks one partner per episode, plays once more than it is picked, and explores. Returns what the run came to.
fn run_published(name: &str, popular: [&str; 2]) -> Late {
    let scenario = std::fs::read_to_string(root().join("scenarios/papers").join(name)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(&scenario, &out, 2);
    let (mut cells, mut picks): (BTreeMap<(String, String), f64>, f64) = (BTreeMap::new(), 0.0);
    let selections = Table::read(&out, "selections.csv");
    for row in 0..selections.len() {
        let count = selections.number(row, "selections").unwrap();
        let cell = ["selector", "selected"].map(|column| selections.text(row, column).to_owned());
        *cells.entry(cell.into()).or_default() += count;
        picks += if popular.contains(&selections.text(row, "selected_population")) { count } else { 0.0 };
    }
    assert_eq!(cells.len(), 16 * 15);
    assert_eq!(cells.values().sum::<f64>(), 480_000.0, "one pick per agent and episode");
    for agent in cells.keys().map(|(selector, _)| selector) {
        let made: f64 = cells.iter().filter(|((selector, _), _)| selector == agent).map(|(_, count)| count).sum();
        assert_eq!(made, 30_000.0, "{agent}");
    }
    // A tenth of the picks is drawn evenly from 15 partners: 200 each, of which five standard deviations are 71.
    assert!(cells.values().all(|&count| count > 129.0), "{cells:?}");
    let evolution = Table::read(&out, "strategy_evolution.csv");
    let mut rates: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in (0..evolution.len()).filter(|&row| evolution.number(row, "tick").unwrap() >= 27_000.0) {
        let population = evolution.text(row, "population").to_owned();
        rates.entry(population).or_default().push(evolution.number(row, "cooperation_rate").unwrap());
    }
    let mean = |rates: Vec<f64>| rates.iter().sum::<f64>() / rates.len() as f64;
    Late { cooperation: rates.into_iter().map(|(name, rates)| (name, mean(rates))).collect(), picks: picks / 30_000.0 }
}

/// A population with a selfish majority seeks reliable cooperators, one with a duty-bound majority defectors, as
/// published; means over seeds are in `scenarios/papers/README.md`.
#[test]
fn populations_seek_whom_the_paper_says() {
    let selfish = run_published("aies24_majority_s.ron", ["de", "vki"]);
    assert!(selfish.picks > 3.4, "{} picks of `de` and `vki` per episode", selfish.picks);
    let dutiful = run_published("aies24_majority_de.ron", ["aut", "vag"]);
    // Of 16 picks, two would be theirs if no agent had a preference; the published mean is 5.2, and this seed has 4.3.
    assert!(dutiful.picks > 4.0, "{} picks of `aut` and `vag` per episode", dutiful.picks);
    for late in [selfish, dutiful] {
        let of = |name: &str| late.cooperation[name];
        assert!(["de", "ut", "vki"].iter().all(|name| of(name) > 0.85), "{:?}", late.cooperation);
        assert!(["aut", "vag"].iter().all(|name| of(name) < 0.25), "{:?}", late.cooperation);
    }
}

/// Already after a tenth of the published episodes a kind majority gets more together than a selfish or an
/// anti-utilitarian one; a utilitarian majority takes longer.
#[test]
fn a_kind_majority_prospers() {
    let collective = |majority: &str| {
        let scenario = root().join(format!("scenarios/papers/aies24_majority_{majority}.ron"));
        let scenario = std::fs::read_to_string(scenario).unwrap().replace("ticks: 30000", "ticks: 3000");
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("run");
        run_text(&scenario, &out, 2);
        let outcomes = Table::read(&out, "social_outcomes.csv");
        outcomes.number(outcomes.len() - 1, "collective_payoff").unwrap()
    };
    let [kind, selfish, anti] = ["vki", "s", "aut"].map(collective);
    assert!(kind > selfish.max(anti) + 0.5, "vki {kind}, s {selfish}, aut {anti}");
}
