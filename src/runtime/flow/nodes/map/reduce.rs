//! Combines the values of all rounds of a map.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// Combines the values of all rounds by a method of the specification. Without values, `append`
/// returns an empty list, `sum` 0, and the others null.
///
/// For integers, the sum is exact, and so is the average if it is an integer; otherwise the average
/// is the nearest float. If any value is a float, floats are added in order.
///
/// # Errors
/// A value is not a number although one is needed, a sum exceeds 64 bits, or the method does not
/// exist; in words.
pub(super) fn reduce(method: &str, values: &[&Value]) -> Result<Value, String> {
    if method == "append" {
        return Ok(Value::Array(values.iter().copied().cloned().collect()));
    }
    let numbers: Vec<&Number> = values
        .iter()
        .map(|value| {
            value
                .as_number()
                .ok_or_else(|| format!("`{method}` needs numbers, and got {value}"))
        })
        .collect::<Result<_, _>>()?;
    match method {
        "sum" => sum(&numbers),
        "average" if numbers.is_empty() => Ok(Value::Null),
        "average" => Ok(average(&numbers)),
        "max" => Ok(to_value(
            numbers.iter().max_by(|left, right| by_size(left, right)),
        )),
        "min" => Ok(to_value(
            numbers.iter().min_by(|left, right| by_size(left, right)),
        )),
        other => Err(format!("there is no method `{other}`")),
    }
}

fn sum(numbers: &[&Number]) -> Result<Value, String> {
    match sum_of_integers(numbers) {
        Some(sum) => integer(sum).ok_or_else(|| format!("the sum {sum} is beyond 64 bits")),
        None => Ok(Value::from(sum_of_floats(numbers))),
    }
}

fn average(numbers: &[&Number]) -> Value {
    /// The largest integer up to which floats represent every integer.
    const MAX_WHOLE: u128 = 1 << f64::MANTISSA_DIGITS;
    if let (Some(sum), Ok(count)) = (sum_of_integers(numbers), i128::try_from(numbers.len())) {
        let is_exact = sum % count == 0 && (sum / count).unsigned_abs() > MAX_WHOLE;
        let exact = integer(sum / count).filter(|_| is_exact);
        return exact.unwrap_or_else(|| Value::from(quotient(sum, count)));
    }
    let count = u32::try_from(numbers.len()).map_or(f64::INFINITY, f64::from);
    Value::from(sum_of_floats(numbers) / count)
}

fn integer(number: i128) -> Option<Value> {
    let signed = i64::try_from(number).map(Value::from);
    let any = signed.or_else(|_large| u64::try_from(number).map(Value::from));
    any.ok()
}

/// Returns the sum of 64-bit integers, which fits 128 bits for any list; `None` if there is a
/// float.
fn sum_of_integers(numbers: &[&Number]) -> Option<i128> {
    let whole = |number: &&Number| Some(i128::from(number.as_i64()?));
    let large = |number: &&Number| Some(i128::from(number.as_u64()?));
    numbers
        .iter()
        .map(|number| whole(number).or_else(|| large(number)))
        .sum()
}

fn sum_of_floats(numbers: &[&Number]) -> f64 {
    numbers.iter().map(|number| as_float(number)).sum()
}

/// Returns the float that is nearest to a quotient.
fn quotient(sum: i128, count: i128) -> f64 {
    /// The number of digits that is enough to distinguish any two floats.
    const DIGITS: usize = 40;
    let sign = if sum < 0 { "-" } else { "" };
    let (mut rest, count) = (sum.unsigned_abs(), count.unsigned_abs());
    let mut text = format!("{sign}{}.", rest / count);
    for _ in 0..DIGITS {
        rest = rest % count * 10;
        text.push(char::from_digit(u32::try_from(rest / count).unwrap_or(9), 10).unwrap_or('9'));
    }
    // What is left breaks a tie.
    text.push(if rest % count == 0 { '0' } else { '1' });
    text.parse().unwrap_or(f64::NAN)
}

fn as_float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

/// Compares two numbers. Integers are compared as integers, even if they convert to the same float.
fn by_size(left: &Number, right: &Number) -> Ordering {
    let whole = |number: &Number| sum_of_integers(&[number]);
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => as_float(left).total_cmp(&as_float(right)),
    }
}

fn to_value(number: Option<&&Number>) -> Value {
    number.map_or(Value::Null, |number| Value::Number((*number).clone()))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn methods_of_the_specification() {
        for (method, values, expected) in [
            ("append", json!(["a", 1]), json!(["a", 1])),
            ("append", json!([]), json!([])),
            ("sum", json!([1, 2]), json!(3)),
            ("sum", json!([1, 0.5]), json!(1.5)),
            ("sum", json!([]), json!(0)),
            ("average", json!([1, 2]), json!(1.5)),
            ("average", json!([]), json!(null)),
            ("max", json!([1, 3.5, 2]), json!(3.5)),
            ("min", json!([4, -1]), json!(-1)),
            ("max", json!([]), json!(null)),
            (
                "sum",
                json!([i64::MAX, 1]),
                json!(9_223_372_036_854_775_808_u64),
            ),
            ("sum", json!([i64::MAX, 1, -1]), json!(i64::MAX)),
            (
                "average",
                json!([9_007_199_254_740_993_i64, 9_007_199_254_740_993_i64]),
                json!(9_007_199_254_740_993_i64),
            ),
            ("average", json!([i64::MAX, i64::MIN, -2]), json!(-1.0)),
            ("average", json!([1, 1, 0]), json!(2.0 / 3.0)),
            (
                "max",
                json!([9_007_199_254_740_993_i64, 9_007_199_254_740_992_i64]),
                json!(9_007_199_254_740_993_i64),
            ),
        ] {
            let values = values.as_array().unwrap();
            let values: Vec<&Value> = values.iter().collect();
            assert_eq!(reduce(method, &values), Ok(expected), "{method} {values:?}");
        }
    }

    #[test]
    fn a_sum_beyond_64_bits_is_told() {
        assert_eq!(
            reduce("sum", &[&json!(u64::MAX), &json!(1)]),
            Err("the sum 18446744073709551616 is beyond 64 bits".to_owned())
        );
    }

    #[test]
    fn text_has_no_sum() {
        assert_eq!(
            reduce("sum", &[&json!("a")]),
            Err(r#"`sum` needs numbers, and got "a""#.to_owned())
        );
    }
}
