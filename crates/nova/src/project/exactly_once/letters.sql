-- Records of a range that were put aside.
select count()
from dead_letters final
where topic = {topic:String} and epoch = {epoch:UInt32} and partition = {partition:UInt16}
  and offset >= {first:UInt64} and offset <= {last:UInt64}
