use base64::{
    Engine as _,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD},
    },
};
use composio_core::models::Page;
use serde::{Deserialize, Serialize};

use super::{
    error::Answer,
    params::{Params, invalid},
};
use crate::store::Window;

const DEFAULT_LIMIT: u64 = 20;
const HIGHEST_LIMIT: u64 = 1000;
/// No list is this long; a page beyond it is nobody's.
const HIGHEST_PAGE: u64 = 10_000_000;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

// The wire's numbers are JSON's: a fraction is cut.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float ends at the border"
)]
fn whole(number: f64) -> Answer<u64> {
    if number >= 0.0 {
        Ok(number as u64)
    } else {
        Err(invalid("limit must be a number from 0"))
    }
}

/// Which page is asked for, from 1, and how many entries it has at most.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Asked {
    page: u64,
    limit: u64,
}

impl Asked {
    /// Reads `cursor` and `limit`. A limit out of range is clamped; a cursor that we did not make is refused.
    pub(super) fn read(params: &Params) -> Answer<Self> {
        // What is no number fails below as a negative one does.
        let limit = params
            .one("limit")
            .map(|limit| limit.parse().unwrap_or(f64::NAN));
        Self::new(limit, params.one("cursor"))
    }

    /// The same from a body.
    pub(super) fn new(limit: Option<f64>, cursor: Option<String>) -> Answer<Self> {
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
            let limit = limit.map_or(Ok(DEFAULT_LIMIT), whole)?;
            let limit = limit.clamp(1, HIGHEST_LIMIT);
            return Ok(Self { page: 1, limit });
        };
        LENIENT
            .decode(cursor.as_bytes())
            .ok()
            .and_then(|text| serde_json::from_slice::<Self>(&text).ok())
            .filter(|asked| (1..=HIGHEST_PAGE).contains(&asked.page))
            .filter(|asked| (1..=HIGHEST_LIMIT).contains(&asked.limit))
            .ok_or_else(|| invalid("the cursor is not one of this engine"))
    }

    /// The part of the list that the page shows.
    pub(super) fn window(self) -> Window {
        Window {
            offset: ((self.page - 1) * self.limit).cast_signed(),
            limit: self.limit.cast_signed(),
        }
    }

    /// The page with `items`, of `total` in all.
    pub(super) fn page<T>(self, items: Vec<T>, total: u64) -> Page<T> {
        let pages = total.div_ceil(self.limit);
        let mut page = Page::default();
        page.items = items;
        page.next_cursor = (self.page < pages).then(|| self.next());
        page.total_pages = pages;
        page.current_page = self.page;
        page.total_items = total;
        page
    }

    /// The page of a list that is in memory.
    pub(super) fn page_of<T>(self, all: Vec<T>) -> Page<T> {
        let total = all.len() as u64;
        let skip = usize::try_from((self.page - 1) * self.limit).unwrap_or(usize::MAX);
        let take = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let items = all.into_iter().skip(skip).take(take).collect();
        self.page(items, total)
    }

    fn next(self) -> String {
        let next = Self {
            page: self.page + 1,
            limit: self.limit,
        };
        STANDARD.encode(serde_json::to_string(&next).unwrap_or_default())
    }
}
