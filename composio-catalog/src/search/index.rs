use std::{fmt, ops::Range};

use composio_core::{Error, ErrorKind, Result};

use super::{
    bytes::{Numbers, items},
    columns::Start,
    fields::COUNT,
    meaning::Meanings,
    words::Words,
};

pub(super) const MAGIC: [u8; 8] = *b"cmpsrch2";
/// Which words, weights and rules an index was made by. Where it is another, a kept index must be made anew.
pub const EDITION: &str = "2";
/// The magic bytes, a checksum of all that follows it, six lengths and the scale.
pub(super) const HEAD: usize = 8 + 4 + 6 * 4 + 4;

/// Tools by their texts. It is one row of bytes, in memory as in a file, so that opening it is reading it.
pub struct SearchIndex {
    bytes: Vec<u8>,
    tools: usize,
    terms: usize,
    scale: f32,
    term_ends: Numbers,
    term_text: Range<usize>,
    posting_ends: Numbers,
    postings: [Range<usize>; 3],
    lengths: Range<usize>,
    repeats: Range<usize>,
    toolkits: Vec<Start>,
    pub(super) words: Words,
    pub(super) meanings: Meanings,
}

/// One term's tools, in their order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Postings<'i> {
    tools: &'i [u8],
    scores: &'i [u8],
    fields: &'i [u8],
    scale: f32,
}

impl SearchIndex {
    /// Reads what [`SearchIndex::as_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`] if the bytes are damaged, cut short, or another version's: build the index again.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        Self::read(bytes).ok_or_else(|| {
            let message = "the search index is damaged, or was written by another version";
            Error::new(ErrorKind::Internal, message)
        })
    }

    /// The index as it is kept.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many tools it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tools
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tools == 0
    }

    /// The apps in their order, each with the places of its tools.
    pub fn toolkits(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let toolkits = self.toolkits.iter().enumerate();
        toolkits.filter_map(|(at, start)| Some((start.slug.as_str(), self.range_of(at)?)))
    }

    /// The app of the tool at `place`, and the place of that app's first tool.
    #[must_use]
    pub fn toolkit_of(&self, place: usize) -> Option<(&str, usize)> {
        let after = self.toolkits.partition_point(|start| start.place <= place);
        let start = self.toolkits.get(after.checked_sub(1)?)?;
        (place < self.tools).then_some((start.slug.as_str(), start.place))
    }

    /// The apps in their order.
    pub(super) fn starts(&self) -> &[Start] {
        &self.toolkits
    }

    /// Where the tools of the app at `at` are.
    pub(super) fn range_of(&self, at: usize) -> Option<Range<usize>> {
        let start = self.toolkits.get(at)?.place;
        let end = self
            .toolkits
            .get(at + 1)
            .map_or(self.tools, |next| next.place);
        (start <= end && end <= self.tools).then_some(start..end)
    }

    /// How many words each field of a tool has.
    pub(super) fn lengths(&self, tool: usize) -> [u16; COUNT] {
        let bytes = items(&self.bytes, &self.lengths, &(tool..tool + 1), 2 * COUNT);
        let mut lengths = [0; COUNT];
        for (length, two) in lengths.iter_mut().zip(bytes.as_chunks::<2>().0) {
            *length = u16::from_le_bytes(*two);
        }
        lengths
    }

    /// How often the fields have the words that one has more than once, word by word and tool by tool.
    pub(super) fn repeats(&self) -> &[u8] {
        self.bytes.get(self.repeats.clone()).unwrap_or_default()
    }

    /// How many terms there are.
    pub(super) fn terms(&self) -> usize {
        self.terms
    }

    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (checksum, rest) = rest.split_first_chunk::<4>()?;
        if *magic != MAGIC || crc32fast::hash(rest) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let number = |place: usize| Numbers::new(12..HEAD).get(&bytes, place);
        let length = |place: usize| Some(number(place)? as usize);
        let (tools, terms) = (length(0)?, length(1)?);
        let (postings, text, toolkits) = (length(2)?, length(3)?, length(4)?);
        let repeats = length(5)?;
        let scale = f32::from_bits(number(6)?);
        let mut end = HEAD;
        let mut section = |items: usize, size: usize| {
            let start = end;
            end = start.checked_add(items.checked_mul(size)?)?;
            (end <= bytes.len()).then_some(start..end)
        };
        let toolkits = section(toolkits, 1)?;
        let term_ends = Numbers::new(section(terms, 4)?);
        let posting_ends = Numbers::new(section(terms, 4)?);
        let term_text = section(text, 1)?;
        let postings = [
            section(postings, 4)?,
            section(postings, 2)?,
            section(postings, 1)?,
        ];
        let lengths = section(tools, 2 * COUNT)?;
        let repeats = section(repeats, 1)?;
        let toolkits = read_toolkits(bytes.get(toolkits)?)?;
        (end == bytes.len() && scale.is_finite()).then_some(())?;
        Some(Self {
            bytes,
            tools,
            terms,
            scale,
            term_ends,
            term_text,
            posting_ends,
            postings,
            lengths,
            repeats,
            toolkits,
            words: Words::new(),
            meanings: Meanings::new(),
        })
    }

    /// The place of `term` among the terms, or the place it would have.
    pub(super) fn find(&self, term: &str) -> std::result::Result<usize, usize> {
        let (mut low, mut high) = (0, self.terms);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.term(middle).cmp(term.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }

    /// The terms that begin with `prefix`, by their places.
    pub(super) fn beginning_with(&self, prefix: &str) -> impl Iterator<Item = (usize, &str)> {
        let (Ok(start) | Err(start)) = self.find(prefix);
        (start..self.terms)
            .map(|place| (place, self.term_text(place)))
            .take_while(move |(_, term)| term.starts_with(prefix))
    }

    pub(super) fn postings(&self, term: usize) -> Postings<'_> {
        let range = self.posting_ends.span(&self.bytes, term);
        let range = range.unwrap_or_default();
        let [tools, scores, fields] = &self.postings;
        Postings {
            tools: items(&self.bytes, tools, &range, 4),
            scores: items(&self.bytes, scores, &range, 2),
            fields: items(&self.bytes, fields, &range, 1),
            scale: self.scale,
        }
    }

    pub(super) fn term_text(&self, place: usize) -> &str {
        str::from_utf8(self.term(place)).unwrap_or_default()
    }

    fn term(&self, place: usize) -> &[u8] {
        let range = self.term_ends.span(&self.bytes, place);
        items(&self.bytes, &self.term_text, &range.unwrap_or_default(), 1)
    }
}

impl fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchIndex")
            .field("tools", &self.tools)
            .field("terms", &self.terms)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl<'i> Postings<'i> {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The tool and its score, one after the other.
    pub(super) fn scores(&self) -> impl Iterator<Item = (usize, f32)> + use<'i> {
        let scale = self.scale;
        let (tools, _) = self.tools.as_chunks::<4>();
        let (scores, _) = self.scores.as_chunks::<2>();
        tools.iter().zip(scores).map(move |(tool, score)| {
            let score = f32::from(u16::from_le_bytes(*score)) * scale;
            (u32::from_le_bytes(*tool) as usize, score)
        })
    }

    /// The tool and its fields, one after the other.
    pub(super) fn fields_of_all(&self) -> impl Iterator<Item = (usize, u8)> + use<'i> {
        let (tools, _) = self.tools.as_chunks::<4>();
        let tools = tools.iter().map(|tool| u32::from_le_bytes(*tool) as usize);
        tools.zip(self.fields.iter().copied())
    }

    /// The same for the tools of `places` alone.
    pub(super) fn within(mut self, places: &Range<usize>) -> Self {
        let (tools, _) = self.tools.as_chunks::<4>();
        let place = |tool: &[u8; 4]| u32::from_le_bytes(*tool) as usize;
        let start = tools.partition_point(|tool| place(tool) < places.start);
        let end = tools.partition_point(|tool| place(tool) < places.end);
        self.tools = self.tools.get(start * 4..end * 4).unwrap_or_default();
        self.scores = self.scores.get(start * 2..end * 2).unwrap_or_default();
        self.fields = self.fields.get(start..end).unwrap_or_default();
        self
    }

    /// The fields of `tool` that have the term; `None` if it has it nowhere.
    pub(super) fn fields(&self, tool: usize) -> Option<u8> {
        let one = self.within(&(tool..tool + 1));
        one.fields.first().copied()
    }
}

fn read_toolkits(mut bytes: &[u8]) -> Option<Vec<Start>> {
    let mut toolkits = Vec::new();
    while !bytes.is_empty() {
        let (place, rest) = bytes.split_first_chunk::<4>()?;
        let (slug, rest) = read_text(rest)?;
        let (version, rest) = read_text(rest)?;
        toolkits.push(Start {
            slug,
            version,
            place: u32::from_le_bytes(*place) as usize,
        });
        bytes = rest;
    }
    Some(toolkits)
}

fn read_text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((str::from_utf8(text).ok()?.to_owned(), rest))
}
