//! How long a file may be.

use super::Finding;
use super::tree::Tree;

/// A Rust file should have at most 300 lines, and must not have more than 500.
pub(super) fn rust_files(tree: &Tree) -> Vec<Finding> {
    let sizes = tree.rust().map(|(path, text)| (path, text.lines().count()));
    sizes
        .filter_map(|(path, lines)| match lines {
            ..=300 => None,
            301..=500 => {
                Some(Finding::warning(path, lines, format!("{lines} lines; split the file to stay under 300")))
            }
            _ => Some(Finding::error(path, lines, format!("{lines} lines; 500 is the most a file may have: split it"))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_are_warned_of_and_longer_ones_refused() {
        let lines = |count| "x\n".repeat(count);
        let tree =
            Tree::of(&[("a.rs", &lines(300)), ("b.rs", &lines(301)), ("c.rs", &lines(501)), ("d.md", &lines(501))]);
        let said: Vec<String> = rust_files(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "b.rs:301: warning: 301 lines; split the file to stay under 300",
                "c.rs:501: 501 lines; 500 is the most a file may have: split it"
            ]
        );
    }
}
