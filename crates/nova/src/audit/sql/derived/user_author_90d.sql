select user_id, kind, id, author_id, day, at, counts, version from (/* interactions */) where author_id != 0
