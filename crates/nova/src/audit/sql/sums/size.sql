select sum(events) as events, max(most) as most, sum(totals) as totals, sum(figures) as figures
from
(
    select count() as events, count() as most, 0 as totals, 0 as figures from events
    union all select 0, count(), 0, 0 from posts_cdc
    union all select 0, count(), 0, 0 from comments_cdc
    union all select 0, count(), 0, 0 from likes_cdc
    union all select 0, count(), 0, 0 from follows_cdc
    union all select 0, count(), 0, 0 from blocks_cdc
    union all select 0, 0, count(), 0 from post_totals
    union all select 0, 0, 0, count() from metrics_1d
)
