SELECT truth.post_id AS post_id, truth.id AS id, truth.gone AS gone, truth._rank AS _rank
FROM
(
    SELECT * FROM comments_cdc FINAL WHERE post_id != 0 AND cityHash64(post_id) % {slices:UInt64} = {slice:UInt64}
) AS truth
LEFT JOIN
(
    SELECT post_id, id, max(_rank) AS rank
    FROM post_comments
    WHERE cityHash64(post_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY post_id, id
) AS held ON held.post_id = truth.post_id AND held.id = truth.id
WHERE held.rank < truth._rank
