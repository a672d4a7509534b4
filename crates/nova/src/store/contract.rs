//! The suite that every twin passes.
//!
//! A twin brings an implementation of [`Twin`] and calls [`store_contract!`]. Nothing here knows which twin it is:
//! what a twin makes visible later than it confirms, it waits for in [`Twin::settle`].

mod counts;
mod everybody;
pub(crate) mod history;
mod likes;
mod model;
mod people;
mod property;
mod replay;
mod sources;
pub(crate) mod trial;
mod verdicts;

use std::sync::Arc;

use async_trait::async_trait;

use super::{FeedStore, Projection};
use crate::log::Positions;

pub(crate) use trial::Trial;

/// Both sides of a store.
pub(crate) trait Store: Projection + FeedStore {}
impl<S: Projection + FeedStore> Store for S {}

/// A store under test, empty at first.
#[async_trait]
pub(crate) trait Twin: Send {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// Returns when what was applied up to these positions can be asked for.
    async fn settle(&self, upto: &Positions);

    /// Persists, closes and opens the store again.
    async fn reopen(&mut self);

    /// Does it look at what stands before it writes? Such a store holds back what comes before its post, gives up on an
    /// event whose post does not come within the hour, tells which rows changed something, and knows who followed whom
    /// when something happened.
    ///
    /// The other kind writes every fact as it comes and decides when it is asked: what is done to a post shows once the
    /// post is there, and not before; but events count in figures that are about no post (by day, by user, in all) from
    /// the first, rows are told as changed whatever stood, nothing is given up, and of recommendations there are no
    /// figures. It can take facts from many hands at once, none of whom knows what the others have written.
    fn looks_first(&self) -> bool {
        true
    }
}

macro_rules! suite {
    ($($module:ident { $($name:ident)* })*) => {
        $($(
            pub(crate) async fn $name(twin: Box<dyn Twin>) {
                $module::$name(Trial::new(twin)).await;
            }
        )*)*

        /// Every test of the suite, for the twin that `$new` makes: `store_contract!(new_twin)`, a function
        /// `async fn() -> Box<dyn Twin>`. The second argument is the number of random histories.
        macro_rules! store_contract {
            ($new:path) => {
                $crate::store::contract::store_contract!($new, 24);
            };
            ($new:path, $cases:literal) => {
                $($(
                    #[tokio::test]
                    async fn $name() {
                        $crate::store::contract::$name($new().await).await;
                    }
                )*)*

                #[test]
                fn a_random_history_gives_the_answers_of_the_naive_model() {
                    $crate::store::contract::random_histories(|| Box::pin($new()), $cases);
                }
            };
        }
        pub(crate) use store_contract;
    };
}

pub(crate) use property::{histories, random_histories};

suite! {
    likes {
        a_like_counts_once_whichever_way_it_comes
        the_affinity_of_a_like_lies_on_the_day_it_was_given
    }
    counts {
        each_action_counts_where_it_should
        a_comment_counts_from_its_row_and_is_taken_back
        affinity_reaches_back_ninety_days
        what_authors_do_with_their_own_posts_is_no_affinity
        days_sum_up_what_was_reported
    }
    verdicts {
        each_reason_not_to_show_a_post_is_given
        what_was_taken_back_no_longer_counts
        hiding_follows_the_later_of_row_and_event
        seen_holds_for_seven_days
        an_older_version_never_wins
        a_viewer_nobody_knows_gets_nothing_and_nothing_fails
    }
    sources {
        follow_gives_the_best_of_the_followed
        follow_passes_over_what_cannot_be_shown
        past_the_limit_the_seen_gives_way
        affinity_gives_the_strongest_authors_first
        recent_gives_the_newest_that_may_be_shown
        trending_gives_the_hottest_of_its_window
    }
    replay {
        a_batch_given_again_changes_nothing
        what_comes_before_its_post_waits_for_it
        a_comment_that_waits_keeps_its_place_among_its_changes
        an_event_whose_post_never_comes_is_put_aside
        an_event_counts_once
        everything_is_there_again_after_a_reopen
    }
    people {
        friends_of_friends_are_suggested_with_their_mutuals
        nobody_is_suggested_who_must_not_be
        celebrities_do_not_drown_the_rest
        people_of_the_same_taste_are_suggested
        a_newcomer_is_shown_whom_most_follow
        active_users_come_latest_first
        hidden_users_are_named
    }
    everybody {
        size_counts_what_stands
    }
}
