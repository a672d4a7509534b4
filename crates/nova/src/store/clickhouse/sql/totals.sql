-- How often these posts were shared and shown.
select post_id, sum(shares) as shares, sum(impressions) as impressions
from post_totals
where post_id in {posts:Array(UInt128)}
group by post_id
