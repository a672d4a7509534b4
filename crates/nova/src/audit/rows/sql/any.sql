select toUInt8(count() > 0) as any from (select 1 from /* table */ final where _deleted = 0 limit 1)
