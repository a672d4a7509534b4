-- Places of letters of one partition, by offset.
select offset
from dead_letters final
where topic = 'events' and partition = {partition:UInt16} and epoch = {epoch:UInt32}
  and offset >= {from:UInt64} and offset <= {to:UInt64}
order by offset
limit {limit:UInt64}
