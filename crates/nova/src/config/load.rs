//! Layers, and errors that name the key, where it came from and what is allowed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use thiserror::Error;

use super::{AuthMode, Config, range, refusal};

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
        let ranges = range::problems(layers);
        let mut lines: Vec<String> =
            ranges.iter().map(|(key, problem)| refusal::line(layers, key, problem)).collect();
        match layers.extract::<Self>() {
            Ok(config) if lines.is_empty() => {
                let problems = config.problems();
                if problems.is_empty() {
                    return Ok(config);
                }
                lines.extend(problems.iter().map(|(key, problem)| refusal::line(layers, key, problem)));
            }
            Ok(_) => {}
            Err(errors) => {
                let unreadable = errors.into_iter().map(|error| refusal::unreadable(layers, &error));
                // a number that is none is said once, with its range
                let fresh = unreadable.filter(|(key, _)| !ranges.iter().any(|(said, _)| said == key));
                lines.extend(fresh.map(|(_, line)| line));
            }
        }
        Err(ConfigError(lines))
    }

    /// What no type and no range could say: keys that need each other.
    fn problems(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut must = |holds: bool, key: &str, allowed: &str| {
            if !holds {
                found.push((key.to_owned(), allowed.to_owned()));
            }
        };
        must(
            !self.server.data_dir.as_os_str().is_empty(),
            "server.data_dir",
            "must be the path of a directory",
        );
        must(
            self.server.page_wait_ms <= self.server.request_ms / 4,
            "server.page_wait_ms",
            "must be at most a quarter of server.request_ms",
        );
        must(self.events.ahead_s < self.events.dedup_s, "events.ahead_s", "must be less than events.dedup_s");
        must(
            self.breaker.open_ms <= self.breaker.open_ms_max,
            "breaker.open_ms",
            "must be at most breaker.open_ms_max",
        );
        must(
            is_filter(&self.logging.level),
            "logging.level",
            "must be error, warn, info, debug, trace or off, or a list with modules as in \"info,nova::feed=debug\"",
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
        self.check_twins(&mut must);
        if let Err(error) = self.change.validate() {
            found.push((error.key, error.detail));
        }
        for problem in self.ranking.validate() {
            found.push((
                format!("ranking.{}", problem.key),
                format!("must be {}, not {}", problem.allowed, problem.given),
            ));
        }
        found
    }
}

/// A level, or several for modules, the general one among them. A word that is no level would be taken for a module,
/// and the log fall silent.
fn is_filter(levels: &str) -> bool {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let level = |part: &str| part.rsplit('=').next().unwrap_or_default().trim().to_ascii_lowercase();
    levels.split(',').all(|part| LEVELS.contains(&&*level(part)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn with(toml: &str) -> Result<Config, String> {
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
            (
                "[server]\nlisten = 5",
                "server.listen: must be an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080, not 5",
            ),
            (
                "[server]\nlisten = \"localhost:80\"",
                "server.listen: must be an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080, not \"localhost:80\"",
            ),
            ("server = 5", "server: must be a section, as in [server]"),
            ("[ranking]\nweights = 5", "ranking.weights: must be a section, as in [ranking.weights], not 5"),
            ("[server]\nshutdown_s = \"20\"", "server.shutdown_s: must be 1 to 3600, not \"20\""),
            ("[server]\nshutdown_s = -1", "server.shutdown_s: must be 1 to 3600, not -1"),
            ("[server]\nshutdown_s = 1.5", "server.shutdown_s: must be 1 to 3600, not 1.5"),
            ("[server]\ndata_dir = \"\"", "server.data_dir: must be the path of a directory"),
            ("[server]\ndata_dir = 5", "server.data_dir: must be a path, in quotes, not 5"),
            ("[auth]\nmode = 5", "auth.mode: must be one of open, jwt, not 5"),
            ("[auth]\nsecret = 5", "auth.secret: must be text, in quotes"),
            ("[auth]\naudience = 5", "auth.audience: must be text, in quotes, not 5"),
            ("[store]\nhot_index = \"yes\"", "store.hot_index: must be true or false, not \"yes\""),
            ("[logging]\nlevel = \"loud\"", "logging.level: must be error, warn, info"),
            ("[logging]\nlevel = \"info,nova\"", "logging.level: must be error, warn, info"),
            ("[logging]\nformat = []", "logging.format: must be one of text, json, not a list"),
            ("[ranking]\nlambda_per_hour = \"x\"", "ranking.lambda_per_hour: must be a number, not \"x\""),
            ("[ranking]\nslate_max = 1.5", "ranking.slate_max: must be a whole number from 0 on, not 1.5"),
            (
                "[breaker]\nopen_ms = 5000\nopen_ms_max = 1000",
                "breaker.open_ms: must be at most breaker.open_ms_max",
            ),
            ("[events]\nahead_s = 3600", "events.ahead_s: must be 0 to 3599, not 3600"),
            ("[server", "configuration: TOML parse error at line 1, column 8: "),
            ("[server]\nlisten = \"0.0.0.0:80\"", "auth.mode: \"open\" is allowed only while"),
            ("[auth]\nmode = \"none\"", "auth.mode: must be one of open, jwt, not \"none\""),
            ("[auth]\nmode = \"jwt\"\nsecret = \"short\"", "auth.secret: must have at least 32 bytes"),
            ("[log]\nurl = \"file:///x\"", "log.url: must be \"sqlite://\""),
            ("[jobs]\ntrim_s = 0", "jobs.trim_s: must be 1 to 86400, not 0"),
        ] {
            let error = with(toml).expect_err(toml);
            assert!(error.starts_with(line), "{toml}: {error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn every_number_that_is_wrong_is_said_at_once() {
        let error = with("[server]\nshutdown_s = 0\n[jobs]\ntrim_s = \"x\"").expect_err("wrong");
        let keys: Vec<&str> = error.lines().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(keys, ["server.shutdown_s", "jobs.trim_s"]);
    }

    #[test]
    fn a_secret_is_never_shown() {
        let config = with("[auth]\nsecret = \"hush-hush-hush-hush-hush-hush-hush\"").expect("valid");
        assert!(!format!("{config:?}").contains("hush"));
        for wrong in [
            "secret = 4711",
            "secret = [\"4711\"]",
            "secret = \"4711\" 5",
            "mode = \"jwt\"\nsecret = \"4711\"",
        ] {
            let error = with(&format!("[auth]\n{wrong}")).expect_err(wrong);
            assert!(!error.contains("4711"), "{error}");
        }
    }
}
