//! One candidate per post, whichever sources found it.

use hashbrown::HashTable;

use super::{Candidate, Features, Origin, Origins, Retrieved, Verdict};

/// Collects what the sources give. A post found twice is one candidate that remembers every source.
#[derive(Debug, Default)]
pub struct Merge {
    index: HashTable<u32>,
    found: Vec<Candidate>,
    /// Candidates before this were handed out; a later source that finds them again adds nothing.
    taken: usize,
    known: Vec<u128>,
}

/// Ids are UUIDs (mostly random) or integers (low bits differ): folding both halves and one multiplication spreads
/// them well enough for a table of a thousand, at a fraction of a keyed hash.
fn hash(bits: u128) -> u64 {
    let folded = (bits as u64) ^ ((bits >> 64) as u64).rotate_left(32);
    let product = u128::from(folded ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93_u128;
    (product as u64) ^ ((product >> 64) as u64)
}

impl Merge {
    /// Adds what one source found.
    pub fn add(&mut self, origin: Origin, found: Vec<Retrieved>) {
        self.index.reserve(found.len(), |&i| hash(self.known[i as usize]));
        self.found.reserve(found.len());
        self.known.reserve(found.len());
        for Retrieved { post, author, created_at, row } in found {
            let bits = post.bits();
            let known = &mut self.known;
            let entry =
                self.index.entry(hash(bits), |&i| known[i as usize] == bits, |&i| hash(known[i as usize]));
            match entry {
                hashbrown::hash_table::Entry::Occupied(slot) => {
                    if let Some(candidate) =
                        (*slot.get() as usize).checked_sub(self.taken).and_then(|i| self.found.get_mut(i))
                    {
                        candidate.origins.insert(origin);
                    }
                }
                hashbrown::hash_table::Entry::Vacant(slot) => {
                    slot.insert((self.taken + self.found.len()) as u32);
                    self.known.push(bits);
                    self.found.push(Candidate {
                        post,
                        author,
                        created_at,
                        row,
                        origins: Origins::only(origin),
                        verdict: Verdict::CLEAR,
                        features: Features::default(),
                    });
                }
            }
        }
    }

    /// Hands out what was found since the last call, in the order of first finding.
    pub fn take(&mut self) -> Vec<Candidate> {
        self.taken += self.found.len();
        std::mem::take(&mut self.found)
    }
}
