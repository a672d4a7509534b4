SELECT post_id, user_id, kind, id, day, at, counts, version, toUInt8(0) AS moved FROM (/* interactions */) WHERE author_id = 0
