-- How often these posts were shared and shown.
SELECT post_id, sum(shares) AS shares, sum(impressions) AS impressions
FROM post_totals
WHERE post_id IN {posts:Array(UInt128)}
GROUP BY post_id
