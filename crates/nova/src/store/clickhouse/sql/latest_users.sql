-- Who did something last; deleted accounts are few, and looked up among those whom somebody once marked as gone.
select user_id
from user_active
where user_id not in
(
    select id
    from users_cdc
    where id in (select id from users_cdc where gone)
    group by id
    having argMax(gone, _rank) = 1
)
group by user_id
having max(at) >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
order by max(at) desc, user_id
limit {limit:UInt64}
