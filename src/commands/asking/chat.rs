//! `sim chat`: a conversation with a language model, with or without the adapter of an agent.

use crate::cli::ChatArgs;
use crate::commands::input::folder::check_that_it_is_a_run;
use crate::commands::input::machine::model_fetcher;
use crate::commands::terminal::exit::{DONE, WRONG_INPUT};
use crate::commands::terminal::print::{ask, colour, err, fail, out, part, refuse};
use crate::host;
use crate::llm::engine::Agent;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::generate::{Decoding, Sampling};
use crate::llm::error::ModelError;
use crate::llm::files::loaded::LoadedModel;
use crate::llm::files::peft;
use crate::llm::lora::Adapter;
use crate::llm::text::chat::Message;
use crate::rng::{Purpose, StreamKey, stream};
use crate::run::{Extension, RunError, Simulation, adapter_of, load_model, thread_pool};
use crate::scenario::format::{ModelSpec, PolicySpec, ScenarioSpec};
use crate::scenario::load::load;
use crate::text::{did_you_mean_or_stop, nearest, shown, shown_lines};
use rand::RngExt;
use std::cell::Cell;
use std::path::PathBuf;

/// Whom one talks to.
struct Partner {
    model: ModelSpec,
    /// Its adapter's folder; `None`: the base model.
    adapter: Option<PathBuf>,
    name: String,
}

pub(in crate::commands) fn execute(args: &ChatArgs, extend: Extension) -> u8 {
    let partner = match partner(args, extend) {
        Ok(partner) => partner,
        Err(problem) => {
            err!("{}", problem.trim_end());
            return WRONG_INPUT;
        }
    };
    if !(args.temperature >= 0.0 && args.temperature.is_finite()) {
        return refuse(format!("--temperature is {}; expected a number of at least 0", args.temperature));
    }
    if !(args.top_p > 0.0 && args.top_p <= 1.0) {
        return refuse(format!("--top-p is {}; expected more than 0 and at most 1", args.top_p));
    }
    match talk(args, &partner) {
        Ok(()) => DONE,
        Err(error) => fail(error),
    }
}

/// The model and adapter that the command line names.
fn partner(args: &ChatArgs, extend: Extension) -> Result<Partner, String> {
    let Some(run) = &args.run else {
        if args.agent.is_some() {
            return Err("error: --agent names an agent of a run; name the run's folder, too".into());
        }
        let name = args.adapter.as_ref().map_or_else(|| args.model.clone(), |folder| folder.display().to_string());
        return Ok(Partner { model: ModelSpec::Named(args.model.clone()), adapter: args.adapter.clone(), name });
    };
    check_that_it_is_a_run(run, "scenario.ron").map_err(|problem| format!("error: {problem}"))?;
    let known = Simulation::extended(extend).known();
    let scenario = load(&run.join("scenario.ron"), &[], &known).map_err(|errors| errors.render(colour()))?;
    let spec = scenario.spec;
    let name = agent_of(&spec, args.agent.as_deref()).map_err(|problem| format!("error: {problem}"))?;
    let folder = adapter_of(run, &name).map_err(|error| format!("error: {error}"))?;
    Ok(Partner { model: spec.model, adapter: Some(folder), name })
}

/// The agent of `spec` called `name`, or the only one that learned.
fn agent_of(spec: &ScenarioSpec, name: Option<&str>) -> Result<String, String> {
    let is_learner = |population: &&crate::scenario::format::PopulationSpec| {
        population.learner.is_some() && matches!(population.policy, PolicySpec::Llm { .. })
    };
    let learners = spec.populations.iter().filter(is_learner);
    let agents: Vec<String> = learners
        .flat_map(|population| (0..population.count).map(|member| format!("{}_{member}", population.name)))
        .collect();
    let list = || agents.iter().take(8).map(|agent| shown(agent).into_owned()).collect::<Vec<_>>().join(", ");
    match name {
        _ if agents.is_empty() => Err("no language model learned in this run".into()),
        None if agents.len() == 1 => Ok(agents[0].clone()),
        None => Err(format!("say which agent with --agent: {}", list())),
        Some(name) => {
            let first = format!("{name}_0");
            let found = agents.iter().find(|agent| *agent == name || **agent == first);
            found.cloned().ok_or_else(|| {
                let hint = did_you_mean_or_stop(nearest(name, agents.iter().map(String::as_str)));
                format!("no language model that learned is called `{}`{hint} Choose from: {}", shown(name), list())
            })
        }
    }
}

/// Reads lines and answers them until the input ends.
fn talk(args: &ChatArgs, partner: &Partner) -> Result<(), RunError> {
    let model = load_model(&partner.model, &model_fetcher())?;
    let adapter = partner.adapter.as_deref();
    let adapter = adapter.map(|folder| peft::load(folder, &model.base.config, Some(&model.id))).transpose()?;
    let threads = args.threads.map_or_else(host::processors, usize::from);
    let pool = thread_pool(threads)?;
    let engine = CpuEngine::new(model.base.clone());
    out!("You talk to {}. /reset forgets the conversation, /quit or Ctrl-D to leave.\n", shown(&partner.name));
    let start: Vec<Message> = args.system.iter().map(Message::system).collect();
    let mut messages = start.clone();
    let mut turn = 0;
    while let Some(line) = ask("you > ") {
        match line.trim() {
            "" => continue,
            "/quit" | "/exit" => break,
            "/reset" => {
                messages.clone_from(&start);
                out!("(forgotten)");
                continue;
            }
            text => messages.push(Message::user(text)),
        }
        part(&format!("{} > ", shown(&partner.name)));
        let answer = pool.install(|| answer(args, &model, &engine, adapter.as_ref(), &messages, turn, threads));
        turn += 1;
        match answer {
            Ok(text) => messages.push(Message::assistant(text)),
            Err(error @ ModelError::TooLong { .. }) => {
                out!("");
                err!("note: {error}; /reset starts again");
                messages.pop();
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// What the model says next, printed while it is drawn.
fn answer(
    args: &ChatArgs,
    model: &LoadedModel,
    engine: &CpuEngine,
    adapter: Option<&Adapter>,
    messages: &[Message],
    turn: u32,
    threads: usize,
) -> Result<String, ModelError> {
    let tokenizer = &model.tokenizer;
    let most = args.max_tokens as usize;
    let prompt = tokenizer.encode_prompt_with_room(&tokenizer.render_chat(messages, true)?, most)?;
    // An activated adapter acts from its own tokens on, and not at all where they do not occur.
    let acting = adapter.and_then(|adapter| Some((adapter, adapter.acts_from(&prompt)?)));
    let frozen =
        acting.filter(|(_, first)| *first > 0).map(|(_, first)| engine.freeze_prefix(&prompt[..first], threads));
    let agent = Agent { adapter: acting.map(|(adapter, _)| adapter), value_head: None, prefix: frozen.as_ref() };
    let cache = engine.read_prompts(std::slice::from_ref(&prompt), &agent, threads);
    if let Some(value) = cache.broken() {
        return Err(ModelError::NotFinite { whose: format!("model {}", model.id.name), value: value as f32 });
    }
    let key = StreamKey { tick: turn, ..StreamKey::default() };
    let mut draws = stream(args.seed, Purpose::Generation, key);
    let decode = |tokens: &[u32]| tokenizer.decode(tokens).unwrap_or_default();
    let printed = Cell::new(0);
    let is_over = |tokens: &[u32]| {
        let text = decode(tokens);
        // Half of a character that takes several tokens is not shown.
        let ready = text.trim_end_matches('\u{fffd}');
        if ready.len() > printed.get() && ready.is_char_boundary(printed.get()) {
            part(&shown_lines(&ready[printed.get()..]));
            printed.set(ready.len());
        }
        tokens.last().is_some_and(|last| tokenizer.stop_ids().binary_search(last).is_ok())
    };
    let sampling = Sampling { temperature: args.temperature, top_p: args.top_p, max_new_tokens: most };
    let mut uniform = |_: usize| draws.random::<f64>();
    let decoding = Decoding { sampling, is_over: &is_over, uniform: &mut uniform };
    let said = engine.generate(&cache, &agent, &[0], decoding, threads);
    let text = decode(&said[0].tokens);
    // The last token is not asked about where the text has become too long.
    out!("{}", shown_lines(text.get(printed.get()..).unwrap_or_default()));
    Ok(text.trim().to_owned())
}
