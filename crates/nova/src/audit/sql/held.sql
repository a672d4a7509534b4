-- The events of the ranges of one page, range by range: as many as were kept, and none between ranges.
WITH tiles AS
(
    SELECT k_partition, first_offset, max(b.last_offset) AS last_offset, argMax(b.kept, b.last_offset) AS kept
    FROM ingest_batches AS b FINAL
    WHERE topic = 'events' AND k_epoch = {epoch:UInt32} AND k_partition = {partition:UInt16}
      AND first_offset >= {from:UInt64} AND first_offset <= {to:UInt64}
    GROUP BY k_partition, first_offset
),
found AS
(
    SELECT tiles.first_offset AS first_offset, countIf(k_offset <= tiles.last_offset) AS held,
           countIf(k_offset > tiles.last_offset) AS stray
    FROM
    (
        SELECT k_partition, k_offset FROM events
        WHERE k_epoch = {epoch:UInt32} AND k_partition = {partition:UInt16}
          AND k_offset >= {from:UInt64} AND k_offset <= {end:UInt64}
    ) AS events
    ASOF INNER JOIN tiles ON events.k_partition = tiles.k_partition AND events.k_offset >= tiles.first_offset
    GROUP BY first_offset
)
SELECT tiles.first_offset AS first_offset, tiles.last_offset AS last_offset, toInt64(held) - toInt64(kept) AS more, stray
FROM tiles LEFT JOIN found ON found.first_offset = tiles.first_offset
WHERE more != 0 OR stray != 0
ORDER BY first_offset
LIMIT {limit:UInt64}
