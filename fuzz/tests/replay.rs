//! Every target over its seeds, over what fuzzing has found (`found/TARGET/*`), and over simple damage to both.

use std::fs;
use std::path::Path;

use nova_fuzz::{TARGETS, Target, target};

/// Places of an input that are damaged, each in every way.
const PLACES: usize = 8;

fn replay(name: &str) {
    let target = target(name).expect("a target");
    let mut inputs = (target.seeds)();
    assert!(!inputs.is_empty());
    inputs.extend(found(target));
    for input in &inputs {
        (target.run)(input);
        for place in 0..PLACES.min(input.len()) {
            let at = input.len() * place / PLACES.min(input.len());
            (target.run)(&input[..at]);
            for byte in [0, b'"', b'9', 0xff, input[at] ^ 1] {
                let mut damaged = input.clone();
                damaged[at] = byte;
                (target.run)(&damaged);
            }
        }
    }
    nova_fuzz::end();
}

fn found(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("found").join(target.name);
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    files.map(|file| fs::read(file.expect("an entry").path()).expect("an input")).collect()
}

macro_rules! replayed {
    ($($name:ident),+) => {
        $(#[test] fn $name() { replay(stringify!($name)); })+

        #[test]
        fn every_target_is_replayed() {
            let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),+]);
        }
    };
}

#[cfg(not(feature = "distributed"))]
replayed!(change, events, line, history, snapshot, windows, settings, cursor, request);
#[cfg(feature = "distributed")]
replayed!(change, events, line, history, snapshot, windows, settings, cursor, request, intent, metadata);
