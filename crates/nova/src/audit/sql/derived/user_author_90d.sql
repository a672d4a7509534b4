SELECT user_id, kind, id, author_id, day, at, counts, version FROM (/* interactions */) WHERE author_id != 0
