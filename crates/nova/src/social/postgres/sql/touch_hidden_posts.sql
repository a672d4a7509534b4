with page as (
    select user_id, post_id from hidden_posts where (user_id, post_id) >= ($1, $2) order by user_id, post_id limit $3
),
touched as (
    update hidden_posts t set created_at = t.created_at
    from page
    where t.user_id = page.user_id and t.post_id = page.post_id
)
select user_id, post_id from page order by user_id, post_id
