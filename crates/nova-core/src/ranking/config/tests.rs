use super::*;

#[test]
fn the_defaults_are_those_of_the_specification() {
    let config = RankingConfig::default();
    let json = serde_json::to_value(config).expect("json");
    assert_eq!(
        json,
        serde_json::json!({
            "weights": { "freshness": 0.30, "engagement": 0.40, "affinity": 0.30 },
            "lambda_per_hour": 0.10,
            "impressions_floor": 1.0,
            "follow": { "limit": 500, "hours": 72 },
            "trending": { "limit": 200, "hours": 24 },
            "affinity": { "limit": 200, "hours": 72, "history_days": 90 },
            "recent": { "limit": 200 },
            "slate_max": 500,
            "rules": {
                "top": 5, "top_per_author": 1, "distance": 3, "per_window": 3, "window": 50, "strict": false,
            },
            "early_tolerance_minutes": 5,
            "seen": { "days": 7, "on": "events" },
        })
    );
    assert_eq!(config.validate(), []);
    assert_eq!(serde_json::from_value::<RankingConfig>(json).expect("back"), config);
}

#[test]
fn what_is_left_out_has_its_default_and_what_is_unknown_is_refused_by_name() {
    let read = |json| serde_json::from_str::<RankingConfig>(json);
    assert_eq!(read("{}").expect("all left out"), RankingConfig::default());
    let config = read(r#"{"rules": {"strict": true}, "seen": {"on": "served"}}"#).expect("some left out");
    assert!(config.rules.strict && config.rules.distance == 3);
    assert_eq!(config.seen, Seen { days: 7, on: SeenOn::Served });
    for (json, named) in [
        (r#"{"weight": {}}"#, "weight"),
        (r#"{"weights": {"fresh": 1}}"#, "fresh"),
        (r#"{"rules": {"top": -1}}"#, "-1"),
        (r#"{"seen": {"on": "never"}}"#, "never"),
    ] {
        let error = read(json).expect_err(json).to_string();
        assert!(error.contains(named), "{error}");
    }
}

type Change = fn(&mut RankingConfig);

/// One change of every key to a value that is not allowed.
const BAD: [(&str, Change); 25] = [
    ("weights.freshness", |c| c.weights.freshness = -0.1),
    ("weights.engagement", |c| c.weights.engagement = f64::NAN),
    ("weights.affinity", |c| c.weights.affinity = f64::INFINITY),
    ("lambda_per_hour", |c| c.lambda_per_hour = -1.0),
    ("lambda_per_hour", |c| c.lambda_per_hour = 101.0),
    ("impressions_floor", |c| c.impressions_floor = 0.0),
    ("follow.limit", |c| c.follow.limit = 0),
    ("follow.limit", |c| c.follow.limit = 5_001),
    ("follow.hours", |c| c.follow.hours = 0),
    ("trending.limit", |c| c.trending.limit = 0),
    ("trending.hours", |c| c.trending.hours = 72),
    ("affinity.limit", |c| c.affinity.limit = 0),
    ("affinity.hours", |c| c.affinity.hours = 8_761),
    ("affinity.history_days", |c| c.affinity.history_days = 91),
    ("recent.limit", |c| c.recent.limit = 0),
    ("slate_max", |c| c.slate_max = 501),
    ("slate_max", |c| c.slate_max = 0),
    ("rules.top", |c| c.rules.top = 501),
    ("rules.top_per_author", |c| c.rules.top_per_author = 0),
    ("rules.distance", |c| c.rules.distance = 0),
    ("rules.per_window", |c| c.rules.per_window = 0),
    ("rules.window", |c| c.rules.window = 0),
    ("early_tolerance_minutes", |c| c.early_tolerance_minutes = 61),
    ("seen.days", |c| c.seen.days = 0),
    ("seen.days", |c| c.seen.days = u32::MAX),
];

#[test]
fn every_value_out_of_range_is_named_with_what_is_allowed() {
    for (key, change) in BAD {
        let mut config = RankingConfig::default();
        change(&mut config);
        let problems = config.validate();
        assert_eq!(problems.iter().map(|problem| problem.key).collect::<Vec<_>>(), [key]);
    }
    let all = BAD.iter().fold(RankingConfig::default(), |mut config, (_, change)| {
        change(&mut config);
        config
    });
    assert_eq!(all.validate().len(), 21, "all at once: one problem a key");
    assert_eq!(
        all.validate()[0].to_string(),
        "weights.freshness is -0.1, allowed is 0 to 100",
        "a sentence for people"
    );
}

#[test]
fn the_version_changes_with_every_key_and_with_nothing_else() {
    let default = RankingConfig::default().version();
    assert_eq!(default, "302aef609605d826", "a stable name: caches and histories outlive a release");
    let mut zero = RankingConfig::default();
    zero.weights.affinity = 0.0;
    let version = zero.version();
    zero.weights.affinity = -0.0;
    assert_eq!(zero.version(), version);

    let mut versions = std::collections::BTreeSet::from([default]);
    let others: [Change; 3] = [
        |c| c.rules.strict = true,
        |c| c.seen.on = SeenOn::Served,
        |c| (c.follow.limit, c.recent.limit) = (c.recent.limit, c.follow.limit),
    ];
    for change in BAD.iter().map(|(_, change)| *change).chain(others) {
        let mut config = RankingConfig::default();
        change(&mut config);
        assert_eq!(config.version().len(), 16);
        assert!(versions.insert(config.version()), "{config:?}");
    }
}
