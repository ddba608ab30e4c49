//! Agents that learn action values with small networks: one for the game, one for the choice of partners.
//!
//! As in Tennant, Hailes & Musolesi 2024 (arXiv 2403.04202) the network for the game sees the opponent's last move
//! alone, and both learn once per tick from that tick's experience, which is then forgotten.

pub mod mlp;
mod plugin;
pub mod q_network;

pub use plugin::NetworkPlugin;

use crate::games::{Action, Game, Observation};
use crate::rng::Stream;
use crate::world::PartnerChooser;
use crate::world::snapshot::Opaque;
use bevy_ecs::prelude::Component;
use q_network::{QNetwork, Transition};

/// An agent that carries this plays by a network.
#[derive(Component, Debug)]
pub struct PlaysByNetwork {
    /// Values of the actions, given the opponent's last.
    pub network: QNetwork,
    /// This tick's experience: the opponent's last move, the action, its reward, the opponent's move.
    pub memory: Vec<(f32, Action, f64, f32)>,
}

impl PlaysByNetwork {
    /// An agent without experience.
    pub fn new(network: QNetwork) -> Self {
        Self { network, memory: Vec::new() }
    }

    /// Learns from the tick's experience and forgets it.
    fn learn(&mut self) {
        let steps = self.memory.iter().map(|(state, action, reward, next)| Transition {
            state: std::slice::from_ref(state),
            action: usize::from(*action),
            reward: *reward,
            next: std::slice::from_ref(next),
        });
        self.network.learn(steps);
        self.memory.clear();
    }
}

/// What the network for the game sees of an observation: 0 if the opponent's last move was cooperative, 1 if not;
/// `None` where nothing is seen.
fn state(game: &dyn Game, seen: Observation) -> Option<f32> {
    match seen {
        Observation::Opening => None,
        Observation::Last { others, .. } => Some(if game.cooperative(others) { 0.0 } else { 1.0 }),
    }
}

/// Chooses partners by a network that sees the last moves of all others.
#[derive(Debug)]
pub struct ChoosesByNetwork {
    /// Values of the partners, given the last moves of all others.
    pub network: QNetwork,
    seen: Vec<f32>,
    next: Vec<f32>,
}

impl ChoosesByNetwork {
    /// A chooser among as many partners as `network` has outputs.
    pub fn new(network: QNetwork) -> Self {
        Self { network, seen: Vec::new(), next: Vec::new() }
    }
}

impl PartnerChooser for ChoosesByNetwork {
    fn choose(&mut self, cooperated: &[bool], rng: &mut Stream) -> usize {
        self.seen.clear();
        self.seen.extend(cooperated.iter().map(|&c| f32::from(u8::from(!c))));
        self.network.decide(&self.seen, rng)
    }

    fn learn(&mut self, chosen: usize, reward: f64, cooperated: &[bool]) {
        self.next.clear();
        self.next.extend(cooperated.iter().map(|&c| f32::from(u8::from(!c))));
        let step = Transition { state: &self.seen, action: chosen, reward, next: &self.next };
        self.network.learn(std::iter::once(step));
    }

    fn keep(&self) -> Opaque {
        Opaque::new(&self.network)
    }

    fn recall(&mut self, kept: &Opaque) -> Result<(), String> {
        self.network = kept.open()?;
        Ok(())
    }
}
