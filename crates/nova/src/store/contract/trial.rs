//! A store and a log in one hand.

use std::ops::{Deref, DerefMut};

use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Features, Origins, Retrieved, RowHint, Verdict};

use super::history::{History, NOW, ago, post, user};
use super::{Store, Twin};
use crate::log::Positions;
use crate::store::{Applied, FollowQuery, Suggestion, Window};

/// Facts are written as to a [`History`], applied with [`Trial::play`], and asked about.
pub(crate) struct Trial {
    twin: Box<dyn Twin>,
    history: History,
    played: usize,
}

impl Deref for Trial {
    type Target = History;

    fn deref(&self) -> &History {
        &self.history
    }
}

impl DerefMut for Trial {
    fn deref_mut(&mut self) -> &mut History {
        &mut self.history
    }
}

impl Trial {
    pub(crate) fn new(twin: Box<dyn Twin>) -> Self {
        Self { twin, history: History::default(), played: 0 }
    }

    pub(crate) fn store(&self) -> std::sync::Arc<dyn Store> {
        self.twin.store()
    }

    /// Applies what was written since the last time.
    pub(crate) async fn play(&mut self) -> Applied {
        let facts = &self.history.facts[self.played..];
        let applied = self.store().apply(facts, &self.history.ends).await.expect("applied");
        self.played = self.history.facts.len();
        self.twin.settle(&self.history.ends).await;
        applied
    }

    /// Applies everything from the beginning again.
    pub(crate) async fn play_again(&mut self) -> Applied {
        self.played = 0;
        self.play().await
    }

    pub(crate) fn looks_first(&self) -> bool {
        self.twin.looks_first()
    }

    pub(crate) async fn settle(&self, upto: &Positions) {
        self.twin.settle(upto).await;
    }

    pub(crate) async fn reopen(&mut self) {
        self.twin.reopen().await;
    }

    pub(crate) fn query(viewer: u64, limit: usize) -> FollowQuery {
        FollowQuery {
            viewer: user(viewer),
            now: NOW,
            since: ago(72 * 60),
            limit,
            lambda: 0.1,
            freshness: 0.3,
            engagement: 0.4,
            floor: 1.0,
        }
    }

    /// In the order of their ids: that of the answer means nothing.
    pub(crate) async fn follow_list(&self, viewer: u64, limit: usize) -> Vec<u64> {
        let mut found = numbers(&self.store().follow(&Self::query(viewer, limit)).await.expect("follow"));
        found.sort_unstable();
        found
    }

    pub(crate) async fn affinity(&self, viewer: u64, limit: usize) -> Vec<u64> {
        numbers(&self.store().affinity(user(viewer), NOW, ago(72 * 60), limit).await.expect("affinity"))
    }

    pub(crate) async fn recent(&self, limit: usize) -> Vec<u64> {
        numbers(&self.store().recent(NOW, limit).await.expect("recent"))
    }

    pub(crate) async fn trending(&self, window: Window, limit: usize) -> Vec<(u64, f64)> {
        let hot = self.store().trending(window, NOW, limit).await.expect("trending");
        hot.iter().map(|hot| (number(&hot.post), hot.score)).collect()
    }

    pub(crate) async fn suggest(&self, viewer: u64, limit: usize) -> Vec<Suggestion> {
        self.store().suggest(user(viewer), NOW, limit).await.expect("suggest")
    }

    pub(crate) async fn verdict(&self, viewer: u64, number: u64) -> Verdict {
        self.verdict_at(viewer, number, NOW).await
    }

    pub(crate) async fn verdict_at(&self, viewer: u64, number: u64, now: Timestamp) -> Verdict {
        let mut found = [candidate(number)];
        self.store().judge(Some(user(viewer)), now, &mut found).await.expect("judge");
        found[0].verdict
    }

    pub(crate) async fn features(&self, viewer: u64, number: u64) -> Features {
        self.features_at(viewer, number, NOW).await
    }

    pub(crate) async fn features_at(&self, viewer: u64, number: u64, now: Timestamp) -> Features {
        let mut found = [candidate(number)];
        self.store().measure(Some(user(viewer)), now, &mut found).await.expect("measure");
        found[0].features
    }
}

/// A candidate of which nothing but the id is known.
pub(crate) fn candidate(number: u64) -> Candidate {
    Candidate {
        post: post(number),
        author: user(0),
        created_at: Timestamp::MIN,
        row: RowHint::NONE,
        origins: Origins::default(),
        verdict: Verdict::CLEAR,
        features: Features::default(),
    }
}

pub(crate) fn number(found: &Retrieved) -> u64 {
    found.post.0.as_integer().expect("an integer id")
}

pub(crate) fn numbers(found: &[Retrieved]) -> Vec<u64> {
    found.iter().map(number).collect()
}

pub(crate) fn of(id: UserId) -> u64 {
    id.0.as_integer().expect("an integer id")
}
