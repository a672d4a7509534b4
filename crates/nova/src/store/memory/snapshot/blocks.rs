//! A stream of unknown length inside the snapshot: blocks with a length before each, and a 0 at the end.

use std::io::{self, Read, Write};

use super::frame::{Fault, Input, Output};

/// Bytes of a block at most.
const BLOCK_MAX: usize = 1 << 16;

/// Writes the stream.
pub(super) struct Blocks<'a, W> {
    out: &'a mut Output<W>,
    block: Vec<u8>,
}

impl<'a, W: Write> Blocks<'a, W> {
    pub(super) fn new(out: &'a mut Output<W>) -> Self {
        Self { out, block: Vec::with_capacity(BLOCK_MAX) }
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.out.bytes(&0_u32.to_le_bytes())
    }
}

impl<W: Write> Write for Blocks<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.len() == BLOCK_MAX {
            self.flush()?;
        }
        let taken = bytes.len().min(BLOCK_MAX - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.block.is_empty() {
            self.out.bytes(&(self.block.len() as u32).to_le_bytes())?;
            self.out.bytes(&self.block)?;
            self.block.clear();
        }
        Ok(())
    }
}

/// Reads the stream.
pub(super) struct Unblocks<'a, R> {
    input: &'a mut Input<R>,
    /// Bytes left of the block.
    rest: usize,
    ended: bool,
}

impl<'a, R: Read> Unblocks<'a, R> {
    pub(super) fn new(input: &'a mut Input<R>) -> Self {
        Self { input, rest: 0, ended: false }
    }

    /// All of it must have been read.
    pub(super) fn finish(mut self) -> Result<(), Fault> {
        match self.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(Fault::Damaged("the deduplication left some of it")),
        }
    }
}

impl<R: Read> Read for Unblocks<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let error = |fault: Fault| match fault {
            Fault::Io(error) => error,
            Fault::Damaged(_) | Fault::Format(_) => io::ErrorKind::InvalidData.into(),
        };
        if self.rest == 0 && !self.ended {
            self.rest = self.input.u32().map_err(error)? as usize;
            self.ended = self.rest == 0;
        }
        let taken = bytes.len().min(self.rest);
        self.input.fill(&mut bytes[..taken]).map_err(error)?;
        self.rest -= taken;
        Ok(taken)
    }
}
