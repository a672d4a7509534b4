//! Parts of the work, so that processes can share it.

use anyhow::{Result, bail};

use crate::config::Mode;

/// What this process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// Answers requests.
    pub api: bool,
    /// Carries the log into the store.
    pub project: bool,
    /// What is done on a timer.
    pub jobs: bool,
}

impl Roles {
    /// Everything, as the embedded mode must.
    pub const ALL: Self = Self { api: true, project: true, jobs: true };

    /// The least that a process does which answers: for whoever only looks.
    #[must_use]
    pub const fn least(mode: Mode) -> Self {
        match mode {
            Mode::Embedded => Self::ALL,
            Mode::Distributed => Self { api: true, project: false, jobs: false },
        }
    }

    /// # Errors
    /// When some are left out where one process does everything.
    pub(super) fn must_fit(self, mode: Mode) -> Result<()> {
        if mode == Mode::Embedded && self != Self::ALL {
            bail!("--role: embedded, one process does everything; roles are for the distributed mode");
        }
        Ok(())
    }
}
