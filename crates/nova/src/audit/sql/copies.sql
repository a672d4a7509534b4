-- Identities that stand more than once, of a share of the users.
select user_id, event_id, toUInt64(n - 1) as copies, toString(toDate(first)) as day
from
(
    select user_id, event_id, count() as n, min(received_at) as first
    from events
    where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    group by user_id, event_id
    having n > 1
)
order by user_id, event_id
limit {limit:UInt64}
