//! Queries for values in JSON, in a subset of jq that always terminates: paths, literals,
//! operators, `if`, and functions that neither recurse nor define others. Unsupported syntax is an
//! error.

mod functions;
mod order;
mod parse;
mod tokens;

use std::cell::Cell;

use serde_json::{Map, Number, Value};

use functions::Function;

/// The maximum size of a query's results: the number of values plus the bytes of their text.
/// Without it, a short query could exceed any memory.
const FUEL: usize = 32 * 1024 * 1024;

/// A parsed query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query(Expression);

impl Query {
    /// # Errors
    /// A description of the part that is not understood.
    pub(super) fn of(text: &str) -> Result<Self, String> {
        parse::parse(text)
            .map(Self)
            .map_err(|problem| format!("the query `{text}` can't be used: {problem}"))
    }

    /// Returns the first value of the query; `None` if there is none.
    ///
    /// # Errors
    /// The reason why there is no value, in words: a part of the query does not apply to the value.
    pub(super) fn first(&self, of: &Value) -> Result<Option<Value>, String> {
        let fuel = Cell::new(FUEL);
        let (values, ended) = self.0.all(of, &fuel);
        match (values.into_iter().next(), ended) {
            (Some(first), _) => Ok(Some(first)),
            (None, Ok(())) => Ok(None),
            (None, Err(problem)) => Err(problem),
        }
    }
}

/// The values found so far, and the remaining size.
struct Found<'f> {
    values: Vec<Value>,
    fuel: &'f Cell<usize>,
}

impl<'f> Found<'f> {
    fn new(fuel: &'f Cell<usize>) -> Self {
        Self {
            values: Vec::new(),
            fuel,
        }
    }

    fn push(&mut self, value: Value) -> Result<(), String> {
        let left = self.fuel.get().checked_sub(size(&value));
        self.fuel
            .set(left.ok_or("the result of the query is too large")?);
        self.values.push(value);
        Ok(())
    }

    fn extend(&mut self, values: impl IntoIterator<Item = Value>) -> Result<(), String> {
        values.into_iter().try_for_each(|value| self.push(value))
    }
}

/// Returns the size of a value: the number of its values and the bytes of their text.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| key.len() + size(value))
            .sum(),
    }
}

/// A part of a query, which maps a value to any number of values.
#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Identity,
    Literal(Value),
    /// A step into the result of another expression; with `true`, values of a wrong type produce no
    /// result.
    Step(Box<Self>, Step, bool),
    Pipe(Box<Self>, Box<Self>),
    Comma(Box<Self>, Box<Self>),
    /// `a // b`: the values of `a` that are neither null nor false, else those of `b`.
    Alternative(Box<Self>, Box<Self>),
    Binary(Operator, Box<Self>, Box<Self>),
    List(Option<Box<Self>>),
    Object(Vec<(Self, Self)>),
    If(Box<Self>, Box<Self>, Box<Self>),
    Call(Function, Vec<Self>),
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// `.a`, `.[0]`, `.["a"]`
    At(Box<Expression>),
    /// `.[2:4]`
    Slice(Option<Box<Expression>>, Option<Box<Expression>>),
    /// `.[]`
    Each,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Expression {
    /// Adds the results to `found`, as far as possible.
    fn values(&self, of: &Value, found: &mut Found<'_>) -> Result<(), String> {
        let fuel = found.fuel;
        match self {
            Self::Identity => found.push(of.clone())?,
            Self::Literal(value) => found.push(value.clone())?,
            Self::Step(base, step, is_lenient) => {
                let (bases, ended) = base.all(of, fuel);
                for base in &bases {
                    let taken = step.take(base, of, found);
                    if !is_lenient {
                        taken?;
                    }
                }
                return if *is_lenient { Ok(()) } else { ended };
            }
            Self::Pipe(first, then) => {
                let (values, ended) = first.all(of, fuel);
                for value in &values {
                    then.values(value, found)?;
                }
                return ended;
            }
            Self::Comma(first, then) => {
                first.values(of, found)?;
                then.values(of, found)?;
            }
            Self::Alternative(first, other) => {
                let (values, _) = first.all(of, fuel);
                let known = found.values.len();
                found.extend(values.into_iter().filter(is_true))?;
                if found.values.len() == known {
                    other.values(of, found)?;
                }
            }
            Self::Binary(operator, left, right) => {
                let (rights, ended) = right.all(of, fuel);
                ended?;
                let (lefts, ended) = left.all(of, fuel);
                for right in &rights {
                    for left in &lefts {
                        found.push(operator.apply(left, right)?)?;
                    }
                }
                return ended;
            }
            Self::List(items) => {
                let (items, ended) = match items {
                    Some(items) => items.all(of, fuel),
                    None => (Vec::new(), Ok(())),
                };
                ended?;
                found.push(Value::Array(items))?;
            }
            Self::Object(entries) => objects(entries, of, found)?,
            Self::If(condition, then, other) => {
                let (conditions, ended) = condition.all(of, fuel);
                for condition in &conditions {
                    let taken = if is_true(condition) { then } else { other };
                    taken.values(of, found)?;
                }
                return ended;
            }
            Self::Call(function, arguments) => return function.call(arguments, of, found),
        }
        Ok(())
    }

    /// Returns the results up to the first error.
    fn all(&self, of: &Value, fuel: &Cell<usize>) -> (Vec<Value>, Result<(), String>) {
        let mut found = Found::new(fuel);
        let ended = self.values(of, &mut found);
        (found.values, ended)
    }
}

/// Adds one object for each combination of the results for keys and values.
fn objects(
    entries: &[(Expression, Expression)],
    of: &Value,
    found: &mut Found<'_>,
) -> Result<(), String> {
    let mut objects = vec![Value::Object(Map::new())];
    for (key, value) in entries {
        let (keys, ended) = key.all(of, found.fuel);
        ended?;
        let (values, ended) = value.all(of, found.fuel);
        ended?;
        let mut further = Found::new(found.fuel);
        for object in &objects {
            for key in &keys {
                let Value::String(key) = key else {
                    return Err(format!("{key} can't be a key"));
                };
                for value in &values {
                    let mut object = object.clone();
                    object[key] = value.clone();
                    further.push(object)?;
                }
            }
        }
        objects = further.values;
    }
    found.extend(objects)
}

impl Step {
    fn take(&self, base: &Value, of: &Value, found: &mut Found<'_>) -> Result<(), String> {
        let fuel = found.fuel;
        match self {
            Self::Each => match base {
                Value::Array(items) => found.extend(items.iter().cloned())?,
                Value::Object(entries) => found.extend(entries.values().cloned())?,
                other => return Err(format!("{} has no items", kind(other))),
            },
            Self::At(key) => {
                let (keys, ended) = key.all(of, fuel);
                for key in &keys {
                    found.push(at(base, key)?)?;
                }
                return ended;
            }
            Self::Slice(from, to) => {
                let bound = |bound: &Option<Box<Expression>>| match bound {
                    None => Ok(None),
                    Some(bound) => {
                        let (bounds, ended) = bound.all(of, fuel);
                        ended?;
                        let bound = bounds.first().and_then(Value::as_i64);
                        bound
                            .map(Some)
                            .ok_or("a slice needs whole numbers".to_owned())
                    }
                };
                found.push(slice(base, bound(from)?, bound(to)?)?)?;
            }
        }
        Ok(())
    }
}

fn at(base: &Value, key: &Value) -> Result<Value, String> {
    match (base, key) {
        (Value::Null, Value::String(_) | Value::Number(_)) => Ok(Value::Null),
        (Value::Object(entries), Value::String(key)) => {
            Ok(entries.get(key).cloned().unwrap_or_default())
        }
        (Value::Array(items), Value::Number(number)) => {
            let index = number.as_i64().unwrap_or(i64::MAX);
            let index = position(index, items.len());
            Ok(index
                .and_then(|index| items.get(index))
                .cloned()
                .unwrap_or_default())
        }
        _ => Err(format!("{} has nothing at {key}", kind(base))),
    }
}

/// Converts an index, which may be negative to count from the end.
fn position(index: i64, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_negative) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}

fn slice(base: &Value, from: Option<i64>, to: Option<i64>) -> Result<Value, String> {
    let within = |length: usize| {
        let place = |bound: i64| position(bound, length).unwrap_or(0).min(length);
        let from = from.map_or(0, place);
        (from, to.map_or(length, place).max(from))
    };
    match base {
        Value::Null => Ok(Value::Null),
        Value::Array(items) => {
            let (from, to) = within(items.len());
            Ok(Value::Array(items[from..to].to_vec()))
        }
        Value::String(text) => {
            let (from, to) = within(text.chars().count());
            let characters = text.chars().skip(from).take(to - from);
            Ok(Value::String(characters.collect()))
        }
        other => Err(format!("{} can't be sliced", kind(other))),
    }
}

impl Operator {
    fn apply(self, left: &Value, right: &Value) -> Result<Value, String> {
        let compared = || order::compare(left, right);
        Ok(match self {
            Self::Or => Value::Bool(is_true(left) || is_true(right)),
            Self::And => Value::Bool(is_true(left) && is_true(right)),
            Self::Equal => Value::Bool(compared().is_eq()),
            Self::Unequal => Value::Bool(compared().is_ne()),
            Self::Less => Value::Bool(compared().is_lt()),
            Self::LessOrEqual => Value::Bool(compared().is_le()),
            Self::Greater => Value::Bool(compared().is_gt()),
            Self::GreaterOrEqual => Value::Bool(compared().is_ge()),
            Self::Add => return add(left, right),
            Self::Subtract | Self::Multiply | Self::Divide | Self::Remainder => {
                let (Value::Number(left), Value::Number(right)) = (left, right) else {
                    return Err(format!(
                        "{} and {} can't be used in arithmetic",
                        kind(left),
                        kind(right)
                    ));
                };
                return self.reckon(left, right);
            }
        })
    }

    fn reckon(self, left: &Number, right: &Number) -> Result<Value, String> {
        if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
            let whole = match self {
                Self::Subtract => left.checked_sub(right),
                Self::Multiply => left.checked_mul(right),
                Self::Divide if right != 0 && left % right == 0 => left.checked_div(right),
                Self::Remainder => left.checked_rem(right),
                _ => None,
            };
            if let Some(whole) = whole {
                return Ok(Value::from(whole));
            }
        }
        let (left, right) = (as_float(left), as_float(right));
        let result = match self {
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            _ => left % right,
        };
        let number = Number::from_f64(result).ok_or("the result is not a number")?;
        Ok(Value::Number(number))
    }
}

fn add(left: &Value, right: &Value) -> Result<Value, String> {
    Ok(match (left, right) {
        (Value::Null, other) | (other, Value::Null) => other.clone(),
        (Value::Number(left), Value::Number(right)) => {
            let whole = left.as_i64().zip(right.as_i64());
            match whole.and_then(|(left, right)| left.checked_add(right)) {
                Some(sum) => Value::from(sum),
                None => Value::from(as_float(left) + as_float(right)),
            }
        }
        (Value::String(left), Value::String(right)) => Value::String(format!("{left}{right}")),
        (Value::Array(left), Value::Array(right)) => {
            Value::Array(left.iter().chain(right).cloned().collect())
        }
        (Value::Object(left), Value::Object(right)) => {
            let mut sum = left.clone();
            sum.extend(right.clone());
            Value::Object(sum)
        }
        _ => {
            return Err(format!("{} and {} can't be added", kind(left), kind(right)));
        }
    })
}

fn as_float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

/// Returns jq's name for the type of a value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests;
