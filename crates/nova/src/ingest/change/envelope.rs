//! The shapes of a change record, told apart by what stands at their top.

use nova_core::model::Table;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::mapping::TableMapping;
use super::row::{Columns, Slots};
use super::{Undecodable, Why};
use crate::ingest::json::{self, Members, Named, Object, Value};
use crate::log::Reason;

const SHAPE: &str = "must be a change record: a JSON object";

/// What a value of a change topic is: a change, or something to pass over.
pub(super) type Read<'a> = Result<Envelope<'a>, Why>;

/// The envelope, whichever shape it came in.
#[derive(Debug, Default)]
pub(super) struct Envelope<'a> {
    pub(super) before: Option<Slots<'a>>,
    pub(super) after: Option<Slots<'a>>,
    pub(super) source: Source<'a>,
    pub(super) op: Value<'a>,
    pub(super) ts_ms: Value<'a>,
    /// A flattened row says so of itself.
    pub(super) deleted: bool,
    /// Names the unit of integer times. Read when one is met.
    pub(super) schema: Option<&'a RawValue>,
}

/// Where the change stands in the source.
#[derive(Debug, Default)]
pub(super) struct Source<'a> {
    pub(super) lsn: Value<'a>,
    pub(super) ts_us: Value<'a>,
    pub(super) ts_ms: Value<'a>,
    /// Where it does not say, the topic does.
    pub(super) table: Value<'a>,
}

/// Reads a value of a change topic.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    table: Table,
    names: &'a TableMapping,
) -> Result<Read<'a>, Undecodable> {
    let columns = Columns { table, names };
    let Some(top) = outer(bytes, columns)? else { return Ok(Err(Why::Tombstone)) };
    let bare = top.marks.any || top.enveloped || !top.envelope.op.is_none();
    let (false, Some(payload)) = (bare, top.payload) else { return top.into_read(bytes, columns) };
    // {"schema", "payload"}: one level, a payload inside the payload is no envelope
    let bytes = payload.get().as_bytes();
    let Some(inner) = outer(bytes, columns)? else { return Ok(Err(Why::Tombstone)) };
    let mut read = inner.into_read(bytes, columns)?;
    if let Ok(envelope) = &mut read {
        envelope.schema = top.schema;
    }
    Ok(read)
}

fn outer<'a>(bytes: &'a [u8], columns: Columns<'a>) -> Result<Option<Top<'a>>, Undecodable> {
    match json::parse(bytes, Object(Outer(columns))).map_err(|error| Undecodable::json(&error, SHAPE))? {
        Some(top) => Ok(Some(top)),
        None if bytes.trim_ascii() == b"null" => Ok(None),
        None => Err(Undecodable::new(Reason::Invalid, SHAPE)),
    }
}

/// Reads a record's key: `{"id": ..}` or `{"schema", "payload": {"id": ..}}`.
pub(super) fn read_key<'a>(bytes: &'a [u8], table: Table, names: &'a TableMapping) -> Option<Slots<'a>> {
    #[derive(Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow)]
        payload: Option<&'a RawValue>,
    }
    let payload = serde_json::from_slice::<Wrapped<'a>>(bytes).ok().and_then(|key| key.payload);
    let bytes = payload.map_or(bytes, |payload| payload.get().as_bytes());
    json::parse(bytes, Object(Columns { table, names })).ok().flatten()
}

/// The columns that stand at the top of a flattened record.
fn rows<'a>(bytes: &'a [u8], columns: Columns<'a>) -> Result<Option<Slots<'a>>, Undecodable> {
    json::parse(bytes, Object(columns)).map_err(|error| Undecodable::json(&error, SHAPE))
}

/// Everything a top may hold that tells the shapes apart.
#[derive(Debug, Default)]
struct Top<'a> {
    envelope: Envelope<'a>,
    payload: Option<&'a RawValue>,
    schema: Option<&'a RawValue>,
    /// `before`, `after` or `source` was there.
    enveloped: bool,
    marks: Marks<'a>,
    transaction: u8,
    others: u32,
}

/// What `ExtractNewRecordState` adds to a row.
#[derive(Debug, Default)]
struct Marks<'a> {
    any: bool,
    op: Value<'a>,
    lsn: Value<'a>,
    ts_us: Value<'a>,
    ts_ms: Value<'a>,
    table: Value<'a>,
    deleted: Value<'a>,
}

impl<'a> Top<'a> {
    fn into_read(self, bytes: &'a [u8], columns: Columns<'a>) -> Result<Read<'a>, Undecodable> {
        if self.marks.any {
            return self.marks.into_envelope(bytes, columns).map(Ok);
        }
        if !self.envelope.op.is_none() && (self.enveloped || self.others == 0) {
            return Ok(Ok(self.envelope));
        }
        // only what is neither an envelope nor marked gets here: signs of life are few, dead letters should be
        let flattened = rows(bytes, columns)?.unwrap_or_default();
        if self.transaction == 2 {
            return Ok(Err(Why::Transaction));
        }
        if !flattened.is_empty() {
            return Err(Undecodable::field("__op, __lsn", "are missing from a flattened row"));
        }
        if !self.envelope.ts_ms.is_none() && !self.enveloped && self.others == 0 {
            return Ok(Err(Why::Heartbeat));
        }
        let missing = if self.enveloped { "op" } else { "op, before, after" };
        Err(Undecodable::field(missing, "missing, this is no change record"))
    }
}

impl<'a> Marks<'a> {
    const fn of(&mut self, mark: Mark) -> &mut Value<'a> {
        match mark {
            Mark::Op => &mut self.op,
            Mark::Lsn => &mut self.lsn,
            Mark::TsUs => &mut self.ts_us,
            Mark::TsMs => &mut self.ts_ms,
            Mark::Table => &mut self.table,
            Mark::Deleted => &mut self.deleted,
        }
    }

    fn into_envelope(self, bytes: &'a [u8], columns: Columns<'a>) -> Result<Envelope<'a>, Undecodable> {
        for (name, value) in [("__op", &self.op), ("__lsn", &self.lsn)] {
            if value.is_none() {
                return Err(Undecodable::field(name, "is missing from a flattened row"));
            }
        }
        let deleted = matches!(self.deleted, Value::Bool(true)) || self.deleted.text() == Some("true");
        Ok(Envelope {
            after: rows(bytes, columns)?,
            source: Source { lsn: self.lsn, ts_us: self.ts_us, ts_ms: self.ts_ms, table: self.table },
            op: self.op,
            deleted,
            ..Envelope::default()
        })
    }
}

#[derive(Clone, Copy)]
enum Mark {
    Op,
    Lsn,
    TsUs,
    TsMs,
    Table,
    Deleted,
}

enum Member {
    Before,
    After,
    Source,
    Op,
    TsMs,
    Schema,
    Payload,
    Mark(Mark),
    OfTransaction,
    /// Of an envelope, without a meaning here.
    Known,
    Other,
}

fn member(name: &str) -> Member {
    match name {
        "before" => Member::Before,
        "after" => Member::After,
        "source" => Member::Source,
        "op" => Member::Op,
        "ts_ms" => Member::TsMs,
        "ts_us" | "ts_ns" | "transaction" => Member::Known,
        "schema" => Member::Schema,
        "payload" => Member::Payload,
        "__op" => Member::Mark(Mark::Op),
        "__lsn" | "__source_lsn" => Member::Mark(Mark::Lsn),
        "__source_ts_us" => Member::Mark(Mark::TsUs),
        "__source_ts_ms" | "__ts_ms" => Member::Mark(Mark::TsMs),
        "__table" | "__source_table" => Member::Mark(Mark::Table),
        "__deleted" => Member::Mark(Mark::Deleted),
        "status" | "event_count" => Member::OfTransaction,
        _ => Member::Other,
    }
}

/// Reads the top in one pass; the rows inside it too.
struct Outer<'a>(Columns<'a>);

impl<'de> Members<'de> for Outer<'de> {
    type Out = Top<'de>;

    fn read<A: MapAccess<'de>>(self, mut members: A) -> Result<Top<'de>, A::Error> {
        let mut top = Top::default();
        let (envelope, marks) = (&mut top.envelope, &mut top.marks);
        while let Some(member) = members.next_key_seed(Named(member))? {
            match member {
                Member::Before => {
                    top.enveloped = true;
                    envelope.before = members.next_value_seed(Object(self.0))?;
                }
                Member::After => {
                    top.enveloped = true;
                    envelope.after = members.next_value_seed(Object(self.0))?;
                }
                Member::Source => {
                    top.enveloped = true;
                    envelope.source = members.next_value_seed(Object(InSource))?.unwrap_or_default();
                }
                Member::Op => envelope.op = members.next_value()?,
                Member::TsMs => envelope.ts_ms = members.next_value()?,
                Member::Schema => top.schema = members.next_value()?,
                Member::Payload => top.payload = Some(members.next_value()?),
                Member::Mark(mark) => {
                    marks.any = true;
                    *marks.of(mark) = members.next_value()?;
                }
                Member::OfTransaction => {
                    top.transaction += 1;
                    members.next_value::<IgnoredAny>()?;
                }
                Member::Known => drop(members.next_value::<IgnoredAny>()?),
                Member::Other => {
                    top.others += 1;
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(top)
    }
}

/// Reads the `source` block.
struct InSource;

impl<'de> Members<'de> for InSource {
    type Out = Source<'de>;

    fn read<A: MapAccess<'de>>(self, mut members: A) -> Result<Source<'de>, A::Error> {
        let mut source = Source::default();
        let of = |name: &str| match name {
            "lsn" => Some(Mark::Lsn),
            "ts_us" => Some(Mark::TsUs),
            "ts_ms" => Some(Mark::TsMs),
            "table" => Some(Mark::Table),
            _ => None,
        };
        while let Some(mark) = members.next_key_seed(Named(of))? {
            match mark {
                Some(Mark::Lsn) => source.lsn = members.next_value()?,
                Some(Mark::TsUs) => source.ts_us = members.next_value()?,
                Some(Mark::TsMs) => source.ts_ms = members.next_value()?,
                Some(Mark::Table) => source.table = members.next_value()?,
                Some(Mark::Op | Mark::Deleted) | None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(source)
    }
}
