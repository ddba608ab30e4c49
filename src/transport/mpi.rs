//! Ranks that MPI connects.
//!
//! MPI is called by one thread, which it demands of a program that does not ask for more; the others hand their calls
//! to it and wait. Bytes go in pieces, since MPI counts them in 31 bits.

use super::Transport;
use mpi::collective::CommunicatorCollectives;
use mpi::datatype::PartitionMut;
use mpi::environment::Universe;
use mpi::point_to_point::{Destination, Source};
use mpi::topology::{Communicator, SimpleCommunicator};
use mpi::{Count, Threading};
use std::fmt;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

/// Most bytes of a piece.
const PIECE: usize = 1 << 28;

/// A call, with where its answer goes.
enum Call {
    AllGather(Vec<u8>, Sender<Vec<Vec<u8>>>),
    Carry { from: usize, to: usize, own: Vec<u8>, answer: Sender<Vec<u8>> },
}

/// A rank of the processes that MPI connects. When it is dropped, it waits for all others to be.
pub struct Mpi {
    rank: usize,
    size: usize,
    calls: Mutex<Option<Sender<Call>>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Mpi {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Mpi({} of {})", self.rank, self.size)
    }
}

impl Mpi {
    /// Starts MPI. A process does so once.
    ///
    /// # Errors
    /// With what happened.
    pub fn start() -> Result<Self, String> {
        let (calls, called) = channel::<Call>();
        let (ready, started) = channel();
        let work = move || {
            let Some((universe, _)) = mpi::initialize_with_threading(Threading::Funneled) else {
                let _ = ready.send(Err("it was started before".to_string()));
                return;
            };
            let group = Group::of(&universe);
            let _ = ready.send(Ok((group.rank, group.size)));
            // Ends when the last caller is gone; then MPI is ended as well, which waits for the other ranks.
            for call in called {
                match call {
                    Call::AllGather(own, answer) => _ = answer.send(group.all_gather(&own)),
                    Call::Carry { from, to, own, answer } => _ = answer.send(group.carry(from, to, &own)),
                }
            }
        };
        let thread = std::thread::Builder::new().name("mpi".into()).spawn(work).map_err(|error| error.to_string())?;
        let (rank, size) = started.recv().map_err(|_| "its thread ended".to_string())??;
        Ok(Self { rank, size, calls: Mutex::new(Some(calls)), thread: Some(thread) })
    }

    fn call<T>(&self, call: impl FnOnce(Sender<T>) -> Call) -> T {
        let (answer, answered) = channel();
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = calls.as_ref().map(|calls| calls.send(call(answer)));
        drop(calls);
        assert!(matches!(sent, Some(Ok(()))), "the thread that calls MPI has ended");
        answered.recv().expect("the thread that calls MPI has ended")
    }
}

impl Drop for Mpi {
    fn drop(&mut self) {
        self.calls.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if std::thread::panicking() {
            // The others wait for what will not come: this process ends without a farewell, and the launcher ends them.
            return;
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Transport for Mpi {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn all_gather(&self, own: Vec<u8>) -> Vec<Vec<u8>> {
        self.call(|answer| Call::AllGather(own, answer))
    }

    fn carry(&self, from: usize, to: usize, own: Vec<u8>) -> Vec<u8> {
        match self.rank {
            rank if rank == from && rank == to => own,
            rank if rank == from || rank == to => self.call(|answer| Call::Carry { from, to, own, answer }),
            _ => Vec::new(),
        }
    }
}

/// All processes, as the thread that calls MPI sees them.
struct Group {
    world: SimpleCommunicator,
    rank: usize,
    size: usize,
}

impl Group {
    fn of(universe: &Universe) -> Self {
        let world = universe.world();
        let (rank, size) = (world.rank() as usize, world.size() as usize);
        Self { world, rank, size }
    }

    fn all_gather(&self, own: &[u8]) -> Vec<Vec<u8>> {
        let mut lengths = vec![0u64; self.size];
        self.world.all_gather_into(&(own.len() as u64), &mut lengths[..]);
        let lengths: Vec<usize> = lengths.into_iter().map(|length| length as usize).collect();
        let mut all: Vec<Vec<u8>> = lengths.iter().map(|&length| Vec::with_capacity(length)).collect();
        // All pieces of one round together stay below what MPI can count.
        let piece = (PIECE / self.size).max(1);
        let mut at = 0;
        while lengths.iter().any(|&length| length > at) {
            let of = |length: usize| length.saturating_sub(at).min(piece);
            let counts: Vec<Count> = lengths.iter().map(|&length| of(length) as Count).collect();
            let starts: Vec<Count> =
                counts.iter().scan(0, |sum, &count| Some(std::mem::replace(sum, *sum + count))).collect();
            let mut received = vec![0u8; counts.iter().map(|&count| count as usize).sum()];
            let sent = &own[at.min(own.len())..at.min(own.len()) + of(own.len())];
            self.world
                .all_gather_varcount_into(sent, &mut PartitionMut::new(&mut received[..], &counts[..], &starts[..]));
            let mut rest = &received[..];
            for (bytes, &count) in all.iter_mut().zip(&counts) {
                let (own, others) = rest.split_at(count as usize);
                bytes.extend_from_slice(own);
                rest = others;
            }
            at += piece;
        }
        all
    }

    fn carry(&self, from: usize, to: usize, own: &[u8]) -> Vec<u8> {
        if self.rank == from {
            let receiver = self.world.process_at_rank(to as i32);
            receiver.send(&(own.len() as u64));
            own.chunks(PIECE).for_each(|piece| receiver.send(piece));
            return Vec::new();
        }
        let sender = self.world.process_at_rank(from as i32);
        let (length, _) = sender.receive::<u64>();
        let mut bytes = vec![0; length as usize];
        bytes.chunks_mut(PIECE).for_each(|piece| _ = sender.receive_into(piece));
        bytes
    }
}
