use fearless_simd::{Level, dispatch};

/// Each of `rows`, which lie one behind the other and are as long as `with`, times `with`.
///
/// The sums are right for rows of less than 130,000 numbers when those of `with` are bytes too.
///
/// ```
/// let rows = [1, 2, 3, -1, 0, 1];
/// assert_eq!(composio_kernels::products(&rows, &[10, 100, -50]), [60, -60]);
/// ```
#[must_use]
pub fn products(rows: &[i8], with: &[i16]) -> Vec<i32> {
    let rows = rows.chunks_exact(with.len().max(1));
    let mut products = Vec::with_capacity(rows.len());
    dispatch!(Level::new(), _ => products.extend(rows.map(
        #[inline(always)]
        |row| product(row, with),
    )));
    products
}

#[inline(always)]
fn product(row: &[i8], with: &[i16]) -> i32 {
    // A step to 16 bits and one to 32 is what processors have an instruction for.
    row.iter().zip(with).fold(0, |sum, (one, other)| {
        let product = i32::from(i16::from(*one)) * i32::from(*other);
        product.wrapping_add(sum)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::products;

    fn rows() -> impl Strategy<Value = (Vec<Vec<i8>>, Vec<i16>)> {
        (1..100_usize).prop_flat_map(|width| {
            let row = prop::collection::vec(any::<i8>(), width);
            let with = prop::collection::vec(-128..128_i16, width);
            (prop::collection::vec(row, 0..20), with)
        })
    }

    proptest! {
        #[test]
        fn products_are_those_of_each_row((rows, with) in rows()) {
            let plain = rows.iter().map(|row| {
                let products = row.iter().zip(&with).map(|(one, other)| i64::from(*one) * i64::from(*other));
                products.sum::<i64>()
            });
            let plain: Vec<i64> = plain.collect();
            let found = products(&rows.concat(), &with);
            prop_assert_eq!(found.into_iter().map(i64::from).collect::<Vec<_>>(), plain);
        }
    }

    #[test]
    fn rows_of_nothing_have_no_products() {
        assert_eq!(products(&[], &[]), [0_i32; 0]);
        assert_eq!(products(&[], &[1]), [0_i32; 0]);
        assert_eq!(products(&[1, 2, 3], &[1, 1]), [3]);
    }
}
