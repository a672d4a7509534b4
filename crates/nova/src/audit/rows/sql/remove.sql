-- A removal of exactly what stands: right above it, below every change that the source may still send.
insert into /* table */
select * replace (1 as _deleted, /* gone */ _rank + 1 as _rank)
from (select * from /* table */ final where _deleted = 0 and tuple(/* columns */) in (/* keys */))
