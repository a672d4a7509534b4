-- The days of receipt of events that did not come by the log as it is now.
select distinct toYYYYMMDD(received_at) as day
from events
where k_epoch < {epoch:UInt32}
order by day
limit {limit:UInt64}
