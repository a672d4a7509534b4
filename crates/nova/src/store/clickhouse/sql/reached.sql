-- The greatest offset that is known, and one more: 0 where none is.
SELECT max(next) AS next
FROM
(
    SELECT if(count() = 0, 0, max(last_offset) + 1) AS next
    FROM ingest_batches
    WHERE topic = {topic:String} AND k_epoch = {epoch:UInt32} AND k_partition = {partition:UInt16}
    UNION ALL
    SELECT if(count() = 0, 0, max(k_offset) + 1) AS next
    FROM events
    WHERE {topic:String} = 'events' AND k_epoch = {epoch:UInt32} AND k_partition = {partition:UInt16}
)
