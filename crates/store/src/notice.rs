//! What a store mends by itself, and somebody should know.

use std::path::PathBuf;

/// Something that was mended. `Display` says it to the user, with no secret in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Notice {
    /// Others could have read or written it.
    #[error(
        "the mode of {} was {was:03o}, open to other users; it is {now:03o} now. Secrets in it may have been read",
        path.display()
    )]
    Tightened {
        /// The folder or the file.
        path: PathBuf,
        /// The mode that it had.
        was: u32,
        /// The mode that it has now.
        now: u32,
    },
    /// There was no whole record of hallpass's in a record's place. It counts as no record.
    #[error("a record was torn, or was not written by hallpass: it was moved to {to} and counts as none")]
    MovedAside {
        /// Where it is now, as [`Store::aside`](crate::Store::aside) names it: a file's path, or a Redis key.
        to: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever looks or forgets makes none.
    #[test]
    fn no_record_is_promised_in_the_place_of_one_that_was_moved() {
        let told = Notice::MovedAside { to: "elsewhere".into() }.to_string();
        assert!(told.ends_with("it was moved to elsewhere and counts as none"), "{told}");
    }
}
