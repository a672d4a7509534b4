//! Behaviour events, from the call to the record in the log.
//!
//! ```text
//!   body --parse_call--> RawEvent (typed) --validate--> Event --encode--> Record in the log
//!                           \-> Refused                \-> Refused          --decode--> Event, or a dead letter
//! ```
//!
//! One refused event never costs its neighbours: it is named by its index, its field and a stable code.

mod call;
mod raw;
mod validate;
mod record;
mod canonical;
mod identity;
#[cfg(test)]
mod tests;

pub use call::{CallError, parse_call};
pub use identity::content_id;
pub use raw::RawEvent;
pub use record::{AHEAD_MAX, decode, encode, encode_undated, key_of};
pub use validate::{EventRules, validate};

use std::borrow::Cow;

use serde::Serialize;

/// The longest `device` and `app_ver`, in bytes.
pub const LABEL_BYTES_MAX: usize = 64;

/// The members of an event, by the position that the parser gives them.
const FIELDS: [Field; 9] = [
    Field { name: "event_id", invalid: "event_id_invalid" },
    Field { name: "event_time", invalid: "event_time_invalid" },
    Field { name: "user_id", invalid: "user_id_invalid" },
    Field { name: "post_id", invalid: "post_id_invalid" },
    Field { name: "author_id", invalid: "author_id_invalid" },
    Field { name: "action", invalid: "action_invalid" },
    Field { name: "dwell_ms", invalid: "dwell_ms_invalid" },
    Field { name: "device", invalid: "device_invalid" },
    Field { name: "app_ver", invalid: "app_ver_invalid" },
];
const EVENT_ID: usize = 0;
const EVENT_TIME: usize = 1;
const USER_ID: usize = 2;
const POST_ID: usize = 3;
const AUTHOR_ID: usize = 4;
const ACTION: usize = 5;
const DWELL_MS: usize = 6;
const DEVICE: usize = 7;
const APP_VER: usize = 8;

struct Field {
    name: &'static str,
    /// The code of a value of the wrong type or form.
    invalid: &'static str,
}

/// An event that was not taken, in the words of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its place in the call, from 0.
    pub index: usize,
    /// As the client gave it, where it gave text of at most [`LABEL_BYTES_MAX`] bytes.
    pub event_id: Option<String>,
    /// A stable word: `<field>_invalid`, `<field>_missing`, or a rule's own.
    pub code: &'static str,
    /// The member at fault; empty when it is the event as a whole.
    pub field: &'static str,
    /// The sentence for people.
    pub detail: Cow<'static, str>,
}

/// What is wrong with an event, before it has a place in a call.
#[derive(Debug)]
struct Fault {
    code: &'static str,
    field: &'static str,
    detail: Cow<'static, str>,
}

impl Fault {
    fn new(code: &'static str, field: usize, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, field: FIELDS[field].name, detail: detail.into() }
    }

    fn invalid(field: usize, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FIELDS[field].invalid, field, detail)
    }

    fn whole(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code: "event_invalid", field: "", detail: detail.into() }
    }

    fn refuse(self, index: usize, event_id: Option<&str>) -> Refused {
        let event_id = event_id.filter(|id| id.len() <= LABEL_BYTES_MAX).map(str::to_owned);
        Refused { index, event_id, code: self.code, field: self.field, detail: self.detail }
    }
}
