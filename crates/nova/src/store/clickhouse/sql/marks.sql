-- By offset; those of one offset (of several epochs) together, so that a page ends between offsets.
SELECT user_id, event_id, k_offset, received_at
FROM events
WHERE k_partition = {partition:UInt16} AND received_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
  AND k_offset >= {from:UInt64}
ORDER BY k_offset
LIMIT {limit:UInt64} WITH TIES
