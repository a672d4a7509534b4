with page as (
    select post_id, user_id from likes where (post_id, user_id) >= ($1, $2) order by post_id, user_id limit $3
),
touched as (
    update likes t set created_at = t.created_at
    from page
    where t.post_id = page.post_id and t.user_id = page.user_id
)
select post_id, user_id from page order by post_id, user_id
