//! How long a file may be.

use super::Finding;
use super::tree::Tree;

const MOST: usize = 300;

/// A Rust file has at most 300 lines.
pub(super) fn rust_files(tree: &Tree) -> Vec<Finding> {
    let sizes = tree.rust().map(|(path, text)| (path, text.lines().count()));
    let long = sizes.filter(|(_, lines)| *lines > MOST);
    long.map(|(path, lines)| Finding::new(path, lines, format!("{lines} lines, {MOST} at most: split the file")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn long_files_are_refused() {
        let lines = |count| "x\n".repeat(count);
        let tree = Tree::of(&[("a.rs", &lines(300)), ("b.rs", &lines(301)), ("c.md", &lines(501))]);
        assert_eq!(places(&rust_files(&tree)), ["b.rs:301"]);
    }
}
