//! The elimination of all ways to place two types, level by level.

use crate::dynamics::matrix::DenseMatrix;

/// Where each way to place the types ends. Bit a of a way says whether agent a is an invader.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    /// The chance that invaders take over, of each way.
    pub fixed: Vec<f64>,
    /// The chance that residents do.
    pub lost: Vec<f64>,
    /// The chance that neither ever does: only if agents imitate the best.
    pub stuck: Vec<f64>,
}

impl Ends {
    /// The chance that one invader takes over, placed on each agent alike.
    pub fn one_invader(&self) -> f64 {
        let agents = self.fixed.len().trailing_zeros();
        (0..agents).map(|agent| self.fixed[1 << agent]).sum::<f64>() / f64::from(agents)
    }
}

/// Whether each way can lead to one of both ends.
pub(super) fn leads_to_an_end(steps: &[Vec<(usize, f64)>], agents: usize) -> Vec<bool> {
    let ways = steps.len();
    let mut lives = vec![false; ways];
    let mut open = vec![0, ways - 1];
    while let Some(way) = open.pop() {
        if std::mem::replace(&mut lives[way], true) {
            continue;
        }
        let before = (0..agents).map(|agent| way ^ 1 << agent);
        open.extend(before.filter(|&from| !lives[from] && steps[from].iter().any(|&(to, _)| to == way)));
    }
    lives
}

/// Fills in where the ways that lead to an end do end.
pub(super) fn eliminate(
    steps: &[Vec<(usize, f64)>],
    lives: &[bool],
    agents: usize,
    ends: &mut Ends,
) -> Result<(), String> {
    let level = |k: usize| -> Vec<usize> {
        let inner = |way: &usize| way.count_ones() as usize == k && lives[*way] && !steps[*way].is_empty();
        (0..steps.len()).filter(inner).collect()
    };
    let levels: Vec<Vec<usize>> = (0..=agents + 1).map(level).collect();
    let mut place = vec![0; steps.len()];
    levels.iter().for_each(|level| level.iter().enumerate().for_each(|(at, &way)| place[way] = at));
    // Of each way of a level, once all levels below are gone: the chances of the ways above (all that is left), then of
    // being fixed, lost and stuck before.
    let mut solved: Vec<DenseMatrix> = vec![DenseMatrix::filled(1, 3, 0.0)];
    for k in 1..agents {
        let (own, above) = (levels[k].len(), levels[k + 1].len());
        let mut work = DenseMatrix::filled(own.max(1), own + above + 3, 0.0);
        for (row, &way) in levels[k].iter().enumerate() {
            for &(to, chance) in &steps[way] {
                let (fixed, lost, stuck) = (ends.fixed[to], ends.lost[to], ends.stuck[to]);
                if fixed + lost + stuck > 0.0 {
                    [fixed, lost, stuck]
                        .iter()
                        .enumerate()
                        .for_each(|(end, is)| work[(row, own + above + end)] += chance * is);
                } else if to > way {
                    work[(row, own + place[to])] += chance;
                } else {
                    // Down one level, from where it comes back to this one or ends.
                    let from = solved[k - 1].row(place[to]);
                    let (back, end) = from.split_at(own);
                    let cells = work.row_mut(row);
                    cells[..own].iter_mut().zip(back).for_each(|(cell, share)| *cell += chance * share);
                    cells[own + above..].iter_mut().zip(end).for_each(|(cell, share)| *cell += chance * share);
                }
            }
        }
        solved.push(reduce(work, own)?);
    }
    for k in (1..agents).rev() {
        for (row, &way) in levels[k].iter().enumerate() {
            let (up, own) = solved[k].row(row).split_at(levels[k + 1].len());
            let later = |of: &[f64]| -> f64 { up.iter().zip(&levels[k + 1]).map(|(share, &to)| share * of[to]).sum() };
            let found = [later(&ends.fixed) + own[0], later(&ends.lost) + own[1], later(&ends.stuck) + own[2]];
            (ends.fixed[way], ends.lost[way], ends.stuck[way]) = (found[0], found[1], found[2]);
        }
    }
    Ok(())
}

/// Eliminates the first `own` columns, which stand for the rows themselves: what is left are the chances to leave them
/// by each of the other columns.
fn reduce(mut work: DenseMatrix, own: usize) -> Result<DenseMatrix, String> {
    let width = work.columns();
    for at in 0..own {
        let leaves: f64 = work.row(at)[at + 1..].iter().sum();
        if leaves <= 0.0 {
            return Err("chances of an event are below 1e-308".into());
        }
        work.row_mut(at)[at + 1..].iter_mut().for_each(|cell| *cell /= leaves);
        for i in at + 1..own {
            let (row, from) = work.two_rows(i, at);
            let share = row[at];
            if share > 0.0 {
                row[at + 1..].iter_mut().zip(&from[at + 1..]).for_each(|(to, chance)| *to += share * chance);
            }
        }
    }
    for at in (0..own).rev() {
        for i in 0..at {
            let (row, from) = work.two_rows(i, at);
            let share = row[at];
            if share > 0.0 {
                row[own..].iter_mut().zip(&from[own..]).for_each(|(to, chance)| *to += share * chance);
            }
        }
    }
    let mut left = DenseMatrix::filled(work.rows(), width - own, 0.0);
    for row in 0..own {
        left.row_mut(row).copy_from_slice(&work.row(row)[own..]);
    }
    Ok(left)
}
