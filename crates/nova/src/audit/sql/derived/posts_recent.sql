SELECT truth.author_id AS author_id, truth.created_at AS created_at, truth.id AS id, truth.gone AS gone, truth._rank AS _rank
FROM
(
    SELECT * FROM posts_cdc FINAL WHERE author_id != 0 AND cityHash64(author_id) % {slices:UInt64} = {slice:UInt64}
) AS truth
LEFT JOIN
(
    SELECT author_id, created_at, id, max(_rank) AS rank
    FROM posts_recent
    WHERE cityHash64(author_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY author_id, created_at, id
) AS held ON held.author_id = truth.author_id AND held.created_at = truth.created_at AND held.id = truth.id
WHERE held.rank < truth._rank
