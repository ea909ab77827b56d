//! Members of a closed set, by their names. A name that is not known is an error of its line, never another member.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

use crate::dialect::Spends;
use crate::error::StoreTask;

/// A closed set.
pub(super) trait Named: Copy + 'static {
    const ALL: &'static [Self];

    fn name(self) -> &'static str;
}

impl Named for StoreTask {
    const ALL: &'static [Self] = Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }
}

impl Named for Spends {
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }
}

pub(super) fn serialize<T: Named, S: Serializer>(it: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(it.name())
}

pub(super) fn deserialize<'de, T: Named, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let name = String::deserialize(from)?;
    T::ALL.iter().copied().find(|it| it.name() == name).ok_or_else(|| Error::custom("no such name"))
}
