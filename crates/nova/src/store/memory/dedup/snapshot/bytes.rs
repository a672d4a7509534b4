//! Reading bytes that nobody vouches for.

use std::io::{self, Read};

use nova_core::error::{Error, Kind, Result};

/// Words read at once, on the word of a length that may be wrong.
const WORDS_AT_ONCE: usize = 8_192;

pub(super) struct Bytes<'a, R>(pub(super) &'a mut R);

impl<R: Read> Bytes<'_, R> {
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// One that may be missing.
    pub(super) fn second(&mut self) -> Result<Option<u32>> {
        match (self.array::<1>()?, self.u32()?) {
            ([0], _) => Ok(None),
            ([1], second) => Ok(Some(second)),
            _ => Err(corrupt("a flag is neither 0 nor 1")),
        }
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// So many words; takes no more memory than there are.
    pub(super) fn words(&mut self, count: u64) -> Result<Vec<u64>> {
        let mut words = Vec::new();
        let mut bytes = vec![0; WORDS_AT_ONCE * 8];
        let mut rest = usize::try_from(count).map_err(|_| corrupt("a filter is too long"))?;
        while rest > 0 {
            let some = rest.min(WORDS_AT_ONCE);
            let (here, _) = bytes.split_at_mut(some * 8);
            self.fill(here)?;
            words.extend(here.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)));
            rest -= some;
        }
        Ok(words)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.0.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => corrupt("the windows are cut off"),
            _ => Error::new(Kind::Unavailable, "dedup.load", "the windows cannot be read").with_source(error),
        })
    }
}

pub(in crate::store::memory::dedup) fn corrupt(detail: &'static str) -> Error {
    Error::new(Kind::Corrupt, "dedup.load", detail)
}
