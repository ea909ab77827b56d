//! What hallpass costs, measured beside the floor and its peers.
//!
//! `cargo xtask bench` builds and runs the programs of this crate and prints their figures beside the budget.
//! Each prints one line a figure, its fields separated by tabs.
//!
//! | program | what it measures |
//! |---|---|
//! | `hot` | a fresh token into a request's headers, beside a clone of a shared value: times and allocations |
//! | `fetch` | a token over a warm connection, each driver in turn with the bare HTTP library under it: times and allocations |
//! | `peers` | the hot path, a fetch and a herd, beside other libraries: times, requests and errors |
//! | `counted` | the hot path and an exchange in memory, beside other libraries: allocations |
//! | `fleet` | processes that share a file, and a Redis: requests |
//! | `many` | a pool with a million keys, flights with many waiters, stores with many records: times and bytes |
//! | `allocations` | each dialect's exchange in the core: allocations |
//! | `exchange` | nothing: it runs one exchange in the core a number of times, for a profiler to count instructions |
//!
//! | module | what it holds |
//! |---|---|
//! | [`cases`] | an exchange of each dialect, with its reply at hand |
//! | [`counting`] | allocations of a call |
//! | [`fetch`] | the two sides of each pair |
//! | [`peers`] | other libraries on the same work |
//! | [`server`] | a token endpoint that costs next to nothing |
//! | [`timing`] | what the timed programs share |

pub mod cases;
pub mod counting;
#[cfg(feature = "drivers")]
pub mod fetch;
#[cfg(feature = "peer")]
pub mod peers;
pub mod server;
pub mod timing;

/// The result of a program here: any error ends it.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
