//! Everything that a snapshot must hold, as lines of text in an order of its own.

use nova_core::model::Timestamp;

use crate::store::memory::index::{Index, Ledger};
use crate::store::memory::packed::RowMap;
use crate::store::memory::register::Registers;
use crate::store::memory::viewer::Viewer;

pub(super) fn picture(index: &Index, ledger: &mut Ledger) -> Vec<String> {
    let mut lines = vec![format!(
        "{:?} {:?} {:?} {:?} {:?}",
        ledger.positions, ledger.log_time, index.events, index.follows, index.users_known
    )];
    for number in 0..index.users.len() {
        let Some(user) = index.users.get(number) else { continue };
        let found = index.users.find(user.id()).map(|(number, _)| number);
        let row = (user.id(), user.flags(), user.version(), user.last_event(), user.newest());
        lines.push(format!("user {number} {found:?} {row:?} followed by {}", index.users.followers(number)));
        lines.push(format!("user {number} {:?} {:?}", *user.posts(), *user.follows()));
        lines.push(format!("user {number} {:?}", user.read(viewer)));
    }
    for (number, post) in (0..).zip(index.posts.iter()) {
        let found = index.posts.find(post.id()).map(|(number, _)| number);
        let row = (post.id(), post.version(), post.created_at(), post.author(), post.flags(), post.counts());
        lines.push(format!("post {number} {found:?} {row:?}"));
    }
    let mut comments: Vec<_> = (0..ledger.comments.len())
        .map(|number| format!("comment {:?}", ledger.comments.at(number)))
        .collect();
    comments.sort();
    lines.append(&mut comments);
    let mut from = 0;
    while let Some((number, placed)) = ledger.waiting.first_in(from..u64::MAX) {
        lines.push(format!("waits {placed:?}"));
        from = number + 1;
    }
    lines.push(format!("{:?}", index.days));
    index.timeline.newest_first(Timestamp::MAX, Timestamp::MIN, |rows| {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        lines.extend((!rows.is_empty()).then(|| format!("slot {rows:?}")));
        std::ops::ControlFlow::Continue(())
    });
    lines.push(format!("active {:?}", index.active.latest(&index.users, Timestamp::MIN, 1_000)));
    lines.push(identities(ledger));
    lines
}

fn identities(ledger: &mut Ledger) -> String {
    let mut bytes = Vec::new();
    ledger.identities.freeze().save(&mut bytes).expect("a Vec takes all");
    // one entry of `EveryEvent`
    let mut entries: Vec<&[u8]> = bytes.chunks(42).collect();
    entries.sort_unstable();
    format!("{entries:?}")
}

fn viewer(viewer: &Viewer) -> String {
    let none = Registers::default();
    format!(
        "{:?} {} {} {:?} {:?} {:?}",
        sorted(&viewer.bars),
        registers(&viewer.likes),
        registers(viewer.hidden.as_deref().unwrap_or(&none)),
        sorted(&viewer.seen.0),
        viewer.affinity.all(),
        viewer.fans
    )
}

fn registers(registers: &Registers) -> String {
    format!("{:?} {:?}", sorted(&registers.rows), sorted(&registers.events))
}

fn sorted<V>(map: &RowMap<V>) -> Vec<(u32, &V)> {
    let mut entries: Vec<_> = map.iter().map(|(&key, value)| (key, value)).collect();
    entries.sort_unstable_by_key(|&(key, _)| key);
    entries
}
