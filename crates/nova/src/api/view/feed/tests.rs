use std::sync::Arc;

use nova_core::pipeline::{Features, Missing, Origins, RowHint, Scored, TERMS_MAX, Verdict};
use serde_json::Value;
use utoipa::PartialSchema;

use super::*;
use crate::feed::{Algo, Shown};

/// Everything that a page can hold.
fn full() -> FeedPage {
    let body = Body {
        text: "\"quoted\"\nlines".to_owned(),
        media: r#"[{"url":"a"}]"#.to_owned(),
        handle: Some("h\\".to_owned()),
        display_name: None,
    };
    let candidate = Candidate {
        post: PostId::from_bits(1 << 90),
        author: UserId::from_bits(2 << 90),
        created_at: Timestamp::from_millis(1_800_000_000_000),
        row: RowHint(0),
        origins: Origins::from_bits(3),
        verdict: Verdict::CLEAR,
        features: Features { likes: 7, ..Features::default() },
    };
    let explain = Explain {
        terms: vec![("affinity", 0.5, 2.0)],
        features: candidate.features,
        age_hours: 1.0,
        rank_before_rules: 1,
    };
    let item = FeedItem {
        scored: Scored { candidate, score: 0.25, values: [0.0; TERMS_MAX], rank: 0, relaxed: true },
        body: Some(Arc::new(Shown::new(body))),
        counted: true,
        explain: Some(Box::new(explain)),
    };
    FeedPage {
        items: vec![item.clone(), item],
        next_cursor: Some("c".to_owned()),
        slate_id: None,
        algo: Algo::Ranked,
        config_version: "v".to_owned(),
        cached: true,
        missing: vec![Missing::Store],
        as_of: "1".into(),
        counted_at: Some(Timestamp::from_millis(1_800_000_000_000)),
    }
}

fn names<T: PartialSchema>(value: &Value) -> (Vec<String>, Vec<String>) {
    let schema = serde_json::to_value(T::schema()).expect("a schema is JSON");
    let sorted = |value: &Value| {
        let mut names: Vec<String> = value.as_object().expect("an object").keys().cloned().collect();
        names.sort();
        names
    };
    (sorted(value), sorted(&schema["properties"]))
}

fn same<T: PartialSchema>(value: &Value) {
    let (written, described) = names::<T>(value);
    assert_eq!(written, described);
}

#[test]
fn what_is_written_is_what_is_described() {
    let page: Value = serde_json::from_slice(&feed(&full())).expect("JSON");
    same::<FeedView>(&page);
    same::<AsOf>(&page["as_of"]);
    let item = &page["items"][1];
    assert_eq!(item, &page["items"][0]);
    same::<ItemView>(item);
    same::<AuthorView>(&item["author"]);
    same::<CountsView>(&item["counts"]);
    same::<ViewerView>(&item["viewer"]);
    assert_eq!(item["text"], "\"quoted\"\nlines");
    assert_eq!(item["author"], serde_json::json!({"handle": "h\\", "display_name": null}));
    assert_eq!(item["media"][0]["url"], "a");
    assert_eq!(item["counts"]["likes"], 7);
    let list = TrendingPage { items: full().items, next_cursor: None };
    let list: Value = serde_json::from_slice(&trending(&list)).expect("JSON");
    same::<TrendingView>(&list);
    assert_eq!(&list["items"][0], item);
}

#[test]
fn what_could_not_be_read_is_left_out() {
    let mut page = full();
    page.items.truncate(1);
    page.items[0].body = None;
    page.items[0].counted = false;
    page.items[0].explain = None;
    page.counted_at = None;
    let page: Value = serde_json::from_slice(&feed(&page)).expect("JSON");
    for name in ["author", "text", "media", "counts", "viewer", "explain"] {
        assert!(page["items"][0].get(name).is_none(), "{name}");
    }
    assert!(page["as_of"].get("counts").is_none());
}
