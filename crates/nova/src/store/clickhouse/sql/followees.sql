-- Whom these accounts follow, at most so many each, in the order of their ids.
select follower_id, followee_id
from follows_cdc
where follower_id in {users:Array(UInt128)}
group by follower_id, followee_id
having argMax(_deleted, _rank) = 0
order by follower_id, followee_id
limit {each:UInt64} by follower_id
limit {limit:UInt64}
