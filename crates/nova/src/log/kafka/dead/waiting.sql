SELECT count() FROM dead_letters FINAL WHERE requeued_at IS NULL
