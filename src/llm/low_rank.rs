//! Arithmetic on products of thin matrices, ΔW = B A: noise on their singular values and vectors, and means.
//!
//! Nothing here is ever as large as ΔW: a product of rank r is decomposed by the QR of its factors and the SVD of a
//! core of r by r numbers (2 r by 2 r for a mean), in f64.
//!
//! 1. Factors are not unique: A and B say the same as M A and B M⁻¹. A mean of two A and one of two B is therefore not
//!    a mean of the products, and is not offered.
//! 2. Noise keeps A as it is and changes B, so that what an optimizer knows of A stays true.
//! 3. A mean has new factors: A has orthogonal rows of the size of the parents' rows, and B the rest. Where the mean
//!    has less than full rank, rows of A remain whose column of B is zero, as in a fresh adapter: they can learn.
//! 4. A product that is zero, as that of a fresh adapter is, stays zero under noise.

use nalgebra::{DMatrix, DVector, Dyn, SVD};

/// Singular values of A below this share of the largest are taken to be zero: A is stored in f32.
const NEGLIGIBLE: f64 = 1e-6;

/// Iterations after which a decomposition is given up; of finite numbers, it takes a few per row.
const ITERATIONS_MAX: usize = 100_000;

/// A product B A.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// (rank, columns).
    pub a: DMatrix<f64>,
    /// (rows, rank).
    pub b: DMatrix<f64>,
}

/// Noise on a product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Standard deviation of the logarithm of the factor that each singular value is multiplied by.
    pub deviation: f64,
    /// Standard deviation of the angle, in radians, by which each pair of singular vectors turns towards each other.
    pub rotation: f64,
}

/// A decomposition that did not come to an end, because the numbers are not finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its adapter has numbers that are not finite, and no singular values")]
pub struct NotDecomposed;

impl Product {
    /// The product of A and B as adapters have them: row-major, `a` with `rank` rows and `b` with `rank` columns.
    ///
    /// # Panics
    /// If the lengths are no multiples of `rank`.
    pub fn new(rank: usize, a: &[f32], b: &[f32]) -> Self {
        let wide = |numbers: &[f32]| numbers.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
        Self {
            a: DMatrix::from_row_slice(rank, a.len() / rank, &wide(a)),
            b: DMatrix::from_row_slice(b.len() / rank, rank, &wide(b)),
        }
    }

    /// A, row-major.
    pub fn a_row_major(&self) -> Vec<f32> {
        row_major(&self.a)
    }

    /// B, row-major.
    pub fn b_row_major(&self) -> Vec<f32> {
        row_major(&self.b)
    }

    /// The product with `noise`, from draws of `normal`, which is standard normal: rank draws for the singular values
    /// and, if anything rotates, rank (rank − 1) / 2 for either side. The singular vectors turn within the spaces that
    /// they span.
    ///
    /// # Errors
    /// If its numbers are not finite.
    pub fn noisy(&self, noise: Noise, normal: &mut impl FnMut() -> f64) -> Result<Self, NotDecomposed> {
        let rank = self.a.nrows();
        let stretch: Vec<f64> = (0..rank).map(|_| (noise.deviation * normal()).exp()).collect();
        let mut turn = || (noise.rotation > 0.0).then(|| skew(rank, noise.rotation, normal));
        let (left, right) = (turn(), turn());
        // A = L Pᵀ, with rows of Pᵀ that are orthonormal, and L of full column rank: P itself is not needed.
        let of_a = decomposed(self.a.transpose().qr().r().transpose())?;
        let most = of_a.singular_values.iter().copied().fold(0.0, f64::max);
        let full = of_a.singular_values.iter().filter(|&&value| value > NEGLIGIBLE * most).count();
        let (l, sizes) =
            (side(&of_a.u)?.columns(0, full).into_owned(), of_a.singular_values.rows(0, full).into_owned());
        if full == 0 {
            return Ok(self.clone());
        }
        let of_b = (&self.b * &l * DMatrix::from_diagonal(&sizes)).qr();
        let core = decomposed(of_b.r())?;
        let (mut u, mut v_t) = (side(&core.u)?.clone(), side(&core.v_t)?.clone());
        let values = core.singular_values.len();
        if let (Some(left), Some(right)) = (left, right) {
            // There may be fewer singular values than the rank: the block of a skew-symmetric matrix is one, too.
            u *= rotation(&left.view((0, 0), (values, values)).into_owned());
            v_t = rotation(&right.view((0, 0), (values, values)).into_owned()).transpose() * v_t;
        }
        let stretched = core.singular_values.iter().zip(stretch).map(|(value, factor)| value * factor);
        let stretched = DVector::from_iterator(values, stretched);
        let back = DMatrix::from_diagonal(&sizes.map(|size| 1.0 / size)) * l.transpose();
        let b = of_b.q() * u * DMatrix::from_diagonal(&stretched) * v_t * back;
        Ok(Self { a: self.a.clone(), b })
    }

    /// The best approximation of this rank to the mean of two products of equal shape (Eckart and Young 1936).
    ///
    /// # Errors
    /// If their numbers are not finite.
    ///
    /// # Panics
    /// If their shapes differ.
    pub fn mean(&self, other: &Self) -> Result<Self, NotDecomposed> {
        let rank = self.a.nrows();
        let rows = beside(&self.a.transpose(), &other.a.transpose()).qr();
        let columns = beside(&(&self.b * 0.5), &(&other.b * 0.5)).qr();
        let core = decomposed(columns.r() * rows.r().transpose())?;
        let kept = rank.min(core.singular_values.len());
        // The size of a row of A, as the parents have it.
        let size = ((self.a.norm_squared() + other.a.norm_squared()) / (2.0 * rank as f64)).sqrt();
        let size = if size > 0.0 { size } else { 1.0 };
        let values = core.singular_values.rows(0, kept) / size;
        let right = side(&core.v_t)?.rows(0, kept) * rows.q().transpose() * size;
        let left = columns.q() * side(&core.u)?.columns(0, kept) * DMatrix::from_diagonal(&values);
        // A matrix smaller than the rank leaves rows of A over, which stay as they are, without effect.
        let mut mean = Self { a: self.a.clone(), b: DMatrix::zeros(self.b.nrows(), rank) };
        mean.a.rows_mut(0, kept).copy_from(&right);
        mean.b.columns_mut(0, kept).copy_from(&left);
        Ok(mean)
    }
}

fn row_major(matrix: &DMatrix<f64>) -> Vec<f32> {
    matrix.transpose().iter().map(|&x| x as f32).collect()
}

/// Two matrices with as many rows, one beside the other.
fn beside(one: &DMatrix<f64>, other: &DMatrix<f64>) -> DMatrix<f64> {
    let mut both = DMatrix::zeros(one.nrows(), one.ncols() + other.ncols());
    both.columns_mut(0, one.ncols()).copy_from(one);
    both.columns_mut(one.ncols(), other.ncols()).copy_from(other);
    both
}

fn decomposed(matrix: DMatrix<f64>) -> Result<SVD<f64, Dyn, Dyn>, NotDecomposed> {
    if matrix.iter().any(|x| !x.is_finite()) {
        return Err(NotDecomposed);
    }
    matrix.try_svd(true, true, 5.0 * f64::EPSILON, ITERATIONS_MAX).ok_or(NotDecomposed)
}

/// The singular vectors of one side, which were asked for.
fn side(vectors: &Option<DMatrix<f64>>) -> Result<&DMatrix<f64>, NotDecomposed> {
    vectors.as_ref().ok_or(NotDecomposed)
}

/// A random skew-symmetric matrix whose entries have standard deviation `angle`.
fn skew(size: usize, angle: f64, normal: &mut impl FnMut() -> f64) -> DMatrix<f64> {
    let mut skew = DMatrix::zeros(size, size);
    for row in 0..size {
        for column in 0..row {
            let entry = angle * normal();
            skew[(row, column)] = entry;
            skew[(column, row)] = -entry;
        }
    }
    skew
}

/// The rotation that a skew-symmetric K stands for, near none where K is small: its Cayley transform, (I − K/2)⁻¹ (I +
/// K/2).
fn rotation(skew: &DMatrix<f64>) -> DMatrix<f64> {
    let (half, one) = (skew * 0.5, DMatrix::identity(skew.nrows(), skew.nrows()));
    // I − K/2 has no eigenvalue 0, since those of K are imaginary.
    (&one - &half).lu().solve(&(&one + &half)).unwrap_or(one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream, StreamKey, stream};
    use rand_distr::{Distribution, StandardNormal};

    fn rng(seed: u64) -> Stream {
        stream(seed, Purpose::ModelInit, StreamKey::default())
    }

    fn normals(rng: &mut Stream) -> impl FnMut() -> f64 {
        move || StandardNormal.sample(rng)
    }

    /// A product of random factors whose A is about a hundred times as large as its B.
    fn product(seed: u64, rows: usize, rank: usize, columns: usize) -> Product {
        let mut rng = rng(seed);
        let mut normal = normals(&mut rng);
        Product {
            a: DMatrix::from_fn(rank, columns, |_, _| normal()),
            b: DMatrix::from_fn(rows, rank, |_, _| 0.01 * normal()),
        }
    }

    fn dense(product: &Product) -> DMatrix<f64> {
        &product.b * &product.a
    }

    /// Singular values of the whole matrix, as many as the rank.
    fn values(product: &Product) -> Vec<f64> {
        let mut values: Vec<f64> = dense(product).svd(false, false).singular_values.iter().copied().collect();
        values.truncate(product.a.nrows());
        values
    }

    fn apart(one: &DMatrix<f64>, other: &DMatrix<f64>) -> f64 {
        (one - other).norm() / other.norm().max(1e-300)
    }

    const STILL: Noise = Noise { deviation: 0.0, rotation: 0.0 };

    #[test]
    fn no_noise_changes_nothing_and_keeps_a() {
        for (rows, rank, columns) in [(20, 4, 30), (30, 4, 20), (3, 5, 40), (40, 5, 3), (6, 1, 6)] {
            let before = product(1, rows, rank, columns);
            let after = before.noisy(STILL, &mut normals(&mut rng(2))).unwrap();
            assert!(apart(&dense(&after), &dense(&before)) < 1e-10, "{rows} {rank} {columns}");
            assert_eq!(after.a, before.a);
        }
    }

    #[test]
    fn singular_values_are_multiplied_as_told_whatever_the_size_of_b() {
        for size in [1.0, 1e-6] {
            let mut before = product(3, 20, 4, 30);
            before.b *= size;
            let noise = Noise { deviation: 0.5, rotation: 0.0 };
            let after = before.noisy(noise, &mut normals(&mut rng(4))).unwrap();
            let mut rng = rng(4);
            let mut normal = normals(&mut rng);
            let mut expected: Vec<f64> = values(&before).iter().map(|value| value * (0.5 * normal()).exp()).collect();
            expected.sort_by(|a, b| b.total_cmp(a));
            for (found, expected) in values(&after).iter().zip(expected) {
                assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
            }
            // The vectors are the same: both products share their spaces, and W Wᵀ has the same eigenvectors.
            let (one, other) = (dense(&before), dense(&after));
            let (one, other) = (&one * one.transpose(), &other * other.transpose());
            assert!((&one * &other - &other * &one).norm() < 1e-9 * one.norm() * other.norm());
        }
    }

    #[test]
    fn rotations_keep_singular_values_and_spaces() {
        for (rows, rank, columns) in [(20, 4, 30), (3, 5, 40)] {
            let before = product(5, rows, rank, columns);
            let after = before.noisy(Noise { deviation: 0.0, rotation: 0.2 }, &mut normals(&mut rng(6))).unwrap();
            for (found, expected) in values(&after).iter().zip(values(&before)) {
                assert!((found - expected).abs() < 1e-10, "{found} {expected}");
            }
            let moved = apart(&dense(&after), &dense(&before));
            assert!((0.01..1.0).contains(&moved), "{moved}");
            // What the new columns have outside the old ones' space.
            let space = before.b.clone().qr().q();
            let outside = dense(&after) - &space * space.transpose() * dense(&after);
            assert!(outside.norm() < 1e-10 * dense(&after).norm());
        }
    }

    #[test]
    fn dependent_rows_of_a_are_no_obstacle_and_nothing_stays_nothing() {
        let mut before = product(7, 20, 4, 30);
        let first = before.a.row(0).into_owned();
        before.a.row_mut(1).copy_from(&first);
        before.a.row_mut(2).fill(0.0);
        let after = before.noisy(STILL, &mut normals(&mut rng(8))).unwrap();
        assert!(apart(&dense(&after), &dense(&before)) < 1e-10);
        let noise = Noise { deviation: 1.0, rotation: 0.3 };
        let fresh = Product { b: DMatrix::zeros(20, 4), ..product(9, 20, 4, 30) };
        assert_eq!(fresh.noisy(noise, &mut normals(&mut rng(10))).unwrap().b.norm(), 0.0);
        let empty = Product { a: DMatrix::zeros(4, 30), ..product(9, 20, 4, 30) };
        assert_eq!(empty.noisy(noise, &mut normals(&mut rng(10))).unwrap(), empty);
    }

    #[test]
    fn the_mean_of_equal_products_is_that_product_whatever_their_factors() {
        let one = product(11, 20, 4, 30);
        // The same product by other factors.
        let mixed = product(12, 4, 4, 4).a;
        let other = Product { a: &mixed * &one.a, b: &one.b * mixed.clone().try_inverse().unwrap() };
        assert!(apart(&dense(&other), &dense(&one)) < 1e-10);
        for other in [&one, &other] {
            assert!(apart(&dense(&one.mean(other).unwrap()), &dense(&one)) < 1e-10);
        }
        // The mean of the factors is another product altogether.
        let apart_by_factors = (&one.b + &other.b) * (&one.a + &other.a) * 0.25;
        assert!(apart(&apart_by_factors, &dense(&one)) > 0.1);
    }

    #[test]
    fn a_mean_is_the_dense_mean_where_the_rank_allows_and_the_best_approximation_otherwise() {
        for (rows, columns) in [(20, 30), (5, 40), (40, 5), (3, 3)] {
            // Products of rank 2 in factors of rank 4.
            let low = |seed: u64| {
                let mut low = product(seed, rows, 4, columns);
                low.b.columns_mut(2, 2).fill(0.0);
                low
            };
            let (one, other) = (low(13), low(14));
            let mean = one.mean(&other).unwrap();
            let expected = (dense(&one) + dense(&other)) * 0.5;
            assert!(apart(&dense(&mean), &expected) < 1e-10, "{rows} {columns}");
            let (one, other) = (product(15, rows, 4, columns), product(16, rows, 4, columns));
            let found = dense(&one.mean(&other).unwrap());
            let whole = ((dense(&one) + dense(&other)) * 0.5).svd(true, true);
            let kept = 4.min(whole.singular_values.len());
            let (u, v_t) = (whole.u.unwrap(), whole.v_t.unwrap());
            let best = u.columns(0, kept)
                * DMatrix::from_diagonal(&whole.singular_values.rows(0, kept).into_owned())
                * v_t.rows(0, kept);
            assert!(apart(&found, &best) < 1e-9, "{rows} {columns}");
        }
    }

    #[test]
    fn the_mean_of_fresh_adapters_is_fresh_and_can_learn() {
        let fresh = |seed: u64| Product { b: DMatrix::zeros(20, 4), ..product(seed, 20, 4, 30) };
        let (one, other) = (fresh(17), fresh(18));
        let mean = one.mean(&other).unwrap();
        assert_eq!(mean.b.norm(), 0.0);
        // Rows of A are as large as the parents', and independent.
        let size = ((one.a.norm_squared() + other.a.norm_squared()) / 8.0).sqrt();
        let rows = &mean.a * mean.a.transpose();
        assert!((rows - DMatrix::identity(4, 4) * size * size).norm() < 1e-9 * size * size);
    }

    #[test]
    fn factors_go_to_f32_and_back_and_what_is_not_finite_is_refused() {
        let one = product(19, 3, 2, 5);
        let again = Product::new(2, &one.a_row_major(), &one.b_row_major());
        assert!(apart(&again.a, &one.a) < 1e-7 && apart(&again.b, &one.b) < 1e-7);
        assert_eq!(one.a_row_major()[1], one.a[(0, 1)] as f32);
        let mut broken = one.clone();
        broken.b[(0, 0)] = f64::NAN;
        let noise = Noise { deviation: 0.1, rotation: 0.0 };
        assert_eq!(broken.noisy(noise, &mut normals(&mut rng(20))), Err(NotDecomposed));
        assert_eq!(one.mean(&broken), Err(NotDecomposed));
    }
}
