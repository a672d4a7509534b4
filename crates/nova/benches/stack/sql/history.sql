-- Events of the last week, beside those that came through the topic: of partitions that it does not have.
insert into events
select bitOr(bitShiftLeft(toUInt128(112589990684291072), 64),
             toUInt128(9223372036854775808 + bitShiftRight(number * 11400714819323198485, 20) % $users)) as user_id,
       bitOr(bitShiftLeft(toUInt128(112589990684291073), 64), toUInt128(9223372036854775808 + number)) as event_id,
       bitOr(bitShiftLeft(toUInt128(112589990684291072), 64), toUInt128(9223653511831486464 + post)) as post_id,
       bitOr(bitShiftLeft(toUInt128(112589990684291072), 64),
             toUInt128(9223372036854775808 + toUInt64(floor($users * (x * x))))) as author_id,
       multiIf(number % 100 < 80, 'impression', number % 100 < 93, 'view', number % 100 < 96, 'click',
               number % 100 < 99, 'like', 'share') as action,
       0, 'phone', '1.2.3',
       fromUnixTimestamp64Micro($now * 1000000 - intDiv(number * 604800000000, $history)) as event_time, event_time,
       1, 60000, number
from (select number, post, toFloat64(post * 2654435761 % 4294967296) / 4294967296 as x
      from (select number, bitShiftRight(number * 7046029254386353131, 24) % $posts as post from numbers($history)))
settings max_partitions_per_insert_block = 100;
