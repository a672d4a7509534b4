//! Deadlines of calls that are mostly answered at once.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::error::Elapsed;

/// As [`tokio::time::timeout`], but the time is only read, and a timer set, when the call is not ready at once: a page
/// makes half a dozen calls that memory answers, and reading the clock takes as long as some of them.
pub(crate) async fn within<T>(deadline: Duration, call: impl Future<Output = T>) -> Result<T, Elapsed> {
    let mut call = pin!(call);
    match futures_util::poll!(call.as_mut()) {
        Poll::Ready(answer) => Ok(answer),
        Poll::Pending => tokio::time::timeout(deadline, call).await,
    }
}
