//! The sections that errors link to.

use super::Finding;
use super::tree::Tree;

const SECTIONS: &str = "crates/core/src/error/errors.md";
const ERRORS: &str = "crates/core/src/error/";
/// How an intra-doc link to a section begins; rustdoc checks the module, and nobody the section.
const LINK: &str = "::error#";

/// Links to a section about an error lead to one, and every section has an error that links to it.
pub(super) fn error_sections(tree: &Tree) -> Vec<Finding> {
    let sections = tree.file(SECTIONS).and_then(|file| file.text.as_deref()).unwrap_or_default();
    let headings = sections.lines().zip(1..).filter_map(|(line, number)| Some((line.strip_prefix("# ")?, number)));
    let headings: Vec<(String, usize)> = headings.map(|(title, number)| (slug(title), number)).collect();
    let mut findings = Vec::new();
    let mut linked = Vec::new();
    for (path, text) in tree.texts(|path| path.starts_with("crates/")) {
        for (line, number) in text.lines().zip(1..) {
            for to in fragments(line) {
                if !headings.iter().any(|(slug, _)| slug == to) {
                    let what = format!("{SECTIONS} has no section `{to}`: correct the link, or write the section");
                    findings.push(Finding::new(path, number, what));
                } else if path.starts_with(ERRORS) {
                    linked.push(to);
                }
            }
        }
    }
    let orphans = headings.iter().filter(|(slug, _)| !linked.contains(&slug.as_str()));
    findings.extend(orphans.map(|(slug, number)| {
        let what = format!("no error links to `{slug}`: link it from the error that it explains, or delete it");
        Finding::new(SECTIONS, *number, what)
    }));
    findings
}

/// As rustdoc makes a heading's id.
fn slug(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn fragments(line: &str) -> impl Iterator<Item = &str> {
    let after = line.match_indices(LINK).map(|(at, link)| &line[at + link.len()..]);
    after.filter_map(|rest| rest.split_once(')')).map(|(fragment, _)| fragment)
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn a_link_without_its_section_and_a_section_without_its_link_are_found() {
        let errors = "/// [a](crate::error#a-lost-one).\nA,\n/// [b](crate::error#gone)\n";
        let elsewhere = "[c](hallpass_core::error#an-orphan) [d](hallpass_core::error#gone-too)\n";
        let tree = Tree::of(&[
            (SECTIONS, "\n# A lost one\n\n# An orphan\n"),
            ("crates/core/src/error/denied.rs", errors),
            ("crates/hallpass/src/guide/x.md", elsewhere),
        ]);
        let found = [
            "crates/core/src/error/denied.rs:3",
            "crates/hallpass/src/guide/x.md:1",
            "crates/core/src/error/errors.md:4",
        ];
        assert_eq!(places(&error_sections(&tree)), found);
    }
}
