//! Reads what may be a secret, and leaves no copy of it behind.

use std::fs::File;
use std::io::{self, Read};

use zeroize::Zeroizing;

/// The most bytes that a file of profiles or of certificates may have.
pub(crate) const MOST_OF_FILE: usize = 1024 * 1024;

/// What a pipe is given, which does not say how much will come.
const ROOM_OF_PIPE: usize = 16 * 1024;

/// All of it, or more than `most` bytes if there are more. Up to `room` bytes stay where they are read.
pub(crate) fn read(reader: impl Read, room: usize, most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    /// With less room, `read_to_end` first looks into a buffer of its own.
    const AHEAD: usize = 32;

    let mut bytes = Zeroizing::new(Vec::with_capacity(room.min(most) + 1 + AHEAD));
    reader.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The same of a file.
pub(crate) fn read_file(file: File, most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let length = file.metadata().map_or(0, |about| usize::try_from(about.len()).unwrap_or(most));
    read(file, if length == 0 { ROOM_OF_PIPE } else { length }, most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_secret;
    use crate::value::MOST;

    /// Tells whether it was ever read into another buffer than at first.
    struct Watched {
        left: usize,
        given: usize,
        begin: Option<usize>,
        moved: bool,
    }

    impl Read for Watched {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let begin = buffer.as_ptr().addr().wrapping_sub(self.given);
            self.moved |= !buffer.is_empty() && *self.begin.get_or_insert(begin) != begin;
            let count = buffer.len().min(self.left).min(1000);
            buffer[..count].fill(b'x');
            (self.left, self.given) = (self.left - count, self.given + count);
            Ok(count)
        }
    }

    #[test]
    fn a_secret_is_read_into_one_buffer() {
        for length in [1, 31, 32, 33, 5000, MOST - 1, MOST, MOST + 1, 2 * MOST] {
            let reader = || Watched { left: length, given: 0, begin: None, moved: false };
            let (mut secret, mut file) = (reader(), reader());
            assert_eq!(read_secret(&mut secret, "it").is_ok(), length <= MOST, "{length}");
            assert_eq!(read(&mut file, length, MOST).expect("it is read").len(), length.min(MOST + 1));
            assert!(!secret.moved && !file.moved, "{length}");
        }
    }
}
