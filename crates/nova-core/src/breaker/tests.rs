use proptest::prelude::*;

use super::*;
use crate::error::{Error, Kind};

const SECOND: Duration = Duration::from_secs(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000 + seconds * 1_000)
}

/// Opens after 3 in a row or half of the last 8, for 1, 2, 4, 5, 5.. seconds; 2 probes.
fn config() -> BreakerConfig {
    BreakerConfig {
        failures_max: 3,
        window: 8,
        failure_ratio: 0.5,
        open_for: SECOND,
        open_max: 5 * SECOND,
        probes: 2,
    }
}

fn call(breaker: &mut Breaker, now: Timestamp, outcome: Outcome) {
    let permit = breaker.admit(now).expect("admitted");
    breaker.record(now, permit, outcome);
}

fn opened(now: Timestamp) -> Breaker {
    let mut breaker = Breaker::new(config());
    (0..3).for_each(|_| call(&mut breaker, now, Outcome::Failure));
    breaker
}

#[test]
fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
    let mut breaker = Breaker::new(config());
    for outcome in [Outcome::Failure, Outcome::Failure, Outcome::Success, Outcome::Failure, Outcome::Failure]
    {
        call(&mut breaker, at(0), outcome);
    }
    assert_eq!(breaker.state(at(0)), State::Closed);
    call(&mut breaker, at(0), Outcome::Failure);
    assert_eq!(breaker.state(at(0)), State::Open { retry_at: at(1) });
    assert_eq!(breaker.admit(at(0)).expect_err("open"), Refused { retry_at: at(1) });
}

#[test]
fn a_share_of_the_window_opens_it_once_the_window_is_full() {
    let mut breaker = Breaker::new(config());
    for round in 0..4 {
        assert_eq!(breaker.state(at(0)), State::Closed, "round {round}");
        call(&mut breaker, at(0), Outcome::Success);
        call(&mut breaker, at(0), Outcome::Failure);
    }
    assert_eq!(breaker.state(at(0)).name(), "open");

    let mut breaker = Breaker::new(config());
    for _ in 0..100 {
        call(&mut breaker, at(0), Outcome::Success);
        call(&mut breaker, at(0), Outcome::Success);
        call(&mut breaker, at(0), Outcome::Failure);
    }
    assert_eq!(breaker.state(at(0)), State::Closed, "3 of 8 at most");
}

#[test]
fn a_success_never_opens_it() {
    let mut breaker = Breaker::new(BreakerConfig { window: 3, failure_ratio: 0.3, ..config() });
    for outcome in [Outcome::Failure, Outcome::Failure, Outcome::Success] {
        call(&mut breaker, at(0), outcome);
    }
    assert_eq!(breaker.state(at(0)), State::Closed, "the ratio is reached, but the news is good");
    call(&mut breaker, at(0), Outcome::Failure);
    assert_eq!(breaker.state(at(0)).name(), "open");
}

#[test]
fn it_waits_twice_as_long_each_time_a_probe_fails_and_anew_after_it_closed() {
    let mut now = at(0);
    let mut breaker = opened(now);
    for wait in [1, 2, 4, 5, 5] {
        assert_eq!(breaker.state(now), State::Open { retry_at: now.plus(wait * SECOND) });
        breaker.admit(now.plus(wait * SECOND).minus(Duration::from_micros(1))).expect_err("too early");
        now = now.plus(wait * SECOND);
        assert_eq!(breaker.state(now), State::HalfOpen);
        call(&mut breaker, now, Outcome::Failure);
    }
    now = now.plus(5 * SECOND);
    call(&mut breaker, now, Outcome::Success);
    assert_eq!(breaker.state(now), State::HalfOpen, "one of two");
    call(&mut breaker, now, Outcome::Success);
    assert_eq!(breaker.state(now), State::Closed);
    (0..3).for_each(|_| call(&mut breaker, now, Outcome::Failure));
    assert_eq!(breaker.state(now), State::Open { retry_at: now.plus(SECOND) });
}

#[test]
fn half_open_lets_as_many_pass_as_it_has_probes() {
    let mut breaker = opened(at(0));
    let first = breaker.admit(at(1)).expect("a probe");
    let _second = breaker.admit(at(1)).expect("another");
    assert_eq!(breaker.admit(at(1)).expect_err("no third"), Refused { retry_at: at(2) });
    breaker.record(at(1), first, Outcome::Abandoned);
    let third = breaker.admit(at(1)).expect("the place of the one that went away");
    breaker.record(at(1), third, Outcome::Success);
    breaker.admit(at(1)).expect_err("one succeeded, one in flight: that is all it takes");
}

#[test]
fn lost_permits_do_not_keep_it_shut() {
    let mut breaker = opened(at(0));
    for now in [1, 2, 3] {
        let _lost = (breaker.admit(at(now)).expect("a probe"), breaker.admit(at(now)).expect("another"));
        breaker.admit(at(now)).expect_err("no third");
    }
}

#[test]
fn a_probe_keeps_its_place_for_the_whole_wait_however_late_it_began() {
    let mut breaker = opened(at(0));
    call(&mut breaker, at(1), Outcome::Success);
    let _slow = breaker.admit(at(60)).expect("the second probe");
    assert_eq!(breaker.admit(at(60)).expect_err("it has only begun"), Refused { retry_at: at(61) });
}

#[test]
fn probes_far_apart_close_it_as_well() {
    let mut breaker = opened(at(0));
    call(&mut breaker, at(60), Outcome::Success);
    assert_eq!(breaker.state(at(60)), State::HalfOpen);
    call(&mut breaker, at(120), Outcome::Success);
    assert_eq!(breaker.state(at(120)), State::Closed);
}

#[test]
fn a_call_of_an_earlier_time_decides_nothing() {
    let mut breaker = Breaker::new(config());
    let (slow, slower) = (breaker.admit(at(0)).expect("closed"), breaker.admit(at(0)).expect("closed"));
    (0..3).for_each(|_| call(&mut breaker, at(0), Outcome::Failure));
    breaker.record(at(0), slow, Outcome::Success);
    assert_eq!(breaker.state(at(0)).name(), "open");
    call(&mut breaker, at(1), Outcome::Success);
    breaker.record(at(1), slower, Outcome::Success);
    assert_eq!(breaker.state(at(1)), State::HalfOpen, "only probes close it");

    let late = breaker.admit(at(1)).expect("the second probe");
    let renewed = breaker.admit(at(2)).expect("its place is given anew");
    breaker.record(at(2), late, Outcome::Failure);
    assert_eq!(breaker.state(at(2)), State::HalfOpen, "it lost its place");
    breaker.record(at(2), renewed, Outcome::Success);
    assert_eq!(breaker.state(at(2)), State::Closed);
}

#[test]
fn a_clock_that_steps_back_lengthens_no_wait() {
    let mut breaker = opened(at(1_000_000));
    assert_eq!(breaker.state(at(0)), State::Open { retry_at: at(1) });
    breaker.admit(at(0)).expect_err("open");
    let _lost = (breaker.admit(at(1)).expect("a probe"), breaker.admit(at(1)).expect("another"));
    breaker.admit(at(-1_000)).expect_err("all probes in flight");
    let _anew = breaker.admit(at(-999)).expect("a second after the step");
}

#[test]
fn only_what_speaks_against_the_dependency_is_a_failure() {
    let of = |kind| Outcome::of::<()>(&Err(Error::new(kind, "test.call", "no")));
    assert_eq!(Outcome::of(&Ok(())), Outcome::Success);
    for (kind, outcome) in [
        (Kind::Unavailable, Outcome::Failure),
        (Kind::Timeout, Outcome::Failure),
        (Kind::Corrupt, Outcome::Success),
        (Kind::Rejected, Outcome::Success),
        (Kind::NotFound, Outcome::Success),
        (Kind::Conflict, Outcome::Success),
        (Kind::Forbidden, Outcome::Success),
    ] {
        assert_eq!(of(kind), outcome, "{kind:?}");
    }
}

#[test]
fn settings_out_of_range_count_as_the_nearest() {
    let nothing = BreakerConfig {
        failures_max: 0,
        window: 0,
        failure_ratio: f64::NAN,
        open_for: Duration::ZERO,
        open_max: Duration::ZERO,
        probes: 0,
    };
    let mut breaker = Breaker::new(nothing);
    (0..300).for_each(|_| call(&mut breaker, at(0), Outcome::Success));
    assert_eq!(breaker.state(at(0)), State::Closed, "successes never open it");
    call(&mut breaker, at(0), Outcome::Failure);
    assert_eq!(breaker.state(at(0)).name(), "open");
    call(&mut breaker, at(1), Outcome::Success);
    assert_eq!(breaker.state(at(1)), State::Closed);

    let endless = BreakerConfig { open_for: Duration::MAX, window: u32::MAX, ..config() };
    let mut breaker = Breaker::new(endless);
    (0..3).for_each(|_| call(&mut breaker, at(0), Outcome::Failure));
    assert_eq!(breaker.state(at(0)), State::Open { retry_at: Timestamp::MAX });
}

/// A step of a caller's life, at a time that moves by some milliseconds, now and then back.
#[derive(Debug, Clone, Copy)]
enum Step {
    Call,
    Finish(usize, Outcome),
    Lose(usize),
}

fn step() -> impl Strategy<Value = (i64, Step)> {
    let outcome = prop_oneof![
        2 => Just(Outcome::Success),
        3 => Just(Outcome::Failure),
        1 => Just(Outcome::Abandoned),
    ];
    let step = prop_oneof![
        6 => Just(Step::Call),
        5 => (0..16_usize, outcome).prop_map(|(which, outcome)| Step::Finish(which, outcome)),
        1 => (0..16_usize).prop_map(Step::Lose),
    ];
    (prop_oneof![8 => 0..700_i64, 1 => 0..8_000_i64, 1 => -8_000..0_i64], step)
}

fn configs() -> impl Strategy<Value = BreakerConfig> {
    (1..6_u32, 1..12_u32, 0.1..1.2_f64, 1..4_u32, 1..4_u32).prop_map(
        |(failures_max, window, failure_ratio, open_for, probes)| BreakerConfig {
            failures_max,
            window,
            failure_ratio,
            open_for: open_for * SECOND,
            open_max: 5 * SECOND,
            probes,
        },
    )
}

proptest! {
    /// Whatever callers do and the clock shows: nothing passes before the time that was last told; half-open no
    /// more are in flight than there are probes; and after the longest wait somebody passes again.
    #[test]
    fn any_history_keeps_the_promises(config in configs(), steps in prop::collection::vec(step(), 0..200)) {
        let mut breaker = Breaker::new(config);
        let mut now = at(0);
        let mut in_flight: Vec<Permit> = Vec::new();
        for (millis, step) in steps {
            let before = now;
            now = Timestamp::from_micros(now.micros() + millis * 1_000);
            let state = breaker.state(now);
            match step {
                Step::Call => match breaker.admit(now) {
                    Ok(permit) => {
                        prop_assert_ne!(state.name(), "open");
                        in_flight.push(permit);
                    }
                    Err(refused) => {
                        prop_assert!(state != State::Closed);
                        prop_assert!(refused.retry_at > now && refused.retry_at <= now.plus(config.open_max));
                    }
                },
                Step::Finish(which, outcome) if which < in_flight.len() => {
                    let old = in_flight[which].generation != breaker.generation;
                    breaker.record(now, in_flight.swap_remove(which), outcome);
                    if old && now >= before {
                        prop_assert_eq!(breaker.state(now), state, "an earlier time decides nothing");
                    }
                }
                Step::Lose(which) if which < in_flight.len() => drop(in_flight.swap_remove(which)),
                Step::Finish(..) | Step::Lose(_) => {}
            }
            if matches!(breaker.phase, Phase::HalfOpen { .. }) {
                let probing = in_flight.iter().filter(|permit| permit.generation == breaker.generation).count();
                prop_assert!(probing <= config.probes as usize);
            }
        }
        let passes = breaker.admit(now).or_else(|_| breaker.admit(now.plus(config.open_max)));
        prop_assert!(passes.is_ok(), "{:?}", breaker);
    }

    #[test]
    fn failures_in_a_row_always_open_it(config in configs(), before in prop::collection::vec(any::<bool>(), 0..40)) {
        let mut breaker = Breaker::new(config);
        let row = std::iter::repeat_n(false, config.failures_max as usize);
        for success in before.into_iter().chain(row) {
            let Ok(permit) = breaker.admit(at(0)) else { break };
            let outcome = if success { Outcome::Success } else { Outcome::Failure };
            breaker.record(at(0), permit, outcome);
        }
        prop_assert_eq!(breaker.state(at(0)).name(), "open");
    }

    /// Failing for however long, then well: it closes with the successes of its probes and lets all pass.
    #[test]
    fn successes_always_close_it(config in configs(), failing in 0..50_u32) {
        let mut breaker = Breaker::new(config);
        let mut now = at(0);
        for _ in 0..failing {
            match breaker.admit(now) {
                Ok(permit) => breaker.record(now, permit, Outcome::Failure),
                Err(refused) => now = refused.retry_at,
            }
        }
        now = now.plus(config.open_max);
        (0..config.probes).for_each(|_| call(&mut breaker, now, Outcome::Success));
        prop_assert_eq!(breaker.state(now), State::Closed);
    }
}
