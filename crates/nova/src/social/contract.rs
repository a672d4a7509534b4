//! The suite that every twin passes. Ids are UUIDs throughout: both twins hold them.
//!
//! Nothing here knows a twin: a behaviour gets a [`World`] over fresh, empty tables. Change records are not its
//! matter, they come by different ways.

pub(crate) mod accounts;
pub(crate) mod comments;
pub(crate) mod feed;
pub(crate) mod history;
pub(crate) mod lists;
pub(crate) mod pairs;
pub(crate) mod posts;
pub(crate) mod timeline;
mod world;

use std::sync::Arc;

use async_trait::async_trait;

use super::Social;
pub(crate) use world::World;

/// Makes a twin over empty tables of its own.
#[async_trait]
pub(crate) trait Twin: Send + Sync {
    /// Called once for each behaviour; what it holds lives as long as `self`.
    async fn open(&self) -> Arc<dyn Social>;
}

/// One test for each behaviour. `$twin` is evaluated anew in every test.
macro_rules! contract {
    ($twin:expr) => {
        contract! { $twin;
            accounts {
                is_read_back_by_id_and_by_handle
                keeps_every_script_and_microsecond
                handle_is_unique_without_regard_to_case
                handle_of_a_deleted_one_stays_taken
                same_again_is_no_error_and_no_change
                other_under_a_taken_id_is_a_conflict
                edit_changes_what_it_names
                edit_may_change_the_case_of_its_own_handle
                edit_of_nothing_leaves_no_change
                deleted_is_gone_for_good
                deleted_one_writes_nothing
                unknown_one_writes_nothing
                block_hides_both_from_each_other
            }
            posts {
                is_read_back_whole
                needs_an_author_who_is_there
                same_again_is_no_error_other_is_a_conflict
                media_must_be_a_json_array
                edit_changes_what_it_names
                edit_is_for_its_author_alone
                deletion_is_for_its_author_and_admins
                deleted_is_gone_for_good
                out_of_reach_is_not_found_never_forbidden
                own_hidden_post_can_still_be_edited
                goes_with_its_author
                block_and_hiding_hide_it
                dated_ahead_waits_in_the_authors_list
                of_an_author_are_paged_without_repeat_or_gap
                of_an_author_leave_out_hidden_and_muted
            }
            comments {
                is_read_back
                needs_a_post_within_reach
                same_again_is_no_error_other_is_a_conflict
                deletion_is_for_its_author_and_admins
                own_one_can_be_taken_back_across_a_block
                by_hidden_accounts_are_left_out
                hidden_with_its_post
                are_paged_without_repeat_or_gap
            }
            pairs {
                like_counts_once
                unlike_counts_back
                like_needs_a_post_within_reach
                follow_counts_once_and_not_oneself
                follow_needs_an_account_within_reach
                block_ends_follows_both_ways
                block_is_allowed_both_ways
                oneself_is_neither_blocked_nor_muted
                mute_needs_an_account_within_reach
                hide_needs_a_post_within_reach
                what_is_set_can_always_be_unset
                unsetting_what_is_not_set_is_no_error
                refused_one_does_not_touch_the_others
                no_writes_give_no_answers
            }
            lists {
                followers_come_newest_first
                following_comes_newest_first
                likers_come_newest_first
                equal_times_are_told_apart_by_id
                pages_neither_repeat_nor_skip_while_rows_arrive
                blocked_and_deleted_accounts_are_left_out
                blocks_and_mutes_are_for_oneself
                of_what_is_out_of_reach_are_not_found
                hidden_posts_come_latest_hidden_first
                end_in_an_empty_page
            }
            timeline {
                shows_the_followed_newest_first
                of_one_who_follows_nobody_is_empty
                leaves_out_all_that_must_not_be_shown
                of_everyone_leaves_out_all_that_must_not_be_shown
                post_dated_ahead_waits
                pages_neither_repeat_nor_skip_while_posts_arrive
                following_thousands_shows_the_same
                ten_thousand_blocks_change_nothing_for_the_others
            }
            feed {
                bodies_come_in_the_order_asked
                bodies_of_what_is_gone_are_not_given
                verdicts_name_every_reason
                verdicts_without_a_viewer
                verdicts_keep_the_order_of_a_thousand
                sights_are_verdicts_own_likes_and_the_texts_asked_for
                every_row_is_written_again
                tables_answer
            }
        }
    };
    ($twin:expr; $($group:ident { $($behaviour:ident)* })*) => {
        $(mod $group {
            use super::*;

            $(#[tokio::test]
            async fn $behaviour() {
                let twin = $twin;
                let world = $crate::social::contract::World::over(&twin).await;
                $crate::social::contract::$group::$behaviour(&world).await;
            })*
        })*
    };
}
pub(crate) use contract;
