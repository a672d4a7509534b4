//! What the terminal shows: 80 columns are enough, and a pipe gets the same words without colours.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use console::{Alignment, Term, measure_text_width, pad_str, style, truncate_str};
use indicatif::{ProgressBar, ProgressStyle};
use nova_lab::world::person::Person;

use super::figures::Figures;
use crate::feed::{Algo, FeedRequest, FeedService};
use crate::store::FeedStore;

/// Items of the feed on the terminal.
const SHOWN: usize = 8;
/// Columns where there is no terminal, and the most that are used of a wide one.
const COLUMNS: usize = 80;
const COLUMNS_MAX: usize = 120;
const HANDLE_COLUMNS: usize = 19;

/// Where to look.
pub(super) fn alive(address: SocketAddr, viewer: &Person, after: Duration) {
    let page = format!("http://{address}/?viewer={}", viewer.id);
    say!("\nNova is alive, a first feed was there after {:.1} s. Open\n", after.as_secs_f64());
    say!("  {}\n", style(page).bold());
    say!("The API: http://{address}/docs. Ctrl-C ends it.\n");
}

/// One viewer's feed, with the reason of every place.
pub(super) async fn feed(feed: &FeedService, viewer: &Person) -> Result<()> {
    let request =
        FeedRequest { viewer: viewer.id, limit: SHOWN, cursor: None, algo: Algo::Ranked, explain: false };
    let page = feed.page(&request).await?;
    let columns = Term::stdout().size_checked().map_or(COLUMNS, |(_, columns)| usize::from(columns));
    say!("{}", style(format!("The feed of {} (@{})", viewer.display_name, viewer.handle)).bold());
    let row = |place: &str, score: &str, why: &str, who: &str, what: &str| {
        let who = pad_str(who, HANDLE_COLUMNS, Alignment::Left, Some("…"));
        let start = format!("{place:>3}  {score:>5}  {why:<8}  {who}  ");
        let rest = columns.min(COLUMNS_MAX).saturating_sub(measure_text_width(&start));
        format!("{start}{}", truncate_str(what, rest, "…"))
    };
    say!("{}", style(row("", "score", "found by", "author", "post")).dim());
    let mut moved = None;
    for (place, item) in (1_u32..).zip(&page.items) {
        let body = item.body.as_deref();
        let handle = body.and_then(|body| body.handle.as_deref()).unwrap_or("?");
        let text = body.map(|body| body.text.replace('\n', " ")).unwrap_or_default();
        let score = format!("{:.3}", item.scored.score);
        let why = item.scored.candidate.origins.reason().name();
        say!("{}", row(&place.to_string(), &score, why, &format!("@{handle}"), &text));
        if item.scored.rank + 1 < place {
            moved = moved.or(Some((place, item.scored.rank + 1)));
        }
    }
    if let Some((place, by_score)) = moved {
        let why = format!("Place {place} is number {by_score} by score: posts of one author are kept apart.");
        say!("{}", style(why).dim());
    }
    say!("");
    Ok(())
}

/// One line that changes every second, until `end`.
pub(super) async fn status(store: &dyn FeedStore, figures: &Figures, end: impl Future<Output = ()>) {
    let style = ProgressStyle::with_template("{spinner} {wide_msg}");
    let bar =
        ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    tokio::pin!(end);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = &mut end => break,
        }
        if let Ok(size) = store.size().await {
            bar.set_message(figures.line(&size));
            bar.tick();
        }
    }
    bar.finish_and_clear();
}
