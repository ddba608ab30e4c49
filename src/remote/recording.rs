//! Recordings: every request with the reply to it, a line of JSON each.
//!
//! A reply belongs to the request that it answers, and to the occasion if the same is asked more than once; lines may
//! stand in any order. A line is on disk before its reply is used. No time is in it: a recording that was replayed is
//! the same to the byte.

use super::error::RemoteError;
use super::protocol::{ChatRequest, Reply};
use crate::faults;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The recording in a run's folder.
pub const RECORDING: &str = "remote.jsonl";

/// The longest line: a request and a reply of the longest kinds.
const LINE_BYTES_MAX: u64 = 24 << 20;

/// The recording that `path` names: a file, or the one in a run's folder.
pub fn recording_at(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(RECORDING) } else { path.to_path_buf() }
}

/// The decision that a request was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occasion {
    /// The tick.
    pub tick: u32,
    /// The round of the match.
    pub round: u32,
    /// The seat, over all matches of the tick.
    pub seat: u32,
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "tick {}, round {}, seat {}", self.tick, self.round, self.seat)
    }
}

/// What distinguishes one request from all others of a run. Sorted, requests for tables come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    occasion: Option<Occasion>,
    pub(super) hash: [u8; 32],
}

impl Id {
    pub(super) fn of(url: &str, request: &ChatRequest, occasion: Option<Occasion>) -> Self {
        let body = serde_json::to_vec(request).expect("a request holds only texts and numbers");
        let sum = Sha256::new().chain_update(url).chain_update("\n").chain_update(body);
        Self { occasion, hash: sum.finalize().into() }
    }

    /// The hash in hex.
    pub(super) fn hex(&self) -> String {
        self.hash.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// SHA-256 of the address, a line break and the request as it was sent.
    request_sha256: String,
    /// `None` for what is asked once.
    occasion: Option<Occasion>,
    url: String,
    request: ChatRequest,
    reply: Value,
}

/// What recordings are kept in.
trait Storage: Read + Write + Seek + Send {
    fn truncate(&mut self, bytes: u64) -> io::Result<()>;

    /// Writes a line of the recording at `path` where it stands.
    fn add(&mut self, line: &[u8], path: &Path) -> io::Result<()>;
}

impl Storage for File {
    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }

    fn add(&mut self, line: &[u8], path: &Path) -> io::Result<()> {
        faults::write_all(self, line, path)
    }
}

impl Storage for Cursor<Vec<u8>> {
    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.get_mut().truncate(bytes as usize);
        Ok(())
    }

    fn add(&mut self, line: &[u8], _: &Path) -> io::Result<()> {
        self.write_all(line)
    }
}

/// A recording and where each of its replies is.
pub(super) struct Recording {
    path: PathBuf,
    storage: Box<dyn Storage>,
    /// Start and length of each line.
    lines: BTreeMap<Id, (u64, u64)>,
    end: u64,
    /// Tokens used for all its replies.
    pub(super) tokens: u64,
    /// What servers say they ran.
    pub(super) served_by: BTreeSet<String>,
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Recording({}, {} replies)", self.path.display(), self.lines.len())
    }
}

impl Recording {
    /// A recording that is kept in memory alone.
    pub(super) fn in_memory() -> Self {
        Self::over(Path::new("in memory"), Box::new(Cursor::new(Vec::new())))
    }

    /// The recording at `path`, to be continued; a line that was cut off at its end is removed.
    pub(super) fn continued(path: &Path) -> Result<Self, RemoteError> {
        let opened = faults::before("open", path)
            .and_then(|()| File::options().read(true).write(true).create(true).truncate(false).open(path));
        let mut recording = Self::over(path, Box::new(opened.map_err(|error| cannot("open", path, &error))?));
        recording.scan()?;
        let end = recording.end;
        recording.storage.truncate(end).map_err(|error| cannot("write", path, &error))?;
        Ok(recording)
    }

    /// The recording at `path`, to be read.
    pub(super) fn read_only(path: &Path) -> Result<Self, RemoteError> {
        let opened = File::open(path).map_err(|error| cannot("read", path, &error))?;
        let mut recording = Self::over(path, Box::new(opened));
        recording.scan()?;
        Ok(recording)
    }

    fn over(path: &Path, storage: Box<dyn Storage>) -> Self {
        Self {
            path: path.to_path_buf(),
            storage,
            lines: BTreeMap::new(),
            end: 0,
            tokens: 0,
            served_by: BTreeSet::new(),
        }
    }

    /// Finds every whole line.
    fn scan(&mut self) -> Result<(), RemoteError> {
        let Self { path, storage, lines, end, tokens, served_by } = self;
        let bad = |problem| RemoteError::Recording { path: path.clone(), problem };
        let mut input = BufReader::new(storage);
        for number in 1.. {
            let mut line = Vec::new();
            let read = input.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line);
            read.map_err(|error| cannot("read", path, &error))?;
            let length = line.len() as u64;
            if length > LINE_BYTES_MAX {
                return Err(bad(format!("line {number} is longer than the {LINE_BYTES_MAX} bytes that are read")));
            }
            // A run that is killed while it writes leaves a piece of a line, whose reply has not been used.
            if line.last() != Some(&b'\n') {
                break;
            }
            let (id, reply) = checked(&line, number, path)?;
            if lines.insert(id, (*end, length)).is_some() {
                return Err(bad(format!("line {number} answers a request that an earlier line answers")));
            }
            *end += length;
            *tokens = tokens.saturating_add(reply.tokens);
            served_by.extend(reply.served_by);
        }
        Ok(())
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of replies.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether it answers the request `id`.
    pub(super) fn holds(&self, id: &Id) -> bool {
        self.lines.contains_key(id)
    }

    /// The line that answers the request `id`.
    pub(super) fn line(&mut self, id: &Id) -> Result<Option<Vec<u8>>, RemoteError> {
        let Some(&(start, length)) = self.lines.get(id) else { return Ok(None) };
        let mut line = vec![0; length as usize];
        let read = self.storage.seek(SeekFrom::Start(start)).and_then(|_| self.storage.read_exact(&mut line));
        read.map_err(|error| cannot("read", &self.path, &error))?;
        Ok(Some(line))
    }

    /// The reply to the request `id`.
    pub(super) fn reply(&mut self, id: &Id) -> Result<Option<Reply>, RemoteError> {
        let Some(line) = self.line(id)? else { return Ok(None) };
        Ok(Some(checked(&line, 0, &self.path)?.1))
    }

    /// Enters `reply` as the one to the request `id`, which is `request`, sent to `url`.
    pub(super) fn enter(&mut self, id: Id, url: &str, request: &ChatRequest, reply: Value) -> Result<(), RemoteError> {
        let (url, request) = (url.to_owned(), request.clone());
        let entry = Entry { request_sha256: id.hex(), occasion: id.occasion, url, request, reply };
        let mut line = serde_json::to_vec(&entry).expect("an entry holds only JSON");
        line.push(b'\n');
        self.copy(id, &line)
    }

    /// Enters a `line` that answers the request `id`.
    pub(super) fn copy(&mut self, id: Id, line: &[u8]) -> Result<(), RemoteError> {
        let (_, reply) = checked(line, self.lines.len() + 1, &self.path)?;
        let written = self.storage.seek(SeekFrom::Start(self.end)).and_then(|_| self.storage.add(line, &self.path));
        written.and_then(|()| self.storage.flush()).map_err(|error| cannot("write", &self.path, &error))?;
        self.lines.insert(id, (self.end, line.len() as u64));
        self.end += line.len() as u64;
        self.tokens = self.tokens.saturating_add(reply.tokens);
        self.served_by.extend(reply.served_by);
        Ok(())
    }

    /// Writes all lines, sorted, into `out`: by occasion, those without one first, then by hash.
    pub(super) fn write_sorted(&mut self, out: &mut File) -> io::Result<()> {
        let ids: Vec<Id> = self.lines.keys().copied().collect();
        let mut out = io::BufWriter::new(out);
        for id in ids {
            let line = self.line(&id).map_err(|error| io::Error::other(error.to_string()))?;
            out.write_all(&line.unwrap_or_default())?;
        }
        out.flush()
    }
}

/// Which request `line` answers, and how.
fn checked(line: &[u8], number: usize, path: &Path) -> Result<(Id, Reply), RemoteError> {
    let bad = |problem: String| {
        let whole = format!("line {number} {problem}; a recording is only of use as it was written");
        RemoteError::Recording { path: path.to_path_buf(), problem: whole }
    };
    let entry: Entry = serde_json::from_slice(line).map_err(|error| bad(format!("is no entry ({error})")))?;
    let id = Id::of(&entry.url, &entry.request, entry.occasion);
    if id.hex() != entry.request_sha256 {
        return Err(bad("holds a request whose SHA-256 is not the one beside it".into()));
    }
    let reply = Reply::read(&entry.reply).map_err(|problem| bad(format!("holds a reply that {problem}")))?;
    Ok((id, reply))
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> RemoteError {
    let hint = match fs::metadata(path) {
        Err(_) if what == "read" => "; expected the remote.jsonl of a run, or its folder",
        _ => "",
    };
    RemoteError::Recording { path: path.to_path_buf(), problem: format!("cannot {what} it: {error}{hint}") }
}
