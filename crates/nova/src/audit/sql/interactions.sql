-- Interactions that stand neither under their author nor among those that wait for one: of events, of the likes that
-- events and rows say, and of comments. What is about to expire is left alone.
WITH said AS
(
    SELECT user_id, 'event' AS kind, event_id AS id, post_id, author_id, toDate32(event_time) AS day, event_time AS at,
           toUInt8(1) AS counts, toUInt128(1) AS version
    FROM events
    WHERE action IN ('view', 'click', 'share') AND cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    UNION ALL
    SELECT user_id, 'like_event' AS kind, post_id AS id, post_id, author_id, toDate32(moment) AS day, moment AS at,
           toUInt8(action = 'like') AS counts,
           bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(moment), 0)), 64), toUInt128(k_offset)) AS version
    FROM (SELECT *, least(event_time, received_at) AS moment FROM events WHERE action IN ('like', 'unlike'))
    WHERE cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    UNION ALL
    SELECT user_id, 'like' AS kind, post_id AS id, post_id, post_author_id AS author_id,
           toDate32(if(_deleted, committed_at, created_at)) AS day, committed_at AS at, toUInt8(NOT _deleted) AS counts, _rank AS version
    FROM likes_cdc FINAL
    WHERE cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    UNION ALL
    SELECT comments_cdc.author_id AS user_id, 'comment' AS kind, id, post_id, post_author_id AS author_id,
           toDate32(created_at) AS day, committed_at AS at, toUInt8(NOT gone) AS counts, _rank AS version
    FROM comments_cdc FINAL
    WHERE post_id != 0 AND cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
),
truth AS
(
    SELECT user_id, kind, id, argMax((post_id, author_id, day, at, counts), said.version) AS held, max(said.version) AS version
    FROM said
    WHERE at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    GROUP BY user_id, kind, id
),
stands AS
(
    SELECT user_id, kind, id, max(version) AS version
    FROM
    (
        SELECT user_id, toString(kind) AS kind, id, version FROM user_author_90d
        WHERE cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
        UNION ALL
        SELECT user_id, toString(kind) AS kind, id, version FROM authors_awaited
        WHERE cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    )
    GROUP BY user_id, kind, id
)
SELECT truth.user_id AS user_id, truth.kind AS kind, truth.id AS id, tupleElement(held, 1) AS post_id, tupleElement(held, 2) AS author_id,
       tupleElement(held, 3) AS day, tupleElement(held, 4) AS at, tupleElement(held, 5) AS counts, truth.version AS version
FROM truth
LEFT JOIN stands ON stands.user_id = truth.user_id AND stands.kind = truth.kind AND stands.id = truth.id
WHERE stands.version < truth.version
