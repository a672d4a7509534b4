//! Looking again and again at another process, for a while.

use std::thread;
use std::time::Duration;

use tokio::time::Instant;

/// Between two looks.
pub(crate) const LOOK: Duration = Duration::from_millis(50);

/// The first answer of `look`, or nothing when `patience` is over. Looks at least once.
pub(crate) fn until<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        if let Some(seen) = look() {
            return Some(seen);
        }
        if Instant::now() >= end {
            return None;
        }
        thread::sleep(LOOK);
    }
}
