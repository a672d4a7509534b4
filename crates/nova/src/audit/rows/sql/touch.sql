-- The connector sends a row that is updated to what it is as it sends any change.
update /* table */ t set /* column */ = t./* column */
from unnest($1::text[], $2::text[]) as keys (first, second)
where /* keys */
returning 1
