-- Which partitions of which epochs are known, by the ledger and by the rows, and how far they go.
SELECT k_epoch, k_partition, sum(ranges) AS ranges, max(begin) AS ledger_first, max(end) AS ledger_end, sum(held) AS held, max(first) AS first, max(last) AS last
FROM
(
    SELECT k_epoch, k_partition, count() AS ranges, min(first_offset) AS begin, max(last_offset) + 1 AS end, 0 AS held, 0 AS first, 0 AS last
    FROM ingest_batches WHERE topic = 'events'
    GROUP BY k_epoch, k_partition
    UNION ALL
    SELECT k_epoch, k_partition, 0 AS ranges, 0 AS begin, 0 AS end, count() AS held, min(k_offset) AS first, max(k_offset) AS last
    FROM events
    GROUP BY k_epoch, k_partition
)
GROUP BY k_epoch, k_partition
ORDER BY k_epoch, k_partition
LIMIT 100000
