select
    coalesce(plugin = 'pgoutput' and database = current_database(), false),
    wal_status,
    active,
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(confirmed_flush_lsn, restart_lsn)), 0)::bigint,
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint
from pg_replication_slots
where slot_name = $1::text::name
