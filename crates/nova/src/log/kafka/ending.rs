//! Clients end elsewhere: Kafka's client waits for its threads when it is dropped, which no request should do.

use std::ops::Deref;

/// Holds a client until it is dropped; then a thread of the runtime's that may block ends it.
pub(super) struct Ending<T: Send + 'static>(Option<T>);

impl<T: Send + 'static> Ending<T> {
    pub(super) const fn new(client: T) -> Self {
        Self(Some(client))
    }
}

impl<T: Send + 'static> Deref for Ending<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("taken only when dropped")
    }
}

impl<T: Send + 'static> std::ops::DerefMut for Ending<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("taken only when dropped")
    }
}

impl<T: Send + 'static> Drop for Ending<T> {
    fn drop(&mut self) {
        let client = self.0.take();
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(client))),
            Err(_) => drop(client),
        }
    }
}
