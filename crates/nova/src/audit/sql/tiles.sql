-- A page of the ledger, in order; what was closed again under the same borders is one range.
select first_offset, last_offset, records, kept, duplicates, buried, skipped, toUnixTimestamp64Micro(sealed_at) as sealed_at
from ingest_batches final
where topic = 'events' and k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16}
  and (first_offset, last_offset) > ({first:UInt64}, {last:UInt64}) and first_offset >= {first:UInt64}
order by first_offset, last_offset
limit {limit:UInt64}
