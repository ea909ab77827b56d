//! State graphs, drawn from runs of the machines, as Mermaid flowcharts.
//!
//! Nobody draws them by hand, so they cannot differ from the code: `cargo xtask diagrams` writes them, and a test compares.
//!
//! ```
//! use hallpass_testkit::picture;
//!
//! let pictures = picture::dialects();
//! let (name, graph) = &pictures[0];
//! assert_eq!(*name, "auth0-json");
//! assert!(graph.mermaid().starts_with("flowchart"));
//! ```

mod dialects;
mod graph;

pub use dialects::dialects;
pub use graph::Graph;

use crate::world::Coverage;

/// The turns that flights have made in simulated worlds.
///
/// ```
/// use hallpass_testkit::{picture, world::{self, Bounds}};
///
/// let report = world::run(7, &Bounds::default());
/// let graph = picture::lifecycle(&report.totals.coverage);
/// assert!(graph.mermaid().contains("peek"));
/// ```
pub fn lifecycle(coverage: &Coverage) -> Graph {
    let mut graph = Graph::default();
    graph.edge("a call that no token in hand will do for", "peek", "");
    graph.edge("a call that no token in hand will do for", "lock", "a gain is still to be saved");
    for turn in coverage.flying() {
        graph.edge(turn.effect, turn.next, turn.answer);
    }
    graph
}
