//! The same questions answered the long way: every fact is kept, every answer goes through all of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use nova_core::model::{Action, Change, Event, PostId, Row, RowKey, Stamp, Timestamp, UserId};
use nova_core::pipeline::{Features, Verdict};

use super::Trial;
use super::history::{DAY, NOW, ago, post, user};
use crate::store::{Fact, Placed, Window};

/// People and posts that histories are about.
pub(crate) const USERS: u64 = 6;
pub(crate) const POSTS: u64 = 8;

#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Text of the key, so that keys order.
    rows: BTreeMap<String, (Stamp, RowKey, Option<Row>)>,
    events: Vec<(Event, Timestamp)>,
    /// Those whose posts never came.
    lost: Vec<Event>,
    /// Do those count in figures that are about no post?
    counts_at_once: bool,
    identities: BTreeSet<(u128, u128)>,
}

impl Model {
    pub(crate) fn new(facts: &[Placed]) -> Self {
        let mut model = Self::default();
        for placed in facts {
            match &placed.fact {
                Fact::Event(event) => {
                    let new = !event.action.is_reported()
                        || model.identities.insert((event.user.bits(), event.id.bits()));
                    if new {
                        model.events.push((event.clone(), placed.received_at));
                    }
                }
                Fact::Change(Change::Put { row, stamp }) => model.row(row.key(), Some(row.clone()), *stamp),
                Fact::Change(Change::Delete { key, stamp }) => model.row(*key, None, *stamp),
            }
        }
        let known: BTreeSet<PostId> = model.posts().map(|post| post.id).collect();
        let (events, lost): (Vec<_>, Vec<_>) =
            model.events.into_iter().partition(|(event, _)| known.contains(&event.post));
        model.events = events;
        model.lost = lost.into_iter().map(|(event, _)| event).collect();
        model
    }

    /// See [`Twin::looks_first`](super::Twin::looks_first).
    pub(crate) const fn counts_at_once(&mut self, holds: bool) {
        self.counts_at_once = holds;
    }

    /// Events that count in figures that are about no post.
    fn counted(&self) -> impl Iterator<Item = &Event> {
        let lost = if self.counts_at_once { &self.lost[..] } else { &[] };
        self.events.iter().map(|(event, _)| event).chain(lost)
    }

    fn row(&mut self, key: RowKey, row: Option<Row>, stamp: Stamp) {
        let held = self.rows.entry(format!("{key:?}")).or_insert((stamp, key, row.clone()));
        if held.0.version < stamp.version {
            *held = (stamp, key, row);
        }
    }

    fn get(&self, key: RowKey) -> Option<&(Stamp, RowKey, Option<Row>)> {
        self.rows.get(&format!("{key:?}"))
    }

    fn stands(&self, key: RowKey) -> bool {
        self.get(key).is_some_and(|(_, _, row)| row.is_some())
    }

    fn posts(&self) -> impl Iterator<Item = &nova_core::model::Post> {
        self.rows.values().filter_map(|(_, _, row)| match row {
            Some(Row::Post(post)) => Some(post),
            _ => None,
        })
    }

    fn find(&self, id: PostId) -> Option<&nova_core::model::Post> {
        self.posts().find(|post| post.id == id)
    }

    fn gone(&self, id: UserId) -> bool {
        match self.get(RowKey::User(id)) {
            Some((_, _, Some(Row::User(user)))) => user.deleted_at.is_some(),
            Some(_) => true,
            None => false,
        }
    }

    /// Of the row and the latest event the later one: set, and the day.
    fn register(&self, key: RowKey, viewer: UserId, id: PostId, set: Action, unset: Action) -> Option<i32> {
        let row = self.get(key).map(|(stamp, _, row)| {
            let day = match row {
                Some(Row::Like(like) | Row::Hidden(like)) => Some(like.created_at.day()),
                _ => None,
            };
            (stamp.committed_at, day)
        });
        let mut event: Option<(Timestamp, Option<i32>)> = None;
        for (held, received_at) in &self.events {
            let at = held.time.min(*received_at);
            let ours = held.user == viewer && held.post == id && (held.action == set || held.action == unset);
            if ours && event.is_none_or(|(before, _)| at >= before) {
                event = Some((at, (held.action == set).then_some(at.day())));
            }
        }
        match (row, event) {
            (Some((committed_at, _)), Some((at, day))) if at > committed_at => day,
            (Some((_, day)), _) => day,
            (None, event) => event.and_then(|(_, day)| day),
        }
    }

    fn liked(&self, viewer: UserId, id: PostId) -> Option<i32> {
        self.register(RowKey::Like(id, viewer), viewer, id, Action::Like, Action::Unlike)
    }

    /// Every interaction with a post: who, and on which day.
    fn interactions(&self, id: PostId) -> Vec<(UserId, i32)> {
        let likes = (1..=USERS).filter_map(|viewer| Some((user(viewer), self.liked(user(viewer), id)?)));
        let events = self.events.iter().filter(|(event, _)| {
            event.post == id && matches!(event.action, Action::Share | Action::Click | Action::View)
        });
        let comments = self.comments(id).into_iter();
        likes.chain(events.map(|(event, _)| (event.user, event.time.day()))).chain(comments).collect()
    }

    fn comments(&self, id: PostId) -> Vec<(UserId, i32)> {
        let comment = |(_, _, row): &(Stamp, RowKey, Option<Row>)| match row {
            Some(Row::Comment(comment)) if comment.post == id && comment.deleted_at.is_none() => {
                Some((comment.author, comment.created_at.day()))
            }
            _ => None,
        };
        self.rows.values().filter_map(comment).collect()
    }

    fn affinity(&self, viewer: UserId, author: UserId) -> u32 {
        let within = NOW.day() - 89..=NOW.day();
        let of_author = self.posts().filter(|post| post.author == author && author != viewer);
        let interactions = of_author.flat_map(|post| self.interactions(post.id));
        interactions.filter(|(by, day)| *by == viewer && within.contains(day)).count() as u32
    }

    fn count(&self, id: PostId, action: Action) -> u32 {
        self.events.iter().filter(|(event, _)| event.post == id && event.action == action).count() as u32
    }

    fn features(&self, viewer: UserId, id: PostId) -> Features {
        let Some(post) = self.find(id) else { return Features::default() };
        Features {
            likes: (1..=USERS).filter(|&viewer| self.liked(user(viewer), id).is_some()).count() as u32,
            comments: self.comments(id).len() as u32,
            shares: self.count(id, Action::Share),
            impressions: self.count(id, Action::Impression),
            interactions: self.affinity(viewer, post.author),
            liked: self.liked(viewer, id).is_some(),
        }
    }

    fn verdict(&self, viewer: UserId, id: PostId) -> Verdict {
        let Some(post) = self.find(id) else { return Verdict::GONE };
        let hide = self.register(RowKey::Hidden(id, viewer), viewer, id, Action::Hide, Action::Hide);
        let saw = |event: &Event| {
            let looks =
                matches!(event.action, Action::Impression | Action::View | Action::Dwell | Action::Served);
            looks && event.user == viewer && event.post == id && event.time >= ago(7 * DAY)
        };
        Verdict::CLEAR
            .and_if(post.deleted_at.is_some(), Verdict::GONE)
            .and_if(self.gone(post.author), Verdict::AUTHOR_GONE)
            .and_if(post.author == viewer, Verdict::OWN)
            .and_if(self.stands(RowKey::Block(viewer, post.author)), Verdict::BLOCKED)
            .and_if(self.stands(RowKey::Block(post.author, viewer)), Verdict::BLOCKED)
            .and_if(self.stands(RowKey::Mute(viewer, post.author)), Verdict::MUTED)
            .and_if(hide.is_some(), Verdict::HIDDEN)
            .and_if(self.events.iter().any(|(event, _)| saw(event)), Verdict::SEEN)
    }

    /// Posts that the sources may give a viewer, and what they are ranked by.
    fn candidates(&self, viewer: UserId) -> impl Iterator<Item = (&nova_core::model::Post, Verdict)> {
        let verdicts = self.posts().map(move |post| (post, self.verdict(viewer, post.id)));
        verdicts.filter(|(post, verdict)| {
            let never = [Verdict::GONE, Verdict::AUTHOR_GONE, Verdict::BLOCKED, Verdict::MUTED];
            post.created_at >= ago(72 * 60) && never.iter().all(|&never| !verdict.has(never))
        })
    }

    fn follow(&self, viewer: UserId, limit: usize) -> Vec<PostId> {
        let mut found: Vec<_> = self
            .candidates(viewer)
            .filter(|(post, _)| self.stands(RowKey::Follow(viewer, post.author)))
            .map(|(post, verdict)| {
                let of = self.features(viewer, post.id);
                let response = f64::from(of.likes + 2 * of.comments + 3 * of.shares);
                let score = 0.3 * (-0.1 * NOW.hours_since(post.created_at)).exp()
                    + 0.4 * (1.0 + response / f64::from(of.impressions.max(1))).ln();
                let spent = verdict.has(Verdict::SEEN) || verdict.has(Verdict::HIDDEN);
                (spent, score, post)
            })
            .collect();
        let order = |a: &(bool, f64, &nova_core::model::Post), b: &(bool, f64, &nova_core::model::Post)| {
            b.1.total_cmp(&a.1).then(b.2.created_at.cmp(&a.2.created_at)).then(a.2.id.cmp(&b.2.id))
        };
        found.sort_by(|a, b| a.0.cmp(&b.0).then(order(a, b)));
        found.truncate(limit);
        let mut ids: Vec<PostId> = found.into_iter().map(|(.., post)| post.id).collect();
        ids.sort_unstable();
        ids
    }

    fn strongest(&self, viewer: UserId, limit: usize) -> Vec<PostId> {
        let mut found: Vec<_> = self
            .candidates(viewer)
            .filter(|(_, verdict)| !verdict.has(Verdict::SEEN) && !verdict.has(Verdict::HIDDEN))
            .map(|(post, _)| (self.affinity(viewer, post.author), post))
            .filter(|&(affinity, _)| affinity > 0)
            .collect();
        found.sort_by_key(|(affinity, post)| (Reverse(*affinity), Reverse(post.created_at), post.id));
        found.into_iter().take(limit).map(|(_, post)| post.id).collect()
    }

    fn shown(&self) -> impl Iterator<Item = &nova_core::model::Post> {
        self.posts().filter(|post| post.deleted_at.is_none() && !self.gone(post.author))
    }

    fn recent(&self) -> Vec<PostId> {
        let mut found: Vec<_> = self.shown().filter(|post| post.created_at <= NOW).collect();
        found.sort_by_key(|post| (Reverse(post.created_at), post.id));
        found.into_iter().map(|post| post.id).collect()
    }

    fn trending(&self, window: Window) -> BTreeSet<PostId> {
        let since = NOW.minus(window.length());
        let engaged = self.shown().filter(|post| {
            let of = self.features(user(0), post.id);
            post.created_at >= since && of.likes + of.comments + of.shares > 0
        });
        engaged.map(|post| post.id).collect()
    }

    fn active(&self) -> Vec<UserId> {
        let mut last: BTreeMap<UserId, Timestamp> = BTreeMap::new();
        let done = |event: &Event| event.action.is_reported() && !self.gone(event.user);
        for event in self.counted().filter(|event| done(event)) {
            let held = last.entry(event.user).or_insert(event.time);
            *held = event.time.max(*held);
        }
        let mut last: Vec<_> = last.into_iter().filter(|&(_, at)| at >= ago(DAY)).collect();
        last.sort_by_key(|&(user, at)| (Reverse(at), user));
        last.into_iter().map(|(user, _)| user).collect()
    }

    /// Holds every answer of a store against its own.
    pub(crate) async fn check(&self, trial: &Trial) {
        for viewer in 1..=USERS {
            for number in 1..=POSTS {
                let (by, id) = (user(viewer), post(number));
                assert_eq!(trial.features(viewer, number).await, self.features(by, id), "{viewer} {number}");
                assert_eq!(trial.verdict(viewer, number).await, self.verdict(by, id), "{viewer} {number}");
            }
            let ids = |found: Vec<u64>| found.into_iter().map(post).collect::<Vec<_>>();
            for limit in [2, 100] {
                assert_eq!(
                    ids(trial.follow_list(viewer, limit).await),
                    self.follow(user(viewer), limit),
                    "{viewer}"
                );
                let strongest = self.strongest(user(viewer), limit);
                assert_eq!(ids(trial.affinity(viewer, limit).await), strongest, "{viewer}");
            }
        }
        assert_eq!(trial.recent(100).await.into_iter().map(post).collect::<Vec<_>>(), self.recent());
        for window in Window::ALL {
            let hot = trial.trending(window, 100).await;
            assert!(hot.is_sorted_by(|a, b| a.1 >= b.1));
            let hot: BTreeSet<_> = hot.into_iter().map(|(number, _)| post(number)).collect();
            assert_eq!(hot, self.trending(window));
        }
        assert_eq!(trial.store().active(ago(DAY), 100).await.expect("active"), self.active());
        let (from, to) = (NOW.day() - 100, NOW.day() + 1);
        for day in trial.store().days(from, to).await.expect("days") {
            let on = |action| {
                let of = |event: &Event| event.action == action && event.time.day() == day.day;
                self.counted().filter(|event| of(event)).count() as u64
            };
            assert_eq!((day.impressions, day.clicks), (on(Action::Impression), on(Action::Click)));
            assert_eq!(day.dwell_ms_p50.is_some(), on(Action::Dwell) > 0);
        }
        let follows = self.rows.values().filter(|(_, _, row)| matches!(row, Some(Row::Follow(_)))).count();
        let size = trial.store().size().await.expect("size");
        let events = self.counted().filter(|event| event.action.is_reported()).count();
        assert_eq!((size.follows, size.events), (follows as u64, events as u64));
    }
}
