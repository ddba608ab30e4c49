//! One request over HTTP, and its repetitions.

use super::address::Address;
use super::error::RemoteError;
use super::protocol::{complaint, excerpt, json_of};
use super::retry::{ASKED_MAX, asked_for, wait};
use super::secret::Key;
use super::settings::RemoteSpec;
use serde_json::Value;
use std::io::{self, Read};
use std::thread;
use std::time::Duration;
use ureq::http::Response;
use ureq::{Agent, Body, Error};

/// Replies have a few kilobytes; whatever is larger is no answer.
const REPLY_BYTES_MAX: u64 = 4 << 20;
/// The same for the headers.
const HEADER_BYTES_MAX: usize = 64 << 10;
/// Servers drop connections that are idle for some seconds; those are not used again.
const IDLE: Duration = Duration::from_secs(2);
/// What is wrong with a reply that holds the key, in words after "the reply".
const REPEATS_KEY: &str = "repeats the key, so it is not kept";

/// What asks servers.
#[derive(Debug)]
pub(super) struct Client {
    /// Through the proxy that the environment names, if it does.
    abroad: Agent,
    /// This machine's own servers, straight.
    at_home: Agent,
    retries: u32,
}

/// What came of one try.
enum Try {
    Answered(Value),
    /// It may go better next time, after what the server asked for.
    Again {
        what: String,
        asked: Option<Duration>,
    },
    Failed(RemoteError),
}

impl Client {
    pub(super) fn new(spec: &RemoteSpec) -> Self {
        let (connect, reply) =
            (Duration::from_secs_f64(spec.connect_seconds), Duration::from_secs_f64(spec.reply_seconds));
        let config = || {
            Agent::config_builder()
                .http_status_as_error(false)
                // A redirect would carry prompts, and perhaps a key, to where no one meant them to go.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(concat!("agora-sim/", env!("CARGO_PKG_VERSION")))
                .max_response_header_size(HEADER_BYTES_MAX)
                .max_idle_age(IDLE)
                .max_idle_connections_per_host(spec.connections as usize)
                .max_idle_connections(spec.connections as usize)
                .timeout_resolve(Some(connect))
                .timeout_connect(Some(connect))
                .timeout_recv_response(Some(reply))
                .timeout_recv_body(Some(reply))
                .timeout_global(Some(connect + reply))
        };
        let (abroad, at_home) = (config().build().new_agent(), config().proxy(None).build().new_agent());
        Self { abroad, at_home, retries: spec.retries }
    }

    /// Sends `body` to `address`, with `key` if there is one, until there is an answer, and returns its JSON. `may_try`
    /// is asked before each try. `hash` is that of the request.
    pub(super) fn ask(
        &self,
        address: &Address,
        key: Option<&Key>,
        body: &[u8],
        hash: &[u8; 32],
        may_try: &dyn Fn() -> Result<(), RemoteError>,
    ) -> Result<Value, RemoteError> {
        let mut number = 0;
        loop {
            may_try()?;
            let (what, asked) = match self.try_once(address, key, body) {
                Try::Answered(reply) => return Ok(reply),
                Try::Failed(error) => return Err(error),
                Try::Again { what, asked } => (what, asked),
            };
            let too_long = asked.filter(|asked| *asked > ASKED_MAX);
            if number == self.retries || too_long.is_some() {
                let later =
                    too_long.map_or_else(String::new, |wait| format!(" (it asks to wait {} s)", wait.as_secs()));
                let (url, last) = (address.to_string(), what + &later);
                return Err(RemoteError::GivenUp { url, tries: number + 1, most: self.retries + 1, last });
            }
            thread::sleep(wait(number, hash, asked));
            number += 1;
        }
    }

    fn try_once(&self, address: &Address, key: Option<&Key>, body: &[u8]) -> Try {
        let agent = if address.is_loopback() { &self.at_home } else { &self.abroad };
        let request = agent.post(address.completions()).content_type("application/json");
        let request = match key {
            Some(key) => request.header("Authorization", key.header()),
            None => request,
        };
        let answered = request.send(body).map_err(|error| transport(address, error));
        let (response, bytes) = match answered.and_then(|response| read(address, response)) {
            Ok(read) => read,
            Err(failed) => return failed,
        };
        // The key goes before the text is cut: a piece of it would not be found.
        let shown = |text: &str| excerpt(&key.map_or_else(|| text.to_owned(), |key| key.redacted(text)));
        let status = response.status();
        if status.is_success() {
            return answer(address, key, &bytes);
        }
        let said = shown(&complaint(&bytes));
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        if matches!(status.as_u16(), 408 | 429) || status.is_server_error() {
            let what = format!("status {}: {said}", status.as_u16());
            return Try::Again { what, asked: header("retry-after").and_then(asked_for) };
        }
        let said = if status.is_redirection() {
            let to = shown(header("location").unwrap_or("an address it does not give"));
            format!("a redirect to {to}, which is not followed; if that is the server, name it in `url`")
        } else {
            said
        };
        Try::Failed(RemoteError::Refused { url: address.to_string(), status: status.as_u16(), said })
    }
}

/// The whole body of `response`, which is returned without it.
fn read(address: &Address, response: Response<Body>) -> Result<(Response<()>, Vec<u8>), Try> {
    let (parts, body) = response.into_parts();
    let mut bytes = Vec::new();
    // The limit is on what comes out of a decoder, so that no small body becomes a large one.
    let read = body.into_reader().take(REPLY_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| transport(address, Error::from(error)))?;
    if bytes.len() as u64 > REPLY_BYTES_MAX {
        return Err(unreadable(address, format!("is larger than the {} MiB that are read", REPLY_BYTES_MAX >> 20)));
    }
    Ok((Response::from_parts(parts, ()), bytes))
}

fn answer(address: &Address, key: Option<&Key>, bytes: &[u8]) -> Try {
    let repeats_key = |text: &str| key.is_some_and(|key| key.is_in(text));
    if repeats_key(&String::from_utf8_lossy(bytes)) {
        return unreadable(address, REPEATS_KEY.into());
    }
    match json_of(bytes) {
        // JSON may spell any letter as `\u0041`.
        Ok(reply) if repeats_key(&reply.to_string()) => unreadable(address, REPEATS_KEY.into()),
        Ok(reply) => Try::Answered(reply),
        Err(problem) => unreadable(address, problem),
    }
}

fn unreadable(address: &Address, problem: String) -> Try {
    Try::Failed(RemoteError::Unreadable { url: address.to_string(), problem })
}

/// What a failure of the connection means.
fn transport(address: &Address, error: Error) -> Try {
    let timed_out = match &error {
        Error::Timeout(_) => true,
        Error::Io(error) => error.kind() == io::ErrorKind::TimedOut,
        _ => false,
    };
    if timed_out {
        return Try::Again { what: "no answer in time".into(), asked: None };
    }
    let url = address.to_string();
    let problem = match error {
        Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => "nothing listens there; is the server running?".into(),
            io::ErrorKind::UnexpectedEof => "the connection ended before the reply did".into(),
            _ => excerpt(&error.to_string()),
        },
        Error::HostNotFound => "there is no host of that name".into(),
        other => excerpt(&other.to_string()),
    };
    Try::Failed(RemoteError::Unreachable { url, problem })
}
