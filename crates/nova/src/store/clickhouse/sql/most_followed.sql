select followee_id, count() as n
from
(
    select followee_id
    from followers
    group by followee_id, follower_id
    having argMax(_deleted, _rank) = 0
)
group by followee_id
order by n desc, followee_id
limit {limit:UInt64}
