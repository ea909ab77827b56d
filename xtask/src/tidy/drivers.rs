//! Whether both drivers can do the same, in the same words.

use std::collections::BTreeMap;

use super::Finding;
use super::tree::Tree;

const APIS: [&str; 2] = ["api/async.txt", "api/blocking.txt"];

/// What one driver alone can do, and why.
const ALONE: &[&str] = &[
    // The other's body is read as a `Read`.
    "Body::chunk",
    // What `hallpass doctor` finds out with.
    "Client::exchange",
    "resolve",
    "connect",
    "tunnel",
    "handshake",
];

/// A function of one driver is one of the other, but for `async`.
pub(super) fn same_api(tree: &Tree) -> Vec<Finding> {
    let [asynchronous, blocking] = APIS.map(|path| functions(tree, path));
    let mut findings = Vec::new();
    for (path, own, others) in [(APIS[0], &asynchronous, &blocking), (APIS[1], &blocking, &asynchronous)] {
        for (name, (line, signature)) in own.iter().filter(|(name, _)| !ALONE.contains(&name.as_str())) {
            match others.get(name) {
                None => {
                    let what =
                        format!("the other driver has no `{name}`: add it there, or to ALONE in {} with why", file!());
                    findings.push(Finding::new(path, *line, what));
                }
                Some((_, other)) if other != signature && path == APIS[0] => {
                    let what = format!("`{signature}` is `{other}` in the other driver: make them the same");
                    findings.push(Finding::new(path, *line, what));
                }
                Some(_) => {}
            }
        }
    }
    findings
}

/// Each public function by its name, with its line and its signature.
fn functions(tree: &Tree, path: &str) -> BTreeMap<String, (usize, String)> {
    let text = tree.file(path).and_then(|file| file.text.as_deref()).unwrap_or_default();
    let (mut functions, mut owner, mut signature, mut begun) = (BTreeMap::new(), "", String::new(), 0);
    for (line, number) in text.lines().zip(1..) {
        match line.strip_prefix("impl ").or_else(|| line.strip_prefix("//")) {
            Some(begins) => owner = begins.strip_suffix(" {").unwrap_or_default(),
            None if signature.is_empty() && !is_function(line) => {}
            None => {
                begun = if signature.is_empty() { number } else { begun };
                signature = format!("{signature} {}", line.trim());
            }
        }
        if signature.ends_with("{}") {
            let whole = plain(&core::mem::take(&mut signature));
            let name = whole.split(['(', '<']).next().unwrap_or_default().trim_start_matches("pub fn ");
            let name = if owner.is_empty() { name.to_owned() } else { format!("{owner}::{name}") };
            functions.insert(name, (begun, whole));
        }
    }
    functions
}

fn is_function(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("pub fn ") || line.starts_with("pub async fn ")
}

/// Without what awaits, and on one line.
fn plain(signature: &str) -> String {
    let line = signature.replacen("async fn", "fn", 1).replace(" {}", "");
    line.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(").replace(", )", ")").replace(",)", ")")
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn found(asynchronous: &str, blocking: &str) -> Vec<String> {
        places(&same_api(&Tree::of(&[(APIS[0], asynchronous), (APIS[1], blocking)])))
    }

    #[test]
    fn the_same_but_for_what_awaits_is_fine() {
        let asynchronous = "// a.rs\n\nimpl Client {\n    pub async fn send<B>(\n        &self,\n        to: &str,\n    ) -> X {}\n}\nimpl Drop for Y {}\n";
        let blocking = "impl Drop for Z {}\nimpl Client {\n    pub fn send<B>(&self, to: &str) -> X {}\n}\n";
        assert!(found(asynchronous, blocking).is_empty());
    }

    #[test]
    fn what_one_alone_has_is_found_and_what_takes_or_gives_something_else() {
        let one = "impl Client {\n    pub async fn token(&self) -> X {}\n    pub fn more(&self) {}\n}\n";
        let other = "impl Client {\n    pub fn token(&self) -> Y {}\n    pub fn exchange(&self) {}\n}\n// b.rs\n\npub fn less() {}\n";
        assert_eq!(found(one, other), ["api/async.txt:3", "api/async.txt:2", "api/blocking.txt:7"]);
    }
}
