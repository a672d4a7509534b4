//! What of a table is not written yet.

/// A set of the numbers `0..len`: a bit each.
#[derive(Debug)]
pub(super) struct Bits {
    words: Vec<u64>,
    len: u32,
}

impl Bits {
    pub(super) fn new(len: u32) -> Self {
        Self { words: vec![0; len as usize / 64 + 1], len }
    }

    /// Adds a number; `false` if it was there, or is none of these.
    #[inline]
    pub(super) fn add(&mut self, number: u32) -> bool {
        if number >= self.len {
            return false;
        }
        let (word, bit) = (&mut self.words[number as usize / 64], 1 << (number % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    #[inline]
    pub(super) fn has(&self, number: u32) -> bool {
        self.words.get(number as usize / 64).is_some_and(|word| word & 1 << (number % 64) != 0)
    }

    /// Are all of them in it?
    pub(super) fn is_full(&self) -> bool {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>() == u64::from(self.len)
    }
}

/// The entries that a table had at the moment of a snapshot, written in the order of their numbers but for those that
/// are saved earlier because they are about to change. What came later has greater numbers and is none of them.
#[derive(Debug)]
pub(super) struct Span {
    next: u32,
    saved: Bits,
}

impl Span {
    pub(super) fn new(len: u32) -> Self {
        Self { next: 0, saved: Bits::new(len) }
    }

    /// An entry is about to change: must it be saved? Says so once for each.
    #[inline]
    pub(super) fn claim(&mut self, number: u32) -> bool {
        number >= self.next && self.saved.add(number)
    }

    /// The next to be written. `Some(None)`: it was saved. `None`: it was the last.
    #[inline]
    pub(super) fn step(&mut self) -> Option<Option<u32>> {
        let number = self.next;
        if number >= self.saved.len {
            return None;
        }
        self.next += 1;
        Some((!self.saved.has(number)).then_some(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_is_given_once(len in 0..300_u32, steps in proptest::collection::vec(0..400_u32, 0..600)) {
            let mut span = Span::new(len);
            let mut given = Vec::new();
            for step in steps {
                // an even number claims, an odd one goes on
                if step % 2 == 0 {
                    given.extend(span.claim(step / 2).then_some(step / 2));
                } else {
                    given.extend(span.step().flatten());
                }
            }
            while let Some(step) = span.step() {
                given.extend(step);
            }
            given.sort_unstable();
            prop_assert_eq!(given, (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn bits_are_full_when_all_are_in() {
        let mut bits = Bits::new(65);
        for number in 0..64 {
            assert!(bits.add(number) && !bits.is_full());
        }
        assert!(!bits.add(0) && !bits.add(65));
        assert!(bits.add(64) && bits.is_full() && !bits.has(65) && !bits.has(1_000));
        assert!(Bits::new(0).is_full());
    }
}
