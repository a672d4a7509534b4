insert into post_totals (post_id, likes, comments) values (?1, ?2, ?3)
on conflict (post_id) do update set
    likes = likes + excluded.likes,
    comments = comments + excluded.comments
