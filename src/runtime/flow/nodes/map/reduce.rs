//! Putting the values of all rounds together.

use serde_json::{Number, Value};

/// The values of all rounds as one, by a method of the specification. Over no values `append` gives an empty list,
/// `sum` 0, and the others null.
///
/// # Errors
/// A value that is not a number where one is needed, or a method that does not exist; in words.
pub(super) fn reduce(method: &str, values: &[&Value]) -> Result<Value, String> {
    if method == "append" {
        return Ok(Value::Array(values.iter().copied().cloned().collect()));
    }
    let numbers: Vec<&Number> = values
        .iter()
        .map(|value| {
            value
                .as_number()
                .ok_or_else(|| format!("`{method}` needs numbers, and there is {value}"))
        })
        .collect::<Result<_, _>>()?;
    let as_float = |number: &&Number| number.as_f64().unwrap_or(f64::NAN);
    let by_size = |left: &&&Number, right: &&&Number| as_float(left).total_cmp(&as_float(right));
    match method {
        "sum" => Ok(sum(&numbers)),
        "average" if numbers.is_empty() => Ok(Value::Null),
        "average" => {
            let count = u32::try_from(numbers.len()).map_or(f64::INFINITY, f64::from);
            Ok(Value::from(
                numbers.iter().map(as_float).sum::<f64>() / count,
            ))
        }
        "max" => Ok(to_value(numbers.iter().max_by(by_size))),
        "min" => Ok(to_value(numbers.iter().min_by(by_size))),
        other => Err(format!("there is no method `{other}`")),
    }
}

/// Whole numbers stay whole as long as 64 bits hold their sum.
fn sum(numbers: &[&Number]) -> Value {
    let whole = numbers
        .iter()
        .try_fold(0_i64, |sum, number| sum.checked_add(number.as_i64()?));
    match whole {
        Some(sum) => Value::from(sum),
        None => Value::from(
            numbers
                .iter()
                .map(|number| number.as_f64().unwrap_or(f64::NAN))
                .sum::<f64>(),
        ),
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
        ] {
            let values = values.as_array().unwrap();
            let values: Vec<&Value> = values.iter().collect();
            assert_eq!(reduce(method, &values), Ok(expected), "{method} {values:?}");
        }
    }

    #[test]
    fn text_has_no_sum() {
        assert_eq!(
            reduce("sum", &[&json!("a")]),
            Err(r#"`sum` needs numbers, and there is "a""#.to_owned())
        );
    }
}
