-- Ids are their 16 bytes, most significant first, so that they sort here as they do in memory. Times are
-- microseconds since 1970 UTC. Media and topics are JSON arrays. Rows of accounts, posts and comments are never
-- removed (deletion is a time), so no reference needs a rule for it.

create table users (
    id blob not null primary key check (length(id) = 16),
    -- unique among all rows: the handle of a deleted account is not given to another person
    handle text not null collate nocase unique,
    display_name text not null,
    created_at integer not null,
    updated_at integer not null,
    deleted_at integer
) strict, without rowid;

-- with a rowid: texts reach 20 kB, too wide for the inner pages of a primary key's tree
create table posts (
    id blob not null primary key check (length(id) = 16),
    author_id blob not null references users (id),
    text text not null,
    media text not null,
    lang text,
    topics text not null,
    created_at integer not null,
    updated_at integer not null,
    deleted_at integer
) strict;

create table comments (
    id blob not null primary key check (length(id) = 16),
    post_id blob not null references posts (id),
    author_id blob not null references users (id),
    text text not null,
    created_at integer not null,
    deleted_at integer
) strict;

create table likes (
    post_id blob not null references posts (id),
    user_id blob not null references users (id),
    created_at integer not null,
    primary key (post_id, user_id)
) strict, without rowid;

create table follows (
    follower_id blob not null references users (id),
    followee_id blob not null references users (id),
    created_at integer not null,
    primary key (follower_id, followee_id),
    check (follower_id <> followee_id)
) strict, without rowid;

create table blocks (
    user_id blob not null references users (id),
    target_id blob not null references users (id),
    created_at integer not null,
    primary key (user_id, target_id),
    check (user_id <> target_id)
) strict, without rowid;

create table mutes (
    user_id blob not null references users (id),
    target_id blob not null references users (id),
    created_at integer not null,
    primary key (user_id, target_id),
    check (user_id <> target_id)
) strict, without rowid;

create table hidden_posts (
    user_id blob not null references users (id),
    post_id blob not null references posts (id),
    created_at integer not null,
    primary key (user_id, post_id)
) strict, without rowid;

-- one index for each list, in its order
create index posts_by_author on posts (author_id, created_at, id) where deleted_at is null;
create index posts_by_time on posts (created_at, id, author_id) where deleted_at is null;
create index comments_by_post on comments (post_id, created_at, id) where deleted_at is null;
create index likes_by_post on likes (post_id, created_at, user_id);
create index follows_by_follower on follows (follower_id, created_at, followee_id);
create index follows_by_followee on follows (followee_id, created_at, follower_id);
create index blocks_by_user on blocks (user_id, created_at, target_id);
create index mutes_by_user on mutes (user_id, created_at, target_id);
create index hidden_posts_by_user on hidden_posts (user_id, created_at, post_id);

-- Beside the tables: counts, kept in the transaction of the rows they count. Counting the likes of a famous post
-- anew for each page that shows it would read every one of them.
create table user_totals (
    user_id blob not null primary key,
    followers integer not null,
    following integer not null,
    posts integer not null
) strict, without rowid;

create table post_totals (
    post_id blob not null primary key,
    likes integer not null,
    comments integer not null
) strict, without rowid;

-- The number of the last change record, below 2^56 (the eight bits above hold the source's epoch), and its time.
create table change_sequence (
    id integer not null primary key check (id = 1),
    lsn integer not null check (lsn between 0 and 72057594037927935),
    committed_us integer not null
) strict;
insert into change_sequence (id, lsn, committed_us) values (1, 0, 0);
