//! An update rule: truncation selection, in which the worse half takes over the strategies of the better one.

use agora::prelude::*;

/// The worst `share` of all agents take over the strategies of the best, the worst that of the best.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Truncation {
    /// Share of agents that are replaced, at most a half.
    share: f64,
}

impl UpdateRule for Truncation {
    fn events(&self, society: &Society, _: &mut Stream) -> Result<Vec<Event>, String> {
        let fitness = society.fitness;
        let agents = fitness.len();
        let mut ranked: Vec<usize> = (0..agents).collect();
        ranked.sort_by(|&a, &b| fitness[a].total_cmp(&fitness[b]));
        let replaced = (self.share * agents as f64) as usize;
        let birth = |i: usize| Event::Birth {
            child: AgentId(ranked[i] as u32),
            parent: AgentId(ranked[agents - 1 - i] as u32),
        };
        Ok((0..replaced).map(birth).collect())
    }

    fn summary(&self) -> String {
        format!("truncation, share {}", self.share)
    }
}

/// Offers the rule.
pub fn plugin(app: &mut App) {
    let about = "The worst take over the strategies of the best.";
    app.add_update_rule("truncation", about, |own: Truncation| match own.share > 0.0 && own.share <= 0.5 {
        true => Ok(own),
        false => Err(format!("`share` is {}, expected more than 0 and at most 0.5", own.share)),
    });
}
