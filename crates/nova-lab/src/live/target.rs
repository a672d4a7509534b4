//! Where the server is, and how one says who one is.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use nova_core::model::UserId;

/// A running Nova.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it listens, plain HTTP.
    pub address: SocketAddr,
    /// How callers are named.
    pub auth: Auth,
}

/// How a request says whose it is.
#[derive(Clone)]
pub enum Auth {
    /// By the header `X-Nova-User`: the server runs with `auth.mode = "open"`.
    Open,
    /// By a token that this gives for each caller.
    Bearer(Arc<dyn Fn(UserId) -> String + Send + Sync>),
}

impl From<SocketAddr> for Target {
    /// With open authentication.
    fn from(address: SocketAddr) -> Self {
        Self { address, auth: Auth::Open }
    }
}

impl Auth {
    /// The header that names the caller, and its value.
    #[must_use]
    pub fn header(&self, user: UserId) -> (&'static str, String) {
        match self {
            Self::Open => ("x-nova-user", user.to_string()),
            Self::Bearer(token) => ("authorization", format!("Bearer {}", token(user))),
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Bearer(_) => "Bearer",
        })
    }
}
