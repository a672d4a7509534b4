//! Few lines about what is said again and again.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// Between two lines about one thing.
const EVERY: Duration = Duration::from_secs(10);

/// When each thing was told last, and how often it came since. As many as there are kinds of errors.
#[derive(Debug)]
pub(super) struct Sparse(BTreeMap<i32, (Instant, u64)>);

impl Sparse {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Is it time to tell of this? Then how often it came untold since the last time.
    pub(super) fn due(&mut self, what: i32, now: Instant) -> Option<u64> {
        if let Some((told, untold)) = self.0.get_mut(&what)
            && now.duration_since(*told) < EVERY
        {
            *untold += 1;
            return None;
        }
        let before = self.0.insert(what, (now, 0));
        Some(before.map_or(0, |(_, untold)| untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_at_once_and_then_once_in_a_while_with_how_often_it_came() {
        let (mut sparse, began) = (Sparse::new(), Instant::now());
        let mut at = |what, seconds| sparse.due(what, began + Duration::from_secs(seconds));
        assert_eq!([at(1, 0), at(1, 1), at(2, 1), at(1, 9)], [Some(0), None, Some(0), None]);
        assert_eq!([at(1, 10), at(1, 11), at(2, 11), at(1, 30)], [Some(2), None, Some(0), Some(1)]);
    }
}
