-- What left the windows: the first offset of each identity, by the event's own time, because every copy of an event has
-- it. Where many of one slot of time leave together they are written as pages, and the others row by row: a row costs
-- five times as much, more when events do not come in the order of their times, and a page is worth it when it is full.
create table if not exists seen (
    second integer not null,
    print blob not null,
    first_offset integer not null,
    primary key (second, print)
) strict, without rowid;
create table if not exists seen_group (
    slot integer not null,
    first_page integer not null,
    pages integer not null,
    entries integer not null,
    primary key (slot, first_page)
) strict, without rowid;
-- What left early, a run for each flush: found whatever event time a copy carries. Several offsets of an identity are
-- further apart than the window; none replaces another, for a log that is decided again asks for what was before.
create table if not exists recent (
    run integer primary key,
    partition integer not null,
    first_page integer not null,
    pages integer not null,
    entries integer not null,
    first_offset integer not null,
    newest integer not null,
    received integer not null
) strict;
-- Entries of groups and runs; written once, at the end of the tree.
create table if not exists page (
    id integer primary key,
    entries blob not null
) strict;
create table if not exists owner (key_check integer not null) strict;
