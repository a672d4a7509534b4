-- Users, posts and follows are within a half per cent; of follows those that were taken back count until the parts that
-- hold both are merged.
select users, posts, follow_rows, follows, events, bytes
from
    (select uniqCombined64(id) as users from users_cdc) as a,
    (select uniqCombined64(id) as posts from posts_cdc) as b,
    (
        select count() as follow_rows, uniqCombined64If((follower_id, followee_id), not _deleted) as follows
        from follows_cdc
    ) as c,
    (select sum(n) as events from metrics_1d where action != 'served') as d,
    (select sum(bytes_on_disk) as bytes from system.parts where active and database = currentDatabase()) as e
