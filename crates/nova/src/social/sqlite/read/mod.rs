//! What is shown, and to whom.

mod bodies;
mod comments;
mod posts;
mod users;

pub(super) use bodies::{bodies, sights};
pub(super) use comments::{comment, comments};
pub(super) use posts::{hidden_posts, post, posts_of};
pub(super) use users::{user, user_by_handle, users};

use nova_core::model::{Timestamp, UserId};

use super::row::blob;
use crate::social::Keyset;

/// The largest page.
const LIMIT_MAX: usize = 101;

/// The viewer as a parameter. Nobody is `null`, which equals no one in a `where`.
fn viewer_blob(viewer: Option<UserId>) -> Option<[u8; 16]> {
    viewer.map(|viewer| blob(viewer.bits()))
}

/// Where a page begins, as parameters: time and id that its items lie before.
pub(super) fn start(page: Keyset) -> (i64, [u8; 16]) {
    match page.before {
        Some((time, id)) => (time.micros(), blob(id.bits())),
        None => (i64::MAX, [0; 16]),
    }
}

/// The same for a list that shows nothing dated after `latest`.
pub(super) fn start_by(page: Keyset, latest: Timestamp) -> (i64, [u8; 16]) {
    // right behind the last moment that is shown: before it lies every id of that moment
    start(page).min((latest.micros() + 1, [0; 16]))
}

/// The items of a page, as a parameter.
pub(super) fn limit(page: Keyset) -> i64 {
    i64::try_from(page.limit.clamp(1, LIMIT_MAX)).unwrap_or(1)
}
