select
    wanted.name,
    case c.relreplident when 'd' then 'default' when 'f' then 'full' when 'n' then 'nothing' when 'i' then 'an index' end,
    -- of a user who is not there nothing can be said
    case when r.oid is not null and c.oid is not null then has_table_privilege(r.oid, c.oid, 'select') end,
    asked.name
from unnest($2::text[]) with ordinality as wanted (name, place)
cross join (select coalesce($1::text, current_user::text) as name) asked
left join pg_class c on c.relname = wanted.name and c.relnamespace = to_regnamespace('public')
left join pg_roles r on r.rolname = asked.name
order by wanted.place
