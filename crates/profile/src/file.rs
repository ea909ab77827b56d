//! A profile file as TOML: its tables with their lines, its mistakes without its text.

use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Problem, ProfileError, shown};
use crate::keys::nearest;
use crate::reader::{self, Reader, Remark};
use crate::spec::Spec;

/// The text of a file, and where its lines begin.
pub(crate) struct Source<'t> {
    text: &'t str,
    line_ends: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, line_ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    /// The line of a byte, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.line_ends.partition_point(|end| *end < at) + 1
    }

    /// The column of a byte in characters, counted from 1.
    fn column(&self, at: usize) -> usize {
        let begin = self.line(at).checked_sub(2).and_then(|line| self.line_ends.get(line)).map_or(0, |end| end + 1);
        self.text.get(begin..at).map_or(0, |before| before.chars().count()) + 1
    }
}

/// What a file says, and what is wrong with it.
pub(crate) struct Contents {
    /// Every name in file order, and what stands there if nothing is wrong with it.
    pub(crate) profiles: Vec<(String, Option<Arc<Spec>>)>,
    /// In file order.
    pub(crate) problems: Vec<Problem>,
}

/// Every profile of a file, and every mistake in it. Only what is no TOML has nothing to read. Of the profiles that are not
/// `wanted`, only the names are looked at.
pub(crate) fn read(text: &str, path: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Contents, ProfileError> {
    let source = Source::new(text);
    let root = parse(&source, path)?;
    let mut problems = Vec::new();
    let mut note = |profile: Option<&str>, Remark { line, value: message }: Remark| {
        problems.push(Problem { path: path.to_owned(), line, profile: profile.map(str::to_owned), message });
    };

    let mut found = Vec::new();
    for (key, value) in root.get_ref() {
        let line = source.line(key.span().start);
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("profiles", DeValue::Table(profiles)) => {
                for (name, table) in profiles {
                    let (at, name) = (name.span().start, name.get_ref().as_ref());
                    let spec = wanted(name).then(|| profile(&source, name, at, table.get_ref(), path)).transpose();
                    let spec = spec.map_err(|mistakes| mistakes.into_iter().for_each(|it| note(Some(name), it)));
                    found.push((at, (name.to_owned(), spec.ok().flatten().map(Arc::new))));
                }
            }
            ("profiles", other) => {
                let value = format!("`profiles` {}", reader::wanted("a table, as [profiles.NAME]", other));
                note(None, Remark { line, value });
            }
            (other, _) => {
                let told = match nearest(other, ["profiles"]) {
                    Some((near, true)) => format!(": did you mean `{near}`?"),
                    _ => ".".to_owned(),
                };
                let value = format!("unknown key `{}`{told} A profile begins with [profiles.NAME]", shown(other));
                note(None, Remark { line, value });
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    problems.sort_by_key(|problem| problem.line);
    Ok(Contents { profiles: found.into_iter().map(|(_, profile)| profile).collect(), problems })
}

/// The names of a file's profiles, whatever else is wrong there.
pub(crate) fn names(text: &str, path: &Path) -> Result<Vec<String>, ProfileError> {
    let root = parse(&Source::new(text), path)?;
    let profiles = root.get_ref().iter().find(|(key, _)| key.get_ref() == "profiles");
    let profiles = profiles.and_then(|(_, value)| value.get_ref().as_table()).into_iter().flatten();
    Ok(profiles.map(|(name, _)| name.get_ref().to_string()).collect())
}

fn parse<'t>(source: &Source<'t>, path: &Path) -> Result<Spanned<DeTable<'t>>, ProfileError> {
    // The parser's error quotes the line, which may hold a secret, so only its message and its place are taken.
    DeTable::parse(source.text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let (line, column) = (source.line(at), source.column(at));
        ProfileError::Syntax { path: path.to_owned(), line, column, message: error.message().to_owned() }
    })
}

fn profile(source: &Source<'_>, name: &str, at: usize, value: &DeValue<'_>, path: &Path) -> Result<Spec, Vec<Remark>> {
    let line = source.line(at);
    let Some(table) = value.as_table() else {
        let what = format!("a table, as [profiles.{}]", shown(name));
        return Err(vec![Remark { line, value: format!("it {}", reader::wanted(&what, value)) }]);
    };
    let mut reader = Reader::new(source, table, line);
    match Spec::read(&mut reader, name, path) {
        Some(spec) if reader.mistakes.is_empty() => crate::build::check(&spec).map(|()| spec),
        _ => Err(reader.mistakes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_as_editors_count_them() {
        let source = Source::new("ab\nüö x\n\nend");
        let places: Vec<_> = [0, 1, 2, 3, 7, 10, 11, 14, 99].map(|at| (source.line(at), source.column(at))).into();
        assert_eq!(places, [(1, 1), (1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (4, 1), (4, 4), (4, 1)]);
    }
}
