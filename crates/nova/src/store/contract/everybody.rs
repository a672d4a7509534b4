//! How much there is.

use nova_core::model::{Action, RowKey};

use super::Trial;
use super::history::{HOUR, ago, user};

pub(crate) async fn size_counts_what_stands(mut trial: Trial) {
    trial.user(1);
    trial.user(2);
    trial.user(2);
    trial.follow(1, 2);
    trial.follow(2, 1);
    trial.delete(RowKey::Follow(user(2), user(1)), ago(1));
    trial.post(1, 1, ago(HOUR));
    trial.post_deleted(2, 1, ago(HOUR));
    trial.event(2, 1, Action::View, ago(1));
    trial.play().await;
    let size = trial.store().size().await.expect("size");
    assert_eq!((size.users, size.posts, size.follows, size.events), (2, 2, 1, 1));
}
