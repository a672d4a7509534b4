-- The frames of a log, in whichever file their topics live.
create table if not exists log_frames (
    -- the order of writing over all topics of this file; autoincrement: never given twice, so that a reader who
    -- stands behind a trimmed frame misses nothing
    seq integer primary key autoincrement,
    topic text not null,
    first_offset integer not null,
    records integer not null,
    -- microseconds UTC
    received_at integer not null,
    body blob not null
) strict;

create unique index if not exists log_frames_place on log_frames (topic, first_offset);

-- Where each topic goes on, also when every frame of it was trimmed.
create table if not exists log_ends (
    topic text primary key,
    next_offset integer not null,
    received_at integer not null
) strict, without rowid;

-- One row, written again and again: whether the file takes writes.
create table if not exists log_check (
    one integer primary key
) strict;
