with page as (
    select user_id, target_id from mutes where (user_id, target_id) >= ($1, $2) order by user_id, target_id limit $3
),
touched as (
    update mutes t set created_at = t.created_at
    from page
    where t.user_id = page.user_id and t.target_id = page.target_id
)
select user_id, target_id from page order by user_id, target_id
