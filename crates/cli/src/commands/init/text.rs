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
    let profiles = document.entry("profiles").or_insert(Item::Table(parent));
    let Some(profiles) = profiles.as_table_mut() else {
        return Err(odd("`profiles` is not written as [profiles.NAME]"));
    };
    let mut profile = table(answers);
    match profiles.get(&answers.name).and_then(Item::as_table) {
        // The comment above it, and where it stands.
        Some(old) => {
            *profile.decor_mut() = old.decor().clone();
            profile.set_position(old.position());
        }
        None if !place.text.trim().is_empty() => profile.decor_mut().set_prefix("\n"),
        None => {}
    }
    profiles.insert(&answers.name, Item::Table(profile));
    Ok(document.to_string())
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
        Source::Command(words) => ("command", words.iter().map(String::as_str).collect::<Array>().into()),
    };
    let mut table = InlineTable::new();
    table.insert(key, from);
    value(table)
}
