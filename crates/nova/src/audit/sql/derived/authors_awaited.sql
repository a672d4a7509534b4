select post_id, user_id, kind, id, day, at, counts, version, toUInt8(0) as moved from (/* interactions */) where author_id = 0
