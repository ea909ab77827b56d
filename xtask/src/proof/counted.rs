//! The claims whose figures lie in tables of other pages, added up.

use super::Row;
use crate::figures::{self, grouped};

/// A line for each of those tables.
pub(super) fn rows(page: &str) -> Vec<Row<'static>> {
    let fuzz = figures::rows(page, "fuzz");
    let growth = figures::rows(page, "growth");
    let mutants = figures::rows(page, "mutants");
    vec![
        row(
            "Fuzzing: no input breaks a rule",
            "cargo xtask fuzz --seconds 900 --record",
            &fuzz,
            format!("{} targets, {} inputs, {} of CPU", fuzz.len(), sum(&fuzz, 1), minutes(&fuzz, 5)),
        ),
        row(
            "Memory does not grow with flights",
            "cargo xtask growth --record",
            &growth,
            growth.last().map_or_else(String::new, |cells| {
                let flights = at(cells, 0).parse().map_or_else(|_| at(cells, 0).to_owned(), grouped);
                format!("{flights} flights: {} live after a tenth, {} at the end", live(cells, 1), live(cells, 2))
            }),
        ),
        row(
            "Mutants: a changed line fails a test, or is justified",
            "cargo xtask mutants --record",
            &mutants,
            format!(
                "{} {}: {} caught, {} missed, {} that ran out of time",
                mutants.len(),
                if mutants.len() == 1 { "file" } else { "files" },
                sum(&mutants, 1),
                sum(&mutants, 2),
                sum(&mutants, 3)
            ),
        ),
    ]
}

fn row(what: &'static str, command: &str, table: &[Vec<String>], figure: String) -> Row<'static> {
    let times = table.iter().filter_map(|cells| Some((&cells[cells.len().checked_sub(2)?], cells.last()?)));
    // The oldest: what is claimed was found since.
    let when = times.min().map_or_else(String::new, |(date, commit)| format!("{date}, {commit}"));
    let figure = if table.is_empty() { "not run yet".into() } else { figure };
    Row { what, figure, command: command.into(), when }
}

fn at(cells: &[String], column: usize) -> &str {
    cells.get(column).map_or("", String::as_str)
}

/// `615 in 12`, with its units.
fn live(cells: &[String], column: usize) -> String {
    let figure = at(cells, column);
    figure.split_once(" in ").map_or_else(|| figure.into(), |(bytes, of)| format!("{bytes} bytes in {of} pieces"))
}

fn total(table: &[Vec<String>], column: usize) -> u64 {
    table.iter().filter_map(|cells| at(cells, column).parse::<u64>().ok()).sum()
}

fn sum(table: &[Vec<String>], column: usize) -> String {
    grouped(total(table, column))
}

fn minutes(table: &[Vec<String>], column: usize) -> String {
    format!("{} minutes", total(table, column) / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_added_up_and_the_oldest_run_dates_them() {
        let page = "<!-- figures: growth -->\n| flights | a tenth | all | date | commit |\n|---|---|\n\
                    | 1000000 | 615 in 12 | 621 in 12 | 2026-03-03 | `e` |\n\n\
                    <!-- figures: mutants -->\n| file | caught | missed | timeouts | unviable | date | commit |\n|---|---|\n\
                    | a | 1000 | 0 | 2 | 3 | 2026-02-02 | `b` |\n| c | 10 | 1 | 0 | 0 | 2026-01-01 | `d` |\n";
        let rows = rows(page);
        assert_eq!(rows[0].figure, "not run yet");
        let live = "615 bytes in 12 pieces live after a tenth, 621 bytes in 12 pieces at the end";
        assert_eq!(rows[1].figure, format!("1,000,000 flights: {live}"));
        assert_eq!(rows[2].figure, "2 files: 1,010 caught, 1 missed, 2 that ran out of time");
        assert_eq!(rows[2].when, "2026-01-01, `d`");
    }
}
