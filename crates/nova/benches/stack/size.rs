//! What is measured, and on how much.

use clap::{Parser, ValueEnum};

/// One measure, on an installation of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// Events from HTTP to ClickHouse
    Flow,
    /// The consumer alone, beside others that do less
    Consumer,
    /// Rows from PostgreSQL to the store
    Capture,
    /// How soon events show
    Visible,
    /// Pages: from ClickHouse, from Redis, from the index, and the index's restart
    Feeds,
    /// Memory while ClickHouse stands still
    Memory,
}

/// Sizes.
#[derive(Debug, Parser)]
pub(crate) struct Size {
    /// Only these
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "flow,consumer,capture,visible,feeds,memory"
    )]
    pub(crate) only: Vec<What>,
    /// Seconds that events are sent as fast as they are taken
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u64,
    /// Seconds of every other load
    #[arg(long, default_value_t = 30)]
    pub(crate) load_seconds: u64,
    /// Events that stand in the topic before a consumer starts, and that a feed's community has behind it
    #[arg(long, default_value_t = 2_000_000)]
    pub(crate) events: u64,
    /// People
    #[arg(long, default_value_t = 100_000)]
    pub(crate) users: u64,
    /// Their posts
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) posts: u64,
    /// Events in ClickHouse beside those, written by SQL
    #[arg(long, default_value_t = 8_000_000)]
    pub(crate) history: u64,
    /// Seconds that ClickHouse stands still
    #[arg(long, default_value_t = 120)]
    pub(crate) frozen_seconds: u64,
    /// Events a second meanwhile
    #[arg(long, default_value_t = 20_000)]
    pub(crate) frozen_rate: u64,
    /// Seconds and thousands instead of all these: to see that everything runs
    #[arg(long)]
    pub(crate) small: bool,
    /// cargo passes this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Size {
    /// Nothing above what a small run may have.
    pub(crate) fn shrunk(mut self) -> Self {
        let most = |value: &mut u64, small: u64| *value = if self.small { small.min(*value) } else { *value };
        most(&mut self.seconds, 3);
        most(&mut self.load_seconds, 3);
        most(&mut self.events, 60_000);
        most(&mut self.users, 1_000);
        most(&mut self.posts, 10_000);
        most(&mut self.history, 20_000);
        most(&mut self.frozen_seconds, 10);
        most(&mut self.frozen_rate, 1_000);
        self
    }
}
