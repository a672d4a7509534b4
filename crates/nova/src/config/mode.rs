//! Which twins stand behind the ports.

use std::time::Duration;

use super::{Config, Url};
use crate::ingest::change::Mapping;
use crate::store::Window;

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

    /// Between refreshes of a trending list, as given or as the mode asks for.
    #[must_use]
    pub fn trending_every(&self, window: Window) -> Duration {
        let keys = &self.jobs;
        let (given, embedded, distributed) = match window {
            Window::Hour => (keys.trending_1h_s, 2, 60),
            Window::Day => (keys.trending_24h_s, 5, 300),
            Window::Week => (keys.trending_7d_s, 30, 3_600),
        };
        Duration::from_secs(match (given, self.mode()) {
            (0, Mode::Embedded) => embedded,
            (0, Mode::Distributed) => distributed,
            (given, _) => given,
        })
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
    use super::{Config, Mode, Window};

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

    #[test]
    fn lists_are_made_as_often_as_the_store_bears_unless_somebody_says_otherwise() {
        let config = with("").expect("defaults");
        let every = |config: &Config| Window::ALL.map(|window| config.trending_every(window).as_secs());
        assert_eq!(every(&config), [2, 5, 30]);
        let config = with("[jobs]\ntrending_24h_s = 7").expect("a list's");
        assert_eq!(every(&config), [2, 7, 30]);
        if cfg!(feature = "distributed") {
            assert_eq!(every(&with(DISTRIBUTED).expect("all four")), [60, 300, 3_600]);
        }
    }
}
