-- Posts of the accounts that a viewer follows, newest first. Whose authors the viewer blocks or mutes, or is blocked by,
-- are not among them.
with
    followed as
    (
        select followee_id
        from follows_cdc
        where follower_id = {viewer:UInt128}
        group by followee_id
        having argMax(_deleted, _rank) = 0
    ),
    barred as
    (
        select target_id from blocks_cdc where user_id = {viewer:UInt128}
        group by target_id having argMax(_deleted, _rank) = 0
        union all
        select user_id from blocked_by where target_id = {viewer:UInt128}
        group by user_id having argMax(_deleted, _rank) = 0
        union all
        select target_id from mutes_cdc where user_id = {viewer:UInt128}
        group by target_id having argMax(_deleted, _rank) = 0
    )
select id, author_id, created_at
from posts_recent
where author_id in followed and author_id not in barred
  and created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
  and created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
group by author_id, created_at, id
having argMax(gone, _rank) = 0
order by created_at desc, id
limit {limit:UInt64}
