//! One SQL text for two databases: a statement with `?` placeholders and typed values.
//!
//! Postgres wants `$1, $2, …` and SQLite is fastest with `?`, so the text is written with `?`
//! and numbered on its way to Postgres. `?` never stands in our SQL for anything else.

use std::{borrow::Cow, fmt::Write as _};

use uuid::Uuid;

/// A statement and the values of its placeholders, in order.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

/// A value of a placeholder. Each carries its type, for Postgres types even a NULL.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Small(i16),
    Int(Option<i64>),
    Count(i32),
    Real(f64),
    Text(Option<String>),
    Bytes(Vec<u8>),
    Id(Uuid),
}

/// A statement whose text never changes: the databases keep it prepared.
pub(crate) fn sql(text: &'static str) -> Sql {
    Sql { text: Cow::Borrowed(text), values: Vec::new() }
}

impl Sql {
    /// Gives the next placeholder its value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds text. From here on the statement counts as made for one use.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Adds a placeholder and its value.
    pub(crate) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.text.to_mut().push('?');
        self.values.push(value.into());
        self
    }

    /// Adds `(?, …), (?, …), …`, one group for each row.
    pub(crate) fn push_rows<R>(
        &mut self,
        rows: impl IntoIterator<Item = R>,
        mut values_of: impl FnMut(R, &mut Vec<Value>),
    ) -> &mut Self {
        let text = self.text.to_mut();
        let mut separator = "";
        for row in rows {
            let before = self.values.len();
            values_of(row, &mut self.values);
            let width = self.values.len() - before;
            text.push_str(separator);
            text.push('(');
            for column in 0..width {
                text.push_str(if column == 0 { "?" } else { ",?" });
            }
            text.push(')');
            separator = ",";
        }
        self
    }

    /// Adds `(?, …)`, one placeholder for each value: the right side of an `IN`.
    pub(crate) fn push_list<V: Into<Value>>(
        &mut self,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        let mut separator = "(";
        for value in values {
            self.text.to_mut().push_str(separator);
            self.push_bind(value);
            separator = ",";
        }
        self.push(")")
    }

    /// Whether the text is a constant, and so worth keeping prepared.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }

    /// The text with numbered placeholders, and the values.
    pub(crate) fn into_postgres(self) -> (String, Vec<Value>) {
        let mut numbered = String::with_capacity(self.text.len() + self.values.len() * 3);
        let mut number = 0;
        for (index, part) in self.text.split('?').enumerate() {
            if index > 0 {
                number += 1;
                write!(numbered, "${number}").expect("writing to a string cannot fail");
            }
            numbered.push_str(part);
        }
        (numbered, self.values)
    }

    /// The text as it is, and the values.
    pub(crate) fn into_sqlite(self) -> (Cow<'static, str>, Vec<Value>) {
        (self.text, self.values)
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident $(($wrap:path))?),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant($($wrap)?(value))
            }
        }
    )*};
}

value_from! {
    i16 => Small,
    i32 => Count,
    i64 => Int (Some),
    Option<i64> => Int,
    f64 => Real,
    String => Text (Some),
    Option<String> => Text,
    Vec<u8> => Bytes,
    Uuid => Id,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_for_postgres() {
        let mut statement = sql("INSERT INTO t (a, b) VALUES ");
        statement.push_rows([(1_i64, "x"), (2, "y")], |(a, b), values| {
            values.extend([a.into(), b.into()]);
        });
        statement.push(" ON CONFLICT DO NOTHING");
        let (text, values) = statement.into_postgres();
        assert_eq!(text, "INSERT INTO t (a, b) VALUES ($1,$2),($3,$4) ON CONFLICT DO NOTHING");
        assert_eq!(values.len(), 4);
    }

    #[test]
    fn lists_close_and_fixed_texts_stay_fixed() {
        let fixed = sql("SELECT 1 WHERE 1 = ?").bind(1_i64);
        assert!(fixed.is_fixed());
        let mut list = sql("DELETE FROM t WHERE a IN ");
        list.push_list([1_i64, 2]);
        assert!(!list.is_fixed());
        assert_eq!(list.into_sqlite().0, "DELETE FROM t WHERE a IN (?,?)");
    }
}
