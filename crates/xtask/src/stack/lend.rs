//! The services for a run of the tests: somebody's own where their variables are set, started here where not.

use anyhow::Result;

use super::state::{Life, Stack};
use super::{Name, down, up};

/// Names the program that breaks and mends services.
pub(super) const BREAKS: &str = "NOVA_TEST_STACK";
/// Its value where they are somebody's own.
const NOBODY: &str = "none";

/// Services that the tests may use, and what to stop afterwards.
pub(crate) struct Lent {
    variables: Vec<(String, String)>,
    ours: bool,
}

impl Lent {
    /// Starts what is not given by its variable. What runs already is used, and left running.
    pub(crate) fn take() -> Result<Self> {
        let wanted: Vec<Name> =
            Name::ALL.into_iter().filter(|name| std::env::var_os(variable(*name)).is_none()).collect();
        let breaks = |by: String| (BREAKS.to_owned(), by);
        if wanted.is_empty() {
            return Ok(Self { variables: vec![breaks(NOBODY.to_owned())], ours: false });
        }
        let mut stack = Stack::open()?;
        let ours = !Name::ALL.into_iter().any(|name| matches!(stack.life(name), Life::Alive(_)));
        up::up(&mut stack, &wanted)?;
        let url = |name: &Name| Ok((variable(*name), name.service().url(&stack.place(*name))?));
        let mut variables: Vec<_> = wanted.iter().map(url).collect::<Result<_>>()?;
        let all = wanted.len() == Name::ALL.len();
        let by = if all { std::env::current_exe()?.display().to_string() } else { NOBODY.to_owned() };
        variables.push(breaks(by));
        Ok(Self { variables, ours })
    }

    /// May the tests break them?
    pub(crate) fn may_break(&self) -> bool {
        !self.variables.contains(&(BREAKS.to_owned(), NOBODY.to_owned()))
    }

    /// What the tests are to be told, beside what is set already.
    pub(crate) fn variables(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Stops what [`Lent::take`] started.
    pub(crate) fn give_back(self) -> Result<()> {
        if self.ours { down::run(&Stack::open()?, false) } else { Ok(()) }
    }
}

/// The variable that names a service to the tests.
pub(super) fn variable(name: Name) -> String {
    format!("NOVA_TEST_{}_URL", name.service().name().to_uppercase())
}
