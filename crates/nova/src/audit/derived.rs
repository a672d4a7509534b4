//! Tables of which each row replaces itself, held against what they were made of. What is missing or older is written
//! again, by the same question: that can change nothing that stands.

use std::time::Duration;

use clickhouse::Row;
use clickhouse::query::Query;
use nova_core::error::Result;
use nova_core::model::Timestamp;
use serde::Deserialize;

use super::report::Findings;
use super::sums::{SLICE_ROWS, size};
use super::{Check, Difference, Repair};
use crate::store::clickhouse::ClickHouse;

const OP: &str = "audit.derived";
/// Of what is seen; it is kept for a day longer.
const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// Of interactions; they are kept for two days longer.
const HISTORY: Duration = Duration::from_secs(90 * 86_400);

const INTERACTIONS: &str = include_str!("sql/interactions.sql");

/// A derived table, and the question for what it lacks.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Derived {
    name: &'static str,
    lacks: &'static str,
    /// What is written where.
    writes: &'static [(&'static str, &'static str)],
}

macro_rules! derived {
    ($($table:literal)*) => {
        [$(Derived {
            name: $table,
            lacks: include_str!(concat!("sql/derived/", $table, ".sql")),
            writes: &[($table, include_str!(concat!("sql/derived/", $table, ".sql")))],
        }),*]
    };
}

static TABLES: [Derived; 10] = derived! {
    "posts_recent" "posts_newest" "post_comments" "followers" "blocked_by"
    "like_events" "user_likes" "hide_events" "user_seen_7d" "user_active"
};

/// One question for both tables: an interaction stands in the one, or waits in the other for its author.
static AUTHORS: Derived = Derived {
    name: "user_author_90d and authors_awaited",
    lacks: INTERACTIONS,
    writes: &[
        ("user_author_90d", include_str!("sql/derived/user_author_90d.sql")),
        ("authors_awaited", include_str!("sql/derived/authors_awaited.sql")),
    ],
};

#[derive(Debug, Row, Deserialize)]
struct Lacking {
    n: u64,
    least: String,
}

/// What of the sources is looked at: a share of the users, authors or posts at once, and not what is about to expire.
struct Slices {
    count: u64,
    now: Timestamp,
}

impl Slices {
    async fn of(store: &ClickHouse, now: Timestamp) -> Result<Self> {
        Ok(Self { count: size(store).await?.most.div_ceil(SLICE_ROWS).max(1), now })
    }

    fn bind(&self, query: Query, slice: u64) -> Query {
        query
            .param("slices", self.count)
            .param("slice", slice)
            .param("week", self.now.minus(WEEK).micros())
            .param("since", self.now.minus(HISTORY).micros())
    }
}

/// Looks at every table.
pub(super) async fn check(store: &ClickHouse, now: Timestamp) -> Result<Findings> {
    let mut found = Findings::default();
    let slices = Slices::of(store, now).await?;
    for derived in TABLES.iter().chain([&AUTHORS]) {
        found.compared += 1;
        let (mut n, mut example) = (0, None::<String>);
        for slice in 0..slices.count {
            let sql =
                format!("select count() as n, min(toString(tuple(*))) as least from ({})", derived.lacks);
            let lacking: Lacking = store.row(OP, slices.bind(store.query(&sql), slice)).await?;
            n += lacking.n;
            if lacking.n > 0 {
                example = example.into_iter().chain([lacking.least]).min();
            }
        }
        if let Some(example) = example {
            let what =
                format!("{n} rows are missing or older than what they are made of, {example} among them");
            let cure = "nova audit --repair writes them again";
            let difference = Difference::new(Check::Derived, derived.name, what, cure);
            found.add(difference.mended_by(Repair::Derived(derived)));
        }
    }
    Ok(found)
}

/// Writes what a table lacks.
pub(super) async fn repair(store: &ClickHouse, derived: &Derived, now: Timestamp) -> Result<()> {
    let slices = Slices::of(store, now).await?;
    for (table, lacks) in derived.writes {
        let lacks = lacks.replace("/* interactions */", INTERACTIONS);
        for slice in 0..slices.count {
            let statement = store
                .statement(&format!("insert into {table} {lacks}"))
                // a second repair writes the same rows again where they were lost again
                .with_setting("insert_deduplicate", "0")
                .with_setting("async_insert", "0")
                .with_setting("wait_end_of_query", "1");
            store.run_query(OP, slices.bind(statement, slice)).await?;
        }
    }
    Ok(())
}

impl Derived {
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }
}
