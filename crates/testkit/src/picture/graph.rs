//! A graph, and how it is written.

use core::fmt::Write;

/// Nodes and labelled edges, in the order in which they were first met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    nodes: Vec<String>,
    edges: Vec<(usize, usize, Vec<String>)>,
}

impl Graph {
    /// Adds an edge, or a label to the one between the same two nodes.
    pub fn edge(&mut self, from: &str, to: &str, label: &str) {
        let (from, to) = (self.node(from), self.node(to));
        let at = self.edges.iter().position(|edge| (edge.0, edge.1) == (from, to)).unwrap_or_else(|| {
            self.edges.push((from, to, Vec::new()));
            self.edges.len() - 1
        });
        let labels = &mut self.edges[at].2;
        if !label.is_empty() && !labels.iter().any(|known| known == label) {
            labels.push(label.to_owned());
        }
    }

    /// The graph as a Mermaid flowchart.
    ///
    /// ```
    /// use hallpass_testkit::picture::Graph;
    ///
    /// let mut graph = Graph::default();
    /// graph.edge("send", "save", "2xx");
    /// assert_eq!(graph.mermaid(), "flowchart TD\n    n0[\"send\"]\n    n1[\"save\"]\n    n0 -->|\"2xx\"| n1\n");
    /// ```
    pub fn mermaid(&self) -> String {
        let mut text = "flowchart TD\n".to_owned();
        for (at, node) in self.nodes.iter().enumerate() {
            let _ = writeln!(text, "    n{at}[\"{node}\"]");
        }
        for (from, to, labels) in &self.edges {
            let label = if labels.is_empty() { String::new() } else { format!("|\"{}\"|", labels.join("<br>")) };
            let _ = writeln!(text, "    n{from} -->{label} n{to}");
        }
        text
    }

    /// The graph as a Markdown table, for pages that draw nothing.
    ///
    /// ```
    /// use hallpass_testkit::picture::Graph;
    ///
    /// let mut graph = Graph::default();
    /// graph.edge("send", "save", "2xx");
    /// assert!(graph.table().ends_with("| send | 2xx | save |\n"));
    /// ```
    pub fn table(&self) -> String {
        let mut text = "| from | by | to |\n|---|---|---|\n".to_owned();
        for (from, to, labels) in &self.edges {
            let _ = writeln!(text, "| {} | {} | {} |", self.nodes[*from], labels.join("; "), self.nodes[*to]);
        }
        text
    }

    fn node(&mut self, name: &str) -> usize {
        self.nodes.iter().position(|known| known == name).unwrap_or_else(|| {
            self.nodes.push(name.to_owned());
            self.nodes.len() - 1
        })
    }
}
