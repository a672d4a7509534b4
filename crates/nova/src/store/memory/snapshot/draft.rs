//! Bytes in memory, on their way into a frame.

/// Little-endian, one after the other.
#[derive(Debug, Default)]
pub(super) struct Draft(Vec<u8>);

impl Draft {
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.0.extend_from_slice(&bytes);
    }

    #[inline]
    pub(super) fn u32(&mut self, value: u32) {
        self.put(value.to_le_bytes());
    }

    #[inline]
    pub(super) fn u64(&mut self, value: u64) {
        self.put(value.to_le_bytes());
    }

    pub(super) fn i64(&mut self, value: i64) {
        self.put(value.to_le_bytes());
    }

    pub(super) fn i32(&mut self, value: i32) {
        self.put(value.to_le_bytes());
    }

    pub(super) fn u128(&mut self, value: u128) {
        self.put(value.to_le_bytes());
    }

    /// How many entries follow. No list is longer: what it holds has numbers of 32 bits.
    pub(super) fn count(&mut self, count: usize) {
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Empties it; what it took stays reserved.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
