//! What a community must look like, told from its import lines alone.

use std::collections::{HashMap, HashSet};
use std::io::BufRead as _;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::*;

fn config(users: u32, seed: u64) -> WorldConfig {
    WorldConfig::new(users, seed, Timestamp::from_millis(1_780_000_000_123))
}

/// A community told once for all tests.
fn told() -> &'static (Arc<World>, Vec<String>) {
    static TOLD: OnceLock<(Arc<World>, Vec<String>)> = OnceLock::new();
    TOLD.get_or_init(|| {
        let world = World::new(config(700, 7));
        let lines = world.history().collect();
        (world, lines)
    })
}

fn rows(kind: &str) -> Vec<Map<String, Value>> {
    let mark = format!("{{\"type\":\"{kind}\"");
    let lines = told().1.iter().filter(|line| line.starts_with(&mark));
    lines.map(|line| serde_json::from_str(line).expect("a line is a JSON object")).collect()
}

fn text<'a>(row: &'a Map<String, Value>, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_else(|| panic!("no {column} in {row:?}"))
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_seed_another() {
    let tell = |config: WorldConfig| World::new(config).history().collect::<Vec<_>>();
    let first = tell(config(120, 7));
    assert_eq!(first, tell(config(120, 7)));
    assert_ne!(first, tell(config(120, 8)));
    let later = WorldConfig { now: Timestamp::from_millis(1_780_000_999_999), ..config(120, 7) };
    let ids = |world: Arc<World>| world.people().iter().map(|person| person.id).collect::<Vec<_>>();
    assert_eq!(ids(World::new(later)), ids(World::new(config(120, 7))), "people outlast a history");
}

#[test]
fn reading_bytes_gives_the_lines() {
    let world = World::new(config(40, 7));
    let lines: Vec<String> = world.history().into_read().lines().collect::<Result<_, _>>().expect("no I/O");
    assert_eq!(lines, world.history().collect::<Vec<_>>());
}

#[test]
fn every_line_has_the_columns_of_its_table() {
    let columns: HashMap<&str, &[&str]> = HashMap::from([
        ("user", ["id", "handle", "display_name", "created_at"].as_slice()),
        ("post", &["id", "author_id", "text", "lang", "topics", "created_at"]),
        ("comment", &["id", "post_id", "author_id", "text", "created_at"]),
        ("like", &["post_id", "user_id", "created_at"]),
        ("follow", &["follower_id", "followee_id", "created_at"]),
        ("block", &["user_id", "target_id", "created_at"]),
        (
            "event",
            &["event_id", "event_time", "user_id", "post_id", "author_id", "action", "device", "app_ver"],
        ),
    ]);
    for (kind, columns) in columns {
        let rows = rows(kind);
        assert!(!rows.is_empty(), "no {kind}");
        for row in rows {
            let mut names: Vec<&str> =
                row.keys().map(String::as_str).filter(|name| *name != "type").collect();
            if kind == "event" {
                let dwelt = names.contains(&"dwell_ms");
                assert_eq!(dwelt, text(&row, "action") == "dwell", "{row:?}");
                names.retain(|name| *name != "dwell_ms");
                text(&row, "action").parse::<nova_core::model::Action>().expect("an action of the API");
            }
            let (mut names, mut wanted) = (names, columns.to_vec());
            names.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(names, wanted);
            for id in names.iter().filter(|name| name.ends_with("id")) {
                let parsed: nova_core::model::Id = text(&row, id).parse().expect("an id");
                assert_eq!(parsed.as_integer(), None);
            }
        }
    }
}

#[test]
fn lines_come_in_the_order_of_time_and_refer_to_what_came_before() {
    let (world, lines) = told();
    let (mut last, mut known) = (Timestamp::MIN, HashSet::new());
    for line in lines {
        let row: Map<String, Value> = serde_json::from_str(line).expect("json");
        let column = if row["type"] == "event" { "event_time" } else { "created_at" };
        let at: Timestamp = text(&row, column).parse().expect("a time");
        assert!(at >= last && at <= world.config().now, "{at} after {last}");
        last = at;
        for column in ["author_id", "user_id", "target_id", "follower_id", "followee_id", "post_id"] {
            if let Some(id) = row.get(column).and_then(Value::as_str) {
                assert!(known.contains(id), "{column} of {line} is not known yet");
            }
        }
        if let Some(id) = row.get("id").and_then(Value::as_str) {
            assert!(known.insert(id.to_owned()), "{id} twice");
        }
    }
    assert!(world.config().now.hours_since(last) < 1.0, "the history ends now");
}

#[test]
fn it_has_the_size_a_demo_wants_and_says_so_beforehand() {
    let (world, lines) = told();
    let each = |count: usize| count as f64 / world.people().len() as f64;
    // 150,000 to 250,000 lines for the 2,000 people of the demo
    assert!((75.0..125.0).contains(&each(lines.len())), "{} lines a person", each(lines.len()));
    let about = world.history().lines_about() as f64;
    assert!((0.8..1.2).contains(&(about / lines.len() as f64)), "{about} of {}", lines.len());
    assert!((24.0..36.0).contains(&each(world.graph().len())), "{} follows", each(world.graph().len()));
    assert!((4.0..6.0).contains(&each(world.posts().len())), "{} posts", each(world.posts().len()));
    assert_eq!(rows("user").len(), world.people().len());
}

#[test]
fn follows_have_a_heavy_tail() {
    let world = World::new(WorldConfig { days: 1, ..config(2_000, 7) });
    let mut followers = vec![0_usize; world.people().len()];
    for from in 0..world.people().len() as u32 {
        let list = world.graph().following(from);
        assert!(!list.contains(&from), "somebody follows themselves");
        assert_eq!(list.iter().collect::<HashSet<_>>().len(), list.len(), "a follow twice");
        list.iter().for_each(|to| followers[*to as usize] += 1);
    }
    followers.sort_unstable_by(|a, b| b.cmp(a));
    let top = followers[..20].iter().sum::<usize>() as f64 / world.graph().len() as f64;
    assert!((0.15..0.45).contains(&top), "the top hundredth holds {top}");
    let median = followers[1_000];
    assert!(followers[0] > 20 * median, "{} followers at the top, {median} in the middle", followers[0]);
}

#[test]
fn people_follow_their_like() {
    let (world, _) = told();
    let main: Vec<_> = world.people().iter().map(|person| person.tastes.main()).collect();
    let (mut same, mut all, mut by_luck) = (0.0, 0.0, 0.0);
    for from in 0..main.len() as u32 {
        let share =
            main.iter().filter(|topic| **topic == main[from as usize]).count() as f64 / main.len() as f64;
        for to in world.graph().following(from) {
            same += f64::from(u8::from(main[*to as usize] == main[from as usize]));
            by_luck += share;
            all += 1.0;
        }
    }
    assert!(same > 2.0 * by_luck, "{} of {all} follows within a topic, {} by luck", same, by_luck);
}

#[test]
fn likes_follow_taste_and_nobody_likes_twice() {
    let (world, _) = told();
    let interest = |rows: &[Map<String, Value>]| {
        let of = |row: &Map<String, Value>| {
            let person = world.person(text(row, "user_id").parse().expect("an id")).expect("known");
            let post = world.post(text(row, "post_id").parse().expect("an id")).expect("known");
            world.people()[person as usize].tastes.interest(post.topic)
        };
        rows.iter().map(of).sum::<f64>() / rows.len() as f64
    };
    let (likes, mut events) = (rows("like"), rows("event"));
    events.retain(|row| row["action"] == "impression");
    let (liked, shown) = (interest(&likes), interest(&events));
    assert!(liked > 1.2 * shown, "interest {liked} where liked, {shown} where shown");
    let pairs: HashSet<_> = likes.iter().map(|row| (text(row, "post_id"), text(row, "user_id"))).collect();
    assert_eq!(pairs.len(), likes.len());
    let rate = likes.len() as f64 / events.len() as f64;
    assert!((0.05..0.35).contains(&rate), "{rate} likes an impression");
}

#[test]
fn engagement_is_uneven() {
    let mut likes: HashMap<String, usize> = HashMap::new();
    for row in rows("like") {
        *likes.entry(text(&row, "post_id").to_owned()).or_default() += 1;
    }
    let posts = told().0.posts().len();
    let mut counts: Vec<usize> = likes.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let (all, top) = (counts.iter().sum::<usize>(), counts[..posts / 100].iter().sum::<usize>());
    assert!(top * 20 > all, "the most liked hundredth of posts hold {top} of {all}");
    assert!(counts[0] >= 8, "the best post has {} likes", counts[0]);
}

#[test]
fn post_texts_are_practically_unique() {
    let posts = rows("post");
    let distinct: HashSet<&str> = posts.iter().map(|row| text(row, "text")).collect();
    assert!(distinct.len() * 100 >= posts.len() * 95, "{} of {}", distinct.len(), posts.len());
}

#[test]
fn a_community_of_one_is_no_trap() {
    let world = World::new(config(1, 7));
    assert!(world.showcase().is_none());
    let lines: Vec<String> = world.history().collect();
    assert!(lines.iter().all(|line| line.contains("\"user\"") || line.contains("\"post\"")), "{lines:?}");
    assert!(World::new(config(2, 7)).history().count() >= 2);
}

#[test]
fn the_showcase_is_somebody_with_a_feed() {
    let (world, _) = told();
    let person = world.showcase().expect("there are people");
    let number = world.person(person.id).expect("one of them");
    assert!((15..60).contains(&world.graph().following(number).len()));
    assert!(person.tastes.share(person.tastes.main()) > 0.4);
}
