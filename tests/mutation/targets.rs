//! What is damaged, and the command that reads it.

use crate::mutate;
use crate::samples::Samples;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use std::fs;
use std::path::Path;

/// A kind of input.
pub(crate) struct Target {
    /// The name for `--target`.
    pub(crate) name: &'static str,
    /// Writes a damaged input into the folder and returns the command that reads it.
    pub(crate) make: fn(&mut ChaCha8Rng, &Samples, &Path) -> Command,
}

/// Arguments of `sim`.
pub(crate) struct Command {
    pub(crate) arguments: Vec<String>,
    /// Whether continuing as if nothing had happened is a defect too.
    pub(crate) must_be_refused: bool,
}

/// Every kind of input.
pub(crate) const TARGETS: [Target; 15] = [
    Target { name: "scenario", make: scenario },
    Target { name: "language", make: language },
    Target { name: "override", make: overrides },
    Target { name: "design", make: design },
    Target { name: "settings", make: settings },
    Target { name: "gguf", make: gguf },
    Target { name: "safetensors", make: safetensors },
    Target { name: "frozen", make: frozen },
    Target { name: "tokenizer", make: tokenizer },
    Target { name: "template", make: template },
    Target { name: "adapter", make: adapter },
    Target { name: "prompt", make: prompt },
    Target { name: "checkpoint", make: checkpoint },
    Target { name: "resume", make: resume },
    Target { name: "run_folder", make: run_folder },
];

/// Fields that are set.
pub(crate) const SETS: [&str; 16] = [
    "populations.*.rewards.*.weight=0.5",
    "populations.selfish.count=3",
    "populations.0.policy=Llm(adapter:(rank:4,alpha:8.0),activated:true)",
    "game=Matrix(name:\"g\",actions:[\"a\",\"b\",\"c\"],payoffs:[[(1,1),(2,2),(3,3)],[(1,1),(2,2),(3,3)],[(1,1),(2,2),(3,3)]])",
    "prompt.labels=[\"A\",\"B\"]",
    "prompt.row_order=Shuffled",
    "matchmaking=FixedPairs([(\"selfish\",\"tit_for_tat\")])",
    "rounds=Continue(probability:0.9,at_most:1000)",
    "populations.deontological.rewards=[(term:Deontological(penalty:2.0),weight:0.5,from:1,until:3,ramp:2)]",
    "memory=GiB(2.5)",
    "output:=(moves:true,every:2)",
    "matchmaking=RandomPairs(repeats:3)",
    "evolution=(rule:Fermi(strength:0.5,comparisons:4),every:2)",
    "structure=(interaction:Lattice(width:2,torus:false),replacement:SmallWorld(neighbours:2,rewired:0.5),placement:Clustered)",
    "evolution=(rule:WrightFisher(fitness:Linear(0.5)),inherit:(weights:[\"payoff\"]),mutation:(types:Matrix([[0.5,0.5],[0,1]])),invasions:[(tick:1,population:\"selfish\")])",
    "matchmaking=Assortative(r:0.5,repeats:2)",
];

/// Fields that are varied.
pub(crate) const VARIED: [&str; 8] = [
    "noise=0,0.05,1e-1",
    "noise=0..0.2:0.05",
    "populations.selfish.count=1..3",
    "populations.deontological.rewards.deontological.weight=0..1:0.25",
    "rounds=Fixed(2),Continue(probability:0.9,at_most:1000)",
    "prompt.labels=[\"A\",\"B\"],[\"x\",\"y,z\"]",
    "model=Path(\"../a\"),tiny",
    "noise=-0.5..-0.25",
];

fn command(arguments: &[&str]) -> Command {
    Command { arguments: arguments.iter().map(|&argument| argument.into()).collect(), must_be_refused: false }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the target folder can be written to");
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Copies a folder and its contents.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the target folder can be written to");
    for entry in fs::read_dir(from).expect("it exists") {
        let path = entry.expect("it can be read").path();
        let target = to.join(path.file_name().expect("entries have names"));
        if path.is_dir() { copy(&path, &target) } else { drop(fs::copy(&path, &target)) }
    }
}

fn scenario(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    let (one, other) = (samples.scenarios.choose(rng).expect("some"), samples.scenarios.choose(rng).expect("some"));
    write(&folder.join("case.ron"), &mutate::text(rng, one, other));
    command(&["--scenario", "case.ron", "--dry-run", "--threads", "1"])
}

/// A scenario in JSON, YAML or TOML, or one that extends another.
fn language(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    let (ending, scenarios) = samples.languages.choose(rng).expect("some");
    let (one, other) = (scenarios.choose(rng).expect("some"), scenarios.choose(rng).expect("some"));
    write(&folder.join("base.ron"), include_bytes!("../../scenarios/quick_look.ron"));
    let name = format!("case.{ending}");
    write(&folder.join(&name), &mutate::text(rng, one, other));
    command(&["--scenario", &name, "--dry-run", "--threads", "1"])
}

fn overrides(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    write(&folder.join("case.ron"), include_bytes!("../../scenarios/quick_look.ron"));
    let set = SETS.choose(rng).expect("some");
    let other = samples.scenarios.choose(rng).expect("some");
    let set = String::from_utf8_lossy(&mutate::text(rng, set.as_bytes(), other)).replace('\0', "");
    // The system refuses longer ones before `sim` sees them.
    let set: String = set.chars().take(20_000).collect();
    command(&["--scenario", "case.ron", "--dry-run", "--threads", "1", "--set", &set])
}

/// A design of one factor or two.
fn design(rng: &mut ChaCha8Rng, _: &Samples, folder: &Path) -> Command {
    write(&folder.join("case.ron"), include_bytes!("../../scenarios/quick_look.ron"));
    let mut made = command(&["sweep", "case.ron", "--dry-run", "--threads", "1", "--out", "out"]);
    for _ in 0..rng.random_range(1..=2) {
        let (vary, other) = (VARIED.choose(rng).expect("some"), VARIED.choose(rng).expect("some"));
        let vary = String::from_utf8_lossy(&mutate::text(rng, vary.as_bytes(), other.as_bytes())).replace('\0', "");
        let vary: String = vary.chars().take(2_000).collect();
        made.arguments.push(format!("--vary={vary}"));
    }
    const MORE: [&[&str]; 3] = [&[], &["--design", "paired"], &["--design", "latin", "--samples", "7"]];
    let more = MORE.choose(rng).expect("some");
    made.arguments.extend(more.iter().map(|&argument| argument.into()));
    made
}

/// Runs one tick with numbers that no one should choose.
fn settings(rng: &mut ChaCha8Rng, _: &Samples, folder: &Path) -> Command {
    const FIELDS: [&str; 22] = [
        "populations.0.policy=Llm(adapter:(rank:4,alpha:#))",
        "populations.0.policy=Llm(adapter:(rank:4,alpha:#,rslora:true))",
        "populations.0.learner=Ppo(optimizer:(lr:#,max_grad_norm:None))",
        "populations.0.learner=Ppo(optimizer:(lr:#))",
        "populations.0.learner=Ppo(clip_coef:#)",
        "populations.0.learner=Grpo(optimizer:(lr:#,max_grad_norm:None))",
        "populations.0.learner=Grpo(optimizer:(lr:1.0,weight_decay:#))",
        "populations.0.learner=Grpo(optimizer:(eps:#))",
        "populations.0.learner=Grpo(optimizer:(beta1:#))",
        "populations.0.learner=Reinforce(optimizer:(lr:#,max_grad_norm:None))",
        "populations.0.learner=Rloo(entropy_coef:#)",
        "populations.0.learner=Ppo(gamma:#)",
        "populations.0.rewards=[(term:Payoff,weight:#)]",
        "populations.0.rewards=[(term:Deontological(penalty:#))]",
        "populations.0.policy=QNetwork()",
        "populations.3.policy=Scripted(Random(p:#))",
        "game=Matrix(name:\"g\",actions:[\"a\",\"b\"],payoffs:[[(#,#),(0,1)],[(1,0),(#,0)]])",
        "game=PublicGoods(players:4,multiplier:#,endowment:#)",
        "noise=#",
        "rounds=Continue(probability:#,at_most:5)",
        "prompt.illegal_reward=#",
        "populations.1.estimator=Exact",
    ];
    const NUMBERS: [&str; 16] = [
        "0", "1", "-1", "0.5", "1e-300", "1e-30", "1e5", "1e10", "1e30", "1e38", "1e60", "1e308", "-1e308", "inf",
        "nan", "2",
    ];
    write(&folder.join("case.ron"), include_bytes!("../../scenarios/quick_look.ron"));
    let mut made = command(&[
        "--scenario",
        "case.ron",
        "--out",
        "out",
        "--threads",
        "1",
        "--ticks",
        "2",
        "--set",
        "rounds=Fixed(2)",
    ]);
    for _ in 0..rng.random_range(1..=2) {
        let mut set = String::new();
        for c in FIELDS.choose(rng).expect("some").chars() {
            if c == '#' { set += NUMBERS.choose(rng).expect("some") } else { set.push(c) }
        }
        made.arguments.extend(["--set".into(), set]);
    }
    made
}

const SCORE: [&str; 8] = ["score", "--labels", "a,b", "--prompt", "ab", "--threads", "1", "--model"];

fn score(rng: &mut ChaCha8Rng, model: &str) -> Command {
    let mut made = command(&SCORE);
    made.arguments.push(model.into());
    if rng.random() {
        made.arguments.push("--raw".into());
    }
    made
}

fn gguf(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    write(&folder.join("case.gguf"), &mutate::bytes(rng, &samples.gguf));
    score(rng, "case.gguf")
}

/// A model with one damaged file.
fn model(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path, names: &[&str]) -> Command {
    copy(&samples.model, &folder.join("model"));
    let path = folder.join("model").join(names.choose(rng).expect("some"));
    let bytes = read(&path);
    let is_text = path.extension().is_some_and(|extension| extension == "json");
    write(&path, &if is_text { mutate::text(rng, &bytes, &bytes) } else { mutate::bytes(rng, &bytes) });
    score(rng, "model")
}

fn safetensors(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    model(rng, samples, folder, &["model.safetensors", "config.json"])
}

/// A run against a frozen player: a damaged GGUF file, or a model of any architecture with one damaged file.
fn frozen(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    let name = if rng.random_bool(0.3) {
        write(&folder.join("case.gguf"), &mutate::bytes(rng, &samples.gguf));
        "case.gguf"
    } else {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/frozen");
        let entries = fs::read_dir(fixtures).expect("it exists");
        let mut models: Vec<_> = entries.map(|entry| entry.expect("it is read").path()).collect();
        models.sort();
        // With the tokenizer of another, which has as many tokens.
        copy(&samples.model, &folder.join("model"));
        copy(models.choose(rng).expect("some"), &folder.join("model"));
        let path =
            folder.join("model").join(["config.json", "config.json", "model.safetensors"].choose(rng).expect("some"));
        let bytes = read(&path);
        let is_text = path.extension().is_some_and(|extension| extension == "json");
        write(&path, &if is_text { mutate::text(rng, &bytes, &bytes) } else { mutate::bytes(rng, &bytes) });
        "model"
    };
    let scenario = format!(
        "(version: 1, ticks: 1, game: Named(\"prisoners_dilemma\"), rounds: Fixed(1), populations: [\
         (name: \"frozen\", policy: Frozen(model: Path(\"{name}\"))), (name: \"script\", policy: Scripted(Grim))])"
    );
    write(&folder.join("case.ron"), scenario.as_bytes());
    command(&["--scenario", "case.ron", "--threads", "1", "--out", "out"])
}

fn tokenizer(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    model(rng, samples, folder, &["tokenizer.json", "tokenizer.json", "tokenizer_config.json"])
}

/// A chat template put together from pieces that cost, nest and repeat.
fn template_text(rng: &mut ChaCha8Rng) -> Vec<u8> {
    const PIECES: [&str; 24] = [
        "{% for m in messages %}{{ m.content }}{% endfor %}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{{ a }}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% endfor %}",
        "{% set ns = namespace(x='a') %}{% for a in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x|length }}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{{ messages|tojson(indent=1000000000) }}",
        "{{ 'x'|indent(2000000000) }}",
        "{{ '{:>1000000000}'.format('x') }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ [1]|batch(1000000000,0)|list }}",
        "{{ [1]|slice(1000000000)|list }}",
        "{{ ('x' * 1000)|replace('x', 'y' * 1000)|replace('y', 'z' * 1000) }}",
        "{{ 'x' * 1000000000 }}",
        "{{ (['x' * 1000] * 1000)|join('y' * 1000) }}",
        "{{ range(1000000000)|list|length }}",
        "{{ range(0, 100000)|map('string')|join|length }}",
        "{% macro f(n) %}{{ f(n + 1) }}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
        "{% include '/etc/passwd' %}",
        "{{ raise_exception('\u{1b}[2J') }}",
        "{{ strftime_now('%Y' * 10000) }}",
        "{{ 'a'.join(range(100000)|map('string')) }}",
        "{{ dict(a=1)|items|list|sort|groupby(0)|list|tojson }}",
        "{{ 'x'.center(1000000000) }}{{ 'x'.ljust(1000000000) }}{{ 'x'.zfill(1000000000) }}",
        "{{ 'abc'|wordwrap(1)|upper|title|reverse|trim|urlencode|indent(3, true, true) }}",
    ];
    let depths =
        ["not ", "-", "(", "[", "{% if true %}", "{% for a in [1] %}", "1 + ", "x.", "'a' ~ ", "{% raw %}", "{# "];
    let mut text = String::new();
    for _ in 0..rng.random_range(1..=3) {
        if rng.random_range(0..4) == 0 {
            let times = *[3usize, 500, 20_000].choose(rng).expect("some");
            let piece = depths.choose(rng).expect("some").repeat(times);
            text +=
                &if piece.starts_with("{%") || piece.starts_with("{#") { piece } else { format!("{{{{ {piece}1 }}}}") };
        } else {
            text += PIECES.choose(rng).expect("some");
        }
    }
    if rng.random() { text.into_bytes() } else { mutate::text(rng, text.as_bytes(), text.as_bytes()) }
}

fn template(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    let text = template_text(rng);
    copy(&samples.model, &folder.join("model"));
    write(&folder.join("model/chat_template.jinja"), &text);
    let mut made = command(&SCORE);
    made.arguments.push("model".into());
    made
}

fn adapter(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    let place = folder.join("adapter");
    copy(&samples.adapter, &place);
    if rng.random() {
        let bytes = read(&place.join("adapter_config.json"));
        write(&place.join("adapter_config.json"), &mutate::text(rng, &bytes, &bytes));
    } else {
        let bytes = read(&place.join("adapter_model.safetensors"));
        write(&place.join("adapter_model.safetensors"), &mutate::bytes(rng, &bytes));
    }
    let mut made = score(rng, "tiny");
    made.arguments.extend(["--adapter".into(), "adapter".into()]);
    made
}

fn prompt(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    let text = samples.scenarios.choose(rng).expect("some");
    let text = &text[..text.len().min(rng.random_range(0..400))];
    write(&folder.join("prompt.txt"), &mutate::text(rng, text, text));
    let labels = ["a,b", "a,ab", ",", "a", "x\u{1b}[2J,y", "é,漢字"].choose(rng).expect("some");
    let mut made = command(&["score", "--prompt-file", "prompt.txt", "--labels", labels, "--threads", "1", "--model"]);
    made.arguments.push(if rng.random() { "tiny".into() } else { samples.model.to_string_lossy().into_owned() });
    if rng.random() {
        made.arguments.push("--raw".into());
    }
    made
}

/// The command that resumes the stopped run, a copy of which is in `folder`.
fn go_on(samples: &Samples, folder: &Path) -> Command {
    copy(&samples.stopped, &folder.join("run"));
    let scenario = samples.scenario.to_string_lossy();
    command(&["--scenario", &scenario, "--out", "run", "--resume", "--threads", "1"])
}

/// A run must never be resumed from a damaged checkpoint.
fn checkpoint(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    let made = go_on(samples, folder);
    let path = folder.join("run/checkpoint.bin");
    let sound = read(&path);
    let mut bytes = sound.clone();
    if rng.random() {
        mutate::flip(rng, &mut bytes)
    } else {
        bytes = mutate::bytes(rng, &bytes)
    }
    write(&path, &bytes);
    Command { must_be_refused: bytes != sound, ..made }
}

/// A stopped run with another file damaged.
fn resume(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    let made = go_on(samples, folder);
    damage_one(rng, &folder.join("run"));
    made
}

/// A finished run with a damaged file, read by the commands that read runs.
fn run_folder(rng: &mut ChaCha8Rng, samples: &Samples, folder: &Path) -> Command {
    copy(&samples.done, &folder.join("run"));
    damage_one(rng, &folder.join("run"));
    match rng.random_range(0..8) {
        0 => command(&["report", "run"]),
        1 => command(&["list", "run"]),
        2 => command(&["show", "run"]),
        3 => command(&["verify", "run", "--threads", "1"]),
        4 => command(&["clean", "run", "--yes"]),
        5 => command(&["compare", "run", "--last", ["1", "2", "1000000"].choose(rng).expect("some")]),
        6 => {
            let format = ["parquet", "tensorboard", "hub"].choose(rng).expect("some");
            command(&["export", "run", "--format", format, "--out", "out"])
        }
        _ => command(&["evaluate", "run", "--parts", "game", "--rounds", "2", "--threads", "1"]),
    }
}

fn damage_one(rng: &mut ChaCha8Rng, folder: &Path) {
    const NAMES: [&str; 6] =
        ["manifest.json", "scenario.ron", "strategy_evolution.csv", "social_outcomes.csv", "moves.csv", "pairs.csv"];
    let path = folder.join(NAMES.choose(rng).expect("some"));
    let bytes = read(&path);
    write(&path, &mutate::text(rng, &bytes, &bytes));
}
