select topic, at_offset, reason, detail, key, value, received_at, buried_at, requeued_at
from dead_letters
where topic = ? and at_offset = ?
