-- Does `events` hold everything that was ever written? Then sums without a date can be held against it.
SELECT toUInt8(ifNull(
    (
        SELECT countIf(begins != 0 OR closed < fromUnixTimestamp64Micro({since:Int64}, 'UTC')) = 0
        FROM
        (
            SELECT min(first_offset) AS begins, min(sealed_at) AS closed
            FROM ingest_batches WHERE topic = 'events' GROUP BY k_epoch, k_partition
        )
    )
    AND (SELECT count() = 0 FROM events WHERE k_epoch = 0), 0)) AS whole
