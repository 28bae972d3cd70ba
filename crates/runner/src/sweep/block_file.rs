//! A block as bytes: a header with lengths and a checksum, then the payload.

use std::ops::Range;

use super::store::Block;

const MAGIC: [u8; 8] = *b"mgblock1";
const HEADER: usize = 48;

/// A hash over 64-bit words that finds damage and truncation; it is no defence against forgery.
pub(crate) fn checksum(seed: u64, bytes: &[u8]) -> u64 {
    let step = |hash: u64, word: u64| {
        let hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^ hash >> 29 // Carries high bits down; a multiply alone never does.
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(step(seed, bytes.len() as u64), |hash, word| step(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, byte| step(hash, u64::from(*byte)))
}

/// The file of block `number` of the sweep with this identity.
pub(crate) fn to_bytes(identity: u64, number: u64, block: &Block) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + block.payload.len());
    bytes.extend(MAGIC);
    for word in [number, block.rows, block.faults, block.payload.len() as u64, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(&block.payload);
    let sum = checksum_of(identity, &bytes);
    bytes[SUM].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Reads the file of block `number`; `None` where it is truncated, damaged, of another block or of another sweep.
pub(crate) fn from_bytes(identity: u64, number: u64, mut bytes: Vec<u8>) -> Option<Block> {
    let word = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
    let (found, rows, faults, length, sum) = (word(8)?, word(16)?, word(24)?, word(32)?, word(40)?);
    let is_whole = bytes.len() as u64 == (HEADER as u64).checked_add(length)?;
    (bytes.starts_with(&MAGIC) && found == number && is_whole && sum == checksum_of(identity, &bytes)).then(|| {
        bytes.drain(..HEADER);
        Block { rows, faults, payload: bytes }
    })
}

/// Reads a block that comes with its number.
#[cfg(feature = "mpi")]
pub(crate) fn of_message(identity: u64, bytes: Vec<u8>) -> Option<(u64, Block)> {
    let number = u64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?);
    Some((number, from_bytes(identity, number, bytes)?))
}

const SUM: Range<usize> = 40..48;

/// Of all but the checksum itself.
fn checksum_of(identity: u64, bytes: &[u8]) -> u64 {
    checksum(checksum(identity, &bytes[..SUM.start]), &bytes[SUM.end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_lost_byte_is_found() {
        let block = Block { rows: 3, faults: 1, payload: (0..41).collect() };
        let bytes = to_bytes(7, 12, &block);
        assert_eq!(from_bytes(7, 12, bytes.clone()), Some(block));
        for bit in 0..8 * bytes.len() {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(from_bytes(7, 12, damaged), None, "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert_eq!(from_bytes(7, 12, bytes[..length].to_vec()), None, "{length} bytes");
        }
        assert_eq!(from_bytes(7, 12, [&bytes[..], &[0]].concat()), None);
        assert_eq!(from_bytes(7, 13, bytes.clone()), None, "of another block");
        assert_eq!(from_bytes(8, 12, bytes), None, "of another sweep");
    }
}
