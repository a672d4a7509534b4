//! What the terminal shows.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use indicatif::ProgressBar;
use nova_lab::world::person::Person;
use tokio_util::sync::CancellationToken;

use super::figures::Figures;
use crate::app::Ports;
use crate::feed::{Algo, FeedRequest};

/// Items of the feed on the terminal.
const SHOWN: usize = 8;
/// Characters of a text on the terminal.
const TEXT_CHARS: usize = 64;

/// One viewer's feed, with the reason of every place.
pub(super) async fn feed(ports: &Ports, viewer: &Person) -> Result<()> {
    let request =
        FeedRequest { viewer: viewer.id, limit: SHOWN, cursor: None, algo: Algo::Ranked, explain: false };
    let page = ports.feed.page(&request).await?;
    println!("The feed of {} (@{}):", viewer.display_name, viewer.handle);
    for (place, item) in page.items.iter().enumerate() {
        let candidate = &item.scored.candidate;
        let body = item.body.as_deref();
        let handle = body.and_then(|body| body.handle.as_deref()).unwrap_or("?");
        let text: String = body.map(|body| body.text.replace('\n', " ")).unwrap_or_default();
        let text = if text.chars().count() > TEXT_CHARS {
            text.chars().take(TEXT_CHARS - 1).chain(['…']).collect()
        } else {
            text
        };
        println!(
            "{:>3}. {:.3}  {:<9} @{handle:<18} {text}",
            place + 1,
            item.scored.score,
            candidate.origins.reason().name()
        );
    }
    println!();
    Ok(())
}

/// One line that changes every second.
pub(super) async fn status(ports: Ports, figures: Arc<Figures>, stop: CancellationToken) {
    let bar = ProgressBar::new_spinner();
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => break,
        }
        if let Ok(size) = ports.store.size().await {
            bar.set_message(figures.line(&size));
            bar.tick();
        }
    }
    bar.finish_and_clear();
}
