//! Which twins stand behind the ports.

use super::{Config, Url};
use crate::ingest::change::Mapping;

/// Which twins stand behind the ports. A mixture is none: each kind keeps its promises together with its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One process, one directory.
    Embedded,
    /// PostgreSQL, Kafka, ClickHouse and Redis, any number of processes.
    Distributed,
}

/// Key, how its embedded twin is written, how the URL of the other begins.
type Twin = (&'static str, &'static str, &'static str);

const TWINS: [Twin; 4] = [
    ("social.url", "sqlite://", "postgres://"),
    ("log.url", "sqlite://", "kafka://"),
    ("store.url", "memory://", "clickhouse://"),
    ("cache.url", "memory://", "redis://"),
];

impl Config {
    /// Which twins it names.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.log.url.expose().starts_with("kafka://") { Mode::Distributed } else { Mode::Embedded }
    }

    fn urls(&self) -> [&str; 4] {
        [&self.social.url, &self.log.url, &self.store.url, &self.cache.url].map(Url::expose)
    }

    /// The combination is one that is supported, and in this build.
    pub(super) fn check_twins(&self, must: &mut impl FnMut(bool, &str, &str)) {
        let urls = self.urls();
        let distributed = |(url, (_, _, begins)): (&&str, &Twin)| url.starts_with(begins);
        let count = urls.iter().zip(&TWINS).filter(|&pair| distributed(pair)).count();
        for (url, (key, own, begins)) in urls.into_iter().zip(TWINS) {
            let known = url == own || url.starts_with(begins);
            must(known, key, &format!("must be \"{own}\" or start with \"{begins}\""));
            if known && count > 0 {
                must(
                    url != own,
                    key,
                    &format!(
                        "must start with \"{begins}\": either all of social, log, store and cache are distributed, or none"
                    ),
                );
                must(
                    url == own || cfg!(feature = "distributed"),
                    key,
                    &format!(
                        "{begins} needs the cargo feature \"distributed\", which this build does not have"
                    ),
                );
            }
        }
        must(
            count > 0 || self.change == Mapping::default(),
            "change",
            "is for the distributed mode; embedded, the tables are Nova's own",
        );
        must(
            !self.store.hot_index || count == TWINS.len(),
            "store.hot_index",
            "is for the distributed mode; embedded, the index is in the process anyway",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::tests::with;
    use super::Mode;

    const DISTRIBUTED: &str = "[social]\nurl = \"postgres://n:s3cret@h:5432/n\"\n[log]\nurl = \"kafka://h:9092\"\n\
                               [store]\nurl = \"clickhouse://n:s3cret@h:8123/nova_feed\"\nhot_index = true\n\
                               [cache]\nurl = \"redis://h:6379/0\"";

    #[test]
    fn embedded_is_the_default() {
        assert_eq!(with("").expect("defaults").mode(), Mode::Embedded);
    }

    #[test]
    fn a_mixture_is_refused_with_every_key_that_does_not_fit() {
        let error =
            with("[log]\nurl = \"kafka://h:9092\"\n[store]\nhot_index = true").expect_err("a mixture");
        for key in ["social.url", "store.url", "cache.url", "store.hot_index"] {
            assert!(error.lines().any(|line| line.starts_with(key)), "{key}: {error}");
        }
    }

    #[cfg(feature = "distributed")]
    #[test]
    fn all_four_are_distributed_and_their_passwords_are_not_shown() {
        let config = with(DISTRIBUTED).expect("all four");
        assert_eq!(config.mode(), Mode::Distributed);
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[cfg(not(feature = "distributed"))]
    #[test]
    fn a_build_without_the_feature_says_so() {
        let error = with(DISTRIBUTED).expect_err("not in this build");
        assert!(error.contains("log.url: kafka:// needs the cargo feature \"distributed\""), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
