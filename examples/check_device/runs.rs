//! Runs of scenarios on the device, their tables beside those of the same runs on the CPU, and the published size.

use super::machine::Machine;
use super::page::Page;
use super::{FORMATS, Outcome};
use agora::host;
use agora::llm::engine::device::DeviceError;
use agora::llm::engine::machine::Backend;
use agora::llm::engine::precision::Precision;
use agora::run::{RunError, RunOptions, Simulation, Watch};
use agora::scenario::load::load_text;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A scenario, as it is changed here.
pub(crate) struct Case {
    name: &'static str,
    text: &'static str,
    /// As `--set` takes them.
    changes: Vec<String>,
}

/// Ticks of every run. The probabilities of the second are what the first update made of them.
const TICKS: u32 = 3;

/// Agents that write texts.
const TEXTS: &str = r#"(
    version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(3),
    prompt: (decision: Generate, generation: (max_new_tokens: 4)),
    populations: [(name: "writers", count: 2, policy: Llm(adapter: (rank: 8)), learner: Reinforce())],
)"#;

/// Gemma-2-2b by its sizes, in the words of a scenario: 10.5 GB of weights in f32.
const GEMMA_2_2B: &str = "Random(family: Gemma2, layers: 26, hidden: 2304, intermediate: 9216, heads: 8, kv_heads: 4, \
                          head_dim: 256, vocab: 256000)";
/// Bytes of these weights in f32.
const GEMMA_2_2B_BYTES: u64 = 10_457_000_000;
/// A small model of the same family.
const SMALL_GEMMA: &str = "Random(family: Gemma2, layers: 2, hidden: 64, intermediate: 160, heads: 4, kv_heads: 2, \
                           vocab: 300)";

impl Case {
    fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, changes: vec![format!("ticks={TICKS}")] }
    }

    fn set(&mut self, change: &str) {
        self.changes.push(change.to_owned());
    }

    /// Eight learners of four moralities, taught by GRPO, and four scripts.
    pub(crate) fn mixed_morals() -> Self {
        Self::new("mixed_morals", include_str!("../../scenarios/mixed_morals.ron"))
    }

    /// Three learners that pick whom they play with.
    pub(crate) fn partner_choice() -> Self {
        Self::new("partner_choice", include_str!("../../scenarios/partner_choice.ron"))
    }

    /// Two learners taught by PPO, in the published sizes or in small.
    pub(crate) fn published(small: bool) -> Self {
        let text = include_str!("../../scenarios/papers/iclr25_de_vs_llm.ron");
        let mut case = Self::new("iclr25_de_vs_llm", text);
        case.set("output.every=1");
        case.set(&format!("model={}", if small { SMALL_GEMMA } else { GEMMA_2_2B }));
        case
    }

    /// Two agents that write texts, which are read for what they choose.
    fn texts() -> Self {
        Self::new("texts", TEXTS)
    }

    /// The same played by `model`, if there is one, or by the tiny model if the run is to be `small`.
    pub(crate) fn played_by(mut self, model: Option<&str>, small: bool) -> Self {
        if let Some(model) = model.or(small.then_some("Named(\"tiny\")")) {
            self.set(&format!("model={model}"));
        }
        self
    }

    /// Plays it on `backend`, writing into `folder`.
    fn play(&self, backend: Backend, folder: &Path) -> Result<Times, Failed> {
        let mut simulation = Simulation::new();
        let scenario = load_text(self.name, self.text, self.name, &self.changes, &simulation.known())
            .map_err(|errors| Failed::Other(errors.render(false)))?;
        let (begun, ends) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let noted = ends.clone();
        let watch = Watch::new(move |_, _| {
            if let Ok(mut noted) = noted.lock() {
                noted.push(begun.elapsed().as_secs_f64());
            }
        });
        let options = RunOptions { out: Some(folder.to_path_buf()), backend, watch, ..RunOptions::default() };
        simulation.run_quietly(&scenario, &options)?;
        let ends = ends.lock().map_err(|error| Failed::Other(error.to_string()))?;
        // The first one is told when the model is loaded, before any tick.
        let [loaded, first, .., last] = ends[..] else {
            return Err(Failed::Other(format!("{}: fewer than two ticks were played", self.name)));
        };
        Ok(Times { loaded, first: first - loaded, later: (last - first) / (ends.len() - 2) as f64 })
    }
}

/// Seconds of a run.
struct Times {
    /// Until the model was loaded.
    loaded: f64,
    /// Of the first tick, in which kernels are loaded.
    first: f64,
    /// Of a later tick, on average.
    later: f64,
}

/// Why a run was not played to its end.
enum Failed {
    /// It wants something that devices cannot do, in these words.
    CpuOnly(String),
    Other(String),
}

impl From<RunError> for Failed {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Device(DeviceError::CpuOnly { .. }) => Self::CpuOnly(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<Failed> for Box<dyn std::error::Error> {
    fn from(failed: Failed) -> Self {
        let (Failed::CpuOnly(words) | Failed::Other(words)) = failed;
        words.into()
    }
}

/// The largest errors of probabilities that are let pass, in the first tick and in later ones, if learning has `moved`
/// them by as much.
fn tolerances(precision: Precision, moved: f64) -> [f64; 2] {
    match precision {
        // A device that does not learn, or learns something else, must not pass.
        Precision::F32 => [1e-3, (moved / 10.0).clamp(1e-4, 1e-2)],
        // Rounding alone may exceed what three ticks teach.
        Precision::Bf16 => [0.05, 0.1],
    }
}

/// How the tables of two runs differ, in the first tick and in later ones.
#[derive(Default)]
struct Differences {
    /// Largest difference of a probability of cooperating; infinite if one is there in one run alone.
    probabilities: [f64; 2],
    /// How many cells differ, of how many.
    cells: [[usize; 2]; 2],
    /// By how much learning has moved a probability at most, from the first tick to the last.
    moved: f64,
}

/// Numbers of the first tick differ if they are off by more than this, relative to 1 or to what is expected if that is
/// larger.
const ROUNDING: f64 = 1e-3;

/// Plays `case` on the device in both formats and once on the CPU in f32, and compares the tables.
pub(crate) fn compare(page: &mut Page, machine: &Machine, case: &Case) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let here = folder.path().join("cpu");
    let on_cpu = case.play(Backend::default(), &here)?;
    for precision in FORMATS {
        let there = folder.path().join(precision.name());
        let on_device = case.play(machine.backend(precision), &there)?;
        let (found, format) = (differences(&there, &here)?, precision.name());
        let [first, later] = tolerances(precision, found.moved);
        let line = |what: &str| format!("{}: {what}", case.name);
        page.judge(&line("probabilities, first tick"), format, found.probabilities[0], first)?;
        let moved = format!("probabilities, later ticks; learning moves them by up to {:.1e}", found.moved);
        // Where nothing is learned, nothing is compared.
        let later_error = if found.moved > 0.0 { found.probabilities[1] } else { f64::INFINITY };
        page.judge(&line(&moved), format, later_error, later)?;
        // A move is a draw: a probability that is off by more than rounding may turn it, and what follows from it.
        let is_rounding = precision == Precision::F32;
        page.count(&line("cells of all tables, first tick"), format, found.cells[0], is_rounding)?;
        page.count(&line("cells of all tables, later ticks"), format, found.cells[1], false)?;
        let seconds = format!("{:.3} s, CPU {:.3} s", on_device.later, on_cpu.later);
        page.row(&[&line("a later tick"), format, &seconds, "", "told, not judged"])?;
    }
    Ok(())
}

/// Compares the tables in two folders cell by cell.
fn differences(found: &Path, expected: &Path) -> Outcome<Differences> {
    let names = tables(expected)?;
    if names.is_empty() || tables(found)? != names {
        return Err(format!("the device's run wrote other tables than {names:?}").into());
    }
    let mut all = Differences::default();
    for name in names {
        let [(heads, found), (expected_heads, expected)] = [read(&found.join(&name))?, read(&expected.join(&name))?];
        if heads != expected_heads || found.len() != expected.len() || found.is_empty() {
            return Err(format!("{name}: other columns or another number of rows than on the CPU, or none").into());
        }
        let tick = heads.iter().position(|head| head == "tick").ok_or(format!("{name}: no column `tick`"))?;
        for (found, expected) in found.iter().zip(&expected) {
            let when = usize::from(&expected[tick] != "0");
            for ((head, found), expected) in heads.iter().zip(found).zip(expected) {
                let difference = difference(found, expected);
                let size = expected.parse::<f64>().map_or(1.0, |number| number.abs().max(1.0));
                let [differ, cells] = &mut all.cells[when];
                *differ += usize::from(difference > ROUNDING * size);
                *cells += 1;
                if is_probability(head) {
                    all.probabilities[when] = all.probabilities[when].max(difference);
                }
            }
        }
        all.moved = all.moved.max(moved(&heads, &expected));
    }
    Ok(all)
}

/// Whether a column has an agent's probability of cooperating in some state.
fn is_probability(head: &str) -> bool {
    head.starts_with("p_c_") && head != "p_c_source"
}

/// The largest difference of a probability between the first tick and the last, in a table that has the same agents in
/// every tick.
fn moved(heads: &csv::StringRecord, rows: &[csv::StringRecord]) -> f64 {
    let agents = rows.len() / TICKS as usize;
    let both = rows.iter().take(agents).zip(rows.iter().skip(rows.len() - agents));
    let cells = both.flat_map(|(first, last)| heads.iter().zip(first.iter().zip(last)));
    let probabilities = cells.filter(|(head, _)| is_probability(head));
    probabilities
        .map(|(_, (first, last))| difference(last, first))
        .filter(|moved| moved.is_finite())
        .fold(0.0, f64::max)
}

/// The difference of two cells: of numbers, their own; of words, 0 if they are equal and otherwise infinite.
fn difference(found: &str, expected: &str) -> f64 {
    match (found.parse::<f64>(), expected.parse::<f64>()) {
        _ if found == expected => 0.0,
        (Ok(found), Ok(expected)) if found.is_finite() && expected.is_finite() => (found - expected).abs(),
        _ => f64::INFINITY,
    }
}

/// The names of the tables in a run's folder.
fn tables(folder: &Path) -> Outcome<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".csv") {
            names.insert(name);
        }
    }
    Ok(names)
}

/// The columns of a table, and its rows.
type Table = (csv::StringRecord, Vec<csv::StringRecord>);

fn read(path: &Path) -> Outcome<Table> {
    let mut table = csv::Reader::from_path(path)?;
    Ok((table.headers()?.clone(), table.into_records().collect::<Result<_, _>>()?))
}

/// Says whether agents that write texts can run on the device, and if so, plays some.
pub(crate) fn texts(page: &mut Page, machine: &Machine, model: Option<&str>, small: bool) -> Outcome<()> {
    let case = Case::texts().played_by(model, small);
    let folder = tempfile::tempdir()?;
    match case.play(machine.backend(Precision::F32), &folder.path().join("texts")) {
        Ok(_) => compare(page, machine, &case),
        Err(Failed::CpuOnly(words)) => page.row(&["texts", "", "", "", &format!("CPU only: \"{words}\"")]),
        Err(other) => Err(other.into()),
    }
}

/// Times and memory of the published experiment with random weights of the published sizes, in bf16.
pub(crate) fn measure_published(page: &Page, machine: &Machine, small: bool) -> Outcome<()> {
    let (case, precision) = (Case::published(small), Precision::Bf16);
    page.text(&format!(
        "`scenarios/papers/{}.ron` in {} with random weights of {}; a byte is a token, so that prompts are several times as \
         long as with the published tokenizer. Two agents of rank 64, each a learner; memory as above.",
        case.name,
        precision.name(),
        if small { "a small Gemma 2's sizes" } else { "Gemma-2-2b's sizes" },
    ))?;
    // On the host the weights and a rounded matrix at a time; on the device half of that, and activations.
    let has_room = |free: Option<u64>, bytes: u64| small || free.is_none_or(|free| free > bytes);
    if !(has_room(machine.free()?, GEMMA_2_2B_BYTES) && has_room(host::available(), GEMMA_2_2B_BYTES / 2 * 3)) {
        return page.text("Left out: there is too little memory.");
    }
    let folder = tempfile::tempdir()?;
    let play = || case.play(machine.backend(precision), &folder.path().join("published"));
    let (times, memory) = machine.watching_memory(play);
    let Times { loaded, first, later } = times?;
    page.table(&["", ""])?;
    page.row(&["weights drawn and copied", &format!("{loaded:.2} s")])?;
    page.row(&["the first tick", &format!("{first:.3} s")])?;
    page.row(&["a later tick", &format!("{later:.3} s")])?;
    page.row(&["memory", &memory])
}
