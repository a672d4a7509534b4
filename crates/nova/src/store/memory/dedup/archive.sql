-- What left the windows: the first offset of each identity. The event's own time stands first, because every copy of
-- an event has it and because events come roughly in its order: inserts go to the end of the tree, not all over it.
create table if not exists seen (
    second integer not null,
    print blob not null,
    first_offset integer not null,
    primary key (second, print)
) strict, without rowid;
-- What left early, by its receipt: found whatever event time a copy carries. Inserts do go all over the tree, but a
-- flush is of one partition and stays within its part. Several offsets of an identity are further apart than the
-- window; none replaces another, for a log that is decided again asks for what was before.
create table if not exists recent (
    partition integer not null,
    print blob not null,
    taken_offset integer not null,
    received integer not null,
    primary key (partition, print, taken_offset)
) strict, without rowid;
create index if not exists recent_received on recent (partition, received);
create table if not exists owner (key_check integer not null) strict;
