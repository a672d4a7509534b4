-- How many follow each of these accounts.
select followee_id, count() as n
from
(
    select followee_id
    from followers
    where followee_id in {users:Array(UInt128)}
    group by followee_id, follower_id
    having argMax(_deleted, _rank) = 0
)
group by followee_id
