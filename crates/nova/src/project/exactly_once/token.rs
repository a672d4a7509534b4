//! The name of an insert: it follows from the range alone, so that whoever repeats it gives it the same.

use std::fmt;

use super::Range;

/// `events:e3:p7:812000-812999`; with `:retry-n` once the store remembered the name before it and not the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    /// What the insert is about.
    pub range: Range,
    /// How many names before it are known to be remembered without their rows.
    pub retry: u32,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { topic, epoch, partition, first, last } = self.range;
        write!(f, "{}:e{epoch}:p{partition}:{first}-{last}", topic.name())?;
        if self.retry > 0 {
            write!(f, ":retry-{}", self.retry)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Topic;

    #[test]
    fn a_token_names_topic_epoch_partition_and_range() {
        let range = Range { topic: Topic::Events, epoch: 3, partition: 7, first: 812_000, last: 812_999 };
        assert_eq!(Token { range, retry: 0 }.to_string(), "events:e3:p7:812000-812999");
        assert_eq!(Token { range, retry: 2 }.to_string(), "events:e3:p7:812000-812999:retry-2");
    }
}
