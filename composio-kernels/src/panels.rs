use fearless_simd::{
    Level, Simd, dispatch, f32x16,
    prelude::{SimdBase, SimdFloat, SimdFrom},
};

/// Columns of a panel. For each row that goes through it they are two registers of AVX2, or one of AVX-512.
const COLUMNS: usize = 16;
/// Rows that go through a panel together: as many as have their sums in the registers of AVX2 at once.
const ROWS: usize = 6;

/// A table to multiply a few rows with, again and again.
///
/// A sentence has few tokens, so that to lay out the table for each product, as libraries do that know neither side
/// beforehand, would take as long as the product itself. It is laid out once here: in panels of 16 columns, each in the
/// order in which a product goes through it.
///
/// ```
/// let table = [1.0, 2.0, 10.0, 20.0, 0.0, -1.0];
/// let panels = composio_kernels::Panels::new(&table, 2);
/// assert_eq!(panels.product(&[1.0, 1.0, 2.0, 0.0]), [3.0, 30.0, -1.0, 2.0, 20.0, 0.0]);
/// ```
#[derive(Debug)]
pub struct Panels {
    from: usize,
    to: usize,
    numbers: Vec<f32>,
}

/// Rows that go through the panels together: their first numbers, their second numbers, and so on.
#[derive(Debug)]
struct Group {
    rows: usize,
    numbers: Vec<f32>,
}

impl Panels {
    /// Of a table whose rows, one behind the other and each `width` long, give the columns of a product. A row that is cut
    /// short is left out.
    #[must_use]
    pub fn new(table: &[f32], width: usize) -> Self {
        let rows = table.chunks_exact(width.max(1));
        let to = rows.len();
        let mut numbers = Vec::with_capacity(width * to.next_multiple_of(COLUMNS));
        for panel in table.chunks((width * COLUMNS).max(1)) {
            let count = panel.len().checked_div(width).unwrap_or_default();
            for place in 0..width {
                numbers.extend(panel.iter().skip(place).step_by(width).take(count));
                numbers.extend((count..COLUMNS).map(|_| 0.0));
            }
        }
        Self {
            from: width,
            to,
            numbers,
        }
    }

    /// `rows`, one behind the other and each as wide as those of the table, times the table. A row that is cut short is
    /// left out.
    #[must_use]
    pub fn product(&self, rows: &[f32]) -> Vec<f32> {
        self.product_on(Level::new(), rows)
    }

    fn product_on(&self, level: Level, rows: &[f32]) -> Vec<f32> {
        let count = rows.chunks_exact(self.from.max(1)).len();
        // Groups of nearly one size: a single row left over would take as long as four.
        let height = count.div_ceil(count.div_ceil(ROWS).max(1)).max(1);
        let groups = rows.chunks((height * self.from).max(1));
        let groups: Vec<Group> = groups.map(|rows| Group::new(rows, self.from)).collect();
        let mut results = vec![0.0; count * self.to];
        dispatch!(level, simd => self.multiply(simd, &groups, height, &mut results));
        results
    }

    #[inline(always)]
    fn multiply<S: Simd>(&self, simd: S, groups: &[Group], height: usize, results: &mut [f32]) {
        let panels = self.numbers.chunks_exact((self.from * COLUMNS).max(1));
        for (number, panel) in panels.enumerate() {
            let first = number * COLUMNS;
            let slots = results.chunks_mut((height * self.to).max(1));
            for (group, slots) in groups.iter().zip(slots) {
                let slots = slots.chunks_exact_mut(self.to.max(1));
                let slots = slots.filter_map(|row| row.get_mut(first..));
                let numbers = &group.numbers;
                match group.rows {
                    1 => store(sums::<S, 1>(simd, numbers, panel), slots),
                    2 => store(sums::<S, 2>(simd, numbers, panel), slots),
                    3 => store(sums::<S, 3>(simd, numbers, panel), slots),
                    4 => store(sums::<S, 4>(simd, numbers, panel), slots),
                    5 => store(sums::<S, 5>(simd, numbers, panel), slots),
                    _ => store(sums::<S, ROWS>(simd, numbers, panel), slots),
                }
            }
        }
    }
}

impl Group {
    fn new(rows: &[f32], width: usize) -> Self {
        let count = rows.len().checked_div(width).unwrap_or_default();
        let mut numbers = Vec::with_capacity(count * width);
        for place in 0..width {
            numbers.extend(rows.iter().skip(place).step_by(width).take(count));
        }
        Self {
            rows: count,
            numbers,
        }
    }
}

/// The products of `R` rows with the columns of a panel.
#[inline(always)]
fn sums<S: Simd, const R: usize>(simd: S, rows: &[f32], panel: &[f32]) -> [[f32; COLUMNS]; R] {
    let mut sums = [f32x16::splat(simd, 0.0); R];
    let (rows, _) = rows.as_chunks::<R>();
    let (panel, _) = panel.as_chunks::<COLUMNS>();
    for (numbers, columns) in rows.iter().zip(panel) {
        let columns = f32x16::simd_from(simd, *columns);
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum = columns.mul_add(f32x16::splat(simd, *number), *sum);
        }
    }
    sums.map(<[f32; COLUMNS]>::from)
}

/// The last panel may have columns that the table has not.
#[inline(always)]
fn store<'r, const R: usize>(
    sums: [[f32; COLUMNS]; R],
    slots: impl Iterator<Item = &'r mut [f32]>,
) {
    for (sums, slots) in sums.iter().zip(slots) {
        for (slot, sum) in slots.iter_mut().zip(sums) {
            *slot = *sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::Level;
    use proptest::prelude::*;

    use super::Panels;

    /// What the processor has beside its best and what every one has.
    fn between() -> impl Iterator<Item = Level> {
        #[cfg(target_arch = "x86_64")]
        return Level::new().as_avx2().map(Level::Avx2).into_iter();
        #[cfg(not(target_arch = "x86_64"))]
        std::iter::empty()
    }

    fn numbers(count: usize) -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(-1.0_f32..1.0, count)
    }

    fn tables() -> impl Strategy<Value = (usize, Vec<f32>, Vec<f32>)> {
        (0..30_usize, 1..50_usize, 0..50_usize).prop_flat_map(|(rows, width, to)| {
            (Just(width), numbers(rows * width), numbers(to * width))
        })
    }

    proptest! {
        #[test]
        fn a_product_is_what_the_plain_one_is_by_whatever_instructions((width, rows, table) in tables()) {
            let mut plain = Vec::new();
            for row in rows.chunks_exact(width) {
                for other in table.chunks_exact(width) {
                    plain.push(row.iter().zip(other).map(|(one, other)| one * other).sum::<f32>());
                }
            }
            let panels = Panels::new(&table, width);
            for level in [Level::new(), Level::baseline()].into_iter().chain(between()) {
                let product = panels.product_on(level, &rows);
                prop_assert_eq!(product.len(), plain.len());
                let differ = product.iter().zip(&plain).map(|(one, other)| (one - other).abs());
                prop_assert!(differ.fold(0.0, f32::max) < 1e-4, "{:?}", level);
            }
        }
    }

    #[test]
    fn tables_and_rows_of_nothing_have_no_product() {
        let nothing = [0.0_f32; 0];
        assert_eq!(Panels::new(&[], 0).product(&[1.0]), nothing);
        assert_eq!(Panels::new(&[1.0, 2.0], 0).product(&[]), nothing);
        assert_eq!(Panels::new(&[], 3).product(&[1.0; 6]), nothing);
        assert_eq!(Panels::new(&[1.0; 6], 3).product(&[]), nothing);
    }

    #[test]
    fn rows_that_are_cut_short_are_left_out() {
        let panels = Panels::new(&[1.0, 2.0, 3.0], 2);
        assert_eq!(panels.product(&[1.0, 1.0, 1.0]), [3.0]);
        let rows = [1.0; 15];
        assert_eq!(panels.product(&rows), [3.0; 7]);
    }
}
