select sum(events) as events, sum(totals) as totals, sum(figures) as figures
from
(
    select count() as events, 0 as totals, 0 as figures from events
    union all select 0, count(), 0 from post_totals
    union all select 0, 0, count() from metrics_1d
)
