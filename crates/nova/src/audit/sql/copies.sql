-- Identities that stand more than once, in the order of the table: nothing is gathered in memory.
select user_id, event_id, toUInt64(n - 1) as copies, toString(toDate(first)) as day
from
(
    select user_id, event_id, count() as n, min(received_at) as first
    from events
    group by user_id, event_id
    having n > 1
)
order by user_id, event_id
limit {limit:UInt64}
settings optimize_aggregation_in_order = 1
