//! What commands have found, in a committed file: one table for each claim.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, value};

use crate::child::{self, Trouble};
use crate::figures::Stamp;

/// The file, from the root.
pub(super) const FILE: &str = "docs/proof/results.toml";

const HEAD: &str = "# What the commands have found; each writes its own table when it is run with --record.\n\n";

/// What a command has found.
pub(crate) struct Found<'a> {
    /// The claim, by its key.
    pub(crate) claim: &'a str,
    /// The arguments of `cargo xtask` that repeat it.
    pub(crate) command: &'a str,
    /// It in one line.
    pub(crate) figure: &'a str,
    /// It in full.
    pub(crate) table: Option<&'a str>,
    /// Of what.
    pub(crate) stamp: Stamp,
}

/// What a figure depends on.
pub(crate) const SOURCES: [&str; 3] = ["crates", "xtask", "Cargo.lock"];

/// What a run is of: taken as it begins, since the sources may be others when it is over.
pub(crate) fn stamp(root: &Path) -> Result<Stamp, Trouble> {
    Stamp::of(&SOURCES, root)
}

/// Keeps what a command has found, with the date and the commit.
pub(crate) fn keep(root: &Path, found: Found<'_>) -> Result<(), Trouble> {
    let Found { claim, command, figure, table, stamp } = found;
    let mut results = read(root)?;
    let mut entry = Table::new();
    entry["figure"] = value(figure);
    entry["command"] = value(format!("cargo xtask {command} --record"));
    entry["date"] = value(stamp.date);
    entry["commit"] = value(stamp.commit);
    if let Some(table) = table {
        entry["table"] = value(table.trim_matches('\n'));
    }
    results[claim] = Item::Table(entry);
    let path = root.join(FILE);
    let text = results.to_string();
    let text = if text.starts_with('#') { text } else { format!("{HEAD}{text}") };
    child::write(&path, &text)?;
    println!("kept as `{claim}` in {FILE}; `cargo xtask proof` makes the page");
    Ok(())
}

/// All that is kept.
pub(super) fn read(root: &Path) -> Result<DocumentMut, Trouble> {
    let path = root.join(FILE);
    if !path.exists() {
        return Ok(DocumentMut::new());
    }
    let text = child::read(&path)?;
    text.parse().map_err(|error: toml_edit::TomlError| Trouble::Answer { line: FILE.into(), what: error.to_string() })
}
