-- The events of the ranges of one page, range by range: as many as were kept, and none between ranges.
with tiles as
(
    select k_partition, first_offset, max(b.last_offset) as last_offset, argMax(b.kept, b.last_offset) as kept
    from ingest_batches as b final
    where topic = 'events' and k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16}
      and first_offset >= {from:UInt64} and first_offset <= {to:UInt64}
    group by k_partition, first_offset
),
found as
(
    select tiles.first_offset as first_offset, countIf(k_offset <= tiles.last_offset) as held,
           countIf(k_offset > tiles.last_offset) as stray
    from
    (
        select k_partition, k_offset from events
        where k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16}
          and k_offset >= {from:UInt64} and k_offset <= {end:UInt64}
    ) as events
    asof inner join tiles on events.k_partition = tiles.k_partition and events.k_offset >= tiles.first_offset
    group by first_offset
)
select tiles.first_offset as first_offset, tiles.last_offset as last_offset, toInt64(held) - toInt64(kept) as more, stray
from tiles left join found on found.first_offset = tiles.first_offset
where more != 0 or stray != 0
order by first_offset
limit {limit:UInt64}
