//! Ranks that are threads of one process: for programs and tests that need several without a launcher.

use super::Transport;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

/// A rank whose others are threads of the same process.
#[derive(Debug)]
pub struct Threads {
    rank: usize,
    /// To every rank, itself included.
    to: Vec<Sender<Vec<u8>>>,
    /// From every rank.
    from: Vec<Mutex<Receiver<Vec<u8>>>>,
}

impl Threads {
    /// A group of `size` ranks, each of which belongs to a thread of its own.
    ///
    /// # Panics
    /// In a rank that waits for one whose thread has ended.
    pub fn group(size: usize) -> Vec<Self> {
        let mut to: Vec<Vec<Sender<Vec<u8>>>> = (0..size).map(|_| Vec::new()).collect();
        let mut from: Vec<Vec<Mutex<Receiver<Vec<u8>>>>> = (0..size).map(|_| Vec::new()).collect();
        for senders in &mut to {
            for receivers in &mut from {
                let (sender, receiver) = channel();
                senders.push(sender);
                receivers.push(Mutex::new(receiver));
            }
        }
        let ranks = to.into_iter().zip(from).enumerate();
        ranks.map(|(rank, (to, from))| Self { rank, to, from }).collect()
    }

    fn send(&self, to: usize, bytes: Vec<u8>) {
        self.to[to].send(bytes).expect("the thread of another rank has ended");
    }

    fn receive(&self, from: usize) -> Vec<u8> {
        let receiver = self.from[from].lock().unwrap_or_else(PoisonError::into_inner);
        receiver.recv().expect("the thread of another rank has ended")
    }
}

impl Transport for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.to.len()
    }

    fn all_gather(&self, own: Vec<u8>) -> Vec<Vec<u8>> {
        (0..self.size()).for_each(|to| self.send(to, own.clone()));
        (0..self.size()).map(|from| self.receive(from)).collect()
    }

    fn carry(&self, from: usize, to: usize, own: Vec<u8>) -> Vec<u8> {
        if self.rank == from {
            self.send(to, own);
        }
        if self.rank == to { self.receive(from) } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn bytes_arrive_in_the_order_of_the_ranks() {
        let seen: Vec<_> = thread::scope(|scope| {
            let ranks = Threads::group(3).into_iter().map(|rank| {
                scope.spawn(move || {
                    let own = rank.rank() as u8;
                    let all = rank.all_gather(vec![own; own as usize]);
                    let carried = rank.carry(2, 1, vec![own]);
                    let kept = rank.carry(0, 0, vec![own + 7]);
                    (all, carried, kept)
                })
            });
            ranks.collect::<Vec<_>>().into_iter().map(|rank| rank.join().unwrap()).collect()
        });
        let all = vec![vec![], vec![1], vec![2, 2]];
        let expected = [(all.clone(), vec![], vec![7]), (all.clone(), vec![2], vec![]), (all, vec![], vec![])];
        assert_eq!(seen, expected);
    }
}
