//! Converts database rows to JSON.

use std::error::Error as StdError;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use deadpool_postgres::Transaction;
use futures_util::TryStreamExt;
use serde_json::{Number, Value};
use tokio_postgres::types::{FromSql, Kind, Type};
use tokio_postgres::{Error, Portal, Row};
use uuid::Uuid;

use super::tables::Table;
use crate::base::written::Written;
use crate::conversation::Values;
use crate::spec::property::{Coercion, Violation, coerce, settle, settle_untyped};
use crate::tools::process::MAX_OUTPUT_BYTES;

/// The maximum number of rows of one operation.
const MAX_ROWS: usize = 10_000;
/// The number of rows that are fetched at a time.
const BATCH: i32 = 500;

/// Converts a row to JSON, or returns the reason why it can't.
pub(super) type Reader<'r> = dyn Fn(&Row) -> Result<Values, String> + Sync + 'r;

/// The reason why reading rows failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server or the connection failed.
    Lost(Error),
    /// There are too many rows, or a value has no JSON form.
    Unfit(String),
}

/// Reads all rows of a portal, within limits on their number and size.
pub(super) async fn read(
    transaction: &Transaction<'_>,
    portal: &Portal,
    reader: &Reader<'_>,
) -> Result<Vec<Value>, Fault> {
    let mut found = Vec::new();
    let mut bytes = 0;
    loop {
        let rows = transaction.query_portal_raw(portal, BATCH).await;
        let mut rows = Box::pin(rows.map_err(Fault::Lost)?);
        let mut n_rows = 0;
        while let Some(row) = rows.try_next().await.map_err(Fault::Lost)? {
            n_rows += 1;
            bytes += size(&row).map_err(Fault::Lost)?;
            if found.len() == MAX_ROWS {
                return Err(Fault::Unfit(format!("there are more than {MAX_ROWS} rows")));
            }
            if bytes > MAX_OUTPUT_BYTES {
                let bound = MAX_OUTPUT_BYTES / (1024 * 1024);
                return Err(Fault::Unfit(format!("the rows are larger than {bound} MB")));
            }
            found.push(reader(&row).map_err(Fault::Unfit)?.into());
        }
        if n_rows < BATCH {
            return Ok(found);
        }
    }
}

/// Converts a row of a table by the declared types of its columns, with the names from the
/// datastore.
pub(super) fn typed(row: &Row, table: &Table) -> Result<Values, String> {
    let mut values = Values::new();
    for (index, (name, column)) in table.columns.iter().enumerate() {
        let unfit = |problem: String| format!("column `{name}` of a row {problem}");
        let value = match written(row, index).map_err(unfit)? {
            // A column that may not be null in the schema may be so in the database, as a row in memory may lack it.
            None => Value::Null,
            Some(written) => settle(&written, &column.schema)
                .and_then(|value| coerce(&value, &column.schema, Coercion::Json))
                .map_err(|violations| unfit(in_words(&violations)))?,
        };
        values.insert(name.clone(), value);
    }
    Ok(values)
}

/// Converts a row of a query, with the column names of the query.
pub(super) fn untyped(row: &Row) -> Result<Values, String> {
    let mut values = Values::new();
    for (index, column) in row.columns().iter().enumerate() {
        let name = column.name();
        let unfit = |problem: String| format!("column `{name}` {problem}");
        let value = match written(row, index).map_err(unfit)? {
            None => Value::Null,
            Some(written) => {
                settle_untyped(&written).map_err(|violations| unfit(in_words(&violations)))?
            }
        };
        if values.insert(name.to_owned(), value).is_some() {
            return Err(format!(
                "two columns are called `{name}`: name one of them otherwise with `AS`"
            ));
        }
    }
    Ok(values)
}

fn in_words(violations: &[Violation]) -> String {
    let words: Vec<String> = violations.iter().map(Violation::to_string).collect();
    words.join("; ")
}

/// A value in the server's binary format.
struct Raw<'r>(&'r [u8]);

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn size(row: &Row) -> Result<usize, Error> {
    let sizes = (0..row.len()).map(|index| {
        let raw: Option<Raw<'_>> = row.try_get(index)?;
        Ok(raw.map_or(0, |raw| raw.0.len()))
    });
    sizes.sum()
}

/// Returns a value of a row; `None` for null.
fn written(row: &Row, index: usize) -> Result<Option<Written>, String> {
    let raw: Option<Raw<'_>> = row.try_get(index).map_err(|error| error.to_string())?;
    let column = row.columns().get(index);
    match (raw, column) {
        (Some(raw), Some(column)) => decoded(column.type_(), raw.0)
            .map(Some)
            .map_err(|error| error.to_string()),
        _ => Ok(None),
    }
}

/// Decodes a value from its binary format to JSON with all its digits.
pub(super) fn decoded(ty: &Type, raw: &[u8]) -> Result<Written, Box<dyn StdError + Sync + Send>> {
    match ty.kind() {
        Kind::Domain(inner) => return decoded(inner, raw),
        Kind::Enum(_) => return Ok(text(std::str::from_utf8(raw)?)),
        Kind::Array(item) => {
            let items: Vec<Option<Raw<'_>>> = Vec::from_sql(ty, raw)?;
            let items = items.into_iter().map(|raw| match raw {
                Some(raw) => decoded(item, raw.0),
                None => Ok(Written::Plain(Value::Null)),
            });
            return Ok(Written::of_items(items.collect::<Result<_, _>>()?));
        }
        _ => {}
    }
    let plain = |value: Value| Ok(Written::Plain(value));
    match *ty {
        Type::BOOL => plain(bool::from_sql(ty, raw)?.into()),
        Type::INT2 => plain(i16::from_sql(ty, raw)?.into()),
        Type::INT4 => plain(i32::from_sql(ty, raw)?.into()),
        Type::INT8 => plain(i64::from_sql(ty, raw)?.into()),
        // By its shortest text, since a wider number of the same value has other digits.
        Type::FLOAT4 => plain(number(f32::from_sql(ty, raw)?.to_string().parse()?)?),
        Type::FLOAT8 => plain(number(f64::from_sql(ty, raw)?)?),
        Type::NUMERIC => {
            let digits = numeric(raw).ok_or("is a number that JSON does not have")?;
            Ok(Written::number(&digits).ok_or("is a number that JSON does not have")?)
        }
        Type::JSON => Ok(Written::read(std::str::from_utf8(raw)?)?),
        Type::JSONB => {
            let (_version, json) = raw.split_first().ok_or("is empty")?;
            Ok(Written::read(std::str::from_utf8(json)?)?)
        }
        Type::UUID => Ok(text(&Uuid::from_sql(ty, raw)?.to_string())),
        Type::DATE => Ok(text(&NaiveDate::from_sql(ty, raw)?.to_string())),
        Type::TIME => {
            let time = NaiveTime::from_sql(ty, raw)?;
            Ok(clock(time.format("%H:%M:%S%.f").to_string(), ""))
        }
        Type::TIMESTAMP => {
            let time = NaiveDateTime::from_sql(ty, raw)?;
            Ok(clock(time.format("%Y-%m-%dT%H:%M:%S%.f").to_string(), ""))
        }
        Type::TIMESTAMPTZ => {
            let time = DateTime::<Utc>::from_sql(ty, raw)?;
            Ok(clock(time.format("%Y-%m-%dT%H:%M:%S%.f").to_string(), "Z"))
        }
        Type::VOID => plain(Value::Null),
        _ if <&str>::accepts(ty) => Ok(text(<&str>::from_sql(ty, raw)?)),
        _ => Err(format!(
            "is of type `{}`, which has no form in JSON: cast it to text",
            ty.name()
        )
        .into()),
    }
}

fn text(text: &str) -> Written {
    Written::Plain(text.into())
}

/// Formats a time like PostgreSQL, with only as many fractional digits as needed, and its zone.
fn clock(time: String, zone: &str) -> Written {
    let time = match time.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{}", fraction.trim_end_matches('0')),
        None => time,
    };
    text(&format!("{time}{zone}"))
}

fn number(number: f64) -> Result<Value, &'static str> {
    let number = Number::from_f64(number).ok_or("is a number that JSON does not have")?;
    Ok(Value::Number(number))
}

/// Decodes the digits of a `numeric`; `None` if it is not finite (`NaN`, infinity).
///
/// The binary format has the number of groups of four decimal digits, the power of 10,000 of the
/// first group, the sign, the number of digits after the point, and the groups, each in 16 bits.
/// Source: PostgreSQL, `numeric_send`.
fn numeric(raw: &[u8]) -> Option<String> {
    let mut words = raw
        .chunks_exact(2)
        .map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
    let (_n_groups, weight) = (words.next()?, words.next()?);
    let sign = match words.next()?.cast_unsigned() {
        0x0000 => "",
        0x4000 => "-",
        _ => return None,
    };
    let scale = usize::try_from(words.next()?).ok()?;
    let groups: Vec<i16> = words.collect();
    let group = |power: i32| {
        let index = usize::try_from(i32::from(weight) - power).ok();
        index
            .and_then(|index| groups.get(index))
            .copied()
            .unwrap_or(0)
    };
    let whole = (0..=i32::from(weight).max(0)).rev();
    let whole: String = whole.flat_map(|power| digits(group(power))).collect();
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let n_groups = i32::try_from(scale.div_ceil(4)).ok()?;
    let fraction = (1..=n_groups).flat_map(|power| digits(group(-power)));
    let fraction: String = fraction.take(scale).collect();
    let point = if scale == 0 { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

/// Returns the four digits of a group.
fn digits(group: i16) -> [char; 4] {
    let group = u32::from(group.unsigned_abs());
    [1000, 100, 10, 1].map(|unit| char::from_digit(group / unit % 10, 10).unwrap_or('0'))
}
