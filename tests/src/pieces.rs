//! Bytes in pieces.

/// What stands before, between and after the places where `by` stands.
#[must_use]
pub fn split<'b>(bytes: &'b [u8], by: &[u8]) -> Vec<&'b [u8]> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at + by.len() <= bytes.len() {
        if &bytes[at..at + by.len()] == by {
            pieces.push(&bytes[start..at]);
            at += by.len();
            start = at;
        } else {
            at += 1;
        }
    }
    pieces.push(&bytes[start..]);
    pieces
}
