//! A policy, as the head has it.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::wire::ns;
use crate::lifecycle::{Policy, Setup};

macro_rules! policy {
    (times: $($time:ident),*; numbers: $($number:ident: $type:ty),*) => {
        /// A policy, and the life of a token that nobody states; times in nanoseconds.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "each is the field of the same name in `Policy`")]
        pub struct PolicyLine {
            $(pub $time: u64,)*
            $(pub $number: $type,)*
            pub default_life: Option<u64>,
        }

        impl From<&Setup> for PolicyLine {
            fn from(setup: &Setup) -> Self {
                let policy = &setup.policy;
                Self {
                    $($time: ns(policy.$time),)*
                    $($number: policy.$number,)*
                    default_life: setup.default_life.map(ns),
                }
            }
        }

        impl PolicyLine {
            pub(super) fn policy(&self) -> Policy {
                Policy {
                    $($time: Duration::from_nanos(self.$time),)*
                    $($number: self.$number,)*
                }
            }
        }
    };
}

policy! {
    times: mandatory_cap, grace, backoff_base, backoff_cap, flight, lease_margin, latch_first, latch_longest, look,
        rejection_first, rejection_longest;
    numbers: advisory_percent: u8, mandatory_percent: u8, sends: u32
}
