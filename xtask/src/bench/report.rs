//! Tables and charts, printed and written to pages of `docs`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::table::Table;
use crate::chart::Chart;
use crate::child::{self, Trouble};

/// A table and what is to be said of it.
pub(super) struct Section {
    title: &'static str,
    table: Table,
    notes: Vec<String>,
    charts: Vec<Chart>,
}

impl Section {
    pub(super) fn new(title: &'static str, table: Table) -> Self {
        Self { title, table, notes: Vec::new(), charts: Vec::new() }
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(super) fn chart(mut self, chart: Chart) -> Self {
        self.charts.push(chart);
        self
    }

    /// Says why figures are missed, by the names of their rows.
    pub(super) fn why(mut self, reasons: &[(&str, &str)]) -> Self {
        let missed = self.table.missed();
        let known = |row: &str| reasons.iter().find(|(name, _)| *name == row).map(|(_, why)| *why);
        for row in missed {
            self.notes.push(format!("Missed, {row}: {}.", known(&row).unwrap_or("nobody knows why yet")));
        }
        self
    }

    /// How many figures miss their budget.
    pub(super) fn print(&self) -> usize {
        print!("\n{}", self.table.lines());
        for note in &self.notes {
            println!("{note}");
        }
        self.table.misses()
    }
}

/// A page of `docs`.
pub(super) struct Page {
    /// Its file there.
    pub(super) file: &'static str,
    /// Its title, and what is to be known of all its figures.
    pub(super) about: String,
    /// What more its machine's table says.
    pub(super) beside: String,
}

impl Page {
    /// Writes it, the charts beside.
    pub(super) fn write(&self, root: &Path, sections: &[Section]) -> Result<(), Trouble> {
        let folder = root.join("docs");
        let mut text = format!("{}\n\n{}| beside it | {} |\n", self.about, machine(root), self.beside);
        for section in sections {
            let _ = write!(text, "\n## {}\n\n{}", section.title, section.table.markdown());
            for note in &section.notes {
                let _ = write!(text, "\n{note}\n");
            }
            for chart in &section.charts {
                let _ = write!(text, "\n![{}](performance/{}.svg)\n", chart.title(), chart.name());
                put(&folder.join("performance"), &format!("{}.svg", chart.name()), &chart.svg())?;
            }
        }
        put(&folder, self.file, &text)
    }
}

/// When and where it was measured.
fn machine(root: &Path) -> String {
    let said = |program: &str, arguments: &[&str]| {
        let told = child::output(child::command(program, root).args(arguments)).unwrap_or_default();
        told.trim().to_owned()
    };
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu =
        cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "| | |\n|---|---|\n| date | {} |\n| machine | {cpu}, {cores} cores, {} |\n| load when it ended | {} |\n\
         | compiler | {} |\n| hallpass | {} |\n",
        said("date", &["--utc", "+%F"]),
        said("uname", &["-sr"]),
        load.split(' ').take(3).collect::<Vec<_>>().join(", "),
        said("rustc", &["--version"]),
        said("git", &["describe", "--always"]),
    )
}

pub(super) fn put(folder: &Path, name: &str, text: &str) -> Result<(), Trouble> {
    let path = folder.join(name);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
    written.map_err(|source| Trouble::Write { path, source })
}
