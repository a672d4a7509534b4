//! A cursor: a byte for the list, then what it holds, signed as the service signs. Behind the byte `?` stands the
//! cursor itself, as anybody could send it.

use axum::http::StatusCode;
use nova::api::cursor::Signer;

use crate::service::{self, Service};

/// A list that is paged through: its address with a first parameter, and what its cursors are signed for.
struct List {
    target: &'static str,
    scope: &'static str,
}

const LISTS: [List; 11] = [
    List { target: "/api/v1/feed?algo=ch", scope: "feed|1|ch|false" },
    List { target: "/api/v1/feed?algo=time", scope: "feed|1|time|false" },
    List { target: "/api/v1/feed/trending?window=24h", scope: "trending|24h|1" },
    List { target: "/api/v1/users/2/followers?", scope: "list|followers|2|1" },
    List { target: "/api/v1/users/1/following?", scope: "list|following|1|1" },
    List { target: "/api/v1/users/2/posts?", scope: "list|posts|2|1" },
    List { target: "/api/v1/posts/21/likes?", scope: "list|likes|21|1" },
    List { target: "/api/v1/posts/21/comments?", scope: "list|comments|21|1" },
    List { target: "/api/v1/me/blocks?", scope: "list|blocks|1|1" },
    List { target: "/api/v1/me/mutes?", scope: "list|mutes|1|1" },
    List { target: "/api/v1/me/hidden?", scope: "list|hidden|1|1" },
];

/// What a cursor can hold.
const PAYLOAD_BYTES_MAX: usize = 150;
/// A payload names a slate by 16 bytes; zeros stand for the one that is there.
const SLATE_BYTES: usize = 16;

pub(crate) fn run(bytes: &[u8]) {
    let Some((&list, payload)) = bytes.split_first() else { return };
    service::with(|service| match LISTS.get(usize::from(list.wrapping_sub(b'0'))) {
        Some(list) => sealed(service, list, payload),
        None => given(service, payload),
    });
}

fn sealed(service: &mut Service, list: &List, payload: &[u8]) {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return;
    }
    let mut payload = payload.to_vec();
    let at = payload.len().saturating_sub(SLATE_BYTES + 2);
    if payload.get(at..at + SLATE_BYTES).is_some_and(|id| id.iter().all(|&byte| byte == 0)) {
        let first = first_payload(service, list);
        if first.len() == payload.len() {
            payload[at..at + SLATE_BYTES].copy_from_slice(&first[at..at + SLATE_BYTES]);
        }
    }
    let cursor = service.signer().seal(list.scope, &payload);
    let target = format!("{}&limit=3&cursor={cursor}", list.target);
    let Some(answer) = service.ask("GET", &target, true, b"") else { return };
    match answer.status {
        StatusCode::OK => {
            let items = answer.json["items"].as_array().map(Vec::len);
            assert!(items.is_some_and(|items| items <= 3), "{target}: {}", answer.json);
        }
        StatusCode::BAD_REQUEST | StatusCode::GONE | StatusCode::UNPROCESSABLE_ENTITY => {}
        status => panic!("{target}: {status}"),
    }
}

/// Without the key nobody makes a cursor.
fn given(service: &mut Service, cursor: &[u8]) {
    let Ok(cursor) = str::from_utf8(cursor) else { return };
    for list in &LISTS {
        assert_eq!(service.signer().open(list.scope, cursor), None);
        if let Some(answer) = service.ask("GET", &format!("{}&cursor={cursor}", list.target), true, b"") {
            assert!(answer.status.is_client_error() || cursor.starts_with(['&', '#']) || cursor.is_empty());
        }
    }
}

/// What the cursor of a first page holds.
fn first_payload(service: &mut Service, list: &List) -> Vec<u8> {
    let target = format!("{}&limit=1", list.target);
    let answer = service.ask("GET", &target, true, b"").expect("a request");
    let cursor = answer.json["next_cursor"].as_str().unwrap_or_else(|| panic!("{target}: {}", answer.json));
    let open = |signer: &Signer| signer.open(list.scope, cursor);
    open(service.signer()).expect("this target knows what cursors are signed for")
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    service::with(|service| {
        let mut seeds: Vec<Vec<u8>> = (b'0'..)
            .zip(&LISTS)
            .map(|(number, list)| [&[number][..], &first_payload(service, list)].concat())
            .collect();
        for slate in [0, 2] {
            let end = seeds[slate].len();
            seeds[slate][end - SLATE_BYTES - 2..end - 2].fill(0);
        }
        seeds.push(b"?AAAA".to_vec());
        seeds
    })
}
