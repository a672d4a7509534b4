-- The same community as sql/postgres.sql, as the consumer would have written it.
insert into users_cdc
select bitOr(bitShiftLeft(toUInt128(112589990684291072), 64), toUInt128(9223372036854775808 + number)) as id,
       0, 1, 0, fromUnixTimestamp64Micro($now * 1000000), 0, number, bitShiftLeft(toUInt128(1), 64) + 1
from numbers($users);

insert into posts_cdc
select bitOr(bitShiftLeft(toUInt128(112589990684291072), 64), toUInt128(9223653511831486464 + number)) as id,
       bitOr(bitShiftLeft(toUInt128(112589990684291072), 64),
             toUInt128(9223372036854775808 + toUInt64(floor($users * (x * x))))) as author_id,
       fromUnixTimestamp64Micro($now * 1000000 - intDiv(number * 2592000000000, $posts)) as created_at,
       '', [], 0, 1, 0, created_at, 0, number, bitShiftLeft(toUInt128(1), 64) + 1
from (select number, toFloat64(number * 2654435761 % 4294967296) / 4294967296 as x from numbers($posts));

insert into follows_cdc
select bitOr(bitShiftLeft(toUInt128(112589990684291072), 64), toUInt128(9223372036854775808 + follower)) as follower_id,
       bitOr(bitShiftLeft(toUInt128(112589990684291072), 64), toUInt128(9223372036854775808 + followee)) as followee_id,
       fromUnixTimestamp64Micro(($now - 4320000) * 1000000), 1, 0, fromUnixTimestamp64Micro($now * 1000000), 0, number,
       bitShiftLeft(toUInt128(1), 64) + 1
from (select number, intDiv(number, $follows) as follower, toUInt64(floor($users * (x * x))) as followee
      from (select number, toFloat64((number + 12345) * 2246822519 % 4294967296) / 4294967296 as x
            from numbers($users * $follows)))
where follower != followee;
