//! What only this twin promises, and the suite of all twins, each on a database of its own.

mod here;

use here::Here;

use crate::social::contract::contract;

contract!(Here::new());
