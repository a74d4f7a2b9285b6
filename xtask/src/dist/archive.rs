//! Writes and reads archives: the same files always give the same bytes, whoever packs them and when.

use std::fs::File;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Error;

/// One file of an archive.
#[derive(Debug)]
pub(super) struct Entry {
    /// Path below the top folder of the archive, with forward slashes.
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    pub(super) executable: bool,
}

/// Writes an archive whose files are below one folder.
///
/// # Errors
/// The archive can't be written.
pub(super) fn write(archive: &Path, folder: &str, entries: &[Entry]) -> Result<(), Error> {
    let file = File::create(archive).map_err(Error::file(archive))?;
    let packed = (|| {
        let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::best()));
        for Entry { path, bytes, executable } in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(u64::try_from(bytes.len()).map_err(std::io::Error::other)?);
            header.set_mode(if *executable { 0o755 } else { 0o644 });
            tar.append_data(&mut header, format!("{folder}/{path}"), bytes.as_slice())?;
        }
        tar.into_inner()?.finish()
    })();
    packed.map(drop).map_err(Error::file(archive))
}

/// Unpacks an archive into a folder.
///
/// # Errors
/// The archive can't be read, or the folder can't be written.
pub(super) fn unpack(archive: &Path, into: &Path) -> Result<(), Error> {
    let file = File::open(archive).map_err(Error::file(archive))?;
    tar::Archive::new(flate2::read::GzDecoder::new(file)).unpack(into).map_err(Error::file(archive))
}
