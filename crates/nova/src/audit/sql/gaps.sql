-- Gaps that somebody accepted: ranges without a record.
select topic, k_epoch, k_partition, first_offset, last_offset, toUnixTimestamp64Micro(sealed_at) as sealed_at
from ingest_batches final
where records = 0
order by topic, k_epoch, k_partition, first_offset
limit {limit:UInt64}
