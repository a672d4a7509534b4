SELECT sum(events) AS events, sum(totals) AS totals, sum(figures) AS figures
FROM
(
    SELECT count() AS events, 0 AS totals, 0 AS figures FROM events
    UNION ALL SELECT 0, count(), 0 FROM post_totals
    UNION ALL SELECT 0, 0, count() FROM metrics_1d
)
