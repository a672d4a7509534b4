//! The replication slot of change capture: what PostgreSQL keeps for it, and what is wrong with it.

use super::capture::{Finding, finding};

/// Log that the slot's reader is behind before that is worth a word: minutes of a busy server.
const BEHIND_BYTES_MAX: u64 = 1 << 30;

/// Does PostgreSQL still have the log that the slot needs?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// All of it, and keeps it.
    Whole,
    /// Still, but the next checkpoint may drop it (`wal_status` is `unreserved`).
    Endangered,
    /// Not any more: changes are missing.
    Lost,
}

/// A replication slot as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Of this database and of the plugin that the connector reads by.
    pub is_ours: bool,
    /// What of the log it needs is still there.
    pub held: Held,
    /// Somebody reads it at this moment.
    pub is_read: bool,
    /// Bytes of log that its reader has not confirmed.
    pub behind_bytes: u64,
    /// Bytes of log that PostgreSQL keeps because of it.
    pub kept_bytes: u64,
}

impl Slot {
    /// Everything that is wrong with the slot of this name, `None` where there is none.
    #[must_use]
    pub fn findings(slot: Option<&Self>, name: &str) -> Vec<Finding> {
        let Some(slot) = slot else {
            return vec![finding(
                format!("there is no replication slot {name}"),
                "the connector makes it when it first starts: nova connector register. Where it did before, changes \
                 are missing: raise change.epoch first",
            )];
        };
        let mut found = Vec::new();
        if !slot.is_ours {
            found.push(finding(
                format!("replication slot {name} is of another database or plugin"),
                "give the connector a slot.name of its own",
            ));
        }
        match slot.held {
            Held::Whole => {}
            Held::Endangered => found.push(finding(
                format!("replication slot {name} is about to lose log that it needs"),
                "start the connector, or raise max_slot_wal_keep_size",
            )),
            Held::Lost => found.push(finding(
                format!("replication slot {name} has lost log that it needs"),
                "register the connector under another slot with a raised change.epoch: its snapshot replaces every row",
            )),
        }
        if !slot.is_read {
            found.push(finding(
                format!("nobody reads replication slot {name}, and PostgreSQL keeps its log for it"),
                "start the connector: nova connector status",
            ));
        }
        if slot.behind_bytes > BEHIND_BYTES_MAX {
            found.push(finding(
                format!("replication slot {name} is {} MiB behind", slot.behind_bytes >> 20),
                "see whether the connector keeps up: nova connector status",
            ));
        }
        found
    }
}
