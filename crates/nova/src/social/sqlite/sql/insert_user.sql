insert into users (id, handle, display_name, created_at, updated_at)
values (?1, ?2, ?3, ?4, ?5)
on conflict do nothing
