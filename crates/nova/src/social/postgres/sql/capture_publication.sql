select
    p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate,
    array(
        select t.schemaname::text || '.' || t.tablename::text
        from pg_publication_tables t
        where t.pubname = p.pubname
        order by 1
    )
from pg_publication p
where p.pubname = $1::text::name
