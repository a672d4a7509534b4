-- the deadline of an answer is not that of a step; whoever waits for the lock finds the steps taken
set local statement_timeout = 0;
set local lock_timeout = '5min';
-- an arbitrary number, the same in every program: "nova" and 4
select pg_advisory_xact_lock(478428037124);
