//! A profile file with one profile more, and everything else in it as it was.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use super::answers::{Answers, Source};
use super::place::Place;
use crate::failure::Failure;

pub(super) fn with_profile(place: &Place, answers: &Answers) -> Result<String, Failure> {
    let odd = |why: &str| Failure::usage(format!("{}: {why}: add the profile by hand", place.path.display()));
    let mut document: DocumentMut = place.text.parse().map_err(|_| odd("this is not TOML"))?;
    let mut parent = Table::new();
    parent.set_implicit(true);
    // What stands below the last profile stays above the new one, on lines of its own.
    let mut above = document.trailing().as_str().unwrap_or_default().to_owned();
    for (needed, end) in [(!above.is_empty(), "\n"), (!place.text.trim().is_empty(), "\n\n")] {
        if needed && !above.ends_with(end) {
            above.push('\n');
        }
    }
    let profiles = document.entry("profiles").or_insert(Item::Table(parent));
    let Some(profiles) = profiles.as_table_mut() else {
        return Err(odd("`profiles` is not written as [profiles.NAME]"));
    };
    let mut profile = table(answers);
    if let Some(old) = profiles.get(&answers.name).and_then(Item::as_table) {
        // The comment above it, and where it stands.
        *profile.decor_mut() = old.decor().clone();
        profile.set_position(old.position());
        profiles.insert(&answers.name, Item::Table(profile));
    } else {
        profile.decor_mut().set_prefix(above);
        profiles.insert(&answers.name, Item::Table(profile));
        document.set_trailing("");
    }
    Ok(as_it_was(&place.text, &document.to_string()))
}

/// With the line ends of the file, and the mark at its beginning: the parser drops both.
fn as_it_was(before: &str, text: &str) -> String {
    let mark = if before.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    let text = text.replace("\r\n", "\n");
    format!("{mark}{}", if before.contains("\r\n") { text.replace('\n', "\r\n") } else { text })
}

fn table(answers: &Answers) -> Table {
    let shape = answers.shape();
    let mut table = Table::new();
    table.insert("dialect", value(shape.name));
    for (key, text) in &answers.texts {
        table.insert(key, value(text));
    }
    table.insert(shape.secret, source(&answers.source));
    for (key, text) in [("api_url", &answers.api_url), ("check_path", &answers.check_path)] {
        if let Some(text) = text {
            table.insert(key, value(text));
        }
    }
    table
}

fn source(source: &Source) -> Item {
    let (key, from): (_, Value) = match source {
        Source::Env(name) => ("env", name.into()),
        Source::File(path) => ("file", path.into()),
        #[cfg(feature = "keyring")]
        Source::Keyring(entry) => ("keyring", entry.into()),
        Source::Command(words) => ("command", words.iter().map(String::as_str).collect::<Array>().into()),
    };
    let mut table = InlineTable::new();
    table.insert(key, from);
    value(table)
}
