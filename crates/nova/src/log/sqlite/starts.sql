select
    log_ends.topic,
    coalesce(
        (
            select min(log_frames.first_offset)
            from log_frames
            where log_frames.topic = log_ends.topic
        ),
        log_ends.next_offset
    )
from log_ends
