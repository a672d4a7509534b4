-- Places of letters of one partition, by offset.
SELECT offset
FROM dead_letters FINAL
WHERE topic = 'events' AND partition = {partition:UInt16} AND epoch = {epoch:UInt32}
  AND offset >= {from:UInt64} AND offset <= {to:UInt64}
ORDER BY offset
LIMIT {limit:UInt64}
