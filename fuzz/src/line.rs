//! A line of `nova import`: a byte for the shift of its times, then the text.

use std::time::Duration;

use nova::ingest::event;
use nova::ingest::import::{Options, check};
use nova_core::model::Timestamp;

/// Microseconds.
const SHIFTS: [i64; 6] = [0, 1, -1, 1 << 50, i64::MIN, i64::MAX];
/// 2 January 2026.
const NOW: Timestamp = Timestamp::from_micros(1_767_323_045_000_000);
/// No answer repeats what it answers.
const REASON_BYTES_MAX: usize = 400;

pub(crate) fn run(bytes: &[u8]) {
    let Some((&shift, rest)) = bytes.split_first() else { return };
    let Ok(text) = str::from_utf8(rest) else { return };
    let shift = SHIFTS[usize::from(shift) % SHIFTS.len()];
    let options = Options { dry_run: true, shift, now: NOW, ahead_max: Duration::from_secs(300) };
    match check(text, &options) {
        Ok(Some(taken)) => {
            let read = event::decode(event::encode(&taken).value.as_deref(), NOW);
            assert_eq!(read, Ok(taken), "what the import took is what the projection reads");
        }
        Ok(None) => {}
        Err(reason) => assert!(
            !reason.is_empty() && reason.len() <= REASON_BYTES_MAX,
            "a reason repeats the line: {reason}"
        ),
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    [
        r#"0{"type":"user","id":"1","handle":"ann","display_name":"Ann","created_at":"2020-01-01T00:00:00Z","deleted_at":"2021-01-01T00:00:00Z"}"#,
        r#"1{"type":"post","id":"5","author_id":"1","text":" hi ","media":[{"a":1}],"lang":"en","topics":["x"],"created_at":"2020-01-01T00:00:00Z"}"#,
        r#"2{"type":"comment","id":"7","post_id":"5","author_id":"1","text":"yes","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"3{"type":"like","post_id":"5","user_id":1,"created_at":"2020-01-01T00:00:00Z"}"#,
        r#"4{"type":"follow","follower_id":"1","followee_id":"2","created_at":"2020-01-01T00:00:00+02:00"}"#,
        r#"5{"type":"block","user_id":"1","target_id":"2","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"0{"type":"event","event_id":"6f1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d","event_time":"2020-01-01T00:00:00Z","user_id":"1","post_id":"5","author_id":"2","action":"dwell","dwell_ms":900,"device":"phone","app_ver":"1"}"#,
        r#"3{"type":"event","user_id":"1","post_id":"5","action":"share","event_time":"2020-01-01T00:00:00Z"}"#,
    ]
    .map(|line| line.as_bytes().to_vec())
    .to_vec()
}
