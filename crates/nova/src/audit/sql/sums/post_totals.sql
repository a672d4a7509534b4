-- What is to be added to each post. Of posts that are older than the events that are kept nothing can be said, unless
-- none has expired yet. Posts are taken by a share of their hashes at once.
SELECT post_id, sum(impressions) AS impressions, sum(shares) AS shares
FROM
(
    SELECT post_id, toInt64(countIf(action = 'impression')) AS impressions, toInt64(countIf(action = 'share')) AS shares
    FROM events
    WHERE action IN ('impression', 'share') AND cityHash64(post_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY post_id
    UNION ALL
    SELECT post_id, -impressions, -shares FROM post_totals WHERE cityHash64(post_id) % {slices:UInt64} = {slice:UInt64}
)
WHERE {whole:UInt8} OR post_id IN
(
    SELECT id FROM posts_cdc
    WHERE created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') AND cityHash64(id) % {slices:UInt64} = {slice:UInt64}
)
GROUP BY post_id
HAVING impressions != 0 OR shares != 0
ORDER BY post_id
LIMIT {limit:UInt64}
