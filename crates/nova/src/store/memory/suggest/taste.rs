//! Whom people turn to who turn to the same authors as the viewer.

use std::cmp::Reverse;

use nova_core::model::Timestamp;

use super::{Weight, by_id, rarity, spread};
use crate::store::memory::ask::affinity::affinity_days;
use crate::store::memory::index::Index;
use crate::store::memory::packed::RowMap;
use crate::store::memory::user::User;

/// The viewer's strongest authors, whose fans are asked. Each has a bounded sample of fans (32).
const AUTHORS_MAX: usize = 12;
/// A fan's authors that are looked at; of more, an even selection. All together bound the work: 24,576.
const FAN_AUTHORS_MAX: usize = 64;
/// What a like-minded stranger's interest weighs against a friend's follow.
const TASTE_WEIGHT: f64 = 0.3;

pub(super) fn add(index: &Index, cell: &User, viewer: u32, now: Timestamp, weights: &mut RowMap<Weight>) {
    let (from, to) = affinity_days(&index.config, now);
    let fans = fans(index, cell, viewer, from, to);
    for fan in by_id(index, fans.keys().copied().collect()) {
        let Some(cell) = index.users.get(fan).filter(|fan| !fan.is_gone()) else { continue };
        let sums = |viewer: &_| authors(viewer, from, to);
        let mut liked: Vec<u32> = cell.read(sums).unwrap_or_default();
        liked = spread(&liked, FAN_AUTHORS_MAX).collect();
        let weight = TASTE_WEIGHT * fans[&fan] * rarity(liked.len() as u32);
        for author in liked {
            weights.entry(author).or_default().taste += weight;
        }
    }
}

fn authors(viewer: &crate::store::memory::viewer::Viewer, from: i32, to: i32) -> Vec<u32> {
    viewer.affinity.sums(from, to).map(|(author, _)| author).collect()
}

/// The fans of the viewer's strongest authors, and how much of the viewer's taste each shares.
fn fans(index: &Index, cell: &User, viewer: u32, from: i32, to: i32) -> RowMap<f64> {
    let mut strongest: Vec<(Reverse<u32>, Option<_>, u32)> = cell
        .read(|kept| {
            let sums = kept.affinity.sums(from, to);
            sums.map(|(author, sum)| (Reverse(sum), index.users.id(author), author)).collect()
        })
        .unwrap_or_default();
    strongest.sort_unstable();
    let mut shared = RowMap::default();
    for &(.., author) in strongest.iter().take(AUTHORS_MAX) {
        let Some(cell) = index.users.get(author) else { continue };
        let fans = cell.read(|kept| kept.fans.clone()).unwrap_or_default();
        let weight = rarity(index.users.followers(author));
        for fan in fans.into_iter().filter(|&fan| fan != viewer) {
            // a fan is remembered as one; whether that still holds is the fan's own affinity to say
            let holds = index.users.get(fan).and_then(|fan| fan.read(|kept| kept.affinity.knows(author)));
            if holds == Some(true) {
                *shared.entry(fan).or_insert(0.0) += weight;
            }
        }
    }
    shared
}
