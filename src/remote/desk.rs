//! The desk at which a run asks its servers: recording first, network second, nothing twice.

use super::address::Address;
use super::client::Client;
use super::error::RemoteError;
use super::protocol::{ChatRequest, Reply, excerpt};
use super::recording::{Id, Occasion, RECORDING, Recording, recording_at};
use super::secret::key_of;
use super::settings::{Budget, RemoteSpec};
use crate::files::write_whole;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;

/// A server, and what it is told about who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it is.
    pub address: Address,
    /// The environment variable with the key; empty: none is sent.
    pub key_env: String,
    /// Whether the key may go where others can read it on the way.
    pub allow_plain_http: bool,
}

/// One thing to ask.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The server.
    pub endpoint: &'a Endpoint,
    /// What it is sent.
    pub request: ChatRequest,
    /// The decision that it is for; `None` for what a run asks once.
    pub occasion: Option<Occasion>,
    /// The agent that asks, for messages.
    pub whose: &'a str,
}

/// What a run has asked so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Replies in its recording.
    pub replies: u64,
    /// Requests sent by all parts of the run, repeated ones and those that failed included.
    pub sent: u64,
    /// Tokens used, as servers report them, for all replies of the recording.
    pub tokens: u64,
    /// Models and builds that servers say they ran.
    pub served_by: Vec<String>,
}

/// Asks servers, or a recording in their place.
#[derive(Debug)]
pub struct Desk {
    client: Client,
    connections: usize,
    budget: Budget,
    books: Mutex<Books>,
    /// The recording that is played instead of asking.
    replay: Option<Mutex<Recording>>,
}

#[derive(Debug)]
struct Books {
    recording: Recording,
    /// Requests sent by all parts of the run.
    sent: u64,
}

impl Desk {
    /// The desk of a run that is asked for as `spec` says and may spend `budget`. Its recording is in `folder`, and is
    /// continued if there is one; without a folder, it is kept in memory. With a `replay`, no server is asked.
    /// `earlier` is what the last part of the run that told it had asked by its end.
    ///
    /// # Errors
    /// If a recording cannot be read.
    pub fn open(
        spec: &RemoteSpec,
        budget: Budget,
        folder: Option<&Path>,
        replay: Option<&Path>,
        earlier: &Tally,
    ) -> Result<Self, RemoteError> {
        let recording = match folder {
            Some(folder) => Recording::continued(&folder.join(RECORDING))?,
            None => Recording::in_memory(),
        };
        let replay = replay.map(|path| Recording::read_only(&recording_at(path)).map(Mutex::new)).transpose()?;
        // A part that was killed told nothing, but each reply that it left took a request.
        let untold = (recording.len() as u64).saturating_sub(earlier.replies);
        let untold = if replay.is_some() { 0 } else { untold };
        let books = Mutex::new(Books { recording, sent: earlier.sent.saturating_add(untold) });
        Ok(Self { client: Client::new(spec), connections: spec.connections.max(1) as usize, budget, books, replay })
    }

    /// A reply to each of `questions`, in their order. What is in the recording already is not asked again.
    ///
    /// # Errors
    /// With the first question, in their order, of those that could not be asked. What the others brought is recorded.
    pub fn ask(&self, questions: &[Question]) -> Result<Vec<Reply>, RemoteError> {
        let id =
            |question: &Question| Id::of(&question.endpoint.address.to_string(), &question.request, question.occasion);
        let ids: Vec<Id> = questions.iter().map(id).collect();
        let mut due: Vec<usize> = Vec::new();
        let mut seen = BTreeSet::new();
        for (number, id) in ids.iter().enumerate() {
            if !self.books().recording.holds(id) && seen.insert(*id) {
                due.push(number);
            }
        }
        match &self.replay {
            Some(replay) => due.iter().try_for_each(|&number| self.take(replay, &questions[number], ids[number]))?,
            None => self.send_all(questions, &ids, &due)?,
        }
        let mut books = self.books();
        ids.iter().map(|id| Ok(books.recording.reply(id)?.expect("every question was answered"))).collect()
    }

    /// Takes the reply to `question` over from the recording that is played.
    fn take(&self, replay: &Mutex<Recording>, question: &Question, id: Id) -> Result<(), RemoteError> {
        let mut replay = replay.lock().expect("nobody panics while holding it");
        match replay.line(&id)? {
            Some(line) => self.books().recording.copy(id, &line),
            None => {
                let Question { endpoint, request, occasion, whose } = question;
                let when = occasion.map_or_else(|| "for its table".into(), |occasion| occasion.to_string());
                let question = format!("`{whose}`, {when}, to {}, SHA-256 {}", endpoint.address, id.hex());
                let (path, prompt) = (replay.path().to_path_buf(), end_of_prompt(request));
                Err(RemoteError::NotRecorded { path, question, prompt })
            }
        }
    }

    /// Sends those of `questions` that are `due`, as many at once as there are connections.
    fn send_all(&self, questions: &[Question], ids: &[Id], due: &[usize]) -> Result<(), RemoteError> {
        let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let failures = Mutex::new(BTreeMap::new());
        let work = || {
            while !has_failed.load(Ordering::Relaxed) {
                let Some(&number) = due.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                if let Err(error) = self.send(&questions[number], ids[number]) {
                    has_failed.store(true, Ordering::Relaxed);
                    failures.lock().expect("nobody panics while holding it").insert(number, error);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.connections.min(due.len()) {
                scope.spawn(work);
            }
        });
        let failures = failures.into_inner().expect("nobody panics while holding it");
        failures.into_values().next().map_or(Ok(()), Err)
    }

    /// Sends `question` and records the reply.
    fn send(&self, question: &Question, id: Id) -> Result<(), RemoteError> {
        let Question { endpoint, request, .. } = question;
        let url = endpoint.address.to_string();
        let wrong = |problem| RemoteError::Key { url: url.clone(), problem };
        let key = key_of(&endpoint.key_env).map_err(wrong)?;
        if key.is_some() && endpoint.address.is_open_to_others() && !endpoint.allow_plain_http {
            return Err(wrong(format!(
                "the key in {} would go over plain http, where others can read it; use https, send none with \
                 `key_env: \"\"`, or set `allow_plain_http: true`",
                endpoint.key_env
            )));
        }
        let body = serde_json::to_vec(request).expect("a request holds only texts and numbers");
        let may_try = || self.charge();
        let reply =
            self.client.ask(&endpoint.address, key.as_ref(), &body, &id.hash, &may_try).map_err(|error| {
                match (error, &key) {
                    (RemoteError::Refused { url, status: status @ (401 | 403), said }, None)
                        if !endpoint.key_env.is_empty() =>
                    {
                        let said = format!("{said}; no key was sent, since {} is not set", endpoint.key_env);
                        RemoteError::Refused { url, status, said }
                    }
                    (error, _) => error,
                }
            })?;
        Reply::read(&reply).map_err(|problem| RemoteError::Unreadable { url: url.clone(), problem })?;
        self.books().recording.enter(id, &url, request, reply)
    }

    /// Takes one request out of the budget.
    fn charge(&self) -> Result<(), RemoteError> {
        let mut books = self.books();
        let (requests, tokens) = (books.sent, books.recording.tokens);
        let spent =
            |limit: u64, word| Err(RemoteError::Spent { budget: format!("{limit} {word}"), word, requests, tokens });
        if let Some(limit) = self.budget.requests.filter(|limit| requests >= *limit) {
            return spent(limit, "requests");
        }
        if let Some(limit) = self.budget.tokens.filter(|limit| tokens >= *limit) {
            return spent(limit, "tokens");
        }
        books.sent += 1;
        Ok(())
    }

    /// Sorts the recording in `folder`, so that it does not tell in which order replies came.
    ///
    /// # Errors
    /// With the system's.
    pub fn settle(&self, folder: &Path) -> std::io::Result<()> {
        write_whole(&folder.join(RECORDING), |file| self.books().recording.write_sorted(file))
    }

    /// What has been asked so far.
    pub fn tally(&self) -> Tally {
        let books = self.books();
        let served_by = books.recording.served_by.iter().cloned().collect();
        Tally { replies: books.recording.len() as u64, sent: books.sent, tokens: books.recording.tokens, served_by }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("nobody panics while holding it")
    }
}

/// The end of what is asked, where prompts of one agent differ.
fn end_of_prompt(request: &ChatRequest) -> String {
    let line = request.messages.last().and_then(|message| message.content.lines().last());
    format!("\"{}\"", excerpt(line.unwrap_or_default()))
}
