insert into dead_letters
    (topic, at_offset, reason, detail, key, value, received_at, buried_at, requeued_at)
values (?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (topic, at_offset) do nothing
