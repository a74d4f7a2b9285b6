//! The gzip format (RFC 1952), with stored instead of compressed data, which is enough to make a client decode it.

/// The longest block that can be stored, in bytes (RFC 1951, section 3.2.4).
const LONGEST: usize = 0xffff;

/// Encodes bytes in the gzip format.
pub(crate) fn store(bytes: &[u8]) -> Vec<u8> {
    // The magic number, the deflate method, no flags, no time, no extra flags, an unknown operating system.
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    // Empty data has one block too, which is the last one.
    let blocks = bytes.len().div_ceil(LONGEST).max(1);
    for at in 0..blocks {
        let block = &bytes[at * LONGEST..bytes.len().min((at + 1) * LONGEST)];
        let length = block.len() as u16;
        out.push(u8::from(at + 1 == blocks));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&crc32(bytes).to_le_bytes());
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out
}

/// Returns the CRC-32 checksum that gzip uses.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!((crc32(b""), crc32(b"123456789")), (0, 0xcbf4_3926));
    }

    #[test]
    fn every_byte_is_stored_in_blocks() {
        for length in [0, 1, LONGEST, LONGEST + 1, 3 * LONGEST] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let stored = store(&bytes);
            let (mut rest, mut read, mut last) = (&stored[10..], Vec::new(), 0);
            while last == 0 {
                let length = usize::from(u16::from_le_bytes([rest[1], rest[2]]));
                assert_eq!(u16::from_le_bytes([rest[3], rest[4]]), !(length as u16));
                read.extend_from_slice(&rest[5..5 + length]);
                (last, rest) = (rest[0], &rest[5 + length..]);
            }
            assert_eq!((read, rest.len()), (bytes.clone(), 8));
            assert_eq!(rest[4..], (length as u32).to_le_bytes());
        }
    }
}
