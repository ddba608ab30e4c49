//! What is tried without a process for every input: parsers and loaders, called as functions of the library.
//!
//! A process starts in some ten milliseconds, in which hundreds of inputs can be parsed. Workers are processes all the
//! same: what no handler survives, such as memory that runs out, ends a worker, and another goes on after the input.

use crate::mutate;
use crate::samples::{Samples, TEMPLATE, reseal};
use agora::compare::{Options, compare};
use agora::export::{parquet, tensorboard::Follower};
use agora::llm::files::fetch::Fetcher;
use agora::llm::files::load::load;
use agora::llm::files::loaded::LoadedModel;
use agora::llm::files::peft;
use agora::llm::text::chat::{ChatDate, Message};
use agora::llm::text::tokenizer::ChatTokenizer;
use agora::metrics::built_in;
use agora::report::{self, Words};
use agora::run::sweep::{Design, DesignKind, Factor};
use agora::run::{Manifest, RunOptions, Simulation, runs};
use agora::scenario::check::Known;
use agora::scenario::load::{Scenario, load_text};
use agora::watch;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A kind of input.
pub(crate) struct Target {
    /// The name for `--target`, and of its folder in the corpus.
    pub(crate) name: &'static str,
    /// How many inputs it gets for each that others get: more where one takes little time.
    pub(crate) share: u64,
    /// Damages a sound input.
    pub(crate) make: fn(&mut ChaCha8Rng, &Samples) -> Vec<u8>,
    /// Reads an input; whether it is taken for a sound one.
    pub(crate) read: fn(&Bench, &[u8]) -> bool,
}

/// Every kind of input.
pub(crate) const TARGETS: [Target; 18] = [
    Target {
        name: "ron",
        share: 12,
        make: |rng, samples| scenario(rng, &samples.scenarios),
        read: |b, i| b.scenario("case.ron", i),
    },
    Target {
        name: "json",
        share: 8,
        make: |rng, samples| language(rng, samples, "json"),
        read: |b, i| b.scenario("case.json", i),
    },
    Target {
        name: "yaml",
        share: 8,
        make: |rng, samples| language(rng, samples, "yaml"),
        read: |b, i| b.scenario("case.yaml", i),
    },
    Target {
        name: "toml",
        share: 8,
        make: |rng, samples| language(rng, samples, "toml"),
        read: |b, i| b.scenario("case.toml", i),
    },
    Target { name: "override", share: 10, make: set, read: Bench::set },
    Target { name: "vary", share: 10, make: vary, read: Bench::vary },
    Target { name: "gguf", share: 6, make: |rng, samples| mutate::bytes(rng, &samples.gguf), read: Bench::gguf },
    Target {
        name: "weights",
        share: 4,
        make: |rng, samples| of_model(rng, samples, "model.safetensors"),
        read: |b, i| b.model("model.safetensors", i),
    },
    Target {
        name: "config",
        share: 8,
        make: |rng, samples| of_model(rng, samples, "config.json"),
        read: |b, i| b.model("config.json", i),
    },
    Target {
        name: "tokenizer",
        share: 8,
        make: |rng, samples| of_model(rng, samples, "tokenizer.json"),
        read: |b, i| b.tokenizer("tokenizer.json", i),
    },
    Target { name: "template", share: 8, make: template, read: |b, i| b.tokenizer("chat_template.jinja", i) },
    Target {
        name: "adapter",
        share: 8,
        make: |rng, samples| of_adapter(rng, samples, ADAPTER[1]),
        read: |b, i| b.adapter(ADAPTER[1], i),
    },
    Target {
        name: "adapter_config",
        share: 8,
        make: |rng, samples| of_adapter(rng, samples, ADAPTER[0]),
        read: |b, i| b.adapter(ADAPTER[0], i),
    },
    Target { name: "checkpoint", share: 1, make: checkpoint, read: Bench::checkpoint },
    Target {
        name: "agents_table",
        share: 2,
        make: |rng, samples| of_run(rng, samples, TABLES[0]),
        read: |b, i| b.table(TABLES[0], i),
    },
    Target {
        name: "outcomes_table",
        share: 2,
        make: |rng, samples| of_run(rng, samples, TABLES[1]),
        read: |b, i| b.table(TABLES[1], i),
    },
    Target {
        name: "pairs_table",
        share: 2,
        make: |rng, samples| of_run(rng, samples, TABLES[2]),
        read: |b, i| b.table(TABLES[2], i),
    },
    Target {
        name: "manifest",
        share: 8,
        make: |rng, samples| of_run(rng, samples, "manifest.json"),
        read: Bench::manifest,
    },
];

const ADAPTER: [&str; 2] = ["adapter_config.json", "adapter_model.safetensors"];
const TABLES: [&str; 3] = ["strategy_evolution.csv", "social_outcomes.csv", "pairs.csv"];
/// The scenario that values are set in.
const BASE: &str = include_str!("../../scenarios/quick_look.ron");

fn file(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn scenario(rng: &mut ChaCha8Rng, scenarios: &[Vec<u8>]) -> Vec<u8> {
    let (one, other) = (scenarios.choose(rng).expect("some"), scenarios.choose(rng).expect("some"));
    mutate::text(rng, one, other)
}

fn language(rng: &mut ChaCha8Rng, samples: &Samples, ending: &str) -> Vec<u8> {
    let (_, scenarios) = samples.languages.iter().find(|(name, _)| *name == ending).expect("it is a language");
    scenario(rng, scenarios)
}

fn set(rng: &mut ChaCha8Rng, samples: &Samples) -> Vec<u8> {
    let (set, other) = (crate::targets::SETS.choose(rng).expect("some"), samples.scenarios.choose(rng).expect("some"));
    mutate::text(rng, set.as_bytes(), other)
}

fn vary(rng: &mut ChaCha8Rng, _: &Samples) -> Vec<u8> {
    let [one, other] = [(); 2].map(|()| crate::targets::VARIED.choose(rng).expect("some").as_bytes());
    mutate::text(rng, one, other)
}

fn damaged(rng: &mut ChaCha8Rng, path: &Path) -> Vec<u8> {
    let bytes = file(path);
    let is_text = path.extension().is_some_and(|extension| extension != "safetensors");
    if is_text { mutate::text(rng, &bytes, &bytes) } else { mutate::bytes(rng, &bytes) }
}

fn of_model(rng: &mut ChaCha8Rng, samples: &Samples, name: &str) -> Vec<u8> {
    damaged(rng, &samples.model.join(name))
}

fn of_adapter(rng: &mut ChaCha8Rng, samples: &Samples, name: &str) -> Vec<u8> {
    damaged(rng, &samples.adapter.join(name))
}

fn of_run(rng: &mut ChaCha8Rng, samples: &Samples, name: &str) -> Vec<u8> {
    damaged(rng, &samples.done.join(name))
}

/// Those that are meant to cost are tried by processes, since each takes as long as it may.
fn template(rng: &mut ChaCha8Rng, _: &Samples) -> Vec<u8> {
    const MORE: [&str; 4] = [
        "{{ bos_token }}{% for m in messages if m.role != 'system' %}{{ loop.index0 ~ m['content']|trim }}{% endfor %}",
        "{%- set first = messages[0] -%}{{ first|tojson }}{{ messages[1:]|length }}{{ 'x'.split('y')|join(', ') }}",
        "{{ strftime_now('%d %B %Y') }}{{ 'abc'|wordwrap(1)|upper|reverse|indent(3, true) }}{{ eos_token }}",
        "{% macro f(x) %}{{ x|default('y') }}{% endmacro %}{{ f(1) }}{{ dict(a=1)|items|list|groupby(0)|list|tojson }}",
    ];
    let [one, other] = [(); 2].map(|()| match rng.random() {
        true => TEMPLATE,
        false => MORE.choose(rng).expect("some"),
    });
    mutate::text(rng, one.as_bytes(), other.as_bytes())
}

/// A damaged state under a checksum that is right again, so that more than the checksum is tried.
fn checkpoint(rng: &mut ChaCha8Rng, samples: &Samples) -> Vec<u8> {
    reseal(&mutate::bytes(rng, &file(&samples.stopped.join("checkpoint.bin"))))
}

/// What inputs are read with.
pub(crate) struct Bench {
    known: Known,
    tiny: LoadedModel,
    /// The scenario of the stopped run.
    scenario: Scenario,
    stopped: PathBuf,
    /// A model's folder of this worker's own, in which one file at a time is damaged.
    model: PathBuf,
    adapter: PathBuf,
    run: PathBuf,
    folder: PathBuf,
}

impl Bench {
    /// A bench of its own in `folder`.
    pub(crate) fn new(samples: &Samples, folder: &Path) -> Self {
        let known = Simulation::new().known();
        let [model, adapter, run] = ["model", "adapter", "run"].map(|name| folder.join(name));
        for (from, to) in [(&samples.model, &model), (&samples.adapter, &adapter), (&samples.done, &run)] {
            crate::targets::copy(from, to);
        }
        let text = String::from_utf8(file(&samples.scenario)).expect("it is text");
        let scenario = load_text("stopped.ron", &text, "stopped", &[], &known).expect("it is sound");
        let tiny = load("tiny", &fetcher(), ChatDate::default()).expect("it is built in");
        let (stopped, folder) = (samples.stopped.clone(), folder.to_path_buf());
        Self { known, tiny, scenario, stopped, model, adapter, run, folder }
    }

    /// Checks that sound inputs are taken for sound ones: a target that refuses everything tries nothing.
    pub(crate) fn check(&self, samples: &Samples) {
        let language = |ending: &str| {
            let (_, scenarios) = samples.languages.iter().find(|(name, _)| *name == ending).expect("it is a language");
            self.scenario(&format!("case.{ending}"), &scenarios[0])
        };
        let run = |name: &str| file(&samples.done.join(name));
        let adapter = |name: &str| self.adapter(name, &file(&samples.adapter.join(name)));
        let tokenizer = |name: &str, input: &[u8]| self.tokenizer(name, input);
        let sound = [
            ("ron", self.scenario("case.ron", BASE.as_bytes())),
            ("json", language("json")),
            ("yaml", language("yaml")),
            ("toml", language("toml")),
            ("override", self.set(crate::targets::SETS[0].as_bytes())),
            ("vary", self.vary(crate::targets::VARIED[1].as_bytes())),
            ("gguf", self.gguf(&samples.gguf)),
            ("weights", self.model("model.safetensors", &file(&samples.model.join("model.safetensors")))),
            ("config", self.model("config.json", &file(&samples.model.join("config.json")))),
            ("tokenizer", tokenizer("tokenizer.json", &file(&samples.model.join("tokenizer.json")))),
            ("template", tokenizer("chat_template.jinja", b"{% for m in messages %}{{ m.content }}{% endfor %}")),
            ("adapter", adapter(ADAPTER[1])),
            ("adapter_config", adapter(ADAPTER[0])),
            ("checkpoint", self.checkpoint(&file(&samples.stopped.join("checkpoint.bin")))),
            ("agents_table", self.table(TABLES[0], &run(TABLES[0]))),
            ("outcomes_table", self.table(TABLES[1], &run(TABLES[1]))),
            ("pairs_table", self.table(TABLES[2], &run(TABLES[2]))),
            ("manifest", self.manifest(&run("manifest.json"))),
        ];
        let refused: Vec<&str> = sound.iter().filter(|(_, is_sound)| !is_sound).map(|(name, _)| *name).collect();
        assert!(refused.is_empty(), "sound inputs are refused: {refused:?}");
    }

    fn scenario(&self, name: &str, input: &[u8]) -> bool {
        // What is no text is refused before it is parsed.
        let text = String::from_utf8_lossy(input);
        match load_text(name, &text, "case", &[], &self.known) {
            Ok(scenario) => !scenario.render_warnings(false).contains('\0'),
            Err(errors) => {
                assert!(!errors.render(false).is_empty());
                false
            }
        }
    }

    fn set(&self, input: &[u8]) -> bool {
        let set = String::from_utf8_lossy(input).into_owned();
        let read = load_text("case.ron", BASE, "case", &[set], &self.known);
        read.map_err(|errors| assert!(!errors.render(false).is_empty())).is_ok()
    }

    fn vary(&self, input: &[u8]) -> bool {
        let Ok(factor) = String::from_utf8_lossy(input).parse::<Factor>() else { return false };
        let cells = |kind, samples| Design { factors: vec![factor.clone()], kind, samples }.cells(2, 1).is_ok();
        cells(DesignKind::Full, None) | cells(DesignKind::Latin, Some(5))
    }

    fn gguf(&self, input: &[u8]) -> bool {
        let path = self.folder.join("case.gguf");
        fs::write(&path, input).expect("the folder can be written to");
        self.speaks(&path)
    }

    /// Loads the model in a folder in which the file `name` holds `input`.
    fn model(&self, name: &str, input: &[u8]) -> bool {
        self.with(&self.model.join(name), input, || self.speaks(&self.model))
    }

    /// Loads the model at `path` and has its tokenizer read a prompt.
    fn speaks(&self, path: &Path) -> bool {
        let loaded = load(&path.to_string_lossy(), &fetcher(), ChatDate::default());
        loaded.is_ok_and(|model| model.tokenizer.encode_prompt("ab").is_ok())
    }

    fn tokenizer(&self, name: &str, input: &[u8]) -> bool {
        self.with(&self.model.join(name), input, || {
            let Ok(tokenizer) = ChatTokenizer::from_folder(&self.model, ChatDate::default()) else { return false };
            let labels = tokenizer.encode_labels("Which? ", &["a", "b"]);
            let ids = tokenizer.encode("a cat, é 漢字 <|user|>").unwrap_or_default();
            let read = tokenizer.decode(&ids).is_ok() && labels.is_ok();
            tokenizer.render_chat(&[Message::system("s"), Message::user("u")], true).is_ok() && read
        })
    }

    fn adapter(&self, name: &str, input: &[u8]) -> bool {
        let (base, id) = (&self.tiny.base.config, Some(&self.tiny.id));
        self.with(&self.adapter.join(name), input, || peft::load(&self.adapter, base, id).is_ok())
    }

    fn checkpoint(&self, input: &[u8]) -> bool {
        let out = self.folder.join("resumed");
        let _ = fs::remove_dir_all(&out);
        crate::targets::copy(&self.stopped, &out);
        fs::write(out.join("checkpoint.bin"), input).expect("the folder can be written to");
        let options = RunOptions { out: Some(out), threads: Some(1), resume: true, ..RunOptions::default() };
        Simulation::new().run(&self.scenario, &options, &fetcher()).is_ok()
    }

    /// Reads the run in which the table `name` holds `input` as every command does that reads tables.
    fn table(&self, name: &str, input: &[u8]) -> bool {
        self.with(&self.run.join(name), input, || {
            let known: Vec<_> = built_in().collect();
            let out = self.folder.join("out");
            let _ = fs::remove_dir_all(&out);
            let runs = [self.run.clone()];
            let compared = [None, Some(1)].map(|last| compare(&runs, &Options { last, ..Options::default() }).is_ok());
            let exported = parquet::export(&self.run, &out, &known).is_ok();
            let followed = Follower::new(&self.run, &out, &known).follow().is_ok();
            watch::Run::open(&self.run).poll(Duration::from_secs(1));
            report::write(&self.run, WORDS).is_ok() & compared[0] & compared[1] & exported & followed
        })
    }

    fn manifest(&self, input: &[u8]) -> bool {
        self.with(&self.run.join("manifest.json"), input, || {
            let manifest = Manifest::read(&self.run).ok().flatten();
            let hashed =
                manifest.as_ref().map(|manifest| agora::run::verify::against_hashes(&self.run, manifest).is_ok());
            let found = runs::find(&self.run).runs.len();
            let compared = compare(&[self.run.clone()], &Options::default()).is_ok();
            watch::Run::open(&self.run).poll(Duration::from_secs(1));
            hashed.unwrap_or_default() & compared & (found == 1)
        })
    }

    /// Does something while the file at `path` holds `input`, and puts back what it held.
    fn with(&self, path: &Path, input: &[u8], read: impl FnOnce() -> bool) -> bool {
        let before = fs::read(path).ok();
        fs::write(path, input).expect("the folder can be written to");
        let restored = Restored { path, before };
        let is_sound = read();
        drop(restored);
        is_sound
    }
}

/// Puts back what a file held, even after a panic.
struct Restored<'a> {
    path: &'a Path,
    before: Option<Vec<u8>>,
}

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        let _ = match &self.before {
            Some(bytes) => fs::write(self.path, bytes),
            None => fs::remove_file(self.path),
        };
    }
}

const WORDS: Words = Words {
    meaning: |table, column| {
        let known = built_in().find(|known| known.table == table && known.covers(column));
        known.map(|known| known.meaning.to_string())
    },
    strategies: Vec::new,
};

fn fetcher() -> Fetcher {
    Fetcher::from_env(indicatif::ProgressBar::hidden())
}
