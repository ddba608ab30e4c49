//! A run that several processes play together: what they agree on before it begins, and how a checkpoint reaches all.

use super::manifest::Manifest;
use super::prepare::{Prepared, Ready};
use super::{RunError, RunOptions};
use crate::host;
use crate::llm::files::fetch::Fetcher;
use crate::transport::Transport;
use crate::world::{ElsewhereError, Ranks, Trouble};
use std::io::{self, Read};
use std::sync::Arc;

/// Most bytes of a checkpoint that are sent at a time.
const PIECE: u64 = 1 << 22;

impl From<Trouble<Self>> for RunError {
    fn from(trouble: Trouble<Self>) -> Self {
        match trouble {
            Trouble::Here(error) => error,
            Trouble::Elsewhere(error) => Self::Elsewhere(error),
        }
    }
}

/// Checks that all ranks are about to play the same run with the same program: the first thing that differs is named.
/// `manifest` is that of this rank.
pub(super) fn check_that_all_play_the_same(
    ranks: &Ranks,
    manifest: &Manifest,
    options: &RunOptions,
) -> Result<(), RunError> {
    let own = [
        ("version of sim", manifest.version.clone()),
        ("scenario", manifest.scenario_sha256.clone()),
        ("model", manifest.weights()),
        ("file of edges", manifest.inputs_sha256()),
        ("kind of device", if options.backend.is_cpu() { "cpu" } else { "gpu" }.to_string()),
        ("number format", options.backend.precision().name().to_string()),
        ("instruction set", manifest.instructions.clone().unwrap_or_default()),
        ("use of checkpoints", options.checkpoints.is_some().to_string()),
    ];
    let own: Vec<(String, String)> = own.into_iter().map(|(what, value)| (what.to_string(), value)).collect();
    let all = ranks.share(Ok::<_, RunError>(vec![own]))?;
    for (rank, other) in all.iter().enumerate() {
        if let Some((what, _)) = other.iter().zip(&all[0]).find_map(|(own, first)| (own != first).then_some(own)) {
            let problem = format!("it has another {what} than rank 0, and results would depend on who computes what");
            return Err(RunError::Elsewhere(ElsewhereError { rank, problem }));
        }
    }
    Ok(())
}

/// Loads what `prepared` needs on every rank. If files are still to be fetched, the first rank fetches them before the
/// others look.
pub(super) fn load(ranks: &Ranks, prepared: Prepared, fetcher: &Fetcher) -> Result<Ready, RunError> {
    let waits = ranks.any(prepared.waits_for_files());
    if waits && !ranks.is_first() {
        ranks.agree(Ok::<_, RunError>(()))?;
    }
    let ready = ranks.agree(prepared.load(fetcher))?;
    if waits && ranks.is_first() {
        ranks.agree(Ok::<_, RunError>(()))?;
    }
    Ok(ready)
}

/// The ranks that `transport` reaches. All ranks call this, before anything else.
pub fn meet(transport: Arc<dyn Transport>) -> Ranks {
    let (machine, processors) = (host::name(), host::processors_allowed());
    Ranks::meet(transport, &machine.unwrap_or_default(), &processors.unwrap_or_default())
}

/// A reader on every rank of what the first one reads. All of them read to the end.
pub(super) struct Told<'a, R> {
    ranks: &'a Ranks,
    /// What the first rank reads; `None` on the others.
    input: Option<R>,
    piece: Vec<u8>,
    at: usize,
    is_over: bool,
}

impl<'a, R: Read> Told<'a, R> {
    pub(super) fn new(ranks: &'a Ranks, input: Option<R>) -> Self {
        Self { ranks, input, piece: Vec::new(), at: 0, is_over: false }
    }

    /// Reads what is left, so that no rank waits for this one; returns the bytes that this one had not read.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        io::copy(&mut self, &mut io::sink())
    }

    fn next_piece(&mut self) -> io::Result<()> {
        let mut piece = Vec::new();
        let read = self.input.as_mut().map_or(Ok(0), |input| input.take(PIECE).read_to_end(&mut piece));
        let said = self.ranks.first(read.map(|_| piece).map_err(|error| error.to_string()));
        self.at = 0;
        self.piece = said.map_err(|problem| {
            self.is_over = true;
            io::Error::other(problem)
        })?;
        self.is_over = self.piece.is_empty();
        Ok(())
    }
}

impl<R: Read> Read for Told<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() && !self.is_over {
            self.next_piece()?;
        }
        let read = (&self.piece[self.at..]).read(buffer)?;
        self.at += read;
        Ok(read)
    }
}
