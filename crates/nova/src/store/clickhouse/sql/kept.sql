-- Where these identities stand; of several places the first.
select user_id, event_id, tupleElement(place, 1) as k_epoch, tupleElement(place, 2) as k_partition,
       tupleElement(place, 3) as k_offset
from
(
    select user_id, event_id,
           argMin((k_epoch, k_partition, k_offset), (k_epoch, received_at, k_offset)) as place
    from events
    where (user_id, event_id) in {identities:Array(Tuple(UInt128, UInt128))}
    group by user_id, event_id
)
