select toInt32(day) as day_number, action, bucket, sum(n) as count
from metrics_1d
where toInt32(day) >= {from:Int32} and toInt32(day) <= {to:Int32} and action in ('impression', 'click', 'dwell')
group by day, action, bucket
order by day, action, bucket
