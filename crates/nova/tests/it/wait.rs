//! Waiting for what will be, instead of for time to pass.

use std::time::Duration;

use tokio::time::Instant;

/// Nothing here takes this long unless it never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Looks again and again until there is something; `what` names it when it does not come.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come within {PATIENCE:?}");
        tokio::time::sleep(PAUSE).await;
    }
}
