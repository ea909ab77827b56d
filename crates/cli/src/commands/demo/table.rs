//! The closing tables.

use std::fmt::Write;

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// There is no such step.
    None,
    Ok,
    Failed,
}

impl Mark {
    pub(super) fn of(good: bool) -> Self {
        if good { Self::Ok } else { Self::Failed }
    }
}

/// One line: whose steps, and how they went.
pub(super) struct Row<const N: usize> {
    pub(super) name: &'static str,
    pub(super) marks: [Mark; N],
}

pub(super) fn render<const N: usize>(what: &str, steps: [&str; N], rows: &[Row<N>]) -> String {
    let line = |name: &str, cells: [&str; N]| {
        let mut text = format!("{name:15}");
        for (cell, step) in cells.iter().zip(steps) {
            let width = step.len().max("FAILED".len()) + 2;
            let _ = write!(text, "{cell:width$}");
        }
        format!("{}\n", text.trim_end())
    };
    let mut text = line(what, steps);
    for row in rows {
        let cells = row.marks.map(|mark| match mark {
            Mark::None => "-",
            Mark::Ok => "ok",
            Mark::Failed => "FAILED",
        });
        text += &line(row.name, cells);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_a_dialect_lacks_is_a_dash() {
        let marks = [Mark::None, Mark::Ok, Mark::Failed];
        let text = render("dialect", ["register", "authenticate", "call"], &[Row { name: "auth0-json", marks }]);
        assert_eq!(
            text,
            "dialect        register  authenticate  call\n\
             auth0-json     -         ok            FAILED\n"
        );
    }
}
