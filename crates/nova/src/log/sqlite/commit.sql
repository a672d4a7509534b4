insert into log_groups (name, topic, next_offset)
values (?1, ?2, ?3)
on conflict (name, topic) do update
set next_offset = max(next_offset, excluded.next_offset)
