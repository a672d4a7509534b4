//! What people did.

use std::sync::atomic::Ordering;

use nova_core::error::Result;
use nova_core::model::{Action, Event, Timestamp};

use super::Apply;
use crate::store::memory::days::Day;
use crate::store::memory::post::PostMut;
use crate::store::memory::user::UserMut;

impl Apply<'_> {
    /// An event that counts, on a post that is known.
    pub(super) fn event(
        &mut self,
        event: &Event,
        received_at: Timestamp,
        row: u32,
        post: PostMut<'_>,
    ) -> Result<()> {
        let (viewer, cell) = self.user_of(event.user)?;
        self.index.events.fetch_add(1, Ordering::Relaxed);
        self.acted(viewer, cell, event.time);
        let author = post.author();
        let day = event.time.day();
        match event.action {
            Action::Impression => {
                post.add_impression();
                self.index.shown(&post);
                self.saw(cell, row, event.time);
                let recommended = self.is_recommended(viewer, &cell, author);
                self.day(day, |day| {
                    day.impressions += 1;
                    day.recommended_impressions += u64::from(recommended);
                });
            }
            Action::View => {
                self.saw(cell, row, event.time);
                self.interacted(viewer, author, day, 1);
            }
            Action::Click => {
                self.interacted(viewer, author, day, 1);
                let recommended = self.is_recommended(viewer, &cell, author);
                self.day(day, |day| {
                    day.clicks += 1;
                    day.recommended_conversions += u64::from(recommended);
                });
            }
            Action::Like | Action::Unlike => {
                let set = event.action == Action::Like;
                let at = event.time.min(received_at);
                let shift = cell.change(|viewer| viewer.likes.by_event(row, at, set));
                self.liked(viewer, cell, row, post, shift);
            }
            // counted from the comments table
            Action::Comment => {}
            Action::Share => {
                post.add_share();
                self.index.answered(&post);
                self.interacted(viewer, author, day, 1);
                if self.is_recommended(viewer, &cell, author) {
                    self.day(day, |day| day.recommended_conversions += 1);
                }
            }
            Action::Dwell => {
                self.saw(cell, row, event.time);
                self.day(day, |day| day.dwelt(event.dwell_ms.unwrap_or(0)));
            }
            Action::Hide => {
                let at = event.time.min(received_at);
                cell.change(|viewer| viewer.hidden.get_or_insert_default().by_event(row, at, true));
            }
            // nobody did anything: see `served`
            Action::Served => {}
        }
        Ok(())
    }

    /// The post stood in a page that the viewer was answered.
    pub(super) fn served(&mut self, event: &Event, row: u32) -> Result<()> {
        let (_, cell) = self.user_of(event.user)?;
        self.saw(cell, row, event.time);
        Ok(())
    }

    fn acted(&self, viewer: u32, cell: UserMut<'_>, at: Timestamp) {
        let last = cell.last_event();
        if last.is_none_or(|last| last < at) {
            // first the time: an entry without it is passed over
            cell.set_last_event(Some(at));
            self.index.active.acted(viewer, last, at);
        }
    }

    fn saw(&self, cell: UserMut<'_>, row: u32, at: Timestamp) {
        let config = &self.index.config;
        let since = self.ledger.seen_since(config);
        cell.change(|viewer| viewer.seen.add(row, at, since, config.seen_max));
    }

    fn day(&self, day: i32, change: impl FnOnce(&mut Day)) {
        self.index.days.change(day, self.index.config.days_max, change);
    }
}
