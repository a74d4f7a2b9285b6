//! A buffer holds a report that may be too large for memory. It is written to an unnamed temporary file first, and
//! copied to its place from there.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write};

use sha2::{Digest as _, Sha256};

/// Contents that can be written to a file, more than once.
pub(crate) trait Contents {
    /// Writes all contents.
    ///
    /// # Errors
    /// Returns an error if the writer fails, or if the contents can't be read.
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()>;
}

impl Contents for &[u8] {
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self)
    }
}

/// Bytes that are kept on disk.
#[derive(Debug)]
pub(crate) struct ReportBuffer {
    file: BufWriter<File>,
    digest: Sha256,
}

impl ReportBuffer {
    /// Creates an empty buffer.
    ///
    /// # Errors
    /// Returns an error if no temporary file can be created.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?), digest: Sha256::new() })
    }

    /// Returns the SHA-256 digest of what was written, in hexadecimal digits.
    #[must_use]
    pub(crate) fn digest(&self) -> String {
        hexadecimal(&self.digest.clone().finalize())
    }
}

impl Write for ReportBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Contents for ReportBuffer {
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut file = self.file.get_ref();
        file.seek(SeekFrom::Start(0))?;
        io::copy(&mut file, out).map(drop)
    }
}

/// Writes bytes in hexadecimal digits.
#[must_use]
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(2 * bytes.len());
    bytes.iter().for_each(|byte| _ = write!(out, "{byte:02x}"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rests_on_disk_is_what_was_written() {
        let mut buffer = ReportBuffer::new().unwrap();
        buffer.write_all(b"one, ").unwrap();
        buffer.write_all(b"two").unwrap();
        buffer.flush().unwrap();
        for _ in 0..2 {
            let mut out = Vec::new();
            buffer.write_to(&mut out).unwrap();
            assert_eq!(out, b"one, two");
        }
        assert_eq!(buffer.digest(), hexadecimal(&Sha256::digest(b"one, two")));
    }
}
