//! Arbitrary bytes against everything of Nova that reads bytes.
//!
//! A target is a function of bytes that must not panic, and that asserts what its decoder promises beyond that. The
//! same functions run under libFuzzer (`cargo xtask fuzz`), over their seeds and past findings in an ordinary test,
//! and over single files (`cargo run -p nova-fuzz -- TARGET FILE..`).

mod change;
mod events;
mod line;
mod history;
mod snapshot;
mod windows;
mod settings;
mod service;
mod cursor;
mod request;
mod index;
#[cfg(feature = "distributed")]
mod intent;
#[cfg(feature = "distributed")]
mod metadata;

/// Something that reads bytes.
pub struct Target {
    /// Its name on the command line, and its folder under `found/`.
    pub name: &'static str,
    /// Reads the bytes; panics where a promise is broken.
    pub run: fn(&[u8]),
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target, in the order of the data's way.
pub const TARGETS: &[Target] = &[
    Target { name: "change", run: change::run, seeds: change::seeds },
    Target { name: "events", run: events::run, seeds: events::seeds },
    Target { name: "line", run: line::run, seeds: line::seeds },
    Target { name: "history", run: history::run, seeds: history::seeds },
    Target { name: "snapshot", run: snapshot::run, seeds: snapshot::seeds },
    Target { name: "windows", run: windows::run, seeds: windows::seeds },
    Target { name: "settings", run: settings::run, seeds: settings::seeds },
    Target { name: "cursor", run: cursor::run, seeds: cursor::seeds },
    Target { name: "request", run: request::run, seeds: request::seeds },
    #[cfg(feature = "distributed")]
    Target { name: "intent", run: intent::run, seeds: intent::seeds },
    #[cfg(feature = "distributed")]
    Target { name: "metadata", run: metadata::run, seeds: metadata::seeds },
];

/// Ends what targets keep running on this thread, and removes what they wrote.
pub fn end() {
    service::end();
}

/// The target of a name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
