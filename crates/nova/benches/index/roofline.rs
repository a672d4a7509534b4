//! What the machine can do: the same posts gathered and scored from flat arrays, without ids, locks or filters.

use std::sync::Arc;

use nova::store::{FeedStore, MemoryStore, Window};
use nova_core::model::UserId;
use tokio::runtime::Runtime;

use super::feed::{Timings, query};
use super::world::{NOW, VIEWERS, World};

/// Posts by author, each author's in the order of time.
struct Flat {
    starts: Vec<u32>,
    age_hours: Vec<f32>,
    /// likes, comments, shares, impressions
    counts: Vec<[u32; 4]>,
    follows: Vec<Vec<u32>>,
    hot: Vec<u32>,
    strongest: Vec<Vec<u32>>,
}

pub(crate) fn measure(
    world: &World,
    runtime: &Runtime,
    store: &Arc<MemoryStore>,
    viewers: &[UserId],
    turns: usize,
) -> Timings {
    let flat = flat(world, runtime, store, viewers);
    let mut scored: Vec<(f64, u32)> = Vec::with_capacity(4_096);
    let (mut sum, mut gathered) = (0_u64, 0);
    let timings = Timings::of(turns, |turn| {
        let viewer = turn * 7 % viewers.len();
        scored.clear();
        gather(&flat, &flat.follows[viewer], usize::MAX, &mut scored);
        gather(&flat, &flat.strongest[viewer], 200, &mut scored);
        gathered += scored.len();
        scored.extend(flat.hot.iter().map(|&post| (score(&flat, post as usize), post)));
        if scored.len() > 500 {
            scored.select_nth_unstable_by(500, |a, b| b.0.total_cmp(&a.0));
            scored.truncate(500);
        }
        scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        sum += u64::from(scored.first().map_or(0, |first| first.1));
    });
    std::hint::black_box(sum);
    println!("roofline gathers           {:>10.0} posts a feed on average", gathered as f64 / turns as f64);
    timings
}

/// The posts of these authors within 72 h, at most `limit`.
fn gather(flat: &Flat, authors: &[u32], limit: usize, scored: &mut Vec<(f64, u32)>) {
    let full = scored.len().saturating_add(limit);
    for &author in authors {
        let posts = flat.starts[author as usize] as usize..flat.starts[author as usize + 1] as usize;
        for post in posts.rev() {
            if flat.age_hours[post] > 72.0 || scored.len() == full {
                break;
            }
            scored.push((score(flat, post), post as u32));
        }
    }
}

fn score(flat: &Flat, post: usize) -> f64 {
    let [likes, comments, shares, impressions] = flat.counts[post].map(f64::from);
    let response = likes + 2.0 * comments + 3.0 * shares;
    0.3 * (-0.1 * f64::from(flat.age_hours[post])).exp() + 0.4 * (1.0 + response / impressions.max(1.0)).ln()
}

fn flat(world: &World, runtime: &Runtime, store: &Arc<MemoryStore>, viewers: &[UserId]) -> Flat {
    let mut starts = vec![0_u32; world.users as usize + 1];
    (0..world.posts).for_each(|post| starts[world.author(post) as usize + 1] += 1);
    (0..world.users as usize).for_each(|user| starts[user + 1] += starts[user]);
    let mut ends = starts.clone();
    let mut place_of = vec![0_u32; world.posts as usize];
    let mut age_hours = vec![0_f32; world.posts as usize];
    for post in 0..world.posts {
        let end = &mut ends[world.author(post) as usize];
        place_of[post as usize] = *end;
        age_hours[*end as usize] = NOW.hours_since(world.created_at(post)) as f32;
        *end += 1;
    }
    let counts = (0..world.posts as u32).map(|post| [post % 7, post % 3, post % 2, post % 50]).collect();
    let follows = (world.users - VIEWERS..world.users)
        .map(|user| {
            let mut followed: Vec<u32> = world.followed(user).map(|followed| followed as u32).collect();
            followed.sort_unstable();
            followed.dedup();
            followed
        })
        .collect();
    let hot = runtime.block_on(store.trending(Window::Day, NOW, 200)).unwrap_or_default();
    let author = |id: UserId| id.0.as_integer().unwrap_or(0) as u32;
    let strongest = viewers.iter().map(|&viewer| {
        let found =
            runtime.block_on(store.affinity(viewer, NOW, query(viewer).since, 200)).unwrap_or_default();
        let mut authors: Vec<u32> = found.iter().map(|found| author(found.author)).collect();
        authors.dedup();
        authors
    });
    Flat {
        strongest: strongest.collect(),
        hot: hot.iter().map(|hot| place_of[hot.post.row.0 as usize]).collect(),
        starts,
        age_hours,
        counts,
        follows,
    }
}
