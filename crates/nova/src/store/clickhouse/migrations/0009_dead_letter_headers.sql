-- What stood beside the record: it is put back with it.
alter table dead_letters
    add column if not exists headers Array(Tuple(String, Nullable(String))) comment 'bytes as they were; null: no bytes'
    after value;
