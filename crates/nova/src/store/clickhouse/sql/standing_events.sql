SELECT count() AS n
FROM events
WHERE k_epoch = {epoch:UInt32} AND k_partition = {partition:UInt16}
  AND k_offset >= {first:UInt64} AND k_offset <= {last:UInt64}
