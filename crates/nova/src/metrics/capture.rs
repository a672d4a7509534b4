//! What change capture stands on.

use metrics::gauge;

use crate::social::postgres::capture::{Held, Slot};

/// The replication slot is so; `None`: there is none.
pub fn slot(slot: Option<&Slot>) {
    let state = match slot.map(|slot| slot.held) {
        Some(Held::Whole) => 0.0,
        Some(Held::Endangered) => 1.0,
        Some(Held::Lost) => 2.0,
        None => 3.0,
    };
    gauge!("nova_slot_state").set(state);
    gauge!("nova_slot_readers").set(f64::from(u8::from(slot.is_some_and(|slot| slot.is_read))));
    gauge!("nova_slot_kept_bytes").set(slot.map_or(0.0, |slot| slot.kept_bytes as f64));
    gauge!("nova_slot_behind_bytes").set(slot.map_or(0.0, |slot| slot.behind_bytes as f64));
}
