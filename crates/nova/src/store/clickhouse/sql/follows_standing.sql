select count() as n
from
(
    select follower_id
    from follows_cdc
    group by follower_id, followee_id
    having argMax(_deleted, _rank) = 0
)
