SELECT (SELECT count() FROM events) AS events, (SELECT count() FROM post_totals) AS totals, (SELECT count() FROM metrics_1d) AS figures
