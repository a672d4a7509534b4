select a.attname::text, format_type(a.atttypid, null), a.attnotnull
from pg_attribute a
where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
