//! All ways to divide a number of agents among types, in lexicographic order.

/// Most numbers that a list of compositions may hold.
pub const NUMBERS_MAX: usize = 1 << 24;

/// Every way to write `total` as a sum of `parts` counts, each count 0 or more: (0, …, total) first.
#[derive(Clone, Debug, PartialEq)]
pub struct Compositions {
    total: usize,
    parts: usize,
    /// One composition after the other.
    counts: Vec<u32>,
    /// `below[p][t]`: compositions of `t` into `p` parts.
    below: Vec<Vec<usize>>,
}

impl Compositions {
    /// All compositions of `total` into `parts`.
    ///
    /// # Errors
    /// If there are no parts, or more compositions than are kept.
    pub fn new(total: usize, parts: usize) -> Result<Self, String> {
        let states = count(total, parts);
        if states.checked_mul(parts).is_none_or(|numbers| numbers == 0 || numbers > NUMBERS_MAX) {
            return Err(format!(
                "{states} ways to divide {total} among {parts} types: expected at most {} counts in all",
                NUMBERS_MAX
            ));
        }
        let below = (0..=parts).map(|p| (0..=total).map(|t| count(t, p)).collect()).collect();
        let mut counts = Vec::with_capacity(states * parts);
        let mut current = vec![0u32; parts];
        current[parts - 1] = total as u32;
        loop {
            counts.extend_from_slice(&current);
            // The next one: the last count that is not 0 gives one to its left and the rest to the end.
            let Some(last) = current.iter().rposition(|count| *count > 0).filter(|last| *last > 0) else { break };
            let rest = current[last] - 1;
            current[last] = 0;
            current[last - 1] += 1;
            current[parts - 1] = rest;
        }
        Ok(Self { total, parts, counts, below })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.counts.len() / self.parts
    }

    /// Whether there are none; there is always one.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// What is divided.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Among how many.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// The counts of the composition at `place`.
    pub fn at(&self, place: usize) -> &[u32] {
        &self.counts[place * self.parts..(place + 1) * self.parts]
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.counts.chunks_exact(self.parts)
    }

    /// The place of the composition whose counts `count` gives part by part, which sum to the total.
    pub fn place(&self, count: impl Fn(usize) -> usize) -> usize {
        let (mut place, mut rest) = (0, self.total);
        for part in 0..self.parts - 1 {
            // Those with a smaller count here come first: with v here, the others share rest − v. Summed over
            // v < count, compositions of rest, …, rest − count + 1 into one part fewer are the difference of two
            // numbers of compositions into as many parts.
            let own = count(part);
            let here = &self.below[self.parts - part];
            place += here[rest] - here[rest - own];
            rest -= own;
        }
        place
    }

    /// Where the composition at `place` is after one of the part `from` has become one of the part `to`.
    pub fn after(&self, place: usize, from: usize, to: usize) -> usize {
        let counts = self.at(place);
        self.place(|part| counts[part] as usize + usize::from(part == to) - usize::from(part == from))
    }
}

/// Compositions of `total` into `parts`: C(total + parts − 1, parts − 1), or the largest number if it is larger.
pub fn count(total: usize, parts: usize) -> usize {
    if parts == 0 {
        return usize::from(total == 0);
    }
    let mut found: u128 = 1;
    for k in 1..parts as u128 {
        found = found.saturating_mul(total as u128 + k) / k;
        if found > usize::MAX as u128 {
            return usize::MAX;
        }
    }
    found as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_composition_is_listed_once_and_found_again() {
        for (total, parts) in [(0, 1), (5, 1), (4, 2), (6, 3), (5, 4), (3, 6)] {
            let all = Compositions::new(total, parts).unwrap();
            assert_eq!(all.len(), count(total, parts));
            let listed: Vec<&[u32]> = all.iter().collect();
            assert!(listed.windows(2).all(|pair| pair[0] < pair[1]), "{listed:?}");
            for (place, counts) in listed.into_iter().enumerate() {
                assert_eq!(counts.iter().sum::<u32>() as usize, total);
                assert_eq!((all.at(place), all.place(|part| counts[part] as usize)), (counts, place));
                for from in (0..parts).filter(|&from| counts[from] > 0) {
                    let mut moved = counts.to_vec();
                    moved[from] -= 1;
                    moved[0] += 1;
                    assert_eq!(all.at(all.after(place, from, 0)), moved);
                }
            }
        }
        assert!(Compositions::new(1000, 5).unwrap_err().contains("1000 among 5"));
        assert!(Compositions::new(3, 0).is_err());
    }
}
