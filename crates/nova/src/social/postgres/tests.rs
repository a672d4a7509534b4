//! What only this twin promises, and the suite of all twins, each test on a database of its own.

mod capturing;
mod crowd;
mod here;
mod history;
mod open;
mod outage;
mod plans;
mod rules;

use here::{Direct, Here, at, id, one, opened, wrong_totals};

use crate::social::contract::contract;

contract!(Here::new());
