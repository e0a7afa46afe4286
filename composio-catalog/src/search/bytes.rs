//! Numbers in a row of bytes, little endian.

use std::ops::Range;

/// A list of `u32` within the bytes of an index.
#[derive(Debug, Clone)]
pub(super) struct Numbers(Range<usize>);

impl Numbers {
    pub(super) fn new(range: Range<usize>) -> Self {
        Self(range)
    }

    pub(super) fn get(&self, bytes: &[u8], place: usize) -> Option<u32> {
        let from = self.0.start.checked_add(place.checked_mul(4)?)?;
        let end = from.checked_add(4).filter(|end| *end <= self.0.end)?;
        let four = bytes.get(from..end)?.try_into().ok()?;
        Some(u32::from_le_bytes(four))
    }

    /// Where item `place` lies in something whose items end where the numbers say.
    pub(super) fn span(&self, bytes: &[u8], place: usize) -> Option<Range<usize>> {
        let from = match place.checked_sub(1) {
            None => 0,
            Some(before) => self.get(bytes, before)?,
        };
        let end = self.get(bytes, place)?;
        (from <= end).then_some(from as usize..end as usize)
    }
}

/// The part `range`, in items of `size` bytes, of `within`.
pub(super) fn items<'b>(
    bytes: &'b [u8],
    within: &Range<usize>,
    range: &Range<usize>,
    size: usize,
) -> &'b [u8] {
    let from = within.start + range.start * size;
    let end = within.start + range.end * size;
    bytes.get(from..end.min(within.end)).unwrap_or_default()
}
