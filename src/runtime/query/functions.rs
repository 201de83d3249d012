//! The functions of queries.

use serde_json::Value;

use super::{Expression, Found, add, is_true, kind, order};

/// Declares the functions with their numbers of arguments.
macro_rules! functions {
    ($($way:ident: $name:literal, $arguments:literal;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Function {
            $($way,)+
        }

        impl Function {
            /// Returns the function with a name and number of arguments.
            pub(super) fn find(name: &str, arguments: usize) -> Option<Self> {
                match (name, arguments) {
                    $(($name, $arguments) => Some(Self::$way),)+
                    _ => None,
                }
            }
        }

        /// The names of all functions.
        pub(super) const NAMES: &[&str] = &[$($name,)+];
    };
}

functions! {
    Add: "add", 0;
    Empty: "empty", 0;
    First: "first", 0;
    FirstOf: "first", 1;
    FromJson: "fromjson", 0;
    Has: "has", 1;
    Join: "join", 1;
    Keys: "keys", 0;
    Last: "last", 0;
    Length: "length", 0;
    Lower: "ascii_downcase", 0;
    Map: "map", 1;
    Not: "not", 0;
    Reverse: "reverse", 0;
    Select: "select", 1;
    Sort: "sort", 0;
    Split: "split", 1;
    ToJson: "tojson", 0;
    ToNumber: "tonumber", 0;
    ToString: "tostring", 0;
    Type: "type", 0;
    Unique: "unique", 0;
    Upper: "ascii_upcase", 0;
}

impl Function {
    /// Adds the results to `found`.
    pub(super) fn call(
        self,
        arguments: &[Expression],
        of: &Value,
        found: &mut Found<'_>,
    ) -> Result<(), String> {
        let Some(argument) = arguments.first() else {
            return found.extend(self.of_value(of)?);
        };
        match self {
            Self::FirstOf => {
                let (values, ended) = argument.all(of, found.fuel);
                match values.into_iter().next() {
                    Some(first) => found.push(first)?,
                    None => ended?,
                }
            }
            Self::Map => {
                let mut mapped = Found::new(found.fuel);
                for item in items(of)? {
                    argument.values(item, &mut mapped)?;
                }
                found.push(Value::Array(mapped.values))?;
            }
            Self::Select => {
                let (conditions, ended) = argument.all(of, found.fuel);
                let taken = conditions.iter().filter(|condition| is_true(condition));
                found.extend(taken.map(|_| of.clone()))?;
                ended?;
            }
            _ => {
                let (values, ended) = argument.all(of, found.fuel);
                for value in &values {
                    found.push(self.with_value(of, value)?)?;
                }
                ended?;
            }
        }
        Ok(())
    }

    fn of_value(self, of: &Value) -> Result<Option<Value>, String> {
        let misfit = || format!("{} has no `{self:?}`", kind(of)).to_lowercase();
        let text = || of.as_str().ok_or_else(misfit);
        let sorted = || {
            let mut items: Vec<Value> = items(of)?.cloned().collect();
            items.sort_by(order::compare);
            Ok::<_, String>(items)
        };
        Ok(Some(match self {
            Self::Empty => return Ok(None),
            Self::Not => Value::Bool(!is_true(of)),
            Self::Type => kind(of).into(),
            Self::Length => match of {
                Value::Null => 0.into(),
                Value::String(text) => text.chars().count().into(),
                Value::Array(items) => items.len().into(),
                Value::Object(entries) => entries.len().into(),
                Value::Number(number) if number.as_f64() < Some(0.0) => {
                    super::Operator::Subtract.apply(&0.into(), of)?
                }
                Value::Number(_) => of.clone(),
                Value::Bool(_) => return Err(misfit()),
            },
            Self::Keys => match of {
                Value::Object(entries) => {
                    let mut keys: Vec<&String> = entries.keys().collect();
                    keys.sort_unstable();
                    keys.into_iter().cloned().collect()
                }
                Value::Array(items) => (0..items.len()).collect(),
                _ => return Err(misfit()),
            },
            Self::Add if of.is_null() => Value::Null,
            Self::Add => {
                let mut sum = Value::Null;
                for item in items(of)? {
                    sum = add(&sum, item)?;
                }
                sum
            }
            Self::First => super::at(of, &0.into())?,
            Self::Last => super::at(of, &(-1).into())?,
            Self::Reverse => Value::Array(items(of)?.cloned().rev().collect()),
            Self::Sort => Value::Array(sorted()?),
            Self::Unique => {
                let mut items = sorted()?;
                items.dedup_by(|left, right| order::compare(left, right).is_eq());
                Value::Array(items)
            }
            Self::Lower => text()?.to_ascii_lowercase().into(),
            Self::Upper => text()?.to_ascii_uppercase().into(),
            Self::ToJson => of.to_string().into(),
            Self::ToString => of
                .as_str()
                .map_or_else(|| of.to_string(), str::to_owned)
                .into(),
            Self::FromJson => serde_json::from_str(text()?).map_err(|error| error.to_string())?,
            Self::ToNumber if of.is_number() => of.clone(),
            Self::ToNumber => {
                let number: Result<serde_json::Number, _> = text()?.trim().parse();
                Value::Number(number.map_err(|_unread| format!("{of} is not a number"))?)
            }
            _ => return Err(misfit()),
        }))
    }

    fn with_value(self, of: &Value, argument: &Value) -> Result<Value, String> {
        let misfit = || format!("{} can't be asked that with {argument}", kind(of));
        Ok(match (self, of, argument) {
            (Self::Has, Value::Object(entries), Value::String(key)) => {
                entries.contains_key(key).into()
            }
            (Self::Has, Value::Array(items), Value::Number(index)) => {
                let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
                index.is_some_and(|index| index < items.len()).into()
            }
            (Self::Split, Value::String(text), Value::String(separator)) => {
                if separator.is_empty() {
                    text.chars().map(String::from).collect()
                } else {
                    text.split(separator.as_str()).collect()
                }
            }
            (Self::Join, Value::Array(items), Value::String(separator)) => {
                let text = |item: &Value| match item {
                    Value::String(text) => Ok(text.clone()),
                    Value::Null => Ok(String::new()),
                    Value::Bool(_) | Value::Number(_) => Ok(item.to_string()),
                    Value::Array(_) | Value::Object(_) => Err(misfit()),
                };
                let texts: Vec<String> = items.iter().map(text).collect::<Result<_, _>>()?;
                texts.join(separator).into()
            }
            _ => return Err(misfit()),
        })
    }
}

fn items(of: &Value) -> Result<Box<dyn DoubleEndedIterator<Item = &Value> + '_>, String> {
    match of {
        Value::Array(items) => Ok(Box::new(items.iter())),
        Value::Object(entries) => Ok(Box::new(entries.values())),
        other => Err(format!("{} has no items", kind(other))),
    }
}
