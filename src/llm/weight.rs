//! Frozen matrices, laid out as the CPU engine multiplies by them.

use rayon::prelude::*;

/// Outputs whose numbers lie side by side.
pub const SIXTEEN: usize = 16;

/// A frozen matrix, (outputs, inputs). Its outputs are taken sixteen at a time: for each input in turn, their sixteen
/// numbers lie side by side, with zeros where fewer outputs are left.
///
/// Products in either direction then read it straight through, and none has to lay it out again.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    numbers: Vec<f32>,
    outputs: usize,
    inputs: usize,
}

impl Weight {
    /// Lays out a matrix whose rows, one for each output, lie one after another.
    ///
    /// # Panics
    /// If it is empty, or `rows` does not hold outputs · inputs numbers.
    pub fn new(rows: &[f32], outputs: usize, inputs: usize) -> Self {
        assert!(!rows.is_empty() && rows.len() == outputs * inputs, "{} numbers of {outputs}x{inputs}", rows.len());
        let mut numbers = vec![0.0; outputs.next_multiple_of(SIXTEEN) * inputs];
        let sixteens = numbers.par_chunks_exact_mut(SIXTEEN * inputs).zip(rows.par_chunks(SIXTEEN * inputs));
        sixteens.for_each(|(to, rows)| {
            for (lane, row) in rows.chunks_exact(inputs).enumerate() {
                for (to, &number) in to.iter_mut().skip(lane).step_by(SIXTEEN).zip(row) {
                    *to = number;
                }
            }
        });
        Self { numbers, outputs, inputs }
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
        &self.numbers
    }

    /// The numbers of one output.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn row(&self, output: usize) -> impl Iterator<Item = f32> + '_ {
        assert!(output < self.outputs, "output {output} of {}", self.outputs);
        let sixteen = &self.numbers[output / SIXTEEN * SIXTEEN * self.inputs..][..SIXTEEN * self.inputs];
        sixteen.iter().skip(output % SIXTEEN).step_by(SIXTEEN).copied()
    }

    /// The numbers of one output after another.
    pub fn rows(&self) -> Vec<f32> {
        (0..self.outputs).flat_map(|output| self.row(output)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_outputs_lie_side_by_side_and_rows_come_back() {
        let rows: Vec<f32> = (1..=18 * 3).map(|number| number as f32).collect();
        let weight = Weight::new(&rows, 18, 3);
        assert_eq!((weight.outputs(), weight.inputs(), weight.numbers().len()), (18, 3, 32 * 3));
        // The first numbers of outputs 0 to 15, then their second ones.
        assert_eq!(weight.numbers()[..18], std::array::from_fn::<_, 18, _>(|i| (1 + i % 16 * 3 + i / 16) as f32));
        assert_eq!(weight.numbers()[16 * 3..][..3], [49.0, 52.0, 0.0], "zeros where outputs are missing");
        assert_eq!(weight.row(17).collect::<Vec<_>>(), [52.0, 53.0, 54.0]);
        assert_eq!(weight.rows(), rows);
    }
}
