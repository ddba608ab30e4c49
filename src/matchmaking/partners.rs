//! Matchmaking by choice: every agent picks a partner by the others' last moves, and no agent can refuse.
//!
//! As in Tennant, Hailes & Musolesi 2024 (arXiv 2403.04202): each tick every agent picks one partner; the pairs are
//! shuffled; every agent plays the match it picked and those it was picked for. All of them act on the last moves from
//! before the tick.

use super::groups::random_groups;
use crate::games::{Action, ILLEGAL};
use crate::rng::{Purpose, StreamKey, pick, stream};
use crate::world::{
    AgentId, ChoosesPartner, LastMoves, Matchmaking, PartnerOdds, Rewards, Roster, Rules, RunSeed, Selections, Setting,
    Tournament, Workers,
};
use bevy_ecs::prelude::*;
use rand::RngExt;

/// Whether partners are chosen.
pub(super) fn partners_are_chosen(matchmaking: Option<Res<Matchmaking>>) -> bool {
    matchmaking.is_some_and(|matchmaking| matchmaking.0.is_by_choice())
}

/// Makes up a last move for every agent that has none.
pub(super) fn make_up_last_moves(
    seed: Res<RunSeed>,
    rules: Res<Rules>,
    roster: Res<Roster>,
    mut last_moves: ResMut<LastMoves>,
) {
    let actions = rules.observations.actions as u32;
    for agent in last_moves.0.len()..roster.0.len() {
        let key = StreamKey { agent: agent as u32, ..StreamKey::default() };
        last_moves.0.push(stream(seed.0, Purpose::LastMoves, key).random_range(0..actions) as Action);
    }
}

/// Lets every agent pick a partner and shuffles the matches.
pub(super) fn select_partners(
    setting: Setting,
    last_moves: Res<LastMoves>,
    mut choosers: Query<(&AgentId, &mut ChoosesPartner)>,
    odds: Query<(&AgentId, &PartnerOdds)>,
    mut selections: ResMut<Selections>,
    mut tournament: ResMut<Tournament>,
) {
    let Setting { seed, clock, rules } = setting;
    let agents = last_moves.0.len();
    let mut by_agent: Vec<Option<Mut<ChoosesPartner>>> = Vec::new();
    by_agent.resize_with(agents, || None);
    for (id, chooser) in &mut choosers {
        by_agent[id.index()] = Some(chooser);
    }
    let mut odds_of: Vec<Option<&PartnerOdds>> = vec![None; agents];
    for (id, odds) in &odds {
        odds_of[id.index()] = Some(odds);
    }
    selections.partners.clear();
    selections.rewards.clear();
    selections.rewards.resize(agents, 0.0);
    for (agent, chooser) in by_agent.iter_mut().enumerate() {
        let key = StreamKey { agent: agent as u32, tick: clock.tick, ..StreamKey::default() };
        let mut rng = stream(seed.0, Purpose::PartnerChoice, key);
        let number = match (chooser, odds_of[agent]) {
            (Some(chooser), _) => chooser.0.choose(&cooperated_without(&rules, &last_moves, agent), &mut rng),
            (None, Some(odds)) => pick(&odds.0, rng.random()),
            (None, None) => rng.random_range(0..agents as u32 - 1) as usize,
        };
        selections.partners.push(AgentId((number + usize::from(number >= agent)) as u32));
    }
    let pairs: Vec<[AgentId; 2]> =
        selections.partners.iter().enumerate().map(|(agent, partner)| [AgentId(agent as u32), *partner]).collect();
    let key = StreamKey { tick: clock.tick, ..StreamKey::default() };
    let shuffled = random_groups(&pairs, 1, &mut stream(seed.0, Purpose::Pairing, key));
    tournament.renew(2, shuffled.concat(), agents);
}

/// Adds up what each agent earns in the match that it picked.
pub(super) fn add_selection_rewards(
    tournament: Res<Tournament>,
    rewards: Res<Rewards>,
    mut selections: ResMut<Selections>,
) {
    for match_index in (0..tournament.matches()).filter(|&m| tournament.is_live(m)) {
        let seat = tournament.seats_in(match_index).start;
        selections.rewards[tournament.agents[seat].index()] += rewards.total[seat];
    }
}

/// Keeps every agent's last move, in the order of matches.
pub(super) fn keep_last_moves(tournament: Res<Tournament>, mut last_moves: ResMut<LastMoves>) {
    for (agent, &action) in tournament.agents.iter().zip(&tournament.last_legal) {
        if action != ILLEGAL {
            last_moves.0[agent.index()] = action;
        }
    }
}

/// Teaches every agent what its choice brought, agents in parallel.
pub(super) fn learn_selections(
    rules: Res<Rules>,
    workers: Res<Workers>,
    last_moves: Res<LastMoves>,
    selections: Res<Selections>,
    mut choosers: Query<(&AgentId, &mut ChoosesPartner)>,
) {
    let mut choosers: Vec<_> = choosers.iter_mut().map(|(id, chooser)| (id.index(), chooser.into_inner())).collect();
    workers.each(&mut choosers, |(agent, chooser)| {
        let partner = selections.partners[*agent].index();
        let number = partner - usize::from(partner > *agent);
        let next = cooperated_without(&rules, &last_moves, *agent);
        chooser.0.learn(number, selections.rewards[*agent], &next);
    });
}

/// Whether each agent but `agent` cooperated last.
fn cooperated_without(rules: &Rules, last_moves: &LastMoves, agent: usize) -> Vec<bool> {
    let others = last_moves.0.iter().enumerate().filter(|&(other, _)| other != agent);
    others.map(|(_, &action)| rules.game.cooperative(action)).collect()
}
