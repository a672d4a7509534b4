-- What feeds asked of this database since a moment, by question.
select log_comment as name, count() as n, sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']) / 1000 as processor_ms,
       sum(read_rows) as read_rows
from system.query_log
where type = 'QueryFinish' and current_database = currentDatabase()
  and log_comment in ('store.viewer', 'store.posts_of', 'store.gone', 'store.posts', 'store.counts', 'store.liked',
                      'store.recent')
  and event_time_microseconds >= fromUnixTimestamp64Micro({since:Int64})
group by name
order by processor_ms desc
limit 100
