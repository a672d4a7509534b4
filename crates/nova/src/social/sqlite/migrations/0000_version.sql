create table if not exists social_version (
    id integer not null primary key check (id = 1),
    version integer not null
) strict;
