-- Which partitions of which epochs are known, by the ledger and by the rows, and how far they go.
select k_epoch, k_partition, sum(ranges) as ranges, max(begin) as ledger_first, max(end) as ledger_end, sum(held) as held, max(first) as first, max(last) as last
from
(
    select k_epoch, k_partition, count() as ranges, min(first_offset) as begin, max(last_offset) + 1 as end, 0 as held, 0 as first, 0 as last
    from ingest_batches where topic = 'events'
    group by k_epoch, k_partition
    union all
    select k_epoch, k_partition, 0 as ranges, 0 as begin, 0 as end, count() as held, min(k_offset) as first, max(k_offset) as last
    from events
    group by k_epoch, k_partition
)
group by k_epoch, k_partition
order by k_epoch, k_partition
limit 100000
