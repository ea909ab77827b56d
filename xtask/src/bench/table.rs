//! Figures beside their budgets.

/// Figures in columns, printed once all are known.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    /// The names of the rows whose figures miss a budget: once a figure.
    missed: Vec<String>,
}

impl Table {
    pub(super) fn new(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(ToString::to_string).collect()], missed: Vec::new() }
    }

    /// Begins a row.
    pub(super) fn name(&mut self, name: &str) {
        self.rows.push(vec![name.to_owned()]);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.rows.last_mut().expect("the heads are a row").push(text.to_owned());
    }

    /// A figure, and where it has a budget a column of that.
    pub(super) fn figure(&mut self, value: f64, decimals: usize, budget: Option<f64>) {
        let missed = budget.is_some_and(|budget| value > budget);
        if missed {
            self.missed.push(self.rows.last().expect("the heads are a row")[0].clone());
        }
        self.text(&format!("{}{value:.decimals$}", if missed { "! " } else { "" }));
        if let Some(budget) = budget {
            self.text(&format!("<= {budget}"));
        }
    }

    /// A figure in a column that has budgets beside it, where not every row has one.
    pub(super) fn figure_if(&mut self, value: f64, decimals: usize, budget: Option<f64>) {
        self.figure(value, decimals, budget);
        if budget.is_none() {
            self.text("");
        }
    }

    /// How many figures miss their budget.
    pub(super) fn misses(&self) -> usize {
        self.missed.len()
    }

    /// The rows in which they are.
    pub(super) fn missed(&self) -> Vec<String> {
        let mut rows = self.missed.clone();
        rows.sort();
        rows.dedup();
        rows
    }

    /// For a document.
    pub(super) fn markdown(&self) -> String {
        let row = |row: &Vec<String>| format!("| {} |\n", row.join(" | "));
        let (heads, rest) = self.rows.split_first().expect("the heads are a row");
        let rule = format!("|---|{}\n", "--:|".repeat(heads.len() - 1));
        [row(heads), rule].into_iter().chain(rest.iter().map(row)).collect()
    }

    /// Names to the left, figures to the right.
    pub(super) fn lines(&self) -> String {
        let columns = self.rows[0].len();
        let width = |column: usize| self.rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
        let widths: Vec<_> = (0..columns).map(width).collect();
        let mut lines = String::new();
        for row in &self.rows {
            let cells: Vec<_> = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, width))| {
                    let is_name =
                        column == 0 || self.rows.get(1).is_some_and(|row| row[column].starts_with(char::is_alphabetic));
                    if is_name { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                })
                .collect();
            lines.push_str(cells.join("  ").trim_end());
            lines.push('\n');
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_up_and_marks_what_is_missed() {
        let mut table = Table::new(&["what", "us", "bare", "ratio", "budget"]);
        for (name, us, ratio) in [("a", 9.94, 1.1), ("longer", 10.0, 1.11)] {
            table.name(name);
            table.figure(us, 1, None);
            table.text("ureq");
            table.figure(ratio, 2, Some(1.1));
        }
        assert_eq!((table.misses(), table.missed()), (1, vec!["longer".to_owned()]));
        let expected = "\
what      us  bare   ratio  budget
a        9.9  ureq    1.10  <= 1.1
longer  10.0  ureq  ! 1.11  <= 1.1
";
        assert_eq!(table.lines(), expected);
        assert!(table.markdown().ends_with("| longer | 10.0 | ureq | ! 1.11 | <= 1.1 |\n"), "{}", table.markdown());
    }
}
