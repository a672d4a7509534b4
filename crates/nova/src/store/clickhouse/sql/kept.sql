-- Where these identities stand; of several places the first.
SELECT user_id, event_id, tupleElement(place, 1) AS k_partition, tupleElement(place, 2) AS k_offset
FROM
(
    SELECT user_id, event_id, argMin((k_partition, k_offset), (received_at, k_offset)) AS place
    FROM events
    WHERE (user_id, event_id) IN {identities:Array(Tuple(UInt128, UInt128))}
    GROUP BY user_id, event_id
)
