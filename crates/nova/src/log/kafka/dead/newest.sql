-- the places first: what the letters hold may be large
SELECT topic, partition, offset
FROM dead_letters FINAL
WHERE (buried_at, topic, partition, offset)
    < (fromUnixTimestamp64Micro({at:Int64}, 'UTC'), {topic:String}, {partition:UInt16}, {offset:UInt64})
ORDER BY buried_at DESC, topic DESC, partition DESC, offset DESC
LIMIT {limit:UInt64}
