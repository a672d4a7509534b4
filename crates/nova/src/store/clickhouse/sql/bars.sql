-- Whom a viewer blocks, is blocked by (1) or mutes (2).
select target_id as user, toUInt8(1) as bar
from blocks_cdc where user_id = {viewer:UInt128}
group by target_id having argMax(_deleted, _rank) = 0
union all
select user_id, 1
from blocked_by where target_id = {viewer:UInt128}
group by user_id having argMax(_deleted, _rank) = 0
union all
select target_id, 2
from mutes_cdc where user_id = {viewer:UInt128}
group by target_id having argMax(_deleted, _rank) = 0
limit 1000000
