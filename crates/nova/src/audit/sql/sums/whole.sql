-- Does `events` hold everything that was ever written? Then sums without a date can be held against it.
select toUInt8(ifNull(
    (
        select countIf(begins != 0 or closed < fromUnixTimestamp64Micro({since:Int64}, 'UTC')) = 0
        from
        (
            select min(first_offset) as begins, min(sealed_at) as closed
            from ingest_batches where topic = 'events' group by k_epoch, k_partition
        )
    )
    and (select count() = 0 from events where k_epoch = 0), 0)) as whole
