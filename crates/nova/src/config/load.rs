//! Layers, and errors that name the key, where it came from and what is allowed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format as _, Serialized, Toml};
use nova_core::ranking::config::SeenOn;
use thiserror::Error;

use super::{AuthMode, Config};

/// The defaults, compiled in.
pub const DEFAULTS: &str = include_str!("../../../../config/nova.toml");

/// Why a configuration was refused: one line each.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// What flags set, above everything else.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--listen`
    pub listen: Option<SocketAddr>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
}

impl Config {
    /// Reads every layer and checks the whole.
    ///
    /// # Errors
    /// One line per problem, with the key, where its value came from, and what is allowed.
    pub fn load(file: Option<&Path>, flags: &Overrides) -> Result<Self, ConfigError> {
        let mut layers = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError(vec![format!("--config {}: there is no such file", file.display())]));
            }
            layers = layers.merge(Toml::file_exact(file));
        }
        layers = layers.merge(Env::prefixed("NOVA__").split("__"));
        if let Some(listen) = flags.listen {
            layers = layers.merge(Serialized::default("server.listen", listen));
        }
        if let Some(data_dir) = &flags.data_dir {
            layers = layers.merge(Serialized::default("server.data_dir", data_dir));
        }
        Self::from_layers(&layers)
    }

    fn from_layers(layers: &Figment) -> Result<Self, ConfigError> {
        let config: Self = layers
            .extract()
            .map_err(|errors| ConfigError(errors.into_iter().map(|error| describe(&error)).collect()))?;
        let problems: Vec<String> = config
            .problems()
            .into_iter()
            .map(|(key, problem)| match layers.find_metadata(&key) {
                Some(origin) if origin.name != DEFAULT_NAME => {
                    format!("{key} (from {}): {problem}", origin_of(origin))
                }
                _ => format!("{key}: {problem}"),
            })
            .collect();
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
    }

    /// What no type could say: ranges, and keys that need each other.
    fn problems(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut must = |holds: bool, key: &str, allowed: &str| {
            if !holds {
                found.push((key.to_owned(), allowed.to_owned()));
            }
        };
        let within = |value: u64, low: u64, high: u64| (low..=high).contains(&value);
        must(within(self.server.shutdown_s, 1, 3_600), "server.shutdown_s", "must be 1 to 3600");
        must(within(self.server.request_ms, 100, 600_000), "server.request_ms", "must be 100 to 600000");
        must(
            within(self.server.body_bytes_max as u64, 1_024, 1 << 24),
            "server.body_bytes_max",
            "must be 1024 to 16777216",
        );
        must(
            within(self.server.read_your_writes_ms, 1, 60_000),
            "server.read_your_writes_ms",
            "must be 1 to 60000",
        );
        must(within(u64::from(self.log.retention_days), 1, 3_650), "log.retention_days", "must be 1 to 3650");
        must(
            within(self.log.batch_records_max as u64, 1, 100_000),
            "log.batch_records_max",
            "must be 1 to 100000",
        );
        must(
            within(u64::from(self.log.dead_letter_days), 1, 3_650),
            "log.dead_letter_days",
            "must be 1 to 3650",
        );
        must(
            within(self.log.dead_letters_max, 1, 10_000_000),
            "log.dead_letters_max",
            "must be 1 to 10000000",
        );
        must(within(self.store.snapshot_s, 1, 86_400), "store.snapshot_s", "must be 1 to 86400");
        must(
            within(self.store.waiting_max as u64, 0, 10_000_000),
            "store.waiting_max",
            "must be 0 to 10000000",
        );
        must(within(self.store.deadline_ms, 1, 60_000), "store.deadline_ms", "must be 1 to 60000");
        must(within(self.cache.slate_s, 1, 86_400), "cache.slate_s", "must be 1 to 86400");
        must(within(self.cache.page_fresh_ms, 0, 60_000), "cache.page_fresh_ms", "must be 0 to 60000");
        must(within(self.events.per_call_max as u64, 1, 10_000), "events.per_call_max", "must be 1 to 10000");
        must(
            within(self.events.body_bytes_max as u64, 1_024, 1 << 26),
            "events.body_bytes_max",
            "must be 1024 to 67108864",
        );
        must(
            within(self.events.dedup_events_max as u64, 1, 1 << 30),
            "events.dedup_events_max",
            "must be 1 to 1073741824",
        );
        must(within(self.events.dedup_s, 600, 86_400), "events.dedup_s", "must be 600 to 86400");
        must(self.events.ahead_s < self.events.dedup_s, "events.ahead_s", "must be less than events.dedup_s");
        for (key, value) in [
            ("jobs.trending_1h_s", self.jobs.trending_1h_s),
            ("jobs.trending_24h_s", self.jobs.trending_24h_s),
            ("jobs.trending_7d_s", self.jobs.trending_7d_s),
            ("jobs.suggest_s", self.jobs.suggest_s),
            ("jobs.trim_s", self.jobs.trim_s),
        ] {
            must(within(value, 1, 86_400), key, "must be 1 to 86400");
        }
        must(
            within(u64::from(self.breaker.failures_max), 1, 1_000),
            "breaker.failures_max",
            "must be 1 to 1000",
        );
        must(
            within(self.breaker.open_ms, 1, self.breaker.open_ms_max),
            "breaker.open_ms",
            "must be 1 to breaker.open_ms_max",
        );
        must(
            self.auth.mode != AuthMode::Open || self.server.listen.ip().is_loopback(),
            "auth.mode",
            "\"open\" is allowed only while server.listen is a loopback address; set auth.mode = \"jwt\" or listen on 127.0.0.1",
        );
        must(
            self.auth.mode != AuthMode::Jwt || self.auth.secret.expose().len() >= 32,
            "auth.secret",
            "must have at least 32 bytes when auth.mode is \"jwt\"; set it as NOVA__AUTH__SECRET",
        );
        must(
            self.ranking.seen.on == SeenOn::Events,
            "ranking.seen.on",
            "must be \"events\"; \"served\" is not built yet",
        );
        self.twins(&mut must);
        for problem in self.ranking.validate() {
            found.push((
                format!("ranking.{}", problem.key),
                format!("must be {}, not {}", problem.allowed, problem.given),
            ));
        }
        found
    }

    /// Which combination of twins this is; only some are supported.
    fn twins(&self, must: &mut impl FnMut(bool, &str, &str)) {
        let later = "needs the cargo feature \"distributed\", which this build does not have";
        for (key, url, own, other) in [
            ("social.url", &self.social.url, "sqlite://", "postgres://"),
            ("log.url", &self.log.url, "sqlite://", "kafka://"),
            ("store.url", &self.store.url, "memory://", "clickhouse://"),
            ("cache.url", &self.cache.url, "memory://", "redis://"),
        ] {
            if url.starts_with(other) {
                must(false, key, &format!("{other} {later}"));
            } else {
                must(url == own, key, &format!("must be \"{own}\" or start with \"{other}\""));
            }
        }
        must(!self.store.hot_index, "store.hot_index", later);
    }
}

const DEFAULT_NAME: &str = "TOML source string";

fn origin_of(metadata: &figment::Metadata) -> String {
    match &metadata.source {
        Some(figment::Source::File(path)) => path.display().to_string(),
        _ if metadata.name.contains("environment") => "the environment".to_owned(),
        _ => "a flag".to_owned(),
    }
}

fn describe(error: &figment::Error) -> String {
    let origin = match &error.metadata {
        Some(metadata) if metadata.name != DEFAULT_NAME => format!(" (from {})", origin_of(metadata)),
        _ => String::new(),
    };
    let path = error.path.join(".");
    match &error.kind {
        Kind::UnknownField(name, known) => {
            let section = path.strip_suffix(name.as_str()).unwrap_or(&path).trim_end_matches('.');
            let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
            format!("{key}{origin}: there is no such key; known here: {}", known.join(", "))
        }
        Kind::InvalidType(found, expected) => format!("{path}{origin}: must be {expected}, not {found}"),
        Kind::InvalidValue(found, expected) => format!("{path}{origin}: must be {expected}, not {found}"),
        Kind::UnknownVariant(found, known) => {
            format!("{path}{origin}: must be one of {}, not \"{found}\"", known.join(", "))
        }
        other if path.is_empty() => format!("configuration{origin}: {other}"),
        other => format!("{path}{origin}: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(toml: &str) -> Result<Config, String> {
        let layers = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(toml).nested_off());
        Config::from_layers(&layers).map_err(|error| error.to_string())
    }

    trait Plain {
        fn nested_off(self) -> Self;
    }
    impl Plain for figment::providers::Data<Toml> {
        fn nested_off(self) -> Self {
            self
        }
    }

    #[test]
    fn the_defaults_start() {
        let config = with("").expect("defaults");
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.ranking, nova_core::ranking::RankingConfig::default());
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_allowed() {
        for (toml, line) in [
            (
                "[server]\nlisten_on = 1",
                "server.listen_on: there is no such key; known here: listen, data_dir",
            ),
            ("[sever]\n", "sever: there is no such key; known here: server, auth"),
            ("[server]\nlisten = 5", "server.listen: must be"),
            ("[server]\nlisten = \"0.0.0.0:80\"", "auth.mode: \"open\" is allowed only while"),
            ("[auth]\nmode = \"none\"", "auth.mode: must be one of open, jwt, not \"none\""),
            ("[auth]\nmode = \"jwt\"\nsecret = \"short\"", "auth.secret: must have at least 32 bytes"),
            ("[log]\nurl = \"kafka://localhost\"", "log.url: kafka:// needs the cargo feature"),
            ("[log]\nurl = \"file:///x\"", "log.url: must be \"sqlite://\""),
            ("[jobs]\ntrim_s = 0", "jobs.trim_s: must be 1 to 86400"),
        ] {
            let error = with(toml).expect_err(toml);
            assert!(error.starts_with(line), "{toml}: {error}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let config = with("[auth]\nsecret = \"hush-hush-hush-hush-hush-hush-hush\"").expect("valid");
        assert!(!format!("{config:?}").contains("hush"));
    }
}
