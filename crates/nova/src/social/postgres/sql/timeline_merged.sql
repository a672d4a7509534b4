-- What is among the newest is by an author whose newest post is among the newest of the newest: one look at each
-- followed account, then as many posts of as many authors as the page has items. `offset 0` keeps a question from
-- being asked of all before it is asked of one.
with heads as (
    select followed.author_id, head.created_at, head.id
    from (select followee_id as author_id from follows where follower_id = $1 limit 20000) followed
    cross join lateral (
        select p.created_at, p.id
        from posts p
        where p.author_id = followed.author_id
            and p.deleted_at is null
            and (p.created_at, p.id) < ($2, $3)
            and not exists (select from hidden_posts where user_id = $1 and post_id = p.id)
        order by p.created_at desc, p.id desc
        limit 1
    ) head
    order by head.created_at desc, head.id desc
),
admitted as (
    select heads.author_id
    from heads
    cross join lateral (
        select from users u
        where u.id = heads.author_id
            and u.deleted_at is null
            and not exists (select from blocks where user_id = $1 and target_id = heads.author_id)
            and not exists (select from blocks where user_id = heads.author_id and target_id = $1)
            and not exists (select from mutes where user_id = $1 and target_id = heads.author_id)
        offset 0
    ) admits
    limit $4
)
select found.created_at, found.id, admitted.author_id
from admitted
cross join lateral (
    select p.created_at, p.id
    from posts p
    where p.author_id = admitted.author_id
        and p.deleted_at is null
        and (p.created_at, p.id) < ($2, $3)
        and not exists (select from hidden_posts where user_id = $1 and post_id = p.id)
    order by p.created_at desc, p.id desc
    limit $4
) found
order by found.created_at desc, found.id desc
limit $4
