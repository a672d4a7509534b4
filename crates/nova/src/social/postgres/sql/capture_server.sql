select
    current_setting('wal_level'),
    current_setting('max_replication_slots')::integer,
    current_setting('max_wal_senders')::integer,
    asked.name,
    (select rolreplication or rolsuper from pg_roles where rolname = asked.name)
from (select coalesce($1::text, current_user::text) as name) asked
