select 1 from blocks where user_id = ?1 and target_id = ?2
union all
select 1 from blocks where user_id = ?2 and target_id = ?1
