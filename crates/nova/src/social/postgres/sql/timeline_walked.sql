-- Everyone's posts, newest first, each asked about as it comes, until the page is full or so many were looked at.
select newest.created_at, newest.id, newest.author_id
from (
    select p.created_at, p.id, p.author_id
    from posts p
    where p.deleted_at is null and (p.created_at, p.id) < ($2, $3)
    order by p.created_at desc, p.id desc
    limit $5
) newest
cross join lateral (
    select from follows f
    join users u on u.id = f.followee_id
    where f.follower_id = $1
        and f.followee_id = newest.author_id
        and u.deleted_at is null
        and not exists (select from blocks where user_id = $1 and target_id = newest.author_id)
        and not exists (select from blocks where user_id = newest.author_id and target_id = $1)
        and not exists (select from mutes where user_id = $1 and target_id = newest.author_id)
        and not exists (select from hidden_posts where user_id = $1 and post_id = newest.id)
    offset 0
) admits
order by newest.created_at desc, newest.id desc
limit $4
