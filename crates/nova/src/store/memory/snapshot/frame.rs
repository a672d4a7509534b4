//! Bytes on disk: frames with a length, a checksum and nothing else to know.
//!
//! ```text
//!   file   magic(8) format(u32) crc(u32)  frame  frame  ...  end
//!   frame  length(u32, 1..=1 MiB)  crc(u32)  bytes
//!   end    length 0                crc
//! ```
//!
//! Everything is little-endian. A frame's checksum covers its number as well, so frames that were dropped, doubled
//! or swapped are found like bytes that changed. What stands in the frames runs on from one to the next.

use std::io::{self, BufReader, Read, Write};

const MAGIC: [u8; 8] = *b"novaindx";
/// Raised when the content's layout changes.
pub(super) const FORMAT: u32 = 2;
const FRAME_MAX: usize = 1 << 20;
const HEADER_BYTES: u64 = 16;

/// Why a snapshot cannot be used.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is not what was written.
    Damaged(&'static str),
    /// Another version of the program wrote it.
    Format(u32),
    /// It could not be read.
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged("it is cut off"),
            io::ErrorKind::InvalidData => Self::Damaged("its content does not fit together"),
            _ => Self::Io(error),
        }
    }
}

fn checksum(number: u64, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

/// Writes frames.
pub(super) struct Output<W> {
    file: W,
    frame: Vec<u8>,
    number: u64,
}

impl<W: Write> Output<W> {
    pub(super) fn new(mut file: W) -> io::Result<Self> {
        file.write_all(&MAGIC)?;
        file.write_all(&FORMAT.to_le_bytes())?;
        file.write_all(&checksum(u64::from(FORMAT), &MAGIC).to_le_bytes())?;
        Ok(Self { file, frame: Vec::with_capacity(FRAME_MAX), number: 0 })
    }

    pub(super) fn bytes(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.frame.len() == FRAME_MAX {
                self.flush()?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(FRAME_MAX - self.frame.len()));
            self.frame.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.frame.is_empty() {
            self.file.write_all(&(self.frame.len() as u32).to_le_bytes())?;
            self.file.write_all(&checksum(self.number, &self.frame).to_le_bytes())?;
            self.file.write_all(&self.frame)?;
            self.frame.clear();
            self.number += 1;
        }
        Ok(())
    }

    /// Writes the end and gives the file back.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        self.file.write_all(&0_u32.to_le_bytes())?;
        self.file.write_all(&checksum(self.number, &[]).to_le_bytes())?;
        Ok(self.file)
    }
}

/// Reads frames, each checked before anything of it is given.
pub(super) struct Input<R> {
    file: BufReader<R>,
    frame: Vec<u8>,
    at: usize,
    number: u64,
    /// Bytes of the file not read yet: no count may promise more than they can hold.
    rest: u64,
}

impl<R: Read> Input<R> {
    /// `len`: the file's size in bytes.
    pub(super) fn new(file: R, len: u64) -> Result<Self, Fault> {
        let mut file = BufReader::with_capacity(1 << 16, file);
        let (mut magic, mut format, mut sum) = ([0; 8], [0; 4], [0; 4]);
        file.read_exact(&mut magic)?;
        file.read_exact(&mut format)?;
        file.read_exact(&mut sum)?;
        let format = u32::from_le_bytes(format);
        if magic != MAGIC || u32::from_le_bytes(sum) != checksum(u64::from(format), &magic) {
            return Err(Fault::Damaged("it does not begin as a snapshot does"));
        }
        if format != FORMAT {
            return Err(Fault::Format(format));
        }
        let rest = len.saturating_sub(HEADER_BYTES);
        Ok(Self { file, frame: Vec::new(), at: 0, number: 0, rest })
    }

    #[inline]
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        if let Some(bytes) = self.frame[self.at..].first_chunk() {
            self.at += N;
            return Ok(*bytes);
        }
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    #[inline]
    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.take().map(u32::from_le_bytes)
    }

    #[inline]
    pub(super) fn u64(&mut self) -> Result<u64, Fault> {
        self.take().map(u64::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, Fault> {
        self.take().map(i64::from_le_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Fault> {
        self.take().map(i32::from_le_bytes)
    }

    pub(super) fn u128(&mut self) -> Result<u128, Fault> {
        self.take().map(u128::from_le_bytes)
    }

    /// How many entries of `bytes` each follow: never more than the file can hold.
    pub(super) fn count(&mut self, bytes: u64) -> Result<usize, Fault> {
        let count = self.u32()?;
        let held = (self.frame.len() - self.at) as u64 + self.rest;
        if u64::from(count) * bytes > held {
            return Err(Fault::Damaged("it counts more than it holds"));
        }
        Ok(count as usize)
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, Fault> {
        let mut bytes = vec![0; self.count(1)?];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Fault> {
        let mut filled = 0;
        while filled < bytes.len() {
            if self.at == self.frame.len() && !self.next()? {
                return Err(Fault::Damaged("it ends too early"));
            }
            let now = (bytes.len() - filled).min(self.frame.len() - self.at);
            bytes[filled..filled + now].copy_from_slice(&self.frame[self.at..self.at + now]);
            filled += now;
            self.at += now;
        }
        Ok(())
    }

    /// The next frame; `false` at the end.
    fn next(&mut self) -> Result<bool, Fault> {
        let (mut len, mut sum) = ([0; 4], [0; 4]);
        self.file.read_exact(&mut len)?;
        self.file.read_exact(&mut sum)?;
        let len = u32::from_le_bytes(len) as usize;
        if len > FRAME_MAX {
            return Err(Fault::Damaged("a frame is too long"));
        }
        self.rest = self.rest.saturating_sub(8 + len as u64);
        self.frame.resize(len, 0);
        self.at = 0;
        self.file.read_exact(&mut self.frame)?;
        if checksum(self.number, &self.frame) != u32::from_le_bytes(sum) {
            return Err(Fault::Damaged("a checksum does not agree"));
        }
        self.number += 1;
        Ok(len > 0)
    }

    /// Nothing may follow but the end.
    pub(super) fn finish(mut self) -> Result<(), Fault> {
        let ends = self.at == self.frame.len() && !self.next()? && self.file.read(&mut [0])? == 0;
        if ends { Ok(()) } else { Err(Fault::Damaged("it goes on after its end")) }
    }
}
