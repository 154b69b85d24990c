//! One column of many rows, as Postgres takes it: an array.

use uuid::Uuid;

use super::Value;

/// The values of one column, in the order of the rows.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    Smalls(Vec<i16>),
    Ints(Vec<Option<i64>>),
    Counts(Vec<i32>),
    Reals(Vec<f64>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Vec<u8>>),
    Ids(Vec<Uuid>),
}

impl Column {
    /// Turns rows into columns. The rows of one statement have the same types.
    pub(super) fn of_rows(values: Vec<Value>, width: usize) -> Vec<Self> {
        let mut columns: Vec<Self> = values.iter().take(width).map(Self::like).collect();
        for (index, value) in values.into_iter().enumerate() {
            columns[index % width].push(value);
        }
        columns
    }

    /// The cast that tells Postgres the array's type.
    pub(super) const fn cast(&self) -> &'static str {
        match self {
            Self::Smalls(_) => "::int2[]",
            Self::Ints(_) => "::int8[]",
            Self::Counts(_) => "::int4[]",
            Self::Reals(_) => "::float8[]",
            Self::Texts(_) => "::text[]",
            Self::Bytes(_) => "::bytea[]",
            Self::Ids(_) => "::uuid[]",
        }
    }

    /// An empty column for values of this type.
    fn like(value: &Value) -> Self {
        match value {
            Value::Small(_) => Self::Smalls(Vec::new()),
            Value::Int(_) => Self::Ints(Vec::new()),
            Value::Count(_) => Self::Counts(Vec::new()),
            Value::Real(_) => Self::Reals(Vec::new()),
            Value::Text(_) => Self::Texts(Vec::new()),
            Value::Bytes(_) => Self::Bytes(Vec::new()),
            Value::Id(_) => Self::Ids(Vec::new()),
        }
    }

    fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Smalls(column), Value::Small(value)) => column.push(value),
            (Self::Ints(column), Value::Int(value)) => column.push(value),
            (Self::Counts(column), Value::Count(value)) => column.push(value),
            (Self::Reals(column), Value::Real(value)) => column.push(value),
            (Self::Texts(column), Value::Text(value)) => column.push(value),
            (Self::Bytes(column), Value::Bytes(value)) => column.push(value),
            (Self::Ids(column), Value::Id(value)) => column.push(value),
            (column, value) => unreachable!("{value:?} in {column:?}: rows differ in their types"),
        }
    }
}
