//! A symmetric game, whether between two or between more.

use super::matrix::DenseMatrix;
use super::payoffs::{Payoffs, Table};

/// The payoffs of a symmetric game.
#[derive(Clone, Debug, PartialEq)]
pub enum Symmetric {
    /// Between two: what each type gets from each.
    Pair(DenseMatrix),
    /// Between more: what each type gets beside each composition of others.
    Group(Table),
}

impl Symmetric {
    fn payoffs(&self) -> &dyn Payoffs {
        match self {
            Self::Pair(matrix) => matrix,
            Self::Group(table) => table,
        }
    }

    /// By type, what it gets: from each type, or beside each composition of others.
    pub fn rows(&self) -> Vec<Vec<f64>> {
        let matrix = match self {
            Self::Pair(matrix) => matrix,
            Self::Group(table) => table.entries(),
        };
        (0..matrix.rows()).map(|row| matrix.row(row).to_vec()).collect()
    }

    /// What type `of` gets where all players are of it.
    pub fn among_own(&self, of: usize) -> f64 {
        match self {
            Self::Pair(matrix) => matrix[(of, of)],
            Self::Group(table) => {
                let mut others = vec![0; table.types()];
                others[of] = table.players() as u32 - 1;
                table.payoff(of, &others)
            }
        }
    }
}

impl From<DenseMatrix> for Symmetric {
    fn from(matrix: DenseMatrix) -> Self {
        Self::Pair(matrix)
    }
}

impl Payoffs for Symmetric {
    fn types(&self) -> usize {
        self.payoffs().types()
    }

    fn players(&self) -> usize {
        self.payoffs().players()
    }

    fn pair(&self, pair: [usize; 2], count: usize, population: usize) -> [f64; 2] {
        self.payoffs().pair(pair, count, population)
    }

    fn finite(&self, counts: &[u32], means: &mut [f64]) {
        self.payoffs().finite(counts, means);
    }

    fn expected(&self, shares: &[f64], means: &mut [f64]) {
        self.payoffs().expected(shares, means);
    }

    fn slopes(&self, shares: &[f64], slopes: &mut DenseMatrix) {
        self.payoffs().slopes(shares, slopes);
    }

    fn matrix(&self) -> Option<&DenseMatrix> {
        self.payoffs().matrix()
    }

    fn contest(&self, first: usize, second: usize) -> [Vec<f64>; 2] {
        self.payoffs().contest(first, second)
    }

    fn greatest(&self) -> f64 {
        self.payoffs().greatest()
    }

    fn least(&self) -> f64 {
        self.payoffs().least()
    }
}
