//! Where a service is.

use std::fmt;

use serde::Deserialize;

/// A service's URL. Shown without its password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Url(String);

impl Url {
    /// All of it: for whoever connects.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// `postgres://nova:***@host:5432/nova`
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else { return f.write_str(&self.0) };
        // a password may hold any of these signs, but the last @ before the path ends it
        let authority = rest.find('/').map_or(rest, |end| &rest[..end]);
        match rest[..authority.len()].rsplit_once('@') {
            Some((who, _)) if who.contains(':') => {
                let user = who.split(':').next().unwrap_or_default();
                write!(f, "{scheme}://{user}:***{}", &rest[who.len()..])
            }
            _ => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_shown_without_its_password() {
        for (url, shown) in [
            ("sqlite://", "sqlite://"),
            ("kafka://a:9092,b:9092", "kafka://a:9092,b:9092"),
            ("postgres://nova:p:w@d@db:5432/nova", "postgres://nova:***@db:5432/nova"),
            ("redis://:pw@cache/0", "redis://:***@cache/0"),
            ("clickhouse://nova@h:8123/nova_feed", "clickhouse://nova@h:8123/nova_feed"),
        ] {
            assert_eq!(Url(url.to_owned()).to_string(), shown);
        }
    }
}
