create table if not exists nova_migrations (
    name text not null primary key,
    checksum text not null,
    taken_at timestamptz not null default now()
);
