-- A community: people, posts of the last month, follows. Low numbers post most and are followed most. $users, $posts,
-- $follows (of each person) and $now are put in.
insert into users (id, handle, display_name, created_at, updated_at)
select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'user' || n, 'User ' || n,
       to_timestamp($now) - interval '60 days', to_timestamp($now) - interval '60 days'
from generate_series(0, $users - 1) n;

insert into posts (id, author_id, text, created_at, updated_at)
select ('01900000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('01900000-0000-7000-8000-' || lpad(to_hex(floor($users * (x * x))::bigint), 12, '0'))::uuid,
       'A post as people write them, with the number ' || n,
       to_timestamp($now) - n * interval '2592000 seconds' / $posts, to_timestamp($now) - n * interval '2592000 seconds' / $posts
from (select n, (n * 2654435761 % 4294967296)::float8 / 4294967296 as x from generate_series(0::bigint, $posts - 1) n) as numbered;

-- neither counts nor references are looked at: it is millions of rows, and no page reads these
set session_replication_role = replica;
insert into follows (follower_id, followee_id, created_at)
select ('01900000-0000-7000-8000-' || lpad(to_hex(follower), 12, '0'))::uuid,
       ('01900000-0000-7000-8000-' || lpad(to_hex(followee), 12, '0'))::uuid, to_timestamp($now) - interval '50 days'
from (select n / $follows as follower, floor($users * (x * x))::bigint as followee
      from (select n, ((n + 12345) * 2246822519 % 4294967296)::float8 / 4294967296 as x
            from generate_series(0::bigint, $users * $follows - 1) n) as numbered) as pairs
where follower <> followee
on conflict do nothing;
set session_replication_role = origin;
analyze;
