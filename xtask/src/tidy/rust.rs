//! Just enough of Rust to tell code from what only looks like it.

use std::ops::Range;

/// `source` with comments and literals blanked: every line and column stays where it was.
pub(super) fn code(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    let mut before = ' ';
    while let Some(next) = rest.chars().next() {
        let length = comment(rest).or_else(|| literal(rest, before));
        let (skipped, after) = rest.split_at(length.unwrap_or(next.len_utf8()));
        if length.is_some() {
            code.extend(skipped.chars().map(blank));
            before = ' ';
        } else {
            code.push(next);
            before = next;
        }
        rest = after;
    }
    code
}

/// `code` with the items under `#[cfg(test)]` blanked.
pub(super) fn without_tests(code: &str) -> String {
    if code.contains("#![cfg(test)]") {
        return code.chars().map(blank).collect();
    }
    let mut kept = code.to_owned();
    for item in test_items(code) {
        let blanked: String = code[item.clone()]
            .chars()
            .map(|c| if c == '\n' { "\n".into() } else { " ".repeat(c.len_utf8()) })
            .collect();
        kept.replace_range(item, &blanked);
    }
    kept
}

/// The names of the modules that `code` says are elsewhere and only for tests: `#[cfg(test)] mod name;`.
pub(super) fn test_modules(code: &str) -> Vec<&str> {
    let name = |item: Range<usize>| {
        let (_, declaration) = code[item].rsplit_once(']')?;
        declaration.trim().strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name.trim())
    };
    test_items(code).into_iter().filter_map(name).collect()
}

/// The lines on which `code` names `name`, whole: `rand::` is not in `operand::`.
pub(super) fn lines_naming(code: &str, name: &str) -> Vec<usize> {
    let starts_in_word = |at: usize| name.starts_with(is_word) && code[..at].ends_with(is_word);
    let ends_in_word = |at: usize| name.ends_with(is_word) && code[at + name.len()..].starts_with(is_word);
    let places = code.match_indices(name).map(|(at, _)| at);
    places.filter(|&at| !starts_in_word(at) && !ends_in_word(at)).map(|at| line(code, at)).collect()
}

/// The members of `std` named by `use std::{fs, io::Read}`, each with its line: `fs` and `io`.
pub(super) fn grouped_std(code: &str) -> Vec<(usize, &str)> {
    let mut members = Vec::new();
    for (at, group) in code.match_indices("std::{") {
        let mut depth = 0;
        let mut begins = true;
        for (index, c) in code[at..].char_indices().skip(group.len() - 1) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => begins = true,
                c if is_word(c) && begins => {
                    let member = code[at + index..].split(|c| !is_word(c)).next().unwrap_or_default();
                    members.push((line(code, at + index), member));
                    begins = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    members
}

fn line(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn blank(c: char) -> char {
    if c == '\n' { '\n' } else { ' ' }
}

/// The length of the comment that `rest` begins with.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let tail = &rest.as_bytes()[at..];
        if tail.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with(b"*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 {
            break;
        }
    }
    Some(at)
}

/// The length of the string or character literal that `rest` begins with, given the character before it.
fn literal(rest: &str, before: char) -> Option<usize> {
    let prefixed = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
    if let Some(raw) = prefixed.strip_prefix('r').filter(|_| !is_word(before)) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let begun = rest.len() - raw.len() + hashes + 1;
            return Some(rest[begun..].find(&end).map_or(rest.len(), |at| begun + at + end.len()));
        }
    }
    if rest.starts_with('"') {
        return Some(closed(rest, '"'));
    }
    let mut chars = rest.strip_prefix('\'')?.chars();
    match (chars.next()?, chars.next()?) {
        ('\\', _) => Some(closed(rest, '\'')),
        (c, '\'') => Some(1 + c.len_utf8() + 1),
        _ => None, // a lifetime
    }
}

/// The length up to and including the `quote` that closes the one `rest` begins with.
fn closed(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// Where the items under `#[cfg(test)]` are, each from its attribute to its `;` or `}`.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let mut items: Vec<Range<usize>> = Vec::new();
    for attribute in ["#[cfg(test)]", "#[cfg(all(test,"] {
        for (start, _) in code.match_indices(attribute) {
            let mut depth = 0;
            let end = code[start..].find(|c| {
                match c {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth -= 1,
                    _ => {}
                }
                depth < 0 || depth == 0 && matches!(c, ';' | '}')
            });
            items.push(start..end.map_or(code.len(), |end| start + end + 1));
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_not_code() {
        for (source, kept) in [
            ("a // b\nc", "a c"),
            ("a /* b /* c */ d\n */ e", "a e"),
            (r#"a("b\"c", d)"#, "a( , d)"),
            (r##"a(r#"b"c"#, d)"##, "a( , d)"),
            (r#"a(br"\", d)"#, "a( , d)"),
            (r#"a(b"\"", d)"#, "a(b , d)"),
            (r#"var"b" c"#, "var c"),
            ("fn a<'b>(c: &'b str) -> char { '\"' }", "fn a<'b>(c: &'b str) -> char { }"),
            (r"['\'', '\u{1F600}', 'd']", "[ , , ]"),
            ("r#type", "r#type"),
            ("\"ä\" b", "b"),
            ("/* never closed", ""),
            ("\"never closed", ""),
        ] {
            let code = code(source);
            assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), kept, "{source}");
            assert_eq!(code.chars().count(), source.chars().count(), "{source}");
            assert_eq!(code.lines().count(), source.lines().count(), "{source}");
        }
    }

    #[test]
    fn test_items_are_left_out_and_lines_stay() {
        let source =
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { c([1; 2]); }\n}\n#[cfg(test)] use d::{e};\nfn f() {}\n";
        let kept = without_tests(source);
        assert_eq!(kept.split_whitespace().collect::<Vec<_>>(), ["fn", "a()", "{}", ";", "fn", "f()", "{}"]);
        assert_eq!(kept.lines().count(), source.lines().count());
        assert_eq!(without_tests("#![cfg(test)]\nfn a() {}").trim(), "");
    }

    #[test]
    fn test_modules_in_other_files_are_named() {
        assert_eq!(test_modules("#[cfg(test)]\nmod tests;\nmod code;\n#[cfg(test)] mod inline { }"), ["tests"]);
        assert_eq!(test_modules("#[cfg(all(test, unix))]\n#[allow(x)]\npub(crate) mod world;"), ["world"]);
    }

    #[test]
    fn names_are_matched_whole() {
        assert_eq!(lines_naming("operand::a\nrand::b\n", "rand::"), [2]);
        assert_eq!(lines_naming("tokio_x\nx::tokio;\n", "tokio"), [2]);
        assert_eq!(lines_naming("a\n    .unwrap()\nb.unwrap_or()", ".unwrap()"), [2]);
    }

    #[test]
    fn grouped_imports_are_seen() {
        let code = "use std::{\n    fmt,\n    io::{Read, Write},\n    fs as disk,\n};\nuse other::{env};\n";
        assert_eq!(grouped_std(code), [(2, "fmt"), (3, "io"), (4, "fs")]);
    }
}
