//! One SQL text for two databases: a statement with `?` placeholders and typed values.
//!
//! Postgres wants `$1, $2, …` and SQLite is fastest with `?`, so the text is written with `?`
//! and numbered on its way to Postgres. `?` never stands in our SQL for anything else.
//!
//! Many rows go to SQLite as `VALUES (?,?),(?,?),…` and to Postgres as one array for each column:
//! there the text stays the same however many rows there are, so it is parsed and planned once.

mod column;

use std::{borrow::Cow, fmt::Write as _};

pub(crate) use column::Column;

use uuid::Uuid;

/// A statement and the values of its placeholders, in order.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
    rows: Option<Rows>,
    has_list: bool,
}

/// Rows of values inside a statement.
#[derive(Debug, Clone)]
struct Rows {
    /// Where they stand in the text, in bytes.
    place: usize,
    /// How many single values come before them.
    before: usize,
    /// Values in a row.
    width: usize,
    /// Row after row.
    values: Vec<Value>,
}

/// What a placeholder of Postgres stands for.
#[derive(Debug, Clone)]
pub(crate) enum Argument {
    One(Value),
    Many(Column),
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
    Sql { text: Cow::Borrowed(text), values: Vec::new(), rows: None, has_list: false }
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

    /// Adds rows of values, as `VALUES …` adds them; in a sub-select their columns are `column1`,
    /// `column2` and so on. A statement has at most one such place, and no row is empty.
    pub(crate) fn push_rows<R>(
        &mut self,
        rows: impl IntoIterator<Item = R>,
        mut values_of: impl FnMut(R, &mut Vec<Value>),
    ) -> &mut Self {
        debug_assert!(self.rows.is_none(), "a statement has one place for rows");
        let (mut values, mut count) = (Vec::new(), 0);
        for row in rows {
            values_of(row, &mut values);
            count += 1;
        }
        let width = values.len().checked_div(count).unwrap_or(0);
        let (place, before) = (self.text.len(), self.values.len());
        self.rows = Some(Rows { place, before, width, values });
        self
    }

    /// Adds `(?, …)`, one placeholder for each value: the right side of an `IN`.
    pub(crate) fn push_list<V: Into<Value>>(
        &mut self,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        self.has_list = true;
        let mut separator = "(";
        for value in values {
            self.text.to_mut().push_str(separator);
            self.push_bind(value);
            separator = ",";
        }
        self.push(")")
    }

    /// Whether the text for Postgres is always the same, and so worth keeping prepared.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_)) || (self.rows.is_some() && !self.has_list)
    }

    /// The text with numbered placeholders, and what they stand for.
    pub(crate) fn into_postgres(self) -> (String, Vec<Argument>) {
        let mut numbered = Numbered::with_capacity(self.text.len() + self.values.len() * 3);
        let Some(rows) = self.rows else {
            numbered.push(&self.text);
            return (numbered.text, self.values.into_iter().map(Argument::One).collect());
        };
        let (head, tail) = self.text.split_at(rows.place);
        let columns = Column::of_rows(rows.values, rows.width);
        numbered.push(head);
        numbered.push_columns(&columns);
        numbered.push(tail);
        let mut values = self.values.into_iter().map(Argument::One);
        let mut arguments: Vec<_> = values.by_ref().take(rows.before).collect();
        arguments.extend(columns.into_iter().map(Argument::Many));
        arguments.extend(values);
        (numbered.text, arguments)
    }

    /// The text with a placeholder for each value, and the values.
    pub(crate) fn into_sqlite(mut self) -> (Cow<'static, str>, Vec<Value>) {
        let Some(rows) = self.rows else { return (self.text, self.values) };
        let (head, tail) = self.text.split_at(rows.place);
        let group = format!("({})", vec!["?"; rows.width].join(","));
        let count = rows.values.len().checked_div(rows.width).unwrap_or(0);
        let text = format!("{head}VALUES {}{tail}", vec![group; count].join(","));
        self.values.splice(rows.before..rows.before, rows.values);
        (Cow::Owned(text), self.values)
    }
}

/// A text whose placeholders are numbered as they come.
struct Numbered {
    text: String,
    count: usize,
}

impl Numbered {
    fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), count: 0 }
    }

    fn push(&mut self, text: &str) {
        for (index, part) in text.split('?').enumerate() {
            if index > 0 {
                self.push_placeholder();
            }
            self.text.push_str(part);
        }
    }

    fn push_placeholder(&mut self) {
        self.count += 1;
        write!(self.text, "${}", self.count).expect("writing to a string cannot fail");
    }

    /// Makes rows of arrays, with the column names that `VALUES` gives.
    fn push_columns(&mut self, columns: &[Column]) {
        let mut names = Vec::with_capacity(columns.len());
        self.text.push_str("SELECT * FROM unnest(");
        for (index, column) in columns.iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.push_placeholder();
            self.text.push_str(column.cast());
            names.push(format!("column{}", index + 1));
        }
        write!(self.text, ") AS u({})", names.join(",")).expect("writing to a string cannot fail");
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
    fn rows_are_arrays_for_postgres_and_groups_for_sqlite() {
        let mut statement = sql("UPDATE t SET a = v.column2 + ");
        statement.push_bind(7_i64).push(" FROM (");
        statement.push_rows([(1_i64, "x"), (2, "y")], |(a, b), values| {
            values.extend([a.into(), b.into()]);
        });
        statement.push(") AS v WHERE c = ");
        statement.push_bind("z");
        assert!(statement.is_fixed());
        let (text, arguments) = statement.clone().into_postgres();
        assert_eq!(
            text,
            "UPDATE t SET a = v.column2 + $1 FROM (SELECT * FROM \
             unnest($2::int8[],$3::text[]) AS u(column1,column2)) AS v WHERE c = $4"
        );
        assert_eq!(arguments.len(), 4);
        assert!(matches!(&arguments[2], Argument::Many(Column::Texts(texts)) if texts.len() == 2));
        let (text, values) = statement.into_sqlite();
        assert_eq!(
            text,
            "UPDATE t SET a = v.column2 + ? FROM (VALUES (?,?),(?,?)) AS v WHERE c = ?"
        );
        assert!(matches!(values[0], Value::Int(Some(7))) && values.len() == 6);
        assert!(matches!(&values[5], Value::Text(Some(text)) if text == "z"));
    }

    #[test]
    fn placeholders_are_numbered_for_postgres() {
        let statement = sql("SELECT a FROM t WHERE b = ? AND c < ?").bind(1_i64).bind("x");
        let (text, arguments) = statement.into_postgres();
        assert_eq!(text, "SELECT a FROM t WHERE b = $1 AND c < $2");
        assert_eq!(arguments.len(), 2);
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
