//! Waiting for what will be, instead of for time to pass.

use std::time::Duration;

use tokio::time::Instant;

/// Nothing here takes this long unless it never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Looks again and again until there is something; `what` names it when it does not come.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    match until_or_none(look).await {
        Some(found) => found,
        None => panic!("{what} did not come within {PATIENCE:?}"),
    }
}

/// The same for a caller that can say more of what did not come.
pub(crate) async fn until_or_none<T>(look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    within(PATIENCE, look).await
}

/// The same for what takes its own time.
pub(crate) async fn within<T>(patience: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
