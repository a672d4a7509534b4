-- What no statement may break, whoever sends it.

-- The tables derived from posts are ordered by author and time: a post that moved would stand there twice.
create function refuse_move() returns trigger language plpgsql as $$
begin
    raise exception 'author_id and created_at of a post do not change'
        using errcode = 'check_violation', constraint = 'posts_do_not_move',
            hint = 'delete the post (deleted_at) and make another';
end $$;
create trigger posts_do_not_move before update on posts for each row
    when (old.author_id is distinct from new.author_id or old.created_at is distinct from new.created_at)
    execute function refuse_move();

-- No follow across a block. Both sides first lock one row, that of the lesser account, and look after that: whichever
-- of two at once comes second sees the first. Follows share the lock, so they do not wait for each other.
create function refuse_follow_across_block() returns trigger language plpgsql as $$
begin
    perform from public.users where id = least(new.follower_id, new.followee_id) for share;
    if exists (select from public.blocks where user_id = new.follower_id and target_id = new.followee_id)
        or exists (select from public.blocks where user_id = new.followee_id and target_id = new.follower_id)
    then
        raise exception 'a block stands between follower_id and followee_id'
            using errcode = 'check_violation', constraint = 'follows_not_across_blocks';
    end if;
    return new;
end $$;
create trigger follows_not_across_blocks before insert or update of follower_id, followee_id on follows for each row
    execute function refuse_follow_across_block();

create function lock_blocked() returns trigger language plpgsql as $$
begin
    perform from public.users where id = least(new.user_id, new.target_id) for no key update;
    return new;
end $$;
create trigger blocks_lock before insert or update of user_id, target_id on blocks for each row
    execute function lock_blocked();

create function end_follows() returns trigger language plpgsql as $$
begin
    delete from public.follows
    where (follower_id = new.user_id and followee_id = new.target_id)
        or (follower_id = new.target_id and followee_id = new.user_id);
    return null;
end $$;
create trigger blocks_end_follows after insert or update of user_id, target_id on blocks for each row
    execute function end_follows();

-- Whoever edits a row without saying when, edits it now. Nova always says when, and sets nova.writes. A row that is
-- written as it stands is no edit: that is how rows are sent again.
create function touch() returns trigger language plpgsql as $$
begin
    new.updated_at = now();
    return new;
end $$;
create trigger users_are_touched before update on users for each row
    when (old.updated_at = new.updated_at and old.*::text <> new.*::text
        and current_setting('nova.writes', true) is distinct from 'on')
    execute function touch();
create trigger posts_are_touched before update on posts for each row
    when (old.updated_at = new.updated_at and old.*::text <> new.*::text
        and current_setting('nova.writes', true) is distinct from 'on')
    execute function touch();
