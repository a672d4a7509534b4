//! What change capture needs of PostgreSQL: the publication, and a list of what stands in its way.

use std::borrow::Cow;
use std::fmt;

use deadpool_postgres::ClientWrapper;
use nova_core::model::Table;

use super::connect::{row, rows};
pub use super::slot::{Held, Slot};
use crate::ingest::change::Mapping;

/// The publication that the connector reads.
pub const PUBLICATION: &str = "nova_cdc";

/// Who captures the changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capture {
    /// The user that the connector logs in as. `None`: that of `social.url`.
    pub user: Option<String>,
    /// Its replication slot. `None`: not looked at.
    pub slot: Option<String>,
    /// The names of the tables, if they are a product's own: posts must be there, of the others what there is.
    pub product: Option<Mapping>,
}

impl Capture {
    /// The tables by the names that they have.
    fn names(&self) -> [String; Table::ALL.len()] {
        Table::ALL.map(|table| match &self.product {
            Some(mapping) => mapping.of(table).table().to_owned(),
            None => table.name().to_owned(),
        })
    }
}

/// One thing in the way of change capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub cure: String,
}

impl fmt::Display for Finding {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.cause, self.cure)
    }
}

pub(super) fn finding(cause: impl Into<String>, cure: impl Into<String>) -> Finding {
    Finding { cause: cause.into(), cure: cure.into() }
}

/// Is there the publication?
pub(super) async fn is_published(client: &ClientWrapper) -> Result<bool, tokio_postgres::Error> {
    Ok(row(client, "select from pg_publication where pubname = $1::text::name", &[&PUBLICATION])
        .await?
        .is_some())
}

/// Makes the publication where there is none; one that is there is left to its owner.
pub(super) async fn publish(client: &ClientWrapper) -> Result<(), tokio_postgres::Error> {
    if is_published(client).await? {
        return Ok(());
    }
    client.batch_execute(include_str!("sql/publish.sql")).await
}

/// Everything that is in the way.
pub(super) async fn findings(
    client: &ClientWrapper,
    capture: &Capture,
) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let mut found = server(client, capture.user.as_deref()).await?;
    let (there, of_tables) = tables(client, capture).await?;
    found.extend(publication(client, capture, &there).await?);
    found.extend(of_tables);
    if let Some(slot) = &capture.slot {
        found.extend(replication_slot(client, slot).await?);
    }
    Ok(found)
}

/// Settings, and the right to replicate.
async fn server(client: &ClientWrapper, user: Option<&str>) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let mut found = Vec::new();
    let Some(row) = row(client, include_str!("sql/capture_server.sql"), &[&user]).await? else {
        return Ok(found);
    };
    let level: &str = row.try_get(0)?;
    if level != "logical" {
        found.push(finding(
            format!("wal_level is {level}"),
            "alter system set wal_level = logical, then restart PostgreSQL",
        ));
    }
    for (setting, column) in [("max_replication_slots", 1), ("max_wal_senders", 2)] {
        if row.try_get::<_, i32>(column)? < 1 {
            found.push(finding(
                format!("{setting} is 0"),
                format!("alter system set {setting} = 10, then restart PostgreSQL"),
            ));
        }
    }
    let user: &str = row.try_get(3)?;
    match row.try_get::<_, Option<bool>>(4)? {
        Some(true) => {}
        Some(false) => found.push(finding(
            format!("user {user} may not replicate"),
            format!("alter role \"{user}\" replication"),
        )),
        None => found.push(finding(
            format!("there is no user {user}"),
            format!("create role \"{user}\" login replication"),
        )),
    }
    Ok(found)
}

/// The publication: exactly the tables, with everything that happens to them. Of a product's, those that are there.
async fn publication(
    client: &ClientWrapper,
    capture: &Capture,
    there: &[String],
) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let names = capture.names();
    let wanted = if capture.product.is_some() { there } else { &names };
    let Some(row) = row(client, include_str!("sql/capture_publication.sql"), &[&PUBLICATION]).await? else {
        let cure = match &capture.product {
            Some(_) => format!("create publication {PUBLICATION} for table {}", list(wanted)),
            None => "nova migrate".to_owned(),
        };
        return Ok(vec![finding(format!("there is no publication {PUBLICATION}"), cure)]);
    };
    let mut found = Vec::new();
    if !row.try_get::<_, bool>(0)? {
        found.push(finding(
            format!("publication {PUBLICATION} leaves out some kinds of change"),
            format!("alter publication {PUBLICATION} set (publish = 'insert, update, delete, truncate')"),
        ));
    }
    let published: Vec<&str> = row.try_get(1)?;
    for table in wanted {
        if !published.iter().any(|it| it.strip_prefix("public.") == Some(table)) {
            found.push(finding(
                format!("publication {PUBLICATION} lacks public.{table}"),
                format!("alter publication {PUBLICATION} add table public.{}", name(table)),
            ));
        }
    }
    for other in published {
        let ours = other.strip_prefix("public.").is_some_and(|it| names.iter().any(|ours| ours == it));
        if !ours {
            found.push(finding(
                format!("publication {PUBLICATION} holds {other}, which no consumer reads"),
                format!("alter publication {PUBLICATION} drop table {other}"),
            ));
        }
    }
    Ok(found)
}

/// Each table: there, readable for the first snapshot, and its old rows written to the log as far as they are needed.
/// Gives also the names of those that are there.
async fn tables(
    client: &ClientWrapper,
    capture: &Capture,
) -> Result<(Vec<String>, Vec<Finding>), tokio_postgres::Error> {
    let (names, user) = (capture.names(), capture.user.as_deref());
    let (mut there, mut found) = (Vec::new(), Vec::new());
    let asked = rows(client, include_str!("sql/capture_tables.sql"), &[&user, &names.as_slice()]).await?;
    // in the order of the names
    for (ours, row) in Table::ALL.into_iter().zip(&asked) {
        let (table, identity): (&str, Option<&str>) = (row.try_get(0)?, row.try_get(1)?);
        let Some(identity) = identity else {
            let cause = || format!("there is no table public.{table}");
            match (&capture.product, ours) {
                (None, _) => found.push(finding(cause(), "nova migrate")),
                (Some(_), Table::Posts) => {
                    found.push(finding(cause(), "name the product's in change.tables.posts.table"));
                }
                (Some(_), _) => {}
            }
            continue;
        };
        there.push(table.to_owned());
        let whole = matches!(ours, Table::Posts | Table::Comments | Table::Likes | Table::Follows);
        if identity != "full" && (whole || identity != "default") {
            found.push(finding(
                format!("replica identity of public.{table} is {identity}: deletions would not be found downstream"),
                format!("alter table public.{} replica identity full", name(table)),
            ));
        }
        if row.try_get::<_, Option<bool>>(2)? == Some(false) {
            let user: &str = row.try_get(3)?;
            found.push(finding(
                format!("user {user} may not read public.{table}"),
                format!("grant select on public.{} to \"{user}\"", name(table)),
            ));
        }
    }
    Ok((there, found))
}

/// A table's name as SQL takes it.
fn name(table: &str) -> Cow<'_, str> {
    let is_plain = table.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if is_plain { Cow::Borrowed(table) } else { Cow::Owned(format!("\"{}\"", table.replace('"', "\"\""))) }
}

fn list(tables: &[String]) -> String {
    tables.iter().map(|table| format!("public.{}", name(table))).collect::<Vec<_>>().join(", ")
}

/// What stands in the way at the slot.
async fn replication_slot(client: &ClientWrapper, name: &str) -> Result<Vec<Finding>, tokio_postgres::Error> {
    Ok(Slot::findings(slot(client, name).await?.as_ref(), name))
}

/// The slot as it is; `None` where there is none of this name.
pub(super) async fn slot(client: &ClientWrapper, name: &str) -> Result<Option<Slot>, tokio_postgres::Error> {
    let Some(row) = row(client, include_str!("sql/capture_slot.sql"), &[&name]).await? else {
        return Ok(None);
    };
    let held = match row.try_get::<_, Option<&str>>(1)? {
        Some("lost") => Held::Lost,
        Some("unreserved") => Held::Endangered,
        _ => Held::Whole,
    };
    let bytes = |column| row.try_get::<_, i64>(column).map(|bytes| u64::try_from(bytes).unwrap_or(0));
    Ok(Some(Slot {
        is_ours: row.try_get(0)?,
        held,
        is_read: row.try_get(2)?,
        behind_bytes: bytes(3)?,
        kept_bytes: bytes(4)?,
    }))
}
