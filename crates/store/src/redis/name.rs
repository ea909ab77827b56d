//! What keys are called.

use hallpass_core::dialect::Key;

use crate::hex;
use crate::record::VERSION;

/// The keys of one record. A digest shows no id.
pub(super) struct Names([String; 3]);

impl Names {
    pub(super) fn of(prefix: &str, key: &Key) -> Self {
        let record = format!("{prefix}:{VERSION}:{{{}}}", hex(&key.digest()));
        let (lock, aside) = (format!("{record}:lock"), format!("{record}:damaged"));
        Self([record, lock, aside])
    }

    /// Record, lock, and where a damaged record goes: `KEYS` of every script.
    pub(super) fn all(&self) -> &[String; 3] {
        &self.0
    }

    /// The record.
    pub(super) fn record(&self) -> &str {
        &self.0[0]
    }

    /// Where a damaged record goes.
    pub(super) fn aside(&self) -> &str {
        &self.0[2]
    }
}
