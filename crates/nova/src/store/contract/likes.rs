//! The like as a register.

use nova_core::model::{Action, Row, RowKey};

use super::Trial;
use super::history::{DAY, HOUR, NOW, ago, like, post, user};

/// What happens to one like, each at so many minutes ago.
#[derive(Debug, Clone, Copy)]
enum Step {
    Row(u64),
    RowGone(u64),
    Event(u64),
    EventUnset(u64),
}

use Step::{Event, EventUnset, Row as RowSet, RowGone};

/// Later wins, whatever the order of the topics: each case is played with the rows first and with the events first.
pub(crate) async fn a_like_counts_once_whichever_way_it_comes(mut trial: Trial) {
    let cases: [(&[Step], bool); 13] = [
        (&[RowSet(10)], true),
        (&[Event(10)], true),
        (&[RowSet(10), Event(10)], true),
        (&[RowSet(10), Event(5)], true),
        (&[RowSet(10), RowGone(5)], false),
        (&[Event(10), EventUnset(5)], false),
        (&[RowSet(10), EventUnset(5)], false),
        (&[RowSet(5), EventUnset(10)], true),
        (&[Event(10), RowGone(5), Event(3)], true),
        (&[Event(10), RowGone(10)], false),
        (&[RowGone(10), Event(5)], true),
        // an event that happened earlier does not undo a later one, nor one of the same time an earlier in the log
        (&[EventUnset(5), Event(10)], false),
        (&[Event(5), EventUnset(5), Event(5)], true),
    ];
    trial.user(1);
    trial.user(2);
    let mut number = 0;
    let mut expected = Vec::new();
    for (steps, set) in cases {
        let rows: Vec<Step> =
            steps.iter().copied().filter(|step| matches!(step, RowSet(_) | RowGone(_))).collect();
        let events: Vec<Step> =
            steps.iter().copied().filter(|step| matches!(step, Event(_) | EventUnset(_))).collect();
        for order in [[rows.clone(), events.clone()].concat(), [events, rows].concat(), steps.to_vec()] {
            number += 1;
            trial.post(number, 1, ago(DAY));
            order.iter().for_each(|&step| write(&mut trial, number, step));
            expected.push((number, order, set));
        }
    }
    trial.play().await;
    for (number, order, set) in expected {
        let features = trial.features(2, number).await;
        assert_eq!((features.likes, features.liked), (u32::from(set), set), "{order:?}");
        assert!(!trial.features(1, number).await.liked, "{order:?}: somebody else's");
    }
    let set = cases.iter().filter(|&&(_, set)| set).count() as u32;
    assert_eq!(trial.features(2, 1).await.interactions, 3 * set);
}

fn write(trial: &mut Trial, number: u64, step: Step) {
    match step {
        RowSet(minutes) => trial.like(2, number, ago(minutes)),
        RowGone(minutes) => trial.delete(RowKey::Like(post(number), user(2)), ago(minutes)),
        Event(minutes) => trial.event(2, number, Action::Like, ago(minutes)),
        EventUnset(minutes) => trial.event(2, number, Action::Unlike, ago(minutes)),
    }
}

pub(crate) async fn the_affinity_of_a_like_lies_on_the_day_it_was_given(mut trial: Trial) {
    trial.post(1, 1, ago(DAY));
    trial.post(2, 1, ago(DAY));
    // given 89 and 91 days ago, written today
    trial.put(Row::Like(like(2, 1, ago(89 * DAY))), ago(1));
    trial.put(Row::Like(like(2, 2, ago(91 * DAY))), ago(1));
    trial.play().await;
    assert_eq!(trial.features(2, 1).await.interactions, 1);
    assert_eq!(trial.features(2, 2).await.likes, 1, "the like itself counts");
    // the event is the later one, and moves the like to its own day
    trial.event(2, 2, Action::Like, ago(0));
    trial.play().await;
    assert_eq!(trial.features(2, 1).await.interactions, 2);
    let tomorrow = NOW.plus(std::time::Duration::from_secs(HOUR * 60 * 24));
    assert_eq!(trial.features_at(2, 1, tomorrow).await.interactions, 1, "the first is 90 days old");
}
