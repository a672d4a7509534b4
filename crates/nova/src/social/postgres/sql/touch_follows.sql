with page as (
    select follower_id, followee_id from follows where (follower_id, followee_id) >= ($1, $2) order by follower_id, followee_id limit $3
),
touched as (
    update follows t set created_at = t.created_at
    from page
    where t.follower_id = page.follower_id and t.followee_id = page.followee_id
)
select follower_id, followee_id from page order by follower_id, followee_id
