-- A page of the ledger, in order; what was closed again under the same borders is one range.
SELECT first_offset, last_offset, records, kept, duplicates, buried, skipped, toUnixTimestamp64Micro(sealed_at) AS sealed_at
FROM ingest_batches FINAL
WHERE topic = 'events' AND k_epoch = {epoch:UInt32} AND k_partition = {partition:UInt16}
  AND (first_offset, last_offset) > ({first:UInt64}, {last:UInt64}) AND first_offset >= {first:UInt64}
ORDER BY first_offset, last_offset
LIMIT {limit:UInt64}
