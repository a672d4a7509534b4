-- Counts beside the tables, right whoever writes: Nova, the application itself, a bulk load. Counted once a statement,
-- and always in the order of the ids, so that two at once wait for each other but never in a ring.

create function count_likes() returns trigger language plpgsql as $$
begin
    if lower(tg_op) = 'truncate' then
        update public.post_totals set likes = 0 where likes <> 0;
        return null;
    end if;
    if lower(tg_op) = 'insert' then
        insert into public.post_totals as t (post_id, likes, comments)
        select id, sum(likes), 0
        from (select post_id as id, 1 as likes from added) as moved
        group by id
        having sum(likes) <> 0
        order by id
        on conflict (post_id) do update set
            likes = t.likes + excluded.likes;
    elsif lower(tg_op) = 'delete' then
        insert into public.post_totals as t (post_id, likes, comments)
        select id, sum(likes), 0
        from (select post_id as id, -1 as likes from removed) as moved
        group by id
        having sum(likes) <> 0
        order by id
        on conflict (post_id) do update set
            likes = t.likes + excluded.likes;
    else
        insert into public.post_totals as t (post_id, likes, comments)
        select id, sum(likes), 0
        from (select post_id as id, 1 as likes from added
            union all select post_id as id, -1 as likes from removed) as moved
        group by id
        having sum(likes) <> 0
        order by id
        on conflict (post_id) do update set
            likes = t.likes + excluded.likes;
    end if;
    return null;
end $$;
create trigger likes_count_added after insert on likes referencing new table as added
    for each statement execute function count_likes();
create trigger likes_count_removed after delete on likes referencing old table as removed
    for each statement execute function count_likes();
create trigger likes_count_moved after update on likes referencing old table as removed new table as added
    for each statement execute function count_likes();
create trigger likes_count_none after truncate on likes
    for each statement execute function count_likes();

create function count_comments() returns trigger language plpgsql as $$
begin
    if lower(tg_op) = 'truncate' then
        update public.post_totals set comments = 0 where comments <> 0;
        return null;
    end if;
    if lower(tg_op) = 'insert' then
        insert into public.post_totals as t (post_id, likes, comments)
        select id, 0, sum(comments)
        from (select post_id as id, 1 as comments from added where deleted_at is null) as moved
        group by id
        having sum(comments) <> 0
        order by id
        on conflict (post_id) do update set
            comments = t.comments + excluded.comments;
    elsif lower(tg_op) = 'delete' then
        insert into public.post_totals as t (post_id, likes, comments)
        select id, 0, sum(comments)
        from (select post_id as id, -1 as comments from removed where deleted_at is null) as moved
        group by id
        having sum(comments) <> 0
        order by id
        on conflict (post_id) do update set
            comments = t.comments + excluded.comments;
    else
        insert into public.post_totals as t (post_id, likes, comments)
        select id, 0, sum(comments)
        from (select post_id as id, 1 as comments from added where deleted_at is null
            union all select post_id as id, -1 as comments from removed where deleted_at is null) as moved
        group by id
        having sum(comments) <> 0
        order by id
        on conflict (post_id) do update set
            comments = t.comments + excluded.comments;
    end if;
    return null;
end $$;
create trigger comments_count_added after insert on comments referencing new table as added
    for each statement execute function count_comments();
create trigger comments_count_removed after delete on comments referencing old table as removed
    for each statement execute function count_comments();
create trigger comments_count_moved after update on comments referencing old table as removed new table as added
    for each statement execute function count_comments();
create trigger comments_count_none after truncate on comments
    for each statement execute function count_comments();

create function count_posts() returns trigger language plpgsql as $$
begin
    if lower(tg_op) = 'truncate' then
        update public.user_totals set posts = 0 where posts <> 0;
        return null;
    end if;
    if lower(tg_op) = 'insert' then
        insert into public.user_totals as t (user_id, followers, following, posts)
        select id, 0, 0, sum(posts)
        from (select author_id as id, 1 as posts from added where deleted_at is null) as moved
        group by id
        having sum(posts) <> 0
        order by id
        on conflict (user_id) do update set
            posts = t.posts + excluded.posts;
    elsif lower(tg_op) = 'delete' then
        insert into public.user_totals as t (user_id, followers, following, posts)
        select id, 0, 0, sum(posts)
        from (select author_id as id, -1 as posts from removed where deleted_at is null) as moved
        group by id
        having sum(posts) <> 0
        order by id
        on conflict (user_id) do update set
            posts = t.posts + excluded.posts;
    else
        insert into public.user_totals as t (user_id, followers, following, posts)
        select id, 0, 0, sum(posts)
        from (select author_id as id, 1 as posts from added where deleted_at is null
            union all select author_id as id, -1 as posts from removed where deleted_at is null) as moved
        group by id
        having sum(posts) <> 0
        order by id
        on conflict (user_id) do update set
            posts = t.posts + excluded.posts;
    end if;
    return null;
end $$;
create trigger posts_count_added after insert on posts referencing new table as added
    for each statement execute function count_posts();
create trigger posts_count_removed after delete on posts referencing old table as removed
    for each statement execute function count_posts();
create trigger posts_count_moved after update on posts referencing old table as removed new table as added
    for each statement execute function count_posts();
create trigger posts_count_none after truncate on posts
    for each statement execute function count_posts();

create function count_follows() returns trigger language plpgsql as $$
begin
    if lower(tg_op) = 'truncate' then
        update public.user_totals set followers = 0, following = 0 where followers <> 0 or following <> 0;
        return null;
    end if;
    if lower(tg_op) = 'insert' then
        insert into public.user_totals as t (user_id, followers, following, posts)
        select id, sum(followers), sum(following), 0
        from (select follower_id as id, 0 as followers, 1 as following from added
            union all select followee_id, 1, 0 from added) as moved
        group by id
        having sum(followers) <> 0 or sum(following) <> 0
        order by id
        on conflict (user_id) do update set
            followers = t.followers + excluded.followers,
            following = t.following + excluded.following;
    elsif lower(tg_op) = 'delete' then
        insert into public.user_totals as t (user_id, followers, following, posts)
        select id, sum(followers), sum(following), 0
        from (select follower_id as id, 0 as followers, -1 as following from removed
            union all select followee_id, -1, 0 from removed) as moved
        group by id
        having sum(followers) <> 0 or sum(following) <> 0
        order by id
        on conflict (user_id) do update set
            followers = t.followers + excluded.followers,
            following = t.following + excluded.following;
    else
        insert into public.user_totals as t (user_id, followers, following, posts)
        select id, sum(followers), sum(following), 0
        from (select follower_id as id, 0 as followers, 1 as following from added
            union all select followee_id, 1, 0 from added
            union all select follower_id as id, 0 as followers, -1 as following from removed
            union all select followee_id, -1, 0 from removed) as moved
        group by id
        having sum(followers) <> 0 or sum(following) <> 0
        order by id
        on conflict (user_id) do update set
            followers = t.followers + excluded.followers,
            following = t.following + excluded.following;
    end if;
    return null;
end $$;
create trigger follows_count_added after insert on follows referencing new table as added
    for each statement execute function count_follows();
create trigger follows_count_removed after delete on follows referencing old table as removed
    for each statement execute function count_follows();
create trigger follows_count_moved after update on follows referencing old table as removed new table as added
    for each statement execute function count_follows();
create trigger follows_count_none after truncate on follows
    for each statement execute function count_follows();
