//! One place at the feed, taken by one person after another.

use hyper::Method;
use nova_core::model::{Action, PostId};
use serde::Serialize;
use serde_json::json;

use super::caller::{Caller, Left, Purpose};
use super::crowd::{Crowd, Nature};
use super::page::{Created, Item, Page, Suggestions, Taken};
use crate::chance::Chance;
use crate::world::appeal;
use crate::world::person::Person;
use crate::world::post;

/// After each post on the screen, the chance to look at the next: attention falls with the place.
const GOES_ON: f64 = 0.92;
/// After each page that was read to its end, the chance to ask for the next; and how many there are at most.
const NEXT_PAGE: f64 = 0.6;
const PAGES_MAX: usize = 5;
/// Events are sent when there are as many. The API takes 100.
const BATCH: usize = 8;
/// An author found by other ways than a follow, whose post was liked, is followed with this chance.
const FOLLOWS_FOUND: f64 = 0.20;
/// How often a visit ends with a look at the suggested users, and how many of those are followed at most.
const LOOKS_AROUND: f64 = 0.06;
const FOLLOWS_SUGGESTED_MAX: usize = 2;
/// Failed visits in a row that still lengthen the rest between them.
const FAILED_MAX: u32 = 8;

/// One event, as `POST /api/v1/events` takes it. Its id makes repeating the request harmless.
#[derive(Debug, Serialize)]
struct Event {
    event_id: nova_core::model::EventId,
    post_id: PostId,
    author_id: nova_core::model::UserId,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dwell_ms: Option<u32>,
    device: &'static str,
    app_ver: &'static str,
}

pub(super) struct Session<'a> {
    crowd: &'a Crowd,
    caller: Caller<'a>,
    chance: Chance,
    person: u32,
    events: Vec<Event>,
}

impl<'a> Session<'a> {
    pub(super) fn new(crowd: &'a Crowd, number: u64) -> Self {
        let config = crowd.world.config();
        // two runs of one community must not send the same event ids
        let seed = config.seed ^ config.now.micros() as u64;
        let chance = Chance::new(seed, "session", number);
        let caller = Caller::new(crowd, Chance::new(seed, "caller", number));
        Self { crowd, caller, chance, person: 0, events: Vec::with_capacity(2 * BATCH) }
    }

    /// One visit after another, until the community is stopped.
    pub(super) async fn live(mut self) {
        let mut failed = 0;
        loop {
            self.person = self.crowd.visitor(&mut self.chance);
            self.caller.become_person(self.person);
            self.events.clear();
            let ended = match self.visit().await {
                Ok(true) => {
                    failed = 0;
                    Ok(())
                }
                // an empty or unreadable feed must not turn into a busy loop
                Ok(false) | Err(Left::GaveUp) => {
                    failed = (failed + 1).min(FAILED_MAX);
                    self.caller.rest(failed).await
                }
                Err(Left::Stopped) => Err(Left::Stopped),
            };
            if ended.is_err() {
                return;
            }
        }
    }

    fn who(&self) -> &'a Person {
        &self.crowd.world.people()[self.person as usize]
    }

    /// Whether anything was done.
    async fn visit(&mut self) -> Result<bool, Left> {
        self.caller.turn(1).await?;
        self.crowd.stats.visits.add(1);
        let (mut cursor, mut looked) = (String::new(), false);
        for _ in 0..PAGES_MAX {
            let path = format!("/api/v1/feed?limit=20{cursor}");
            let page: Option<Page> = self.caller.read(Purpose::Feed, Method::GET, &path, Vec::new()).await?;
            let Some(page) = page else { break };
            self.crowd.stats.pages.add(1);
            self.crowd.stats.items.add(page.items.len());
            looked |= !page.items.is_empty();
            let to_the_end = self.look_through(&page.items).await?;
            match page.next_cursor {
                Some(next) if to_the_end && self.chance.happens(NEXT_PAGE) => {
                    cursor = format!("&cursor={next}")
                }
                _ => break,
            }
        }
        // as often a post as this person's days have posts a visit
        let wrote = self.chance.happens((self.who().posts_per_day / self.who().visits_per_day).min(0.9));
        if wrote {
            self.write().await?;
        }
        if self.chance.happens(LOOKS_AROUND) {
            self.look_around().await?;
        }
        Ok(looked || wrote)
    }

    /// Whether the last post of the page was reached.
    async fn look_through(&mut self, items: &[Item]) -> Result<bool, Left> {
        let mut on = true;
        for item in items {
            if !on {
                break;
            }
            self.look(item).await?;
            if self.events.len() >= BATCH {
                self.send().await?;
            }
            on = self.chance.happens(GOES_ON);
        }
        self.send().await?;
        Ok(on)
    }

    async fn look(&mut self, item: &Item) -> Result<(), Left> {
        let nature = self.crowd.nature(item.post_id, item.author_id);
        let interest = self.who().tastes.interest(nature.topic);
        let reaction = appeal::react(interest, nature.quality, &mut self.chance);
        self.note(item, Action::Impression, None);
        if reaction.view {
            self.note(item, Action::View, None);
        }
        if reaction.dwell_ms.is_some() {
            self.note(item, Action::Dwell, reaction.dwell_ms);
        }
        if reaction.click {
            self.note(item, Action::Click, None);
        }
        if reaction.share {
            self.note(item, Action::Share, None);
        }
        let post = format!("/api/v1/posts/{}", item.post_id);
        if reaction.like && !item.viewer.liked && self.put(&format!("{post}/like")).await? {
            self.crowd.stats.likes.add(1);
        }
        if reaction.comment {
            self.comment(&post, nature).await?;
        }
        if reaction.hide && self.put(&format!("{post}/hide")).await? {
            self.crowd.stats.hides.add(1);
        }
        let found = item.reason != "follow" && item.author_id != self.who().id;
        if reaction.like && found && self.chance.happens(FOLLOWS_FOUND) {
            self.follow(&item.author_id.to_string()).await?;
        }
        Ok(())
    }

    fn note(&mut self, item: &Item, action: Action, dwell_ms: Option<u32>) {
        let drawn = (u128::from(self.chance.bits()) << 64) | u128::from(self.chance.bits());
        // version 4, variant 10: random bits
        let bits = (drawn & !(0xf << 76) & !(0b11 << 62)) | (4 << 76) | (0b10 << 62);
        self.events.push(Event {
            event_id: nova_core::model::EventId::from_bits(bits),
            post_id: item.post_id,
            author_id: item.author_id,
            action: action.name(),
            dwell_ms,
            device: ["phone", "phone", "phone", "desktop", "tablet"][self.person as usize % 5],
            app_ver: "3.2.0",
        });
    }

    /// Sends the noted events: at most `BATCH` and those of one post more.
    async fn send(&mut self) -> Result<(), Left> {
        if self.events.is_empty() {
            return Ok(());
        }
        self.caller.turn(self.events.len() as u32).await?;
        let body = json(&json!({ "events": self.events }));
        self.events.clear();
        let taken: Option<Taken> =
            self.caller.read(Purpose::Write, Method::POST, "/api/v1/events", body).await?;
        self.crowd.stats.events.add(taken.map_or(0, |taken| taken.accepted));
        Ok(())
    }

    async fn put(&mut self, path: &str) -> Result<bool, Left> {
        self.caller.turn(1).await?;
        Ok(self.caller.call(Purpose::Write, Method::PUT, path, Vec::new()).await?.is_some())
    }

    async fn comment(&mut self, post: &str, nature: Nature) -> Result<(), Left> {
        self.caller.turn(1).await?;
        let text = self.crowd.world.comment_text(nature.topic, &mut self.chance);
        let (path, body) = (format!("{post}/comments"), json(&json!({ "text": text })));
        let done = self.caller.call(Purpose::Write, Method::POST, &path, body).await?;
        self.crowd.stats.comments.add(usize::from(done.is_some()));
        Ok(())
    }

    async fn follow(&mut self, author: &str) -> Result<(), Left> {
        let done = self.put(&format!("/api/v1/users/{author}/follow")).await?;
        self.crowd.stats.follows.add(usize::from(done));
        Ok(())
    }

    async fn write(&mut self) -> Result<(), Left> {
        self.caller.turn(1).await?;
        let (world, person) = (&self.crowd.world, self.who());
        let topic = post::topic(person, &mut self.chance);
        let nature = Nature { topic, quality: post::quality(person, &mut self.chance) };
        let text = world.post_text(topic, &mut self.chance);
        let body = json(&json!({ "text": text, "lang": "en", "topics": [world.topic_name(topic)] }));
        let created: Option<Created> =
            self.caller.read(Purpose::Write, Method::POST, "/api/v1/posts", body).await?;
        if let Some(created) = created {
            self.crowd.remember(created.id, nature);
            self.crowd.stats.posts.add(1);
        }
        Ok(())
    }

    /// Looks at the suggested users and follows those of a like mind.
    async fn look_around(&mut self) -> Result<(), Left> {
        let path = "/api/v1/discover/suggested-users?limit=20";
        let found: Option<Suggestions> =
            self.caller.read(Purpose::Other, Method::GET, path, Vec::new()).await?;
        let (world, me) = (&self.crowd.world, self.who());
        let people = found.into_iter().flat_map(|found| found.items).filter_map(|item| {
            let number = world.person(item.user_id)?;
            Some((me.tastes.likeness(&world.people()[number as usize].tastes), item.user_id))
        });
        let mut people: Vec<_> = people.filter(|(likeness, _)| *likeness > 0.3).collect();
        people.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        for (_, user) in people.into_iter().take(FOLLOWS_SUGGESTED_MAX) {
            self.follow(&user.to_string()).await?;
        }
        Ok(())
    }
}

fn json(value: &serde_json::Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("a JSON value with text keys can be written")
}
