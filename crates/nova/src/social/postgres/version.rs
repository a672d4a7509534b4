//! Is the server new enough? Asked before anything is made in it.

use deadpool_postgres::ClientWrapper;

use super::connect::row;
use crate::version::Oldest;

/// Ids are made by `gen_random_uuid()`, and a slot says whether the server still keeps what it needs.
pub(super) const OLDEST: Oldest = Oldest {
    server: "PostgreSQL",
    version: (13, 0),
    lacks: "wal_status of a replication slot, and limits on what a slot keeps",
};

/// What is wrong with its version, in one line.
pub(super) async fn wrong(
    client: &ClientWrapper,
    oldest: &Oldest,
) -> Result<Option<String>, tokio_postgres::Error> {
    let Some(row) = row(client, "select current_setting('server_version_num')", &[]).await? else {
        return Ok(None);
    };
    Ok(oldest.wrong(&dotted(row.try_get(0)?)))
}

/// `15.8` of `150008`, `9.6` of `90624` as it was before 10; what is no number stays as it is.
fn dotted(number: &str) -> String {
    match number.parse::<u32>() {
        Ok(number @ ..100_000) => format!("{}.{}", number / 10_000, number / 100 % 100),
        Ok(number) => format!("{}.{}", number / 10_000, number % 10_000),
        Err(_) => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_judged_as_the_server_writes_them() {
        for number in ["130000", "150008", "180001", "1000000"] {
            assert_eq!(OLDEST.wrong(&dotted(number)), None, "{number}");
        }
        for (number, shown) in [("120022", "12.22"), ("90624", "9.6")] {
            let line = OLDEST.wrong(&dotted(number)).expect(number);
            assert!(line.starts_with(&format!("PostgreSQL {shown} is too old")), "{line}");
        }
        for rubbish in ["", "fifteen", "-150008"] {
            assert!(OLDEST.wrong(&dotted(rubbish)).is_some_and(|line| line.contains("cannot be read")));
        }
    }
}
