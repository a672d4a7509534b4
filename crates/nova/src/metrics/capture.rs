//! What change capture stands on.

use metrics::gauge;

use crate::social::postgres::capture::{Held, Slot};

/// The replication slot of this name is so; `None`: there is none. A process looks at one.
pub fn slot(name: &str, slot: Option<&Slot>) {
    let state = match slot.map(|slot| slot.held) {
        Some(Held::Whole) => 0.0,
        Some(Held::Endangered) => 1.0,
        Some(Held::Lost) => 2.0,
        None => 3.0,
    };
    let readers = f64::from(u8::from(slot.is_some_and(|slot| slot.is_read)));
    let bytes = |of: fn(&Slot) -> u64| slot.map_or(0.0, |slot| of(slot) as f64);
    for (gauge, value) in [
        ("nova_slot_state", state),
        ("nova_slot_readers", readers),
        ("nova_slot_kept_bytes", bytes(|slot| slot.kept_bytes)),
        ("nova_slot_behind_bytes", bytes(|slot| slot.behind_bytes)),
    ] {
        gauge!(gauge, "slot" => name.to_owned()).set(value);
    }
}
