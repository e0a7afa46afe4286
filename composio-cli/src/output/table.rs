use comfy_table::{ColumnConstraint, ContentArrangement, Row, presets::NOTHING};

use super::clean;

/// Rows under a heading, or a record of names and values.
///
/// Names and ids are never cut, so that they can be copied; of the last column what does not fit is.
#[derive(Debug)]
pub(crate) struct Table {
    inner: comfy_table::Table,
    columns: usize,
    wraps: bool,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new<const N: usize>(headings: [&str; N]) -> Self {
        let mut inner = comfy_table::Table::new();
        let mut heading = Row::from(headings);
        heading.max_height(1);
        inner.set_header(heading);
        Self {
            inner,
            columns: N,
            wraps: false,
        }
    }

    /// Names and values, one below the other; long values go on in the next line.
    pub(crate) fn record() -> Self {
        Self {
            inner: comfy_table::Table::new(),
            columns: 2,
            wraps: true,
        }
    }

    /// Adds a row. The texts may come from anywhere; what a terminal would obey is removed.
    pub(crate) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        let mut row = Row::from(cells.map(|cell| match clean(cell) {
            text if text.is_empty() => "-".to_owned(),
            text => text,
        }));
        if !self.wraps {
            row.max_height(1);
        }
        self.inner.add_row(row);
    }

    /// Adds a line to a record, unless the value is empty.
    pub(crate) fn line(&mut self, name: &str, value: &str) {
        if !value.trim().is_empty() {
            self.row([name, value]);
        }
    }

    /// The table as text, `width` columns wide if it can be.
    pub(crate) fn render(mut self, width: u16) -> String {
        self.inner
            .load_style(NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_truncation_indicator("…")
            .set_width(width);
        for (index, column) in self.inner.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            if index + 1 < self.columns {
                column.set_constraint(ColumnConstraint::ContentWidth);
            } else {
                column.set_padding((0, 0));
            }
        }
        self.inner.trim_fmt()
    }
}
