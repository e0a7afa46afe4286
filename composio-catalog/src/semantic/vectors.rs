use std::{fmt, ops::Range};

use composio_kernels::products;

/// What a packed piece begins with: which rules its numbers follow.
const MAGIC: [u8; 8] = *b"cmpvect1";
/// The magic bytes, a checksum of all that follows it, how many vectors there are, and of how many numbers.
const HEAD: usize = 8 + 4 + 4 + 4;

/// The vectors of an index' tools, by their places. Each number takes a byte: a hundred thousand tools of an encoder with
/// 384 dimensions take 40 MB.
pub struct Vectors {
    dimensions: usize,
    numbers: Vec<i8>,
    // What a number of each tool is worth; 0 for tools without a vector.
    scales: Vec<f32>,
    known: usize,
}

/// The vector of what somebody asks for.
#[derive(Debug, Clone)]
pub struct Meaning {
    numbers: Vec<i16>,
    scale: f32,
}

impl Meaning {
    /// Of a vector as [`Encoder::encode`](super::Encoder::encode) gives it.
    #[must_use]
    pub fn new(vector: &[f32]) -> Self {
        let scale = scale_of(vector);
        Self {
            numbers: quantised(vector, scale).map(i16::from).collect(),
            scale,
        }
    }
}

impl Vectors {
    /// Room for `tools` vectors of so many dimensions, none of them known.
    #[must_use]
    pub fn new(dimensions: usize, tools: usize) -> Self {
        Self {
            dimensions,
            numbers: vec![0; dimensions.saturating_mul(tools)],
            scales: vec![0.0; tools],
            known: 0,
        }
    }

    /// How many tools there is room for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there is room for none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// How many tools have a vector.
    #[must_use]
    pub fn known(&self) -> usize {
        self.known
    }

    /// Packs vectors of one encoder to be kept: a byte for each number, and a checksum over all.
    #[must_use]
    pub fn pack(vectors: &[Vec<f32>]) -> Vec<u8> {
        let dimensions = vectors.first().map_or(0, Vec::len);
        let mut body = Vec::with_capacity(vectors.len() * (dimensions + 4) + HEAD);
        for size in [vectors.len(), dimensions] {
            body.extend(u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
        }
        for vector in vectors {
            let scale = scale_of(vector);
            body.extend(scale.to_le_bytes());
            body.extend(quantised(vector, scale).flat_map(i8::to_le_bytes));
        }
        let mut packed = MAGIC.to_vec();
        packed.extend(crc32fast::hash(&body).to_le_bytes());
        packed.extend(body);
        packed
    }

    /// Takes what [`Vectors::pack`] gave for the tools at `places`. `false`, and nothing is taken, if it is damaged, of
    /// another version, or not of as many vectors and dimensions: encode those tools again.
    #[must_use]
    pub fn take(&mut self, places: Range<usize>, packed: &[u8]) -> bool {
        let Some(rows) = unpacked(packed, places.len(), self.dimensions) else {
            return false;
        };
        let numbers = places.start * self.dimensions..places.end * self.dimensions;
        let (Some(numbers), Some(scales)) =
            (self.numbers.get_mut(numbers), self.scales.get_mut(places))
        else {
            return false;
        };
        let slots = numbers.chunks_exact_mut(self.dimensions.max(1)).zip(scales);
        for (row, (numbers, scale)) in rows.chunks_exact(self.dimensions + 4).zip(slots) {
            let Some((first, rest)) = row.split_first_chunk::<4>() else {
                continue;
            };
            self.known += usize::from(*scale == 0.0);
            // A vector of nothing counts as known, and is like nothing.
            *scale = f32::from_le_bytes(*first).max(f32::MIN_POSITIVE);
            for (number, byte) in numbers.iter_mut().zip(rest) {
                *number = i8::from_le_bytes([*byte]);
            }
        }
        true
    }

    /// How alike the tools of `range` are to `meaning`, from -1 to 1 (the cosine); `None` for those without a vector, and
    /// for all if `meaning` has another number of dimensions.
    pub(crate) fn likeness(
        &self,
        meaning: &Meaning,
        range: &Range<usize>,
    ) -> impl Iterator<Item = Option<f32>> {
        let rows = range.start * self.dimensions..range.end * self.dimensions;
        let rows = self.numbers.get(rows).unwrap_or_default();
        let scales = self.scales.get(range.clone()).unwrap_or_default();
        let products = if meaning.numbers.len() == self.dimensions {
            products(rows, &meaning.numbers)
        } else {
            Vec::new()
        };
        let mut products = products.into_iter();
        let worth = meaning.scale;
        scales.iter().map(move |scale| {
            let product = products.next()?;
            (*scale > 0.0).then(|| product as f32 * scale * worth)
        })
    }
}

impl fmt::Debug for Vectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vectors")
            .field("dimensions", &self.dimensions)
            .field("tools", &self.len())
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}

fn unpacked(packed: &[u8], count: usize, dimensions: usize) -> Option<&[u8]> {
    let (magic, rest) = packed.split_first_chunk::<8>()?;
    let (checksum, body) = rest.split_first_chunk::<4>()?;
    if *magic != MAGIC || crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let (vectors, rest) = body.split_first_chunk::<4>()?;
    let (numbers, rows) = rest.split_first_chunk::<4>()?;
    let is_as_said = u32::from_le_bytes(*vectors) as usize == count
        && u32::from_le_bytes(*numbers) as usize == dimensions
        && rows.len() == count.checked_mul(dimensions.checked_add(4)?)?;
    is_as_said.then_some(rows)
}

fn scale_of(vector: &[f32]) -> f32 {
    let highest = vector.iter().map(|number| number.abs()).fold(0.0, f32::max);
    highest / f32::from(i8::MAX)
}

fn quantised(vector: &[f32], scale: f32) -> impl Iterator<Item = i8> {
    let worth = scale.max(f32::MIN_POSITIVE);
    // A conversion of floats saturates, and no number is above the highest.
    vector
        .iter()
        .map(move |number| (number / worth).round() as i8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Meaning, Vectors};

    fn unit(numbers: Vec<f32>) -> Vec<f32> {
        let length = numbers
            .iter()
            .map(|number| number * number)
            .sum::<f32>()
            .sqrt();
        numbers
            .into_iter()
            .map(|number| number / length.max(1e-6))
            .collect()
    }

    fn vector() -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(-1.0_f32..1.0, 16).prop_map(unit)
    }

    proptest! {
        #[test]
        fn likeness_is_nearly_the_cosine_after_packing(one in vector(), other in vector()) {
            let mut vectors = Vectors::new(16, 3);
            prop_assert!(vectors.take(1..2, &Vectors::pack(std::slice::from_ref(&one))));
            let likeness: Vec<Option<f32>> = vectors.likeness(&Meaning::new(&other), &(0..3)).collect();
            let cosine: f32 = one.iter().zip(&other).map(|(one, other)| one * other).sum();
            prop_assert_eq!((likeness[0], likeness[2], vectors.known()), (None, None, 1));
            prop_assert!((likeness[1].unwrap() - cosine).abs() < 0.03, "{:?} {}", likeness[1], cosine);
        }

        #[test]
        fn a_damaged_piece_is_not_taken(one in vector(), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
            let mut packed = Vectors::pack(&[one.clone(), one]);
            let at = at.index(packed.len());
            packed[at] ^= 1_u8 << bit;
            let mut vectors = Vectors::new(16, 2);
            prop_assert!(!vectors.take(0..2, &packed));
            prop_assert_eq!(vectors.known(), 0);
        }
    }

    #[test]
    fn a_meaning_of_another_encoder_is_like_nothing() {
        let mut vectors = Vectors::new(4, 2);
        assert!(vectors.take(0..2, &Vectors::pack(&[vec![0.5; 4], vec![0.5; 4]])));
        let other = Meaning::new(&[0.5; 8]);
        let likeness: Vec<Option<f32>> = vectors.likeness(&other, &(0..2)).collect();
        assert_eq!(likeness, [None, None]);
    }

    #[test]
    fn a_piece_of_another_size_or_place_is_not_taken() {
        let packed = Vectors::pack(&[vec![0.5; 4], vec![0.0; 4]]);
        assert!(!Vectors::new(8, 2).take(0..2, &packed));
        let mut vectors = Vectors::new(4, 2);
        assert!(!vectors.take(0..1, &packed));
        assert!(!vectors.take(1..3, &packed));
        assert!(!vectors.take(0..2, &packed[..packed.len() - 1]));
        assert!(vectors.take(0..2, &packed));
        assert_eq!(vectors.known(), 2);
    }
}
