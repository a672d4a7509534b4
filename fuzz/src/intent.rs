//! The metadata of a committed offset: what it is read as is written as something that is read the same.

use nova::project::exactly_once::Intent;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Some(intent) = Intent::parse(text) else { return };
    let written = intent.to_string();
    assert_eq!(Intent::parse(&written), Some(intent), "{text:?} is written as {written:?}");
    assert!(written.len() <= 256, "{written:?}");
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    [
        "n1;t=events;e=3",
        "n1;t=cdc.posts;e=1",
        "n1;t=events;e=3;r=812000-812999;n=1000;k=990;h=00f1e2d3c4b5a697;c=1;s=1790000000000",
        "n1;t=events;e=4294967295;r=0-18446744073709551615;n=0;k=0;h=ffffffffffffffff;c=65535;s=0",
        "n1;t=events;e=1;x=later;r=5-4;n=1",
        "n2;t=events;e=1",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
