select
    (
        select count(*)
        from users u left join user_totals t on t.user_id = u.id
        where coalesce(t.followers, 0) <> (select count(*) from follows where followee_id = u.id)
            or coalesce(t.following, 0) <> (select count(*) from follows where follower_id = u.id)
            or coalesce(t.posts, 0)
                <> (select count(*) from posts where author_id = u.id and deleted_at is null)
    )
    + (
        select count(*)
        from posts p left join post_totals t on t.post_id = p.id
        where coalesce(t.likes, 0) <> (select count(*) from likes where post_id = p.id)
            or coalesce(t.comments, 0)
                <> (select count(*) from comments where post_id = p.id and deleted_at is null)
    )
