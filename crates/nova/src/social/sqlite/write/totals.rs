//! Counts beside the tables, settled once a transaction: a thousand likes of one post are one addition.

use hashbrown::HashMap;
use nova_core::model::{PostId, UserId};
use rusqlite::Connection;

use super::super::row::blob;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct OfUser {
    pub(super) followers: i64,
    pub(super) following: i64,
    pub(super) posts: i64,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct OfPost {
    pub(super) likes: i64,
    pub(super) comments: i64,
}

/// By how much each count has moved; at most as many entries as the transaction has changes.
#[derive(Debug, Default)]
pub(super) struct Totals {
    users: HashMap<UserId, OfUser>,
    posts: HashMap<PostId, OfPost>,
}

impl Totals {
    pub(super) fn user(&mut self, id: UserId) -> &mut OfUser {
        self.users.entry(id).or_default()
    }

    pub(super) fn post(&mut self, id: PostId) -> &mut OfPost {
        self.posts.entry(id).or_default()
    }

    pub(super) fn save(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut add = connection.prepare_cached(include_str!("../sql/add_user_totals.sql"))?;
        for (id, by) in self.users.into_iter().filter(|(_, by)| *by != OfUser::default()) {
            add.execute((blob(id.bits()), by.followers, by.following, by.posts))?;
        }
        let mut add = connection.prepare_cached(include_str!("../sql/add_post_totals.sql"))?;
        for (id, by) in self.posts.into_iter().filter(|(_, by)| *by != OfPost::default()) {
            add.execute((blob(id.bits()), by.likes, by.comments))?;
        }
        Ok(())
    }
}
