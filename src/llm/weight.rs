//! Frozen matrices, laid out as the CPU engine multiplies by them.

/// Outputs whose numbers lie side by side.
pub const SIXTEEN: usize = 16;

/// A frozen matrix, (outputs, inputs). Its outputs are taken sixteen at a time: for each input in turn, their sixteen
/// numbers lie side by side, with zeros where fewer outputs are left.
///
/// Products from inputs to outputs read it where it lies; those back turn it, sixteen inputs at a time.
#[derive(Clone, Debug)]
pub struct Weight {
    /// The matrix, from `start` on.
    numbers: Vec<f32>,
    /// Where a line of the cache begins, unless the matrix is a clone, so that a step of sixteen outputs is in one.
    start: usize,
    outputs: usize,
    inputs: usize,
}

impl Weight {
    /// Lays out a matrix whose rows, one for each output, lie one after another. It takes no room beside them but that
    /// of sixteen rows.
    ///
    /// # Panics
    /// If it is empty, or `rows` does not hold outputs · inputs numbers.
    pub fn new(rows: Vec<f32>, outputs: usize, inputs: usize) -> Self {
        assert!(!rows.is_empty() && rows.len() == outputs * inputs, "{} numbers of {outputs}x{inputs}", rows.len());
        let (each, padded) = (SIXTEEN * inputs, outputs.next_multiple_of(SIXTEEN) * inputs);
        let mut numbers = rows;
        numbers.resize(padded + SIXTEEN, 0.0);
        let start = numbers.as_ptr().align_offset(SIXTEEN * size_of::<f32>()).min(SIXTEEN);
        let mut rows = vec![0.0; each];
        // From the end, since all move on by `start` numbers.
        for first in (0..padded).step_by(each).rev() {
            rows.copy_from_slice(&numbers[first..first + each]);
            for (input, to) in numbers[start + first..][..each].chunks_exact_mut(SIXTEEN).enumerate() {
                for (to, row) in to.iter_mut().zip(rows.chunks_exact(inputs)) {
                    *to = row[input];
                }
            }
        }
        Self { numbers, start, outputs, inputs }
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The numbers as they lie.
    pub fn numbers(&self) -> &[f32] {
        &self.numbers[self.start..][..self.outputs.next_multiple_of(SIXTEEN) * self.inputs]
    }

    /// The numbers of one output.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn row(&self, output: usize) -> impl Iterator<Item = f32> + '_ {
        assert!(output < self.outputs, "output {output} of {}", self.outputs);
        let sixteen = &self.numbers()[output / SIXTEEN * SIXTEEN * self.inputs..][..SIXTEEN * self.inputs];
        sixteen.iter().skip(output % SIXTEEN).step_by(SIXTEEN).copied()
    }

    /// The numbers of one output after another.
    pub fn rows(&self) -> Vec<f32> {
        let mut rows = Vec::with_capacity(self.outputs * self.inputs);
        (0..self.outputs).for_each(|output| rows.extend(self.row(output)));
        rows
    }
}

impl PartialEq for Weight {
    fn eq(&self, other: &Self) -> bool {
        (self.outputs, self.inputs) == (other.outputs, other.inputs) && self.numbers() == other.numbers()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_outputs_lie_side_by_side_and_rows_come_back() {
        let rows: Vec<f32> = (1..=18 * 3).map(|number| number as f32).collect();
        let weight = Weight::new(rows.clone(), 18, 3);
        assert_eq!((weight.outputs(), weight.inputs(), weight.numbers().len()), (18, 3, 32 * 3));
        // The first numbers of outputs 0 to 15, then their second ones.
        assert_eq!(weight.numbers()[..18], std::array::from_fn::<_, 18, _>(|i| (1 + i % 16 * 3 + i / 16) as f32));
        assert_eq!(weight.numbers()[16 * 3..][..3], [49.0, 52.0, 0.0], "zeros where outputs are missing");
        assert_eq!(weight.row(17).collect::<Vec<_>>(), [52.0, 53.0, 54.0]);
        assert_eq!(weight.rows(), rows);
        assert!(weight == weight.clone() && weight != Weight::new(rows, 9, 6));
        assert!(weight.numbers().as_ptr().addr().is_multiple_of(64), "a step is in one line of the cache");
    }
}
