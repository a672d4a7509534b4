-- Identities that stand more than once, in the order of the table: nothing is gathered in memory.
SELECT user_id, event_id, toUInt64(n - 1) AS copies, toString(toDate(first)) AS day
FROM
(
    SELECT user_id, event_id, count() AS n, min(received_at) AS first
    FROM events
    GROUP BY user_id, event_id
    HAVING n > 1
)
ORDER BY user_id, event_id
LIMIT {limit:UInt64}
SETTINGS optimize_aggregation_in_order = 1
