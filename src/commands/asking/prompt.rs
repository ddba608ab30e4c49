//! `sim prompt`: what each agent reads before it acts. Questions for a partner, and prompts that quote messages, are
//! not among it.

use crate::cli::{Format, PromptArgs};
use crate::commands::input::machine::model_fetcher;
use crate::commands::input::scenario::{ChangedFile, read};
use crate::commands::terminal::exit::{DONE, WRONG_INPUT};
use crate::commands::terminal::print::{err, fail, out};
use crate::llm::text::chat::Message;
use crate::policies::llm::readers::{Answer, DECODED, Prompt, Readers, SERVED, answers, history, readers, to_json};
use crate::run::{Extension, RunError, RunOptions, Simulation};
use crate::scenario::format::{PolicySpec, ScenarioSpec, StrategySpec};
use crate::scenario::spawn::{SpawnError, asks_models, asks_servers, remote_asked};
use crate::text::{did_you_mean, nearest, shown, shown_lines};
use crate::world::Rules;

pub(in crate::commands) fn execute(args: &PromptArgs, extend: Extension) -> u8 {
    let mut simulation = Simulation::extended(extend);
    let named = ChangedFile::with(args.file.as_ref(), args.scenario.as_ref(), args.set.clone());
    let (scenario, backend) = match read(&named, &args.machine, &simulation) {
        Ok(read) => read,
        Err(code) => return code,
    };
    if !asks_models(&scenario.spec) && !asks_servers(&scenario.spec) {
        err!("error: no agent of this scenario is a language model, so none reads a prompt");
        return WRONG_INPUT;
    }
    let options = RunOptions { threads: args.machine.threads.map(usize::from), backend, ..RunOptions::default() };
    let readers = match all_readers(&mut simulation, scenario.spec, options) {
        Ok(readers) => readers,
        Err(error) => return fail(error),
    };
    let chosen = match chosen(readers, args) {
        Ok(chosen) => chosen,
        Err(problem) => {
            err!("error: {problem}");
            return WRONG_INPUT;
        }
    };
    print(&chosen, args.format);
    DONE
}

/// What the base model's agents read, then what servers are sent. No server is asked.
fn all_readers(simulation: &mut Simulation, spec: ScenarioSpec, options: RunOptions) -> Result<Vec<Readers>, RunError> {
    let fetcher = model_fetcher();
    let sent = remote_readers(&spec, simulation.prepare(&spec, options.clone(), &fetcher)?.rules())?;
    let mut all = Vec::new();
    if asks_models(&spec) {
        play(simulation, &frozen(spec), options)?;
        all = readers(simulation.app.world_mut());
    }
    all.extend(sent);
    Ok(all)
}

/// What the servers of `spec` are sent, in the order of the populations.
fn remote_readers(spec: &ScenarioSpec, rules: &Rules) -> Result<Vec<Readers>, SpawnError> {
    let game = &*rules.game;
    let mut all = Vec::new();
    for population in &spec.populations {
        let Some(asked) = remote_asked(spec, population, rules)? else { continue };
        let set = &asked.wordings;
        let prompt = |index: usize| Prompt {
            history: history(game, set.variants[index].seen),
            reputation: set.variants[index].reputation.clone(),
            seat: set.variants[index].seat,
            text: as_text(&set.messages(index, rules)),
            answers: answers(game, &set.config.labels, if asked.has_table() { SERVED } else { DECODED }, |_| None),
        };
        let agents = (0..population.count).map(|member| format!("{}_{member}", population.name)).collect();
        all.push(Readers { agents, prompts: (0..set.len()).map(prompt).collect() });
    }
    Ok(all)
}

/// Messages as a text: each below its role.
fn as_text(messages: &[Message]) -> String {
    let texts: Vec<String> =
        messages.iter().map(|message| format!("[{}]\n{}", message.role, message.content)).collect();
    texts.join("\n\n")
}

/// One tick of `spec` without learning: its tables are those that the first tick of a run is played by.
fn frozen(mut spec: ScenarioSpec) -> ScenarioSpec {
    spec.ticks = 1;
    for population in &mut spec.populations {
        // Without a learner there is nothing to estimate.
        (population.learner, population.estimator) = (None, Default::default());
        // What others do in this tick does not matter, and servers are not to be asked.
        if matches!(population.policy, PolicySpec::Remote(_)) {
            population.policy = PolicySpec::Scripted(StrategySpec::AlwaysCooperate);
        }
    }
    spec
}

fn play(simulation: &mut Simulation, spec: &ScenarioSpec, options: RunOptions) -> Result<(), RunError> {
    let fetcher = model_fetcher();
    let prepared = simulation.prepare(spec, options, &fetcher)?;
    simulation.run_prepared(prepared, &fetcher).map(|_| ())
}

/// The readers and prompts that the command line asks for.
fn chosen(readers: Vec<Readers>, args: &PromptArgs) -> Result<Vec<Readers>, String> {
    let missing = |what: &str, word: &str, known: Vec<&str>| {
        let hint = did_you_mean(nearest(word, known));
        format!("no {what} `{}` in this scenario{hint}", shown(word))
    };
    let mut chosen = readers;
    if let Some(agent) = &args.agent {
        let is_of =
            |name: &str| name == agent || name.rsplit_once('_').is_some_and(|(population, _)| population == agent);
        if !chosen.iter().any(|readers| readers.agents.iter().any(|name| is_of(name))) {
            let known = chosen.iter().flat_map(|readers| readers.agents.iter().map(String::as_str)).collect();
            return Err(missing("language model", agent, known));
        }
        chosen.iter_mut().for_each(|readers| readers.agents.retain(|name| is_of(name)));
        chosen.retain(|readers| !readers.agents.is_empty());
    }
    if let Some(history) = &args.history {
        let is_it = |prompt: &Prompt| prompt.history.eq_ignore_ascii_case(history);
        if !chosen.iter().any(|readers| readers.prompts.iter().any(is_it)) {
            let known =
                chosen.iter().flat_map(|readers| readers.prompts.iter().map(|prompt| &*prompt.history)).collect();
            return Err(missing("history", history, known));
        }
        chosen.iter_mut().for_each(|readers| readers.prompts.retain(is_it));
    }
    Ok(chosen)
}

fn print(readers: &[Readers], format: Format) {
    if format == Format::Json {
        out!("{}", to_json(readers).trim_end());
        return;
    }
    for Readers { agents, prompts } in readers {
        out!("== {}", shown(&agents.join(", ")));
        for Prompt { history, reputation, seat, text, answers } in prompts {
            let towards = reputation.as_ref().map_or_else(String::new, |words| format!(", towards one with {words}"));
            out!("\n-- seat {seat}, after {history}{towards}\n{}", shown_lines(text.trim_end()));
            for Answer { label, action, probability, instead } in answers {
                let probability = probability.map_or_else(|| (*instead).to_owned(), |p| format!("{p:.6}"));
                out!("   {} = {}: {probability}", shown(label), shown(action));
            }
        }
        out!("");
    }
}
