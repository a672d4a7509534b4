-- What only the events file holds, beside its frames.
create table if not exists log_groups (
    name text not null,
    topic text not null,
    next_offset integer not null,
    primary key (name, topic)
) strict, without rowid;

create table if not exists dead_letters (
    seq integer primary key autoincrement,
    topic text not null,
    at_offset integer not null,
    reason text not null,
    detail text not null,
    key blob not null,
    value blob,
    received_at integer not null,
    buried_at integer not null,
    requeued_at integer,
    unique (topic, at_offset)
) strict;

create index if not exists dead_letters_waiting on dead_letters (seq) where requeued_at is null;
create index if not exists dead_letters_put_back on dead_letters (seq) where requeued_at is not null;
create index if not exists dead_letters_by_age on dead_letters (buried_at);
