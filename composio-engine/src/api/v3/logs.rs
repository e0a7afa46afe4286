use std::sync::Arc;

use axum::{Json, extract::State};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use composio_core::models::{LogEntry, LogFilter, LogPage, LogQuery};

use crate::{
    api::{
        body::JsonBody,
        error::Answer,
        params::{From, Params, Segments, invalid},
    },
    caller::Caller,
    platform::Platform,
    store::LogRange,
};

const DEFAULT_LIMIT: f64 = 20.0;
const HIGHEST_LIMIT: f64 = 100.0;
const FIELDS: [&str; 10] = [
    "tool_slug",
    "toolkit_slug",
    "connected_account_id",
    "auth_config_id",
    "status",
    "user_id",
    "session_id",
    "sandbox_id",
    "request_id",
    "log_id",
];
const OPERATORS: [&str; 4] = ["==", "!=", "contains", "not_contains"];
/// Conditions of one request.
const MOST_FILTERS: usize = 50;

pub(super) async fn search(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    JsonBody(query): JsonBody<LogQuery>,
) -> Answer<Json<LogPage>> {
    let (from, to) = query
        .time_range
        .map_or((None, None), |range| (Some(range.from), Some(range.to)));
    let conditions = query.filters.unwrap_or_default();
    let range = LogRange {
        conditions: checked(conditions)?,
        from: microseconds(from, i64::MIN),
        to: microseconds(to, i64::MAX),
        after: query.cursor.as_deref().map(read_cursor).transpose()?,
        limit: limit(query.limit)?,
        ..LogRange::default()
    };
    page(&platform, &caller, range).await
}

/// The same as [`search`] from a query: fields by their names, and `from`, `to`, `limit`, `cursor`.
pub(super) async fn list(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    params: Params,
) -> Answer<Json<LogPage>> {
    let number = |name: &str| {
        let number = params.one(name).map(|text| text.parse::<f64>());
        let number = number.transpose();
        number.map_err(|_| invalid(&format!("{name} must be a number")))
    };
    let named = FIELDS.iter().filter_map(|field| {
        let value = params.one(field)?;
        Some(LogFilter::equal(*field, value))
    });
    let range = LogRange {
        conditions: checked(named.collect())?,
        from: microseconds(number("from")?, i64::MIN),
        to: microseconds(number("to")?, i64::MAX),
        after: params
            .one("cursor")
            .as_deref()
            .map(read_cursor)
            .transpose()?,
        limit: limit(number("limit")?)?,
        ..LogRange::default()
    };
    page(&platform, &caller, range).await
}

pub(super) async fn get(
    State(platform): State<Arc<Platform>>,
    From(caller): From,
    Segments(id): Segments<String>,
) -> Answer<Json<LogEntry>> {
    Ok(Json(platform.journal.get(&caller, &id).await?))
}

async fn page(platform: &Platform, caller: &Caller, range: LogRange) -> Answer<Json<LogPage>> {
    let (entries, next) = platform.journal.list(caller, range).await?;
    let mut page = LogPage::default();
    page.logs = entries;
    page.next_cursor = next.map(|(time, id)| STANDARD.encode(format!("{time}:{id}")));
    Ok(Json(page))
}

fn checked(filters: Vec<LogFilter>) -> Answer<Vec<[String; 3]>> {
    if filters.len() > MOST_FILTERS {
        return Err(invalid(&format!(
            "there may be {MOST_FILTERS} filters at most"
        )));
    }
    let check = |filter: LogFilter| {
        if !FIELDS.contains(&filter.field.as_str()) {
            return Err(invalid(&format!(
                "a filter's field must be one of {}",
                FIELDS.join(", ")
            )));
        }
        if !OPERATORS.contains(&filter.operator.as_str()) {
            return Err(invalid(
                "a filter's operator must be ==, !=, contains or not_contains",
            ));
        }
        let value = match filter.field.as_str() {
            "tool_slug" => filter.value.to_uppercase(),
            "toolkit_slug" | "status" => filter.value.to_lowercase(),
            _ => filter.value,
        };
        Ok([filter.field, filter.operator, value])
    };
    filters.into_iter().map(check).collect()
}

fn limit(limit: Option<f64>) -> Answer<i64> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if limit.is_nan() || limit < 0.0 {
        return Err(invalid("limit must be a number from 1 to 100"));
    }
    Ok(whole(limit.clamp(1.0, HIGHEST_LIMIT)))
}

fn microseconds(milliseconds: Option<f64>, otherwise: i64) -> i64 {
    milliseconds.map_or(otherwise, |time| whole(time * 1e3))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast of a float ends at the border"
)]
fn whole(number: f64) -> i64 {
    number as i64
}

fn read_cursor(cursor: &str) -> Answer<(i64, String)> {
    STANDARD
        .decode(cursor)
        .ok()
        .and_then(|text| String::from_utf8(text).ok())
        .and_then(|text| {
            let (time, id) = text.split_once(':')?;
            Some((time.parse().ok()?, id.to_owned()))
        })
        .ok_or_else(|| invalid("the cursor is not one of this engine"))
}
