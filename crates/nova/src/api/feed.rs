//! The feed and what stands around it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nova_core::model::{Timestamp, UserId};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::body::{self, Body, Fields, FromFields};
use super::error::{FieldError, Problem, Result};
use super::query::{FromQuery, Parameters, Query};
use super::state::Shared;
use super::view::{self, FeedView, Id, TrendingView};
use crate::feed::{Algo, FeedRequest};
use crate::store::{DayMetrics, Window};

/// Days of one answer of `/feed/metrics`: a year.
const DAYS_MAX: i32 = 366;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// Items wanted.
    #[param(default = 20, minimum = 1, maximum = 100, required = false)]
    limit: usize,
    /// `next_cursor` of the page before; empty is none.
    cursor: Option<String>,
    /// `ch`: ranked. `time`: the followed accounts, newest first. The same within a scroll.
    #[param(inline, value_type = String, pattern = "^(ch|time)$", default = "ch", required = false)]
    algo: Algo,
    /// With the parts of each score.
    #[param(default = false, required = false)]
    explain: bool,
}

impl FromQuery for FeedQuery {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let algo = |text: &str| [Algo::Ranked, Algo::Time].into_iter().find(|algo| algo.name() == text);
        Some(Self {
            limit: parameters.limit(),
            cursor: parameters.cursor(),
            algo: parameters.read("algo", "algo_invalid", "must be ch or time", algo).unwrap_or(Algo::Ranked),
            explain: parameters.flag("explain"),
        })
    }
}

/// A page of the caller's feed.
///
/// Paging to the end yields every post of the slate once and in order, less what was blocked, muted, hidden or
/// deleted since; posts that arrive later are not in it.
#[utoipa::path(get, path = "/api/v1/feed", tag = "feed", params(FeedQuery),
    responses((status = 200, description = "A page", body = FeedView)))]
pub(crate) async fn page(
    State(api): State<Shared>,
    caller: Caller,
    Query(query): Query<FeedQuery>,
) -> Result<Response> {
    let FeedQuery { limit, cursor, algo, explain } = query;
    let request = FeedRequest { viewer: caller.user, limit, cursor, algo, explain };
    let page = api.services.feed.page(&request).await?;
    Ok(view::written(StatusCode::OK, view::feed(&page)))
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrendingQuery {
    /// Age of the posts: `1h`, `24h`, `7d`.
    #[param(value_type = String, pattern = "^(1h|24h|7d)$", default = "24h", required = false)]
    window: Window,
    /// Items wanted.
    #[param(default = 20, minimum = 1, maximum = 100, required = false)]
    limit: usize,
    /// `next_cursor` of the page before; empty is none.
    cursor: Option<String>,
}

impl FromQuery for TrendingQuery {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let window = |text: &str| text.parse().ok();
        Some(Self {
            window: parameters
                .read("window", "window_invalid", "must be 1h, 24h or 7d", window)
                .unwrap_or(Window::Day),
            limit: parameters.limit(),
            cursor: parameters.cursor(),
        })
    }
}

/// A page of what many engage with.
///
/// Works without a caller; with one, what they must not see is left out.
#[utoipa::path(get, path = "/api/v1/feed/trending", tag = "feed", params(TrendingQuery),
    responses((status = 200, description = "A page", body = TrendingView)))]
pub(crate) async fn trending(
    State(api): State<Shared>,
    caller: Option<Caller>,
    Query(query): Query<TrendingQuery>,
) -> Result<Response> {
    let viewer = caller.map(|caller| caller.user);
    let page = api.services.feed.trending(viewer, query.window, query.limit, query.cursor.as_deref()).await?;
    Ok(view::written(StatusCode::OK, view::trending(&page)))
}

#[derive(ToSchema)]
#[schema(as = Invalidate)]
pub(crate) struct InvalidateBody {
    #[schema(value_type = Id)]
    user_id: UserId,
}

impl FromFields for InvalidateBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { user_id: fields.required("user_id", body::id)? })
    }
}

/// Drops a user's cached first page and suggestions.
///
/// One's own, or anybody's with the scope `nova:admin` or `nova:events`. Slates that are being scrolled through stay.
#[utoipa::path(post, path = "/api/v1/feed/invalidate", tag = "feed", request_body = InvalidateBody,
    responses((status = 204, description = "Dropped")))]
pub(crate) async fn invalidate(
    State(api): State<Shared>,
    caller: Caller,
    Body(body): Body<InvalidateBody>,
) -> Result<StatusCode> {
    if body.user_id != caller.user {
        caller.must_operate()?;
    }
    api.services.feed.invalidate(body.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MetricsQuery {
    /// First day, UTC.
    #[param(value_type = String, format = Date, example = "2026-01-01")]
    from: i32,
    /// Last day, UTC; at most a year after the first.
    #[param(value_type = String, format = Date, example = "2026-01-07")]
    to: i32,
}

impl FromQuery for MetricsQuery {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let day = |text: &str| {
            let start = format!("{text}T00:00:00Z").parse::<Timestamp>().ok()?;
            (text.len() == 10).then(|| start.day())
        };
        let from = parameters.required("from", "day_invalid", "must be a day such as 2026-01-31", day);
        let to = parameters.required("to", "day_invalid", "must be a day such as 2026-01-31", day);
        Some(Self { from: from?, to: to? })
    }
}

/// The figures of some days.
#[derive(Serialize, ToSchema)]
pub(crate) struct Days {
    items: Vec<Day>,
}

/// The figures of one day.
#[derive(Serialize, ToSchema)]
struct Day {
    /// UTC.
    #[schema(format = Date)]
    day: String,
    impressions: u64,
    clicks: u64,
    /// Clicks per impression; null without impressions.
    #[schema(required)]
    ctr: Option<f64>,
    /// Median of the reported dwells; null without any.
    #[schema(required)]
    dwell_ms_p50: Option<u32>,
    /// Impressions of posts whose author the viewer did not follow.
    recommended_impressions: u64,
    /// Likes, comments, shares and clicks on such posts.
    recommended_conversions: u64,
}

impl From<DayMetrics> for Day {
    fn from(day: DayMetrics) -> Self {
        let start = Timestamp::from_micros(i64::from(day.day) * 86_400_000_000).to_string();
        Self {
            day: start.split('T').next().unwrap_or_default().to_owned(),
            impressions: day.impressions,
            clicks: day.clicks,
            ctr: (day.impressions > 0).then(|| day.clicks as f64 / day.impressions as f64),
            dwell_ms_p50: day.dwell_ms_p50,
            recommended_impressions: day.recommended_impressions,
            recommended_conversions: day.recommended_conversions,
        }
    }
}

/// Impressions, clicks, dwell and conversions per day.
///
/// Needs the scope `nova:admin` or `nova:events`.
#[utoipa::path(get, path = "/api/v1/feed/metrics", tag = "feed", params(MetricsQuery),
    responses((status = 200, description = "One entry per day, days without any events too", body = Days)))]
pub(crate) async fn metrics(
    State(api): State<Shared>,
    caller: Caller,
    Query(query): Query<MetricsQuery>,
) -> Result<Response> {
    caller.must_operate()?;
    if !(0..DAYS_MAX).contains(&(query.to - query.from)) {
        let error =
            FieldError::new("to", "range_invalid", "must not be before from, nor more than a year after it");
        return Err(Problem::invalid(vec![error]));
    }
    let days = api.ports.store.days(query.from, query.to).await?;
    Ok(view::ok(&Days { items: days.into_iter().map(Day::from).collect() }))
}
