SELECT truth.created_at AS created_at, truth.id AS id, truth.author_id AS author_id, truth.gone AS gone, truth._rank AS _rank
FROM
(
    SELECT * FROM posts_cdc FINAL WHERE author_id != 0 AND cityHash64(id) % {slices:UInt64} = {slice:UInt64}
) AS truth
LEFT JOIN
(
    SELECT created_at, id, max(_rank) AS rank
    FROM posts_newest
    WHERE cityHash64(id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY created_at, id
) AS held ON held.created_at = truth.created_at AND held.id = truth.id
WHERE held.rank < truth._rank
