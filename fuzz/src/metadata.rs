//! What a broker answers when it is asked which topics there are.

use nova::log::described;

pub(crate) fn run(bytes: &[u8]) {
    let Some(topics) = described(bytes) else { return };
    // each takes bytes of the answer: nobody makes much of little
    assert!(topics.len() <= bytes.len(), "{} topics in {} bytes", topics.len(), bytes.len());
    let names: usize = topics.iter().map(|topic| topic.name.len()).sum();
    assert!(names <= bytes.len());
    assert!(topics.iter().all(|topic| topic.partitions <= bytes.len()));
}

/// An answer with one broker and these topics of one partition each.
fn answer(topics: &[&str]) -> Vec<u8> {
    let text = |text: &str| [&[text.len() as u8 + 1][..], text.as_bytes()].concat();
    let mut answer = [1_u32.to_be_bytes().as_slice(), &[0], &[0; 4], &[2], &1_u32.to_be_bytes()].concat();
    answer.extend(text("broker"));
    answer.extend(9_092_u32.to_be_bytes());
    // no rack, no tags; the cluster and its controller
    answer.extend([0, 0]);
    answer.extend(text("cluster"));
    answer.extend(1_u32.to_be_bytes());
    answer.push(topics.len() as u8 + 1);
    for topic in topics {
        answer.extend([0; 2]);
        answer.extend(text(topic));
        answer.extend([7; 16]);
        // not internal, one partition: error, number, leader, its epoch; copies, those in sync, none away; tags
        answer.extend([0, 2]);
        answer.extend([0; 14]);
        for copies in [2_u8, 2, 1] {
            answer.push(copies);
            answer.extend(vec![0; 4 * (usize::from(copies) - 1)]);
        }
        answer.push(0);
        // rights, tags
        answer.extend([0; 5]);
    }
    answer.push(0);
    answer
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let whole = [answer(&[]), answer(&["events"]), answer(&["events", "cdc.posts", "cdc.users"])];
    let counts = whole.iter().map(|answer| described(answer).map(|topics| topics.len()));
    assert!(counts.eq([Some(0), Some(1), Some(3)]), "this target knows what an answer is");
    whole.to_vec()
}
