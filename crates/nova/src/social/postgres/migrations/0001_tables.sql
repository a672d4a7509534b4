-- A product may write these tables itself: what has a sensible value has it by default.
--
-- Ids are UUIDs: a change record shows them as such, and no reader downstream can take one for an integer of another
-- product, whose range is kept free. Rows of accounts, posts and comments are never removed by Nova (deletion is a
-- time), so no reference needs a rule for it.

create table users (
    id uuid not null default gen_random_uuid() primary key
        constraint users_id_is_no_integer
        check (id not between '6e6f7661-0000-0000-0000-000000000000' and '6e6f7661-0000-0000-ffff-ffffffffffff'),
    handle text not null,
    display_name text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);
-- among all rows: the handle of a deleted account is not given to another person
create unique index users_by_handle on users (lower(handle collate "C"));

create table posts (
    id uuid not null default gen_random_uuid() primary key
        constraint posts_id_is_no_integer
        check (id not between '6e6f7661-0000-0000-0000-000000000000' and '6e6f7661-0000-0000-ffff-ffffffffffff'),
    author_id uuid not null references users (id),
    text text not null,
    -- json, not jsonb: every page reads it, and it is given out as it was written
    media json not null default '[]' constraint posts_media_is_an_array check (json_typeof(media) = 'array'),
    lang text,
    topics text[] not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

create table comments (
    id uuid not null default gen_random_uuid() primary key
        constraint comments_id_is_no_integer
        check (id not between '6e6f7661-0000-0000-0000-000000000000' and '6e6f7661-0000-0000-ffff-ffffffffffff'),
    post_id uuid not null references posts (id),
    author_id uuid not null references users (id),
    text text not null,
    created_at timestamptz not null default now(),
    deleted_at timestamptz
);

create table likes (
    post_id uuid not null references posts (id),
    user_id uuid not null references users (id),
    created_at timestamptz not null default now(),
    primary key (post_id, user_id)
);

create table follows (
    follower_id uuid not null references users (id),
    followee_id uuid not null references users (id),
    created_at timestamptz not null default now(),
    primary key (follower_id, followee_id),
    constraint follows_not_oneself check (follower_id <> followee_id)
);

create table blocks (
    user_id uuid not null references users (id),
    target_id uuid not null references users (id),
    created_at timestamptz not null default now(),
    primary key (user_id, target_id),
    constraint blocks_not_oneself check (user_id <> target_id)
);

create table mutes (
    user_id uuid not null references users (id),
    target_id uuid not null references users (id),
    created_at timestamptz not null default now(),
    primary key (user_id, target_id),
    constraint mutes_not_oneself check (user_id <> target_id)
);

create table hidden_posts (
    user_id uuid not null references users (id),
    post_id uuid not null references posts (id),
    created_at timestamptz not null default now(),
    primary key (user_id, post_id)
);

-- one index for each list, in its order
create index posts_by_author on posts (author_id, created_at, id) where deleted_at is null;
create index posts_by_time on posts (created_at, id) include (author_id) where deleted_at is null;
create index comments_by_post on comments (post_id, created_at, id) where deleted_at is null;
create index likes_by_post on likes (post_id, created_at, user_id);
create index follows_by_follower on follows (follower_id, created_at, followee_id);
create index follows_by_followee on follows (followee_id, created_at, follower_id);
create index blocks_by_user on blocks (user_id, created_at, target_id);
create index mutes_by_user on mutes (user_id, created_at, target_id);
create index hidden_posts_by_user on hidden_posts (user_id, created_at, post_id);

-- A change record of these carries the whole row as it was: the tables made of it are ordered by columns beside the
-- key, and a text too long for its row would otherwise be missing from the record of an edit that left it alone.
alter table posts replica identity full;
alter table comments replica identity full;
alter table likes replica identity full;
alter table follows replica identity full;

-- Beside the tables, and in no publication: counts, kept by triggers. Room in each page lets a count change without
-- touching the index.
create table user_totals (
    user_id uuid not null primary key,
    followers bigint not null,
    following bigint not null,
    posts bigint not null
) with (fillfactor = 70);

create table post_totals (
    post_id uuid not null primary key,
    likes bigint not null,
    comments bigint not null
) with (fillfactor = 70);

-- One row that a check writes: it fails where nothing can be written, and its commit waits for every one before it.
create table touches (
    id integer not null primary key check (id = 1),
    count bigint not null
) with (fillfactor = 10);
insert into touches (id, count) values (1, 0);
