-- Ranges that were closed since, of all partitions. A table that was made (restored) or altered since may have forgotten
-- every token.
select if(altered > 0, toUInt64(18446744073709551615), closed) as blocks
from
(
    select count() as closed
    from ingest_batches
    where topic = 'events' and sealed_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
) as ledger
cross join
(
    select count() as altered
    from system.tables
    where database = currentDatabase() and engine like '%MergeTree'
      and metadata_modification_time >= toStartOfSecond(fromUnixTimestamp64Micro({since:Int64}, 'UTC'))
) as tables
