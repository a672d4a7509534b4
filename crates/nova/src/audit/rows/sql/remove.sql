-- A removal of exactly what stands: right above it, below every change that the source may still send.
INSERT INTO /* table */
SELECT * REPLACE (1 AS _deleted, /* gone */ _rank + 1 AS _rank)
FROM (SELECT * FROM /* table */ FINAL WHERE _deleted = 0 AND tuple(/* columns */) IN (/* keys */))
