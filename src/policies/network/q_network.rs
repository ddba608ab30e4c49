//! Q-learning with a network, on the experience of one tick and without a target network, as in Tennant, Hailes &
//! Musolesi 2024 (arXiv 2403.04202).

use super::mlp::{Activations, Adam, Mlp};
use crate::rng::Stream;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Numbers of an agent that learns with two networks, one for the game and one for the choice of partners. Defaults are
/// those of the paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QNetworkConfig {
    /// Hidden units of each network.
    pub hidden: u32,
    /// Learning rate of Adam, for both.
    pub lr: f64,
    /// Discount of the value of the next state, at least 0 and below 1.
    pub discount: f64,
    /// Share of random actions in the game.
    pub epsilon: f64,
    /// Share of random partners.
    pub selection_epsilon: f64,
}

impl Default for QNetworkConfig {
    fn default() -> Self {
        Self { hidden: 256, lr: 1e-3, discount: 0.99, epsilon: 0.05, selection_epsilon: 0.1 }
    }
}

/// One step of experience: after `state`, `action` brought `reward` and led to `next`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transition<'a> {
    /// The state.
    pub state: &'a [f32],
    /// What was done.
    pub action: usize,
    /// What it brought.
    pub reward: f64,
    /// The state after it.
    pub next: &'a [f32],
}

/// Action values as a network of the state, and the means to learn them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QNetwork {
    mlp: Mlp,
    adam: Adam,
    discount: f64,
    epsilon: f64,
    outputs: usize,
    /// Whether anything was ever decided; the first action is random.
    started: bool,
    gradient: Vec<f32>,
    here: Activations,
    there: Activations,
}

impl QNetwork {
    /// A network from `inputs` numbers to the values of `outputs` actions.
    pub fn new(config: &QNetworkConfig, epsilon: f64, inputs: usize, outputs: usize, rng: &mut Stream) -> Self {
        let mlp = Mlp::new(inputs, config.hidden as usize, outputs, rng);
        let parameters = mlp.parameters.len();
        Self {
            adam: Adam::new(parameters, config.lr),
            mlp,
            discount: config.discount,
            epsilon,
            outputs,
            started: false,
            gradient: vec![0.0; parameters],
            here: Activations::default(),
            there: Activations::default(),
        }
    }

    /// An action for `state`: random with the probability of exploration or if nothing was ever decided, otherwise the
    /// best.
    pub fn decide(&mut self, state: &[f32], rng: &mut Stream) -> usize {
        let explores = rng.random::<f64>() < self.epsilon || !self.started;
        self.started = true;
        if explores {
            return rng.random_range(0..self.outputs as u32) as usize;
        }
        self.mlp.forward(state, &mut self.here);
        self.here.argmax()
    }

    /// Lets its optimizer start again, with the network as it is.
    pub fn forget_moments(&mut self) {
        self.adam.restart();
    }

    /// How likely `action` is after `state`, exploration included.
    pub fn probability(&self, state: &[f32], action: usize) -> f64 {
        let uniform = 1.0 / self.outputs as f64;
        if !self.started {
            return uniform;
        }
        let mut at = Activations::default();
        self.mlp.forward(state, &mut at);
        let greedy = if at.argmax() == action { 1.0 - self.epsilon } else { 0.0 };
        greedy + self.epsilon * uniform
    }

    /// One step of Adam on the mean over `transitions` of (Q(s, a) − r − γ max Q(s′, ·))², with the target held fixed.
    pub fn learn<'a>(&mut self, transitions: impl ExactSizeIterator<Item = Transition<'a>>) {
        let count = transitions.len();
        if count == 0 {
            return;
        }
        self.gradient.fill(0.0);
        for Transition { state, action, reward, next } in transitions {
            self.mlp.forward(next, &mut self.there);
            self.mlp.forward(state, &mut self.here);
            let target = reward + self.discount * f64::from(self.there.max());
            let slope = 2.0 * (f64::from(self.here.outputs[action]) - target) / count as f64;
            self.mlp.backward(state, &self.here, action, slope as f32, &mut self.gradient);
        }
        self.adam.step(&mut self.mlp.parameters, &self.gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey, stream};

    fn rng() -> Stream {
        stream(3, Purpose::ModelInit, StreamKey::default())
    }

    #[test]
    fn one_update_equals_the_same_by_other_means() {
        let config = QNetworkConfig { hidden: 7, lr: 0.01, discount: 0.5, ..QNetworkConfig::default() };
        let mut network = QNetwork::new(&config, 0.0, 1, 2, &mut rng());
        let before = network.mlp.clone();
        let steps = [(0.0f32, 1, 4.0, 1.0f32), (1.0, 0, -5.0, 1.0), (0.0, 1, 0.0, 0.0)];
        // The loss as a function of the parameters, with the targets of the network before the update.
        let value = |mlp: &Mlp, state: f32| {
            let mut at = Activations::default();
            mlp.forward(&[state], &mut at);
            at
        };
        let targets = steps.map(|(_, _, reward, next)| reward + 0.5 * f64::from(value(&before, next).max()));
        let loss = |mlp: &Mlp| {
            let errors = steps
                .iter()
                .zip(targets)
                .map(|(&(state, action, ..), target)| (f64::from(value(mlp, state).outputs[action]) - target).powi(2));
            errors.sum::<f64>() / 3.0
        };
        let states: Vec<_> =
            steps.iter().map(|&(state, action, reward, next)| ([state], action, reward, [next])).collect();
        let transitions = states.iter().map(|(state, action, reward, next)| Transition {
            state,
            action: *action,
            reward: *reward,
            next,
        });
        network.learn(transitions);
        // Adam's first step is the learning rate against the sign of the gradient.
        for i in 0..before.parameters.len() {
            let (mut up, mut down) = (before.clone(), before.clone());
            up.parameters[i] += 1e-3;
            down.parameters[i] -= 1e-3;
            let slope = (loss(&up) - loss(&down)) / 2e-3;
            let moved = f64::from(network.mlp.parameters[i] - before.parameters[i]);
            assert!((f64::from(network.gradient[i]) - slope).abs() < 1e-2 * (1.0 + slope.abs()), "{i}");
            if slope.abs() > 1e-2 {
                assert!((moved + 0.01 * slope.signum()).abs() < 1e-4, "{i}: {moved} {slope}");
            }
        }
    }

    #[test]
    fn an_optimizer_that_starts_again_leaves_the_network_as_it_is() {
        let config = QNetworkConfig { hidden: 5, ..QNetworkConfig::default() };
        let mut network = QNetwork::new(&config, 0.0, 1, 2, &mut rng());
        let fresh = network.adam.clone();
        network.learn(std::iter::once(Transition { state: &[1.0], action: 0, reward: 3.0, next: &[0.0] }));
        let learned = network.clone();
        network.forget_moments();
        assert_ne!(learned.adam, fresh);
        assert_eq!((&network.adam, &network.mlp), (&fresh, &learned.mlp));
    }

    #[test]
    fn learns_the_value_of_two_actions() {
        let config = QNetworkConfig { hidden: 16, discount: 0.0, lr: 0.01, ..QNetworkConfig::default() };
        let mut network = QNetwork::new(&config, 0.0, 1, 2, &mut rng());
        for _ in 0..2000 {
            let step = |state: &'static [f32], action, reward| Transition { state, action, reward, next: state };
            let steps = [step(&[0.0], 0, 3.0), step(&[0.0], 1, 1.0), step(&[1.0], 0, -1.0), step(&[1.0], 1, 2.0)];
            network.learn(steps.into_iter());
        }
        let mut rng = rng();
        network.decide(&[0.0], &mut rng);
        assert_eq!((network.decide(&[0.0], &mut rng), network.decide(&[1.0], &mut rng)), (0, 1));
        assert!((f64::from(network.here.outputs[1]) - 2.0).abs() < 0.01);
        assert_eq!(network.probability(&[1.0], 1), 1.0);
    }
}
