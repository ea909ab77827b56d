//! How a program ends, where there are no signals to pass on.

use std::process::Child;

use crate::failure::Failure;

/// Nothing is collected here.
pub(super) struct Passed(());

impl Passed {
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self(()))
    }

    /// None does.
    pub(super) fn came(&mut self) -> Option<u8> {
        None
    }

    /// Starts the program, and gives its exit code; without one, waits until this process is ended.
    pub(super) fn until_end(self, start: Option<impl FnOnce() -> Result<Child, Failure>>) -> Result<u8, Failure> {
        let Some(start) = start else {
            loop {
                std::thread::park();
            }
        };
        let status =
            start()?.wait().map_err(|error| Failure::other(format!("the program cannot be waited for: {error}")));
        Ok(status?.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }
}
