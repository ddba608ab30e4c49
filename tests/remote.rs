//! Players behind servers: what is asked, what is played, and what happens when servers, budgets or runs fail.

use crate::http_server::{Answer, Heard, Server, completion, with_probabilities};
use crate::support::{Table, sim, stderr, stdout};
use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A scenario of two remote players and a script.
pub(crate) fn scenario(url: &str, decision: &str, more: &str) -> String {
    format!(
        r#"(version: 1, name: "remote", ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(4),
            output: (moves: true), remote: (retries: 2, reply_seconds: 20),
            populations: [
                (name: "far", count: 2, policy: Remote(url: "{url}", model: "stand-in",
                    prompt: (labels: ["A", "B"], decision: {decision}){more})),
                (name: "grim", policy: Scripted(Grim)),
            ])"#
    )
}

/// Seats of remote players in a tick of [`scenario`] (three agents, each pair once), times its rounds and ticks.
const DECISIONS: usize = 4 * 4 * 3;

/// The probability of A, by what the prompt ends with.
fn of_a(heard: &Heard) -> f64 {
    let prompt = heard.body["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap();
    let asked = prompt.lines().last().unwrap();
    match asked {
        "This is the first round." => 0.75,
        _ if asked.contains("you chose A, agent A chose A") => 0.9,
        _ if asked.contains("you chose A, agent A chose B") => 0.2,
        _ if asked.contains("you chose B, agent A chose A") => 0.6,
        _ => 0.1,
    }
}

/// A server that answers as a model would: with probabilities if it is asked for them, else by the seed.
pub(crate) fn well_behaved(heard: &Heard) -> Answer {
    if heard.body["logprobs"] == true {
        let a = of_a(heard) * 0.9;
        return Answer::Json(with_probabilities(&[("A", a), ("B", 0.9 - a), ("Maybe", 0.06), (" A", 0.04)]));
    }
    let seed = heard.body["seed"].as_u64().unwrap();
    Answer::Json(completion(match seed % 8 {
        0 => "I cannot decide.",
        1 | 3 | 5 => "A, since it is kind",
        _ => " B\nand more",
    }))
}

pub(crate) fn write(folder: &Path, text: &str) -> std::path::PathBuf {
    let path = folder.join("remote.ron");
    fs::write(&path, text).unwrap();
    path
}

/// `sim` for the scenario at `path`, without any key.
pub(crate) fn run(path: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = sim();
    command.arg("run").arg(path).arg("--out").arg(out).args(more).env_remove("OPENAI_API_KEY");
    command
}

/// Every file of a run that must be the same each time.
fn results(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let names = ["moves.csv", "remote.jsonl", "scenario.ron", "social_outcomes.csv", "strategy_evolution.csv"];
    names.map(|name| (name.to_owned(), fs::read(folder.join(name)).unwrap())).into()
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn tables_are_what_the_server_said_and_are_asked_for_once() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start(|_, heard| well_behaved(heard)));
    let path = write(dir.path(), &scenario(&server.url, "Constrained", ""));
    let out = dir.path().join("run");
    stdout(&mut run(&path, &out, &[]), 0);
    let heard = server.heard();
    assert_eq!(heard.len(), 5, "one request per prompt, for both members and all ticks");
    assert!(heard.iter().all(|heard| heard.head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n")));
    assert!(heard.iter().all(|heard| !heard.head.to_lowercase().contains("authorization")));
    let body = &heard[0].body;
    assert_eq!(
        (&body["model"], &body["top_logprobs"], &body["max_tokens"]),
        (&"stand-in".into(), &20.into(), &1.into())
    );
    let table = Table::read(&out, "strategy_evolution.csv");
    for row in table.rows_where("population", "far") {
        for (column, p) in [("start", 0.75), ("cc", 0.9), ("cd", 0.2), ("dc", 0.6), ("dd", 0.1)] {
            let found = table.number(row, &format!("p_c_{column}")).unwrap();
            assert!((found - p).abs() < 1e-6, "{column}: {found}");
        }
        assert_eq!((table.text(row, "policy"), table.text(row, "p_c_source")), ("remote", "exact"));
    }
    let entry = &manifest(&out)["remote"];
    assert_eq!((&entry["replies"], &entry["tokens"], &entry["requests_sent"]), (&5.into(), &460.into(), &5.into()));
    assert_eq!(entry["served_by"][0], "stand-in-1 (b7)");
    // What the labels do not hold is illegal if the scenario says so.
    let path = write(dir.path(), &scenario(&server.url, "Free", ""));
    let out = dir.path().join("free");
    stdout(&mut run(&path, &out, &[]), 0);
    let table = Table::read(&out, "strategy_evolution.csv");
    let found = table.number(table.rows_where("population", "far")[0], "p_c_cc").unwrap();
    assert!((found - 0.81).abs() < 1e-6, "{found}");
}

#[test]
fn completions_are_asked_for_by_decision_and_their_order_of_arrival_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|number, heard| {
        std::thread::sleep(Duration::from_millis([40, 0, 25, 5][number % 4]));
        well_behaved(heard)
    });
    let path = write(dir.path(), &scenario(&server.url, "Generate", ""));
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    stdout(&mut run(&path, &one, &[]), 0);
    let heard = server.heard();
    assert_eq!(heard.len(), DECISIONS);
    let seeds: BTreeSet<u64> = heard.iter().map(|heard| heard.body["seed"].as_u64().unwrap()).collect();
    assert_eq!(seeds.len(), DECISIONS, "every decision has a seed of its own");
    assert!(heard.iter().all(|heard| heard.body["stop"][0] == "\n" && heard.body.get("logprobs").is_none()));
    stdout(&mut run(&path, &two, &["--set", "remote.connections=1"]), 0);
    let differ = |name: &str| name == "scenario.ron";
    for ((name, one), (_, two)) in results(&one).into_iter().zip(results(&two)).filter(|((name, _), _)| !differ(name)) {
        assert!(one == two, "{name}");
    }
    let table = Table::read(&one, "strategy_evolution.csv");
    let rows = table.rows_where("population", "far");
    let illegal: f64 = rows.iter().map(|&row| table.number(row, "illegal_rate").unwrap()).sum();
    assert!(illegal > 0.0, "completions that name no label are illegal");
    assert!(rows.iter().all(|&row| table.text(row, "p_c_source") == "counted"));
    let moves = Table::read(&one, "moves.csv");
    let actions: BTreeSet<&str> = (0..moves.len()).map(|row| moves.text(row, "action")).collect();
    assert!(actions.contains("cooperate") && actions.contains("defect"), "{actions:?}");
}

#[test]
fn a_recording_is_played_without_a_server_to_the_byte() {
    for decision in ["Constrained", "Generate"] {
        let (dir, server) = (tempfile::tempdir().unwrap(), Server::start(|_, heard| well_behaved(heard)));
        let path = write(dir.path(), &scenario(&server.url, decision, ""));
        let (first, again) = (dir.path().join("first"), dir.path().join("again"));
        stdout(&mut run(&path, &first, &[]), 0);
        let asked = server.heard().len();
        let replay = ["--replay", first.to_str().unwrap()];
        let said = stderr(&mut run(&path, &again, &replay), 0);
        assert!(said.contains("no server is asked"), "{said}");
        assert_eq!(server.heard().len(), asked);
        assert!(results(&first) == results(&again), "{decision}");
        let entry = &manifest(&again)["remote"];
        assert_eq!(entry["requests_sent"], 0);
        assert!(entry["replayed"].as_str().unwrap().ends_with("remote.jsonl"));
        // Another model was never asked.
        let other = ["--set", "populations.far.policy.Remote.model=\"other\"", replay[0], replay[1]];
        let said = stderr(&mut run(&path, &dir.path().join("other"), &other), 1);
        assert!(said.contains("no reply is recorded to this request of `far_0`"), "{said}");
        assert!(said.contains("This is the first round.") && said.contains("SHA-256"), "{said}");
        assert_eq!(server.heard().len(), asked, "a replay asks nothing");
    }
}

#[test]
fn a_resumed_run_asks_nothing_twice_and_ends_as_if_it_had_never_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let is_ill = Arc::new(AtomicBool::new(true));
    let ill = is_ill.clone();
    let server = Server::start(move |number, heard| match number >= 20 && ill.load(Ordering::Relaxed) {
        true => Answer::Status(400, "", r#"{"error": {"message": "I am ill"}}"#.into()),
        false => well_behaved(heard),
    });
    let path = write(dir.path(), &scenario(&server.url, "Generate", ""));
    let (stopped, straight) = (dir.path().join("stopped"), dir.path().join("straight"));
    let said = stderr(&mut run(&path, &stopped, &["--checkpoint", "0"]), 1);
    assert!(said.contains("status 400: I am ill"), "{said}");
    assert_eq!(manifest(&stopped)["status"], "failed");
    // As if it had been killed while it wrote.
    let recording = stopped.join("remote.jsonl");
    let mut torn = fs::read_to_string(&recording).unwrap();
    let answered = torn.lines().count();
    torn += r#"{"request_sha256":"0"#;
    fs::write(&recording, torn).unwrap();
    is_ill.store(false, Ordering::Relaxed);
    let before = server.heard().len();
    stdout(&mut run(&path, &stopped, &["--resume"]), 0);
    assert_eq!(server.heard().len() - before, DECISIONS - answered, "only what had no answer is asked");
    stdout(&mut run(&path, &straight, &[]), 0);
    assert!(results(&stopped) == results(&straight));
}

#[test]
fn a_budget_stops_a_run_that_goes_on_with_more() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start(|_, heard| well_behaved(heard)));
    let path =
        write(dir.path(), &scenario(&server.url, "Generate", "").replace("retries: 2", "retries: 2, requests: 7"));
    let out = dir.path().join("run");
    let said = stderr(&mut run(&path, &out, &[]), 1);
    assert!(said.contains("budget of 7 requests is spent") && said.contains("--max-requests"), "{said}");
    assert_eq!((server.heard().len(), &manifest(&out)["status"]), (7, &"interrupted".into()));
    let said = stderr(&mut run(&path, &out, &["--resume", "--max-tokens", "1000", "--max-requests", "999"]), 1);
    assert!(said.contains("budget of 1000 tokens is spent"), "{said}");
    let replies = fs::read_to_string(out.join("remote.jsonl")).unwrap().lines().count();
    // Eleven replies of 92 tokens spend it; as many may be under way as there are connections.
    assert!((11..=18).contains(&replies), "{replies}");
    stdout(&mut run(&path, &out, &["--resume", "--max-requests", "999"]), 0);
    assert_eq!(server.heard().len(), DECISIONS, "all parts together ask what one run asks");
}

#[test]
fn a_run_is_verified_by_its_own_recording_and_no_server_is_asked() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start(|_, heard| well_behaved(heard)));
    let path = write(dir.path(), &scenario(&server.url, "Constrained", ""));
    let out = dir.path().join("run");
    stdout(&mut run(&path, &out, &[]), 0);
    let asked = server.heard().len();
    let mut verify = sim();
    let said = stdout(verify.arg("verify").arg(&out).env_remove("OPENAI_API_KEY"), 0);
    assert!(said.contains(" identical"), "{said}");
    assert_eq!(server.heard().len(), asked, "nothing is asked again");
    // Another reply is another run.
    let recording = out.join("remote.jsonl");
    let changed = fs::read_to_string(&recording).unwrap().replacen("stand-in-1", "stand-in-2", 1);
    fs::write(&recording, changed).unwrap();
    let said = stdout(sim().args(["verify", "--hashes-only"]).arg(&out), 1);
    assert!(said.contains("remote.jsonl: does not have the SHA-256"), "{said}");
}

#[test]
fn a_design_that_its_budget_stops_is_registered_as_interrupted() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start(|_, heard| well_behaved(heard)));
    let path = write(dir.path(), &scenario(&server.url, "Generate", ""));
    let out = dir.path().join("design");
    let mut sweep = sim();
    sweep.arg("sweep").arg(&path).args(["--vary", "noise=0,0.1", "--max-requests", "7", "--out"]).arg(&out);
    stderr(sweep.env_remove("OPENAI_API_KEY"), 1);
    let register = fs::read_to_string(out.join("design.csv")).unwrap();
    assert_eq!(register.matches(",interrupted\n").count(), 2, "{register}");
}

#[test]
fn requests_that_failed_are_in_the_budget_of_the_parts_that_follow() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| Answer::Status(500, "Retry-After: 0\r\n", "ill".into()));
    let text = scenario(&server.url, "Constrained", "");
    let path = write(dir.path(), &text.replace("retries: 2", "retries: 5, requests: 3, connections: 1"));
    let out = dir.path().join("run");
    let sent = || manifest(&out)["remote"]["requests_sent"].clone();
    let said = stderr(&mut run(&path, &out, &[]), 1);
    assert!(said.contains("budget of 3 requests is spent"), "{said}");
    assert_eq!((server.heard().len(), sent()), (3, 3.into()));
    let said = stderr(&mut run(&path, &out, &["--resume"]), 1);
    assert!(said.contains("budget of 3 requests is spent (3 requests sent"), "{said}");
    assert_eq!((server.heard().len(), sent()), (3, 3.into()), "nothing is left to send");
    stderr(&mut run(&path, &out, &["--resume", "--max-requests", "5"]), 1);
    assert_eq!((server.heard().len(), sent()), (5, 5.into()));
}

#[test]
fn what_may_pass_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    type Ill = fn() -> Answer;
    let ills: [(&str, Ill); 4] = [
        ("429", || Answer::Status(429, "Retry-After: 0\r\n", "slow down".into())),
        ("500", || Answer::Status(500, "", "<html>oops</html>".into())),
        ("503", || Answer::Status(503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", String::new())),
        ("time", || Answer::Silence(Duration::from_secs(5))),
    ];
    for (name, ill) in ills {
        let server = Server::start(move |number, heard| if number == 0 { ill() } else { well_behaved(heard) });
        let path =
            write(dir.path(), &scenario(&server.url, "Constrained", "").replace("_seconds: 20", "_seconds: 1.5"));
        stdout(&mut run(&path, &dir.path().join(name), &["--set", "remote.connections=1"]), 0);
        assert_eq!(server.heard().len(), 6, "{name}");
        assert_eq!(server.heard()[0].body, server.heard()[1].body, "{name}");
    }
    let server = Server::start(|_, _| Answer::Status(429, "Retry-After: 0\r\n", "{\"detail\": \"no  credit\"}".into()));
    let path = write(dir.path(), &scenario(&server.url, "Constrained", ""));
    let said = stderr(&mut run(&path, &dir.path().join("up"), &["--set", "remote.connections=1"]), 1);
    assert!(said.contains("no reply after 3 of 3 attempts; the last one ended with status 429: no credit"), "{said}");
    assert_eq!(server.heard().len(), 3);
    let server = Server::start(|_, _| Answer::Status(503, "Retry-After: 86400\r\n", "closed".into()));
    let path = write(dir.path(), &scenario(&server.url, "Constrained", ""));
    let said = stderr(&mut run(&path, &dir.path().join("long"), &["--set", "remote.connections=1"]), 1);
    assert!(
        said.contains("after 1 of 3 attempts") && said.contains("asks to wait 86400 s") && server.heard().len() == 1,
        "{said}"
    );
}

#[test]
fn what_will_not_pass_ends_the_run_with_a_sentence() {
    let raw = |text: &str| text.as_bytes().to_vec();
    type Ill = Box<dyn Fn() -> Answer + Send + Sync>;
    let huge = || {
        let mut bytes = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        bytes.resize(bytes.len() + (5 << 20), b' ');
        bytes
    };
    let ills: Vec<(&str, Ill)> = vec![
        ("status 404: no such model", Box::new(|| Answer::Status(404, "", r#"{"error":"no such model"}"#.into()))),
        ("since OPENAI_API_KEY is not set", Box::new(|| Answer::Status(401, "", String::new()))),
        (
            "a redirect to http://elsewhere/",
            Box::new(|| Answer::Status(307, "Location: http://elsewhere/\r\n", String::new())),
        ),
        ("the reply is empty", Box::new(|| Answer::Status(200, "", String::new()))),
        ("is a page of HTML: <html>", Box::new(|| Answer::Status(200, "", "<html>Welcome".into()))),
        ("is no JSON", Box::new(|| Answer::Status(200, "", "{\"choices\":".into()))),
        ("not finite, which JSON has no word for", Box::new(|| Answer::Status(200, "", r#"{"logprob": NaN}"#.into()))),
        ("has an empty list `choices`", Box::new(|| Answer::Status(200, "", r#"{"choices": []}"#.into()))),
        ("is an error: overloaded", Box::new(|| Answer::Status(200, "", r#"{"error": "overloaded"}"#.into()))),
        (
            "ended before the reply did",
            Box::new(move || Answer::Raw(raw("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"))),
        ),
        ("is larger than the 4 MiB that are read", Box::new(move || Answer::Raw(huge()))),
        ("it returned no log-probabilities", Box::new(|| Answer::Json(completion("A")))),
        ("`B` is not among the 2 likeliest", Box::new(|| Answer::Json(with_probabilities(&[("A", 0.7), ("C", 0.2)])))),
        (
            "no label a probability that can be told from 0",
            Box::new(|| {
                let json = with_probabilities(&[("C", 0.9), ("A", 1e-3), ("B", 1e-3)]).to_string();
                Answer::Status(200, "", json.replace(&1e-3f64.ln().to_string(), "-9999.0"))
            }),
        ),
        ("sum to 1.800", Box::new(|| Answer::Json(with_probabilities(&[("A", 0.9), ("B", 0.9)])))),
    ];
    let dir = tempfile::tempdir().unwrap();
    for (number, (sentence, ill)) in ills.into_iter().enumerate() {
        let server = Server::start(move |_, _| ill());
        let path = write(dir.path(), &scenario(&server.url, "Constrained", ""));
        let out = dir.path().join(number.to_string());
        let said = stderr(&mut run(&path, &out, &["--set", "remote.connections=1"]), 1);
        assert!(said.contains(sentence) && !said.contains("panicked"), "{sentence}: {said}");
        assert!(!said.contains("tick 1 of"), "no tick is done: {said}");
        let expected = if number < 11 { 1 } else { 5 };
        assert_eq!(server.heard().len(), expected, "{sentence}: nothing is asked twice");
        assert_eq!(manifest(&out)["status"], "failed");
    }
    let path = write(dir.path(), &scenario("http://127.0.0.1:9/v1", "Constrained", ""));
    let said = stderr(&mut run(&path, &dir.path().join("off"), &[]), 1);
    assert!(said.contains("nothing listens there; is the server running?"), "{said}");
}

#[test]
fn a_dry_run_and_sim_prompt_ask_nothing_and_say_what_would_be_asked() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start(|_, heard| well_behaved(heard)));
    let path = write(dir.path(), &scenario(&server.url, "Constrained", ", key_env: \"\""));
    let out = dir.path().join("run");
    let plan = stdout(&mut run(&path, &out, &["--dry-run"]), 0);
    assert!(plan.contains("remote  at most 5 requests: 5 for tables, 0 for decisions"), "{plan}");
    assert!(
        plan.contains(&format!("stand-in at {}, no key", server.url)) && plan.contains("remote, stand-in"),
        "{plan}"
    );
    let generate =
        ["--dry-run", "--max-requests", "30", "--set", "populations.far.policy.Remote.prompt.decision=Generate"];
    let plan = stdout(&mut run(&path, &out, &generate), 0);
    // Long lines are broken.
    let plan = plan.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = format!("at most {DECISIONS} requests: 0 for tables, {DECISIONS} for decisions; budget 30 requests");
    assert!(plan.contains(&expected), "{plan}");
    let mut prompt = sim();
    let text = stdout(prompt.arg("prompt").arg(&path).args(["--format", "json"]), 0);
    assert_eq!(server.heard().len(), 0);
    let readers: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(readers[0]["agents"], serde_json::json!(["far_0", "far_1"]));
    stdout(&mut run(&path, &out, &[]), 0);
    let mut sent: Vec<String> = server
        .heard()
        .iter()
        .map(|heard| {
            let message = &heard.body["messages"][0];
            format!("[user]\n{}", message["content"].as_str().unwrap())
        })
        .collect();
    let prompts = readers[0]["prompts"].as_array().unwrap();
    let mut shown: Vec<String> = prompts.iter().map(|prompt| prompt["text"].as_str().unwrap().to_owned()).collect();
    sent.sort();
    shown.sort();
    assert_eq!(shown, sent, "what is shown is what is sent");
    let explained = stdout(sim().args(["explain", "remote"]), 0).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(explained.contains("`--replay` plays it again"), "{explained}");
    let said = stderr(sim().arg("evaluate").arg(&out), 1);
    assert!(said.contains("`far` is played by a server, which the suite cannot ask"), "{said}");
}

#[test]
fn what_a_server_cannot_do_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let url = "http://127.0.0.1:9/v1";
    let plain = scenario(url, "Constrained", "");
    for (text, reason) in [
        (plain.replace("Constrained)", "Constrained, prefill: \"I choose \")"), "no place for a prefill"),
        (plain.replace("Constrained)", "Generate, talk: 1)"), "remote players do not talk"),
        (plain.replace("Constrained))", "Constrained)), learner: Grpo()"), "does not learn"),
        (plain.replace("Constrained)", "Free), log_probs: (begun: true)"), "beginnings hold more"),
        (plain.replace("retries: 2", "connections: 0"), "0 connections"),
        (plain.replace("retries: 2", "requests: 0"), "asks nothing"),
        (plain.replace(url, "127.0.0.1:9"), "begin with http"),
        (plain.replace("Constrained)", "Constrained), extra: \"[1]\""), "no JSON object"),
        (plain.replace("output:", "matchmaking: PartnerSelection(), output:"), "not asked whom"),
    ] {
        assert_ne!(text, plain, "{reason}");
        let said = stderr(&mut run(&write(dir.path(), &text), &dir.path().join("run"), &[]), 2);
        assert!(said.contains(reason), "{reason}: {said}");
    }
    let said =
        stderr(&mut run(Path::new("scenarios/scripted_tournament.ron"), &dir.path().join("s"), &["--replay", "x"]), 2);
    assert!(said.contains("no server plays in this scenario"), "{said}");
    assert!(!dir.path().join("s").exists(), "nothing was begun");
}
