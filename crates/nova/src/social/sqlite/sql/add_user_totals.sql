insert into user_totals (user_id, followers, following, posts) values (?1, ?2, ?3, ?4)
on conflict (user_id) do update set
    followers = followers + excluded.followers,
    following = following + excluded.following,
    posts = posts + excluded.posts
