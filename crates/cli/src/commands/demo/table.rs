//! The closing table.

use std::fmt::Write;

/// The steps that a dialect may have, in the order in which they are played.
pub(super) const STEPS: [&str; 5] = ["register", "authenticate", "refresh", "call", "refuse"];

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The dialect has no such step.
    None,
    Ok,
    Failed,
}

/// One dialect's line.
pub(super) struct Row {
    pub(super) dialect: &'static str,
    pub(super) marks: [Mark; STEPS.len()],
}

pub(super) fn render(rows: &[Row]) -> String {
    let mut text = line("dialect", STEPS);
    for row in rows {
        let marks = row.marks.map(|mark| match mark {
            Mark::None => "-",
            Mark::Ok => "ok",
            Mark::Failed => "FAILED",
        });
        text += &line(row.dialect, marks);
    }
    text
}

fn line(dialect: &str, cells: [&str; STEPS.len()]) -> String {
    let mut text = format!("{dialect:15}");
    for (cell, step) in cells.iter().zip(STEPS) {
        let width = step.len().max("FAILED".len()) + 2;
        let _ = write!(text, "{cell:width$}");
    }
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_a_dialect_lacks_is_a_dash() {
        let marks = [Mark::None, Mark::Ok, Mark::None, Mark::Failed, Mark::Ok];
        let text = render(&[Row { dialect: "auth0-json", marks }]);
        assert_eq!(
            text,
            "dialect        register  authenticate  refresh  call    refuse\n\
             auth0-json     -         ok            -        FAILED  ok\n"
        );
    }
}
