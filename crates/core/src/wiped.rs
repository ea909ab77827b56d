//! Bytes that are wiped when they are dropped.

use core::ops::{Deref, DerefMut};

/// A vector that is wiped with all of its room, in one go: [`Zeroizing`](zeroize::Zeroizing) goes byte by byte, which for
/// a reply costs more than reading it.
///
/// What outgrows its room leaves a copy behind, so it is made large enough at once.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    pub(crate) fn with_capacity(room: usize) -> Self {
        Self(Vec::with_capacity(room))
    }
}

impl From<Vec<u8>> for Wiped {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Wiped {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.resize(bytes.capacity(), 0);
    // Without it a compiler may leave out what nobody reads again.
    zeroize::optimization_barrier(bytes.as_slice());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_the_room_is_wiped() {
        let mut bytes = b"canary-7".repeat(10);
        bytes.truncate(8);
        let (place, room) = (bytes.as_ptr(), bytes.capacity());
        wipe(&mut bytes);
        assert_eq!((bytes.as_ptr(), bytes.len()), (place, room), "where the secret stood");
        assert!(bytes.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn the_room_that_is_asked_for_is_there_at_once() {
        assert!(Wiped::with_capacity(100).capacity() >= 100);
    }
}
