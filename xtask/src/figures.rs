//! Figures, and tables of them in the docs, written by the commands whose runs they tell of.

use std::path::Path;
use std::time::SystemTime;

use crate::child::{self, Trouble};

/// When something was run, and of which commit.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    /// Year, month, day.
    pub(crate) date: String,
    /// Abbreviated, and `+` behind it if the sources were changed since.
    pub(crate) commit: String,
}

impl Stamp {
    /// Now; whether `sources` are as committed is said too.
    pub(crate) fn of(sources: &[&str], root: &Path) -> Result<Self, Trouble> {
        let commit = child::output(child::command("git", root).args(["rev-parse", "--short=10", "HEAD"]))?;
        let changed = child::output(child::command("git", root).args(["status", "--porcelain", "--"]).args(sources))?;
        let mark = if changed.is_empty() { "" } else { "+" };
        let now = time::UtcDateTime::from(SystemTime::now());
        Ok(Self { date: now.date().to_string(), commit: format!("{}{mark}", commit.trim()) })
    }
}

/// A number as people read it.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Puts a row into the table below the line `<!-- figures: NAME -->` of a page, in place of the one with the same first cell.
pub(crate) fn put(page: &Path, name: &str, cells: &[String]) -> Result<(), Trouble> {
    let text = child::read(page)?;
    let changed = with_row(&text, name, cells).ok_or_else(|| Trouble::Answer {
        line: page.display().to_string(),
        what: format!("it has no line `<!-- figures: {name} -->` with a table below it"),
    })?;
    child::write(page, &changed)
}

/// The rows of such a table, cell by cell.
pub(crate) fn rows(page: &str, name: &str) -> Vec<Vec<String>> {
    let mark = format!("<!-- figures: {name} -->");
    let table = page.lines().skip_while(|line| *line != mark).skip(1).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches(['|', ' ']).split(" | ").map(|cell| cell.trim().to_owned()).collect();
    table.skip(2).map(cells).collect()
}

/// The page with that row; `None` if it has no such table.
fn with_row(text: &str, name: &str, cells: &[String]) -> Option<String> {
    let row = format!("| {} |", cells.join(" | "));
    let mut lines: Vec<&str> = text.lines().collect();
    let mark = format!("<!-- figures: {name} -->");
    let begin = lines.iter().position(|line| *line == mark)? + 1;
    let length = lines[begin..].iter().take_while(|line| line.starts_with('|')).count();
    // A head, and the line below it.
    let rows = begin + 2..begin + length;
    if length < 2 {
        return None;
    }
    let first = format!("| {} |", cells.first()?);
    match rows.clone().find(|&at| lines[at].starts_with(&first)) {
        Some(at) => lines[at] = &row,
        None => lines.insert(rows.end, &row),
    }
    Some(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (10_000_000, "10,000,000")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_row_replaces_its_own_and_no_other() {
        let page =
            "# It\n<!-- figures: runs -->\n| what | count |\n|---|---|\n| one | 1 |\n| two | 2 |\n\nText | 3 |\n";
        let put = |what: &str| with_row(page, "runs", &[what.to_owned(), "9".to_owned()]).expect("a table");
        assert_eq!(put("one"), page.replace("| 1 |", "| 9 |"));
        assert_eq!(rows(page, "runs"), [["one", "1"], ["two", "2"]]);
        assert!(rows(page, "others").is_empty());
        assert_eq!(put("new"), page.replace("| 2 |\n", "| 2 |\n| new | 9 |\n"));
        assert_eq!(with_row(page, "others", &["one".to_owned()]), None);
        assert_eq!(with_row("<!-- figures: runs -->\n", "runs", &["one".to_owned()]), None);
    }
}
