//! What derived tables lack of a range whose events stand: a server that dies between a table and those behind it leaves
//! them without. Asked only of a range that is repeated, and written only where a row replaces itself.

use clickhouse::query::Query;
use nova_core::error::Result;

use crate::project::exactly_once::Range;
use crate::store::clickhouse::ClickHouseStore;

const OP: &str = "store.complete";

/// A question for what is missing, and where what it gives is written.
struct Lacking {
    question: &'static str,
    /// Table, its columns, and which of the rows.
    writes: &'static [(&'static str, &'static str, &'static str)],
}

const LACKING: [Lacking; 5] = [
    Lacking {
        question: include_str!("../sql/range/like_events.sql"),
        writes: &[("like_events", "post_id, user_id, at, liked, version", "1")],
    },
    Lacking {
        question: include_str!("../sql/range/hide_events.sql"),
        writes: &[("hide_events", "user_id, post_id, at", "1")],
    },
    Lacking {
        question: include_str!("../sql/range/user_seen_7d.sql"),
        writes: &[("user_seen_7d", "user_id, post_id, seen_at", "1")],
    },
    Lacking {
        question: include_str!("../sql/range/user_active.sql"),
        writes: &[("user_active", "user_id, at", "1")],
    },
    Lacking {
        question: include_str!("../sql/range/interactions.sql"),
        writes: &[
            ("user_author_90d", "user_id, kind, id, author_id, day, at, counts, version", "author_id != 0"),
            ("authors_awaited", "post_id, user_id, kind, id, day, at, counts, version", "author_id = 0"),
        ],
    },
];

impl ClickHouseStore {
    pub(super) async fn complete_range(&self, range: &Range) -> Result<u64> {
        let bind = |query: Query| {
            let query = query.param("epoch", range.epoch).param("partition", range.partition);
            query.param("first", range.first).param("last", range.last)
        };
        let mut all = 0;
        for Lacking { question, writes } in &LACKING {
            let count = self.db.query(&format!("select count() as n from ({question})"));
            let missing: u64 = self.db.row(OP, bind(count)).await?;
            if missing == 0 {
                continue;
            }
            all += missing;
            for (table, columns, which) in *writes {
                let sql = format!(
                    "insert into {table} ({columns}) select {columns} from ({question}) where {which}"
                );
                let statement = self
                    .db
                    .statement(&sql)
                    // the same rows may be lost again
                    .with_setting("insert_deduplicate", "0")
                    .with_setting("async_insert", "0")
                    .with_setting("wait_end_of_query", "1");
                self.db.run_query(OP, bind(statement)).await?;
            }
        }
        Ok(all)
    }
}
