//! The whole numbers, and what each may be.

use figment::Figment;

/// Key, least, most. Those of `[ranking]` stand with the ranking.
const RANGES: [(&str, u64, u64); 42] = [
    ("server.connections_max", 1, 100_000),
    ("server.idle_s", 1, 3_600),
    ("server.shutdown_s", 1, 3_600),
    ("server.request_ms", 100, 600_000),
    ("server.body_bytes_max", 1_024, 1 << 24),
    ("server.read_your_writes_ms", 1, 60_000),
    ("server.page_wait_ms", 1, 150_000),
    ("auth.leeway_s", 0, 3_600),
    ("social.pool_max", 1, 1_000),
    // more would make more parts than the store likes: each partition is written by itself
    ("log.events_partitions", 1, 64),
    ("log.change_partitions", 1, 64),
    ("log.replication", 1, 9),
    ("log.retention_days", 1, 3_650),
    ("log.batch_records_max", 1, 100_000),
    ("log.dead_letter_days", 1, 3_650),
    ("log.dead_letters_max", 1, 10_000_000),
    ("change.epoch", 0, 255),
    ("store.snapshot_s", 1, 86_400),
    ("store.waiting_max", 0, 10_000_000),
    ("store.waiting_s", 1, 604_800),
    ("store.deadline_ms", 1, 60_000),
    ("cache.page_fresh_ms", 0, 60_000),
    ("cache.slate_s", 1, 86_400),
    ("cache.slate_bytes_max", 1 << 20, 1 << 40),
    ("cache.other_bytes_max", 1 << 20, 1 << 40),
    ("cache.body_bytes_max", 0, 1 << 40),
    ("events.per_call_max", 1, 10_000),
    ("events.body_bytes_max", 1_024, 1 << 26),
    // the log refuses what is dated an hour ahead of its receipt, whoever wrote it
    ("events.ahead_s", 0, 3_599),
    ("events.back_s", 0, 31_536_000),
    ("events.dedup_events_max", 1, 1 << 30),
    ("events.dedup_filter_bytes_max", 0, 1 << 40),
    ("events.dedup_s", 600, 86_400),
    ("jobs.trending_1h_s", 0, 86_400),
    ("jobs.trending_24h_s", 0, 86_400),
    ("jobs.trending_7d_s", 0, 86_400),
    ("jobs.suggest_s", 1, 86_400),
    ("jobs.suggest_users_max", 0, 1_000_000),
    ("jobs.trim_s", 1, 86_400),
    ("breaker.failures_max", 1, 1_000),
    ("breaker.open_ms", 1, 3_600_000),
    ("breaker.open_ms_max", 1, 3_600_000),
];

/// Each key whose value is no whole number of its range, and what it must be.
pub(super) fn problems(layers: &Figment) -> Vec<(&'static str, String)> {
    let out_of_range = |&(key, low, high): &(&'static str, u64, u64)| {
        // a key that is missing, or behind a section that is none, is named when the whole is read
        let given = layers.find_value(key).ok()?;
        let number = given.to_num().and_then(|number| number.to_u128_lossy());
        let fits = number.is_some_and(|number| (u128::from(low)..=u128::from(high)).contains(&number));
        (!fits).then(|| {
            (key, format!("must be {low} to {high}, not {}", super::refusal::shown(&given.to_actual())))
        })
    };
    RANGES.iter().filter_map(out_of_range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use figment::providers::{Format as _, Toml};
    use figment::value::{Dict, Value};

    #[test]
    fn every_whole_number_of_the_defaults_has_a_range() {
        let defaults: Dict =
            Figment::from(Toml::string(crate::config::DEFAULTS)).extract().expect("sections");
        let mut numbers: Vec<String> = Vec::new();
        for (section, keys) in defaults.iter().filter(|(section, _)| *section != "ranking") {
            let keys = keys.as_dict().expect("a section");
            let whole =
                |value: &&Value| value.to_num().is_some_and(|number| number.to_u128_lossy().is_some());
            numbers.extend(
                keys.iter().filter(|(_, value)| whole(value)).map(|(key, _)| format!("{section}.{key}")),
            );
        }
        let mut ranges: Vec<String> = RANGES.iter().map(|(key, ..)| (*key).to_owned()).collect();
        numbers.sort();
        ranges.sort();
        assert_eq!(numbers, ranges);
    }
}
