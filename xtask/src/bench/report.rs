//! Tables and charts, printed and written to pages of `docs`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::table::Table;
use crate::chart::Chart;
use crate::child::{self, Trouble};
use crate::figures::Stamp;

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
    /// What was measured, as it stood when that began: to write a page is a change.
    pub(super) stamp: Stamp,
    /// Programs that took part.
    pub(super) programs: &'static [&'static str],
    /// Libraries beside hallpass.
    pub(super) beside: String,
}

impl Page {
    /// Writes it, the charts beside.
    pub(super) fn write(&self, root: &Path, sections: &[Section]) -> Result<(), Trouble> {
        let folder = root.join("docs");
        let mut text = format!("{}\n\n{}", self.about, self.machine(root));
        for section in sections {
            let _ = write!(text, "\n## {}\n\n{}", section.title, section.table.markdown());
            for note in &section.notes {
                let _ = write!(text, "\n{note}\n");
            }
            for chart in &section.charts {
                let _ = write!(text, "\n![{}](performance/{}.svg)\n", chart.title(), chart.name());
                child::write(&folder.join(format!("performance/{}.svg", chart.name())), &chart.svg())?;
            }
        }
        child::write(&folder.join(self.file), &text)
    }

    /// When, where and with what it was measured.
    fn machine(&self, root: &Path) -> String {
        let said = |program: &str, arguments: &[&str]| {
            let told = child::output(child::command(program, root).args(arguments)).unwrap_or_default();
            told.lines().next().unwrap_or_default().trim().to_owned()
        };
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        // Behind a bracket, curl tells what it is made of.
        let version = |program: &&str| said(program, &["--version"]).split(" (").next().map(str::to_owned);
        let programs: Vec<_> = self.programs.iter().filter_map(version).collect();
        let Stamp { date, commit } = &self.stamp;
        let changed = if commit.ends_with('+') { ", with changes that are not committed" } else { "" };
        let rows = [
            ("date", date.clone()),
            ("machine", format!("{}, {cores} cores, {}", cpu.map_or("", |(_, name)| name), said("uname", &["-sr"]))),
            ("load when it ended", load.split(' ').take(3).collect::<Vec<_>>().join(", ")),
            ("compiler", said("rustc", &["--version"])),
            ("programs", programs.join(", ")),
            ("hallpass", format!("{commit}{changed}")),
            ("beside it", self.beside.clone()),
        ];
        let rows = rows.iter().filter(|(_, what)| !what.is_empty());
        rows.fold("| | |\n|---|---|\n".into(), |table, (name, what)| table + &format!("| {name} | {what} |\n"))
    }
}

/// What is to be measured.
pub(super) fn stamp(root: &Path) -> Result<Stamp, Trouble> {
    Stamp::of(&["crates", "xtask", "Cargo.lock"], root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_was_measured_with_what() {
        let page = |commit: &str| {
            let stamp = Stamp { date: "2026-01-02".into(), commit: commit.into() };
            let page = Page {
                file: "a.md",
                about: String::new(),
                stamp,
                programs: &["rustc", "cargo"],
                beside: String::new(),
            };
            page.machine(Path::new("."))
        };
        let (clean, changed) = (page("abc"), page("abc+"));
        assert!(clean.contains("| date | 2026-01-02 |\n") && clean.contains("| hallpass | abc |\n"), "{clean}");
        assert!(clean.contains("| programs | rustc 1.") && clean.contains(", cargo 1."), "{clean}");
        assert!(!clean.contains("beside"), "{clean}");
        assert!(changed.contains("| hallpass | abc+, with changes that are not committed |\n"), "{changed}");
    }
}
