//! What the records say, row by row, held against what the tables say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nova_core::model::{Change, Row, RowKey, Table, Timestamp};
use tokio_postgres::Client;

use crate::testbed;

use nova::ingest::change::{self, Decoded, Mapping, Why};
use nova::log::{BatchLimit, EventLog, LogReader, Positions, Topic};

const AT_ONCE: BatchLimit = BatchLimit { records_max: 10_000, wait_max: Duration::from_millis(200) };

/// The state that records leave behind: for each key the greatest version.
pub(super) struct Derived {
    mapping: Mapping,
    reader: Box<dyn LogReader>,
    rows: BTreeMap<String, (u64, Option<Row>)>,
    pub(super) records: u64,
    /// Records that are none of a row, by what they are.
    pub(super) truncated: u64,
    pub(super) tombstones: u64,
}

impl Derived {
    pub(super) async fn from(log: &dyn EventLog, mapping: &Mapping) -> Self {
        let topics = Table::ALL.map(Topic::Change);
        // a broker that was just started sends the first ones away
        let reader =
            testbed::until("a reader", async || match log.read(&topics, &Positions::default()).await {
                Err(error) if !error.kind().retry() => panic!("{error:?}"),
                reader => reader.ok(),
            })
            .await;
        let mapping = mapping.clone();
        Self { mapping, reader, rows: BTreeMap::new(), records: 0, truncated: 0, tombstones: 0 }
    }

    /// Takes what has come; says whether anything had.
    pub(super) async fn read(&mut self) -> bool {
        let batch = self.reader.next(AT_ONCE).await.expect("records");
        for entry in &batch.entries {
            self.records += 1;
            let Topic::Change(table) = entry.place.topic else { panic!("only changes were asked for") };
            let (key, value) = (&entry.record.key, entry.record.value.as_deref());
            match change::decode(&self.mapping, table, key, value, entry.received_at) {
                Ok(Decoded::Change { change, .. }) => self.apply(change),
                Ok(Decoded::Skipped(Why::Tombstone)) => self.tombstones += 1,
                Ok(Decoded::Skipped(_)) => {}
                Err(why) if why.reason == nova::log::Reason::Operation => self.truncated += 1,
                Err(why) => panic!("{why:?}: {:?}", entry.record),
            }
        }
        !batch.entries.is_empty()
    }

    fn apply(&mut self, change: Change) {
        let (key, version, row) = match change {
            Change::Put { row, stamp } => (row.key(), stamp.version, Some(row)),
            Change::Delete { key, stamp } => (key, stamp.version, None),
        };
        let held = self.rows.entry(name(key)).or_insert((0, None));
        // of one version the later in its partition holds: a removal and a new row of one key never share one
        if version >= held.0 {
            *held = (version, row);
        }
    }

    /// The rows of a table, a line each.
    pub(super) fn lines(&self, table: Table) -> BTreeSet<String> {
        let rows = self.rows.values().filter_map(|(_, row)| row.as_ref());
        rows.filter(|row| of(row) == table).map(line).collect()
    }
}

fn name(key: RowKey) -> String {
    format!("{key:?}")
}

const fn of(row: &Row) -> Table {
    match row {
        Row::User(_) => Table::Users,
        Row::Post(_) => Table::Posts,
        Row::Comment(_) => Table::Comments,
        Row::Like(_) => Table::Likes,
        Row::Follow(_) => Table::Follows,
        Row::Block(_) => Table::Blocks,
        Row::Mute(_) => Table::Mutes,
        Row::Hidden(_) => Table::HiddenPosts,
    }
}

fn line(row: &Row) -> String {
    let maybe = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.micros().to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match row {
        Row::User(user) => format!(
            "{}|{}|{}|{}|{}|{}",
            user.id,
            text(&user.handle),
            text(&user.display_name),
            user.created_at.micros(),
            user.updated_at.micros(),
            maybe(user.deleted_at)
        ),
        Row::Post(post) => format!(
            "{}|{}|{}|{}|{}|{}|{}|{}|{}",
            post.id,
            post.author,
            text(&post.body.text),
            text(&post.body.media),
            text(&post.body.lang),
            post.body.topics.clone().unwrap_or_default().join(","),
            post.created_at.micros(),
            post.updated_at.micros(),
            maybe(post.deleted_at)
        ),
        Row::Comment(comment) => format!(
            "{}|{}|{}|{}|{}|{}",
            comment.id,
            comment.post,
            comment.author,
            text(&comment.text),
            comment.created_at.micros(),
            maybe(comment.deleted_at)
        ),
        Row::Like(pair) | Row::Hidden(pair) => {
            format!("{}|{}|{}", pair.post, pair.user, pair.created_at.micros())
        }
        Row::Follow(edge) | Row::Block(edge) | Row::Mute(edge) => {
            format!("{}|{}|{}", edge.from, edge.to, edge.created_at.micros())
        }
    }
}

/// The rows of a table as PostgreSQL has them, in the same lines.
pub(super) async fn source(client: &Client, table: Table) -> BTreeSet<String> {
    let micros =
        |column: &str| format!("coalesce((extract(epoch from {column}) * 1000000)::bigint::text, '')");
    let columns = match table {
        Table::Users => format!(
            "id::text || '|' || handle || '|' || display_name || '|' || {} || '|' || {} || '|' || {}",
            micros("created_at"),
            micros("updated_at"),
            micros("deleted_at")
        ),
        Table::Posts => format!(
            "id::text || '|' || author_id || '|' || text || '|' || media || '|' || coalesce(lang, '') || '|' || \
             array_to_string(topics, ',') || '|' || {} || '|' || {} || '|' || {}",
            micros("created_at"),
            micros("updated_at"),
            micros("deleted_at")
        ),
        Table::Comments => format!(
            "id::text || '|' || post_id || '|' || author_id || '|' || text || '|' || {} || '|' || {}",
            micros("created_at"),
            micros("deleted_at")
        ),
        Table::Likes | Table::HiddenPosts => {
            format!("post_id::text || '|' || user_id || '|' || {}", micros("created_at"))
        }
        Table::Follows => {
            format!("follower_id::text || '|' || followee_id || '|' || {}", micros("created_at"))
        }
        Table::Blocks | Table::Mutes => {
            format!("user_id::text || '|' || target_id || '|' || {}", micros("created_at"))
        }
    };
    let question = format!("select {columns} from {}", table.name());
    let rows = client.query(&question, &[]).await.unwrap_or_else(|error| panic!("{question}: {error}"));
    rows.iter().map(|row| row.get(0)).collect()
}
