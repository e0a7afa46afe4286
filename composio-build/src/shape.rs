//! What a type of generated code is, before it is written.

/// The type of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Text,
    Integer,
    Number,
    Flag,
    /// Whatever JSON has: alternatives, free forms, what is nested too deep.
    Any,
    List(Box<Self>),
    Map(Box<Self>),
    /// One of [`Shapes::choices`].
    Choice(usize),
    /// One of [`Shapes::records`].
    Record(usize),
}

/// A type, and whether `null` is a value of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Typed {
    pub(crate) shape: Shape,
    pub(crate) nullable: bool,
}

impl Typed {
    pub(crate) fn of(shape: Shape) -> Self {
        Self {
            shape,
            nullable: false,
        }
    }
}

/// Which way values go: a type is written to be sent, or to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Arguments,
    Result,
}

/// An object with known members.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) side: Side,
    pub(crate) members: Vec<Member>,
    /// Whether it may contain itself, so that it has to stand in a box.
    pub(crate) is_recursive: bool,
}

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Member {
    /// The name in JSON.
    pub(crate) name: String,
    /// The name in Rust, before it is written.
    pub(crate) field: String,
    pub(crate) about: String,
    pub(crate) typed: Typed,
    pub(crate) is_required: bool,
}

/// A text out of a few.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) about: String,
    /// The name in Rust and the text.
    pub(crate) variants: Vec<(String, String)>,
}

/// All types of one app that have names.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    pub(crate) records: Vec<Record>,
    pub(crate) choices: Vec<Choice>,
}

impl Shapes {
    /// Marks the records that may contain themselves without a list or a map between.
    pub(crate) fn mark_recursive(&mut self) {
        let mut is_open = vec![true; self.records.len()];
        // What contains only what ends, ends; what is left goes round or leads there.
        loop {
            let ends = |record: &Record| {
                record
                    .members
                    .iter()
                    .all(|member| match member.typed.shape {
                        Shape::Record(inner) => !is_open.get(inner).copied().unwrap_or(false),
                        _ => true,
                    })
            };
            let places = self.records.iter().enumerate();
            let closed: Vec<usize> = places
                .filter(|(place, record)| is_open.get(*place) == Some(&true) && ends(record))
                .map(|(place, _)| place)
                .collect();
            if closed.is_empty() {
                break;
            }
            for place in closed {
                if let Some(open) = is_open.get_mut(place) {
                    *open = false;
                }
            }
        }
        for (record, is_open) in self.records.iter_mut().zip(is_open) {
            record.is_recursive = is_open;
        }
    }
}
