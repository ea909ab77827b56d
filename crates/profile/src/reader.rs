//! Reads one profile's table key by key, and notes every mistake with its line.

use hallpass_core::{BadUrl, Endpoint, Origin};
use toml::de::{DeTable, DeValue};

use crate::error::listed;
use crate::file::Source;
use crate::keys::{nearest, unknown};
use crate::url;
use crate::value::Value;

/// A value and the line it stands on.
#[derive(Clone)]
pub(crate) struct At<T> {
    pub(crate) line: usize,
    pub(crate) value: T,
}

/// A line and what is to be said of it.
pub(crate) type Remark = At<String>;

/// One table. Every read takes note of what is wrong and returns nothing then, so one run finds all mistakes.
pub(crate) struct Reader<'s, 't> {
    source: &'s Source<'t>,
    table: &'s DeTable<'t>,
    /// The line that the profile begins on.
    pub(crate) line: usize,
    pub(crate) mistakes: Vec<Remark>,
    pub(crate) warnings: Vec<Remark>,
}

impl<'s, 't> Reader<'s, 't> {
    pub(crate) fn new(source: &'s Source<'t>, table: &'s DeTable<'t>, line: usize) -> Self {
        Self { source, table, line, mistakes: Vec::new(), warnings: Vec::new() }
    }

    /// Every key and its line.
    pub(crate) fn keys(&self) -> Vec<At<&'s str>> {
        let keys = self.table.iter().map(|(key, _)| key);
        keys.map(|key| At { line: self.source.line(key.span().start), value: key.get_ref().as_ref() }).collect()
    }

    pub(crate) fn fail(&mut self, line: usize, why: impl Into<String>) {
        self.mistakes.push(At { line, value: why.into() });
    }

    /// The same of a key, if it is there.
    pub(crate) fn fail_at(&mut self, key: &str, why: &str) {
        self.read(key, |_| Err::<(), _>(why.to_owned()));
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(crate) fn warn(&mut self, line: usize, what: impl Into<String>) {
        self.warnings.push(At { line, value: what.into() });
    }

    /// Notes a key that must be there and is not.
    pub(crate) fn require(&mut self, key: &str) {
        if !self.has(key) {
            self.fail(self.line, format!("`{key}` is missing"));
        }
    }

    /// Hands on what was read of a key that must be there.
    pub(crate) fn needed<T>(&mut self, key: &str, read: Option<T>) -> Option<T> {
        self.require(key);
        read
    }

    pub(crate) fn read<T>(
        &mut self,
        key: &str,
        convert: impl FnOnce(&'s DeValue<'t>) -> Result<T, String>,
    ) -> Option<At<T>> {
        let (name, value) = self.table.get_key_value(key)?;
        let line = self.source.line(name.span().start);
        match convert(value.get_ref()) {
            Ok(value) => Some(At { line, value }),
            Err(why) => {
                self.fail(line, format!("`{key}` {why}"));
                None
            }
        }
    }

    pub(crate) fn text(&mut self, key: &str) -> Option<At<String>> {
        self.read(key, text)
    }

    pub(crate) fn value(&mut self, key: &str) -> Option<At<Value>> {
        self.read(key, Value::read)
    }

    pub(crate) fn flag(&mut self, key: &str) -> Option<At<bool>> {
        self.read(key, |value| value.as_bool().ok_or_else(|| wanted("true or false", value)))
    }

    pub(crate) fn url(&mut self, key: &str) -> Option<At<Endpoint>> {
        self.read(key, |value| text(value).and_then(|text| url::read(&text)))
    }

    /// A URL below which others lie, which a query would be lost from.
    pub(crate) fn base_url(&mut self, key: &str) -> Option<At<Endpoint>> {
        let url = self.url(key)?;
        if url.value.to_url().contains('?') {
            self.fail(url.line, format!("`{key}` has a query (?…), but other URLs lie below it: leave it out"));
            return None;
        }
        Some(url)
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<At<T>> {
        self.read(key, |value| {
            let names: Vec<_> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            let names = listed(&names, "or");
            let DeValue::String(text) = value else { return Err(wanted(&names, value)) };
            let found = choices.iter().find(|(name, _)| name == text);
            found.map(|(_, choice)| *choice).ok_or_else(|| match nearest(text, choices.iter().map(|(name, _)| *name)) {
                Some((near, true)) => format!("must be {names}: did you mean \"{near}\"?"),
                _ => format!("must be {names}"),
            })
        })
    }

    /// A list of texts, each with its own line.
    pub(crate) fn list<T>(&mut self, key: &str, convert: impl Fn(&str) -> Result<T, String>) -> Vec<At<T>> {
        self.items(key, "a list of strings", |value| text(value).and_then(|text| convert(&text)))
    }

    /// A list of ids or secrets, each with its own line.
    pub(crate) fn values(&mut self, key: &str) -> Vec<At<Value>> {
        self.items(key, "a list of strings or sources, as [{ env = \"NAME\" }]", Value::read)
    }

    fn items<T>(&mut self, key: &str, what: &str, convert: impl Fn(&DeValue<'_>) -> Result<T, String>) -> Vec<At<T>> {
        let array = self.read(key, |value| value.as_array().ok_or_else(|| wanted(what, value)));
        let mut out = Vec::new();
        for item in array.into_iter().flat_map(|array| array.value.iter()) {
            let line = self.source.line(item.span().start);
            match convert(item.get_ref()) {
                Ok(value) => out.push(At { line, value }),
                Err(why) => self.fail(line, format!("an entry of `{key}` {why}")),
            }
        }
        out
    }

    /// Reads a table within this one, whose mistakes are told with its name before them.
    pub(crate) fn within<T>(
        &mut self,
        key: &str,
        known: &[&str],
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<At<T>> {
        let table = self.read(key, |value| value.as_table().ok_or_else(|| wanted("a table", value)))?;
        let mut inner = Self::new(self.source, table.value, table.line);
        for name in inner.keys() {
            if !known.contains(&name.value) {
                inner.fail(name.line, unknown(name.value, known));
            }
        }
        let value = read(&mut inner);
        let fine = inner.mistakes.is_empty();
        for mistake in inner.mistakes {
            self.fail(mistake.line, format!("`{key}`: {}", mistake.value));
        }
        self.warnings.append(&mut inner.warnings);
        value.filter(|_| fine).map(|value| At { line: table.line, value })
    }

    /// A table of anything, in file order, each entry with its own line.
    pub(crate) fn entries<T>(
        &mut self,
        key: &str,
        convert: impl Fn(&DeValue<'_>) -> Result<T, String>,
    ) -> Vec<At<(String, T)>> {
        let what = "a table, as { name = \"value\" }";
        let table = self.read(key, |value| value.as_table().ok_or_else(|| wanted(what, value)));
        let mut entries: Vec<_> = table.into_iter().flat_map(|table| table.value.iter()).collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let mut out = Vec::new();
        for (name, value) in entries {
            let line = self.source.line(name.span().start);
            match convert(value.get_ref()) {
                Ok(value) => out.push(At { line, value: (name.get_ref().to_string(), value) }),
                Err(why) => self.fail(line, format!("`{key}.{}` {why}", crate::error::shown(name.get_ref()))),
            }
        }
        out
    }
}

/// A string with something in it.
pub(crate) fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value.as_str() {
        Some("") => Err("is empty: give it a value, or leave it out".into()),
        Some(text) => Ok(text.to_owned()),
        None => Err(wanted("a string", value)),
    }
}

pub(crate) fn origin(url: &str) -> Result<Origin, String> {
    Origin::parse(url).map_err(not_a_url)
}

pub(crate) fn not_a_url(why: BadUrl) -> String {
    format!("is refused: {why}")
}

/// What a value of the wrong type is told; the value itself stays out of it.
pub(crate) fn wanted(what: &str, value: &DeValue<'_>) -> String {
    let article = if matches!(value, DeValue::Integer(_) | DeValue::Array(_)) { "an" } else { "a" };
    format!("must be {what}, not {article} {}", value.type_str())
}

/// An integer or a float as a float.
pub(crate) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        // A duration has no need of the digits that this loses beyond 2^53.
        #[expect(clippy::cast_precision_loss)]
        DeValue::Integer(_) => integer(value).map(|number| number as f64),
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

pub(crate) fn integer(value: &DeValue<'_>) -> Option<i64> {
    value.as_integer().and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok())
}
