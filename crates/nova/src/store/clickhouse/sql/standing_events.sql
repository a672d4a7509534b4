-- Each offset as often as it stands.
select k_offset
from events
where k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16}
  and k_offset >= {first:UInt64} and k_offset <= {last:UInt64}
order by k_offset
