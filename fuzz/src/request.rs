//! An HTTP request: a line of method and target, then the body. A method written small is sent by nobody.

use crate::service;

pub(crate) fn run(bytes: &[u8]) {
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    let (Ok(line), body) = (str::from_utf8(&bytes[..end]), bytes.get(end + 1..).unwrap_or_default()) else {
        return;
    };
    let Some((method, target)) = line.split_once(' ') else { return };
    let named = !method.starts_with(|first: char| first.is_ascii_lowercase());
    let method = method.to_ascii_uppercase();
    // without its accounts there is nothing left to ask about
    if method == "DELETE" && (target.contains("/users") || target.contains("/me")) {
        return;
    }
    service::with(|service| service.ask(&method, target, named, body));
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    [
        "GET /api/v1/feed?limit=5&explain=true&algo=ch\n",
        "GET /api/v1/feed?algo=time\n",
        "get /api/v1/feed/trending?window=7d&limit=2\n",
        "GET /api/v1/feed/metrics?from=2026-01-01&to=2026-01-02\n",
        "POST /api/v1/feed/invalidate\n{\"user_id\":\"1\"}",
        "GET /api/v1/discover/suggested-users?limit=3\n",
        "POST /api/v1/events\n{\"events\":[{\"post_id\":\"21\",\"action\":\"dwell\",\"dwell_ms\":900},{\"post_id\":22,\"action\":\"hide\"}]}",
        "post /api/v1/users\n{\"handle\":\"zoe_1\",\"display_name\":\"Zo\\u00eb\"}",
        "GET /api/v1/users?handle=user_2\n",
        "PATCH /api/v1/users/1\n{\"display_name\":\"Ann\"}",
        "GET /api/v1/users/2/followers?limit=2\n",
        "PUT /api/v1/users/4/follow\n",
        "DELETE /api/v1/posts/99/like\n",
        "PUT /api/v1/users/5/mute\n",
        "POST /api/v1/posts\n{\"text\":\"hi\",\"media\":[{\"url\":\"x\"}],\"lang\":\"en\",\"topics\":[\"tea\"]}",
        "PATCH /api/v1/posts/21\n{\"text\":\"x\"}",
        "POST /api/v1/posts/21/comments\n{\"text\":\"yes\"}",
        "PUT /api/v1/posts/31/hide\n",
        "GET /api/v1/me\n",
        "get /health/ready\n",
        "get /metrics\n",
        "get /openapi.json\n",
        "get /?user=1\n",
    ]
    .map(|request| request.as_bytes().to_vec())
    .to_vec()
}
