use std::fmt;

/// Something of a tool's schema that a model family cannot be told.
///
/// `Display` gives one line for people: the path, the kind and the words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Loss {
    /// JSON Pointer (RFC 6901) into the tool's schema, after its processors; empty for the whole schema.
    pub path: String,
    /// What kind of loss it is.
    pub kind: LossKind,
    /// What exactly, for people.
    pub detail: String,
}

/// What became of a part of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LossKind {
    /// A value of any shape: the model writes it as JSON in a text, which is parsed when it comes back.
    Text,
    /// A rule that the family does not know. Arguments are held to it all the same when they come back.
    Rule,
    /// Alternatives or parts became one schema that allows more than they did.
    Merged,
    /// A schema that contains itself ends here, in a text of JSON.
    Recursion,
    /// Too deep or too large: it ends here, in a text of JSON.
    Size,
    /// Properties beyond the named ones can no longer be given.
    Closed,
    /// `null` cannot be told from absent, and counts as absent.
    Null,
    /// An optional argument is not shown.
    LeftOut,
    /// What stands there is not JSON Schema and was ignored.
    Broken,
}

impl LossKind {
    /// Stable, machine-readable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Rule => "rule",
            Self::Merged => "merged",
            Self::Recursion => "recursion",
            Self::Size => "size",
            Self::Closed => "closed",
            Self::Null => "null",
            Self::LeftOut => "left_out",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {}: {}", self.path, self.kind.as_str(), self.detail)
    }
}

/// What a model is not told of one tool: an entry of [`Tools::report`](crate::Tools::report).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolLosses {
    /// The tool's slug.
    pub tool: String,
    /// Why the tool is shown in the loose form of its family, if the strict one was asked for.
    pub fallback: Option<String>,
    /// What was lost.
    pub losses: Vec<Loss>,
}

impl fmt::Display for ToolLosses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tool)?;
        if let Some(reason) = &self.fallback {
            write!(f, "\n  not strict: {reason}")?;
        }
        self.losses
            .iter()
            .try_for_each(|loss| write!(f, "\n  {loss}"))
    }
}

/// The losses of one schema, bounded, each once.
#[derive(Debug, Clone, Default)]
pub(super) struct Losses(Vec<Loss>);

const MOST_LOSSES: usize = 500;

impl Losses {
    pub(super) fn add(&mut self, path: &str, kind: LossKind, detail: impl Into<String>) {
        let loss = Loss {
            path: path.to_owned(),
            kind,
            detail: detail.into(),
        };
        if self.0.len() < MOST_LOSSES && !self.0.contains(&loss) {
            self.0.push(loss);
        } else if self.0.len() == MOST_LOSSES {
            self.0.push(Loss {
                path: String::new(),
                kind: LossKind::Size,
                detail: "more was lost than is listed".to_owned(),
            });
        }
    }

    pub(super) fn into_vec(self) -> Vec<Loss> {
        self.0
    }
}
