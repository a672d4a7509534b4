select count() from dead_letters final where requeued_at is null
