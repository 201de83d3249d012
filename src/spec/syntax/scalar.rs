//! The types of plain YAML scalars, for readers of YAML 1.1 (such as the reference SDK, whose
//! reading is decisive) and of YAML 1.2 (to warn about differences).
//!
//! Source: the resolver and constructor of `PyYAML` 6 (`SafeLoader`); YAML 1.2.2, *Core Schema*.

use serde_json::Number;

/// The type and value of a plain scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    Null,
    Bool(bool),
    Number(Number),
    /// `.inf`, `.nan`, or a number that is too large for a float; JSON has no such values.
    NotFinite,
    /// A date or a time; JSON has no such type.
    Timestamp,
    /// A reserved word that readers reject: `=`, or `<<` if it is not a key.
    Reserved,
    Text,
}

impl Meaning {
    /// Describes the type for people: `a boolean`.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) | Self::NotFinite => "a number",
            Self::Timestamp => "a date",
            Self::Reserved => "a reserved word",
            Self::Text => "text",
        }
    }
}

/// Reads a scalar as YAML 1.1.
pub(super) fn yaml_1_1(text: &str) -> Meaning {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Meaning::Bool(true);
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Meaning::Bool(false);
        }
        "=" | "<<" => return Meaning::Reserved,
        ".nan" | ".NaN" | ".NAN" => return Meaning::NotFinite,
        _ if !may_be_number(text) => return Meaning::Text,
        _ => {}
    }
    if let Some(meaning) = integer_1_1(text).or_else(|| float_1_1(text)) {
        return meaning;
    }
    if matches!(without_sign(text).1, ".inf" | ".Inf" | ".INF") {
        return Meaning::NotFinite;
    }
    if is_timestamp(text) {
        Meaning::Timestamp
    } else {
        Meaning::Text
    }
}

/// Reads a scalar as YAML 1.2.
pub(super) fn yaml_1_2(text: &str) -> Meaning {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Null,
        "true" | "True" | "TRUE" => return Meaning::Bool(true),
        "false" | "False" | "FALSE" => return Meaning::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Meaning::NotFinite,
        _ if !may_be_number(text) => return Meaning::Text,
        _ => {}
    }
    let (negative, digits) = without_sign(text);
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Meaning::NotFinite;
    }
    let radix =
        |digits: &str, radix| Some(integer(false, u128::from_str_radix(digits, radix).ok()?));
    let value = match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
        (Some(octal), _) if is_all(octal, |c| c.is_digit(8)) => radix(octal, 8),
        (_, Some(hex)) if is_all(hex, |c| c.is_ascii_hexdigit()) => radix(hex, 16),
        _ if is_all(digits, |c| c.is_ascii_digit()) => decimal(negative, digits),
        _ if is_float_1_2(digits) => digits.parse().ok().and_then(|n: f64| float(negative, n)),
        _ => return Meaning::Text,
    };
    number(value)
}

/// Returns whether a text begins like a number or a date.
fn may_be_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'))
}

/// Returns the meaning of a number; not finite if a document can't hold it.
fn number(number: Option<Number>) -> Meaning {
    number.map_or(Meaning::NotFinite, Meaning::Number)
}

/// Parses a YAML 1.1 integer: `12`, `012` (octal), `0x1f`, `0b11`, `1_000`, `1:30` (base 60).
fn integer_1_1(text: &str) -> Option<Meaning> {
    let (negative, digits) = without_sign(text);
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let radix = |digits: &str, radix| {
        let value = u128::from_str_radix(digits, radix).ok();
        Some(number(value.map(|value| integer(negative, value))))
    };
    if let Some(binary) = digits.strip_prefix("0b") {
        return is_all(binary, |c| matches!(c, '0' | '1' | '_'))
            .then(|| radix(plain.get(2..)?, 2))?;
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return is_all(hex, |c| c.is_ascii_hexdigit() || c == '_')
            .then(|| radix(plain.get(2..)?, 16))?;
    }
    if digits == "0" {
        return Some(Meaning::Number(0.into()));
    }
    if let Some(octal) = digits.strip_prefix('0') {
        return is_all(octal, |c| c.is_digit(8) || c == '_').then(|| radix(&plain, 8))?;
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if is_all(digits, |c| c.is_ascii_digit() || c == '_') {
        return Some(number(decimal(negative, &plain)));
    }
    let (first, rest) = digits.split_once(':')?;
    if !is_all(first, |c| c.is_ascii_digit() || c == '_') {
        return None;
    }
    let mut value = first.replace('_', "").parse::<u128>().ok();
    for part in rest.split(':') {
        let part = sixtieths(part)?;
        value = value.and_then(|value| value.checked_mul(60)?.checked_add(part.into()));
    }
    Some(number(value.map(|value| integer(negative, value))))
}

/// Parses a YAML 1.1 float: `1.5`, `.5`, `1.5e+3`, `1:30.5` (base 60). An exponent needs a sign:
/// `1e3` and `1.5e3` are text.
fn float_1_1(text: &str) -> Option<Meaning> {
    let (negative, digits) = without_sign(text);
    if let Some((whole, fraction)) = digits.rsplit_once('.')
        && whole.contains(':')
    {
        let mut parts = whole.split(':');
        let first = parts.next().filter(|first| starts_with_digit(first))?;
        if !is_all(first, |c| c.is_ascii_digit() || c == '_')
            || !fraction.chars().all(|c| c.is_ascii_digit() || c == '_')
        {
            return None;
        }
        let mut value: f64 = first.replace('_', "").parse().ok()?;
        for part in parts {
            value = value * 60.0 + f64::from(sixtieths(part)?);
        }
        let fraction: f64 = format!("0.{}0", fraction.replace('_', "")).parse().ok()?;
        return Some(number(float(negative, value.mul_add(1.0, fraction))));
    }
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let is_signless = text.len() == digits.len();
    let shape = if whole.is_empty() {
        is_signless && starts_with_digit(fraction)
    } else {
        starts_with_digit(whole)
    };
    let body = |part: &str| part.chars().all(|c| c.is_ascii_digit() || c == '_');
    let exponent_fits = exponent.is_none_or(|exponent| {
        exponent
            .strip_prefix(['+', '-'])
            .is_some_and(|digits| is_all(digits, |c| c.is_ascii_digit()))
    });
    if !(shape && body(whole) && body(fraction) && exponent_fits) {
        return None;
    }
    let value = digits.replace('_', "").parse().ok()?;
    Some(number(float(negative, value)))
}

/// Returns whether a text is a YAML timestamp: `2024-01-01`, optionally with a time of day and a
/// zone.
fn is_timestamp(text: &str) -> bool {
    let digits = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some((year, rest)) = text.split_once('-') else {
        return false;
    };
    let Some((month, rest)) = rest.split_once('-') else {
        return false;
    };
    if !digits(year, 4..=4) || !digits(month, 1..=2) {
        return false;
    }
    let day_length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let Some((day, time)) = rest.split_at_checked(day_length) else {
        return false;
    };
    if time.is_empty() {
        return digits(month, 2..=2) && digits(day, 2..=2);
    }
    let Some(time) = time.strip_prefix(['T', 't']).or_else(|| {
        time.starts_with([' ', '\t'])
            .then(|| time.trim_start_matches([' ', '\t']))
    }) else {
        return false;
    };
    let mut parts = time.splitn(3, ':');
    let (Some(hour), Some(minute), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Some((second, rest)) = rest.split_at_checked(2) else {
        return false;
    };
    let rest = rest.strip_prefix('.').map_or(rest, |rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit())
    });
    let zone = rest.trim_start_matches([' ', '\t']);
    let zone_fits = zone.is_empty()
        || zone == "Z"
        || zone.strip_prefix(['+', '-']).is_some_and(|zone| {
            let (hours, minutes) = zone.split_once(':').unwrap_or((zone, "00"));
            digits(hours, 1..=2) && digits(minutes, 2..=2)
        });
    digits(day, 1..=2)
        && digits(hour, 1..=2)
        && digits(minute, 2..=2)
        && digits(second, 2..=2)
        && zone_fits
}

/// Parses a base-60 digit after the first: 0 to 59.
fn sixtieths(part: &str) -> Option<u8> {
    (matches!(part.len(), 1 | 2) && is_all(part, |c| c.is_ascii_digit()))
        .then(|| part.parse().ok())?
        .filter(|value| *value < 60)
}

fn without_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// Returns whether a text is not empty and all its characters satisfy `fits`.
fn is_all(text: &str, fits: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(fits)
}

fn is_float_1_2(digits: &str) -> bool {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let body = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    body(whole)
        && body(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|e| {
            is_all(e.strip_prefix(['+', '-']).unwrap_or(e), |c| {
                c.is_ascii_digit()
            })
        })
}

/// Parses decimal digits of any length; beyond 64 bits the result is a float.
fn decimal(negative: bool, digits: &str) -> Option<Number> {
    match digits.parse::<u128>() {
        Ok(value) => Some(integer(negative, value)),
        Err(_) => float(negative, digits.parse().ok()?),
    }
}

fn integer(negative: bool, value: u128) -> Number {
    let signed = i128::try_from(value).map(|value| if negative { -value } else { value });
    let machine = signed.ok().and_then(|signed| {
        i64::try_from(signed)
            .map(Number::from)
            .or_else(|_| u64::try_from(signed).map(Number::from))
            .ok()
    });
    #[expect(clippy::cast_precision_loss, reason = "no machine integer holds it")]
    let nearest = || float(negative, value as f64);
    machine.or_else(nearest).unwrap_or_else(|| 0.into())
}

fn float(negative: bool, value: f64) -> Option<Number> {
    Number::from_f64(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, in_1_1: &serde_json::Value, in_1_2: &serde_json::Value) {
        let show = |meaning| match meaning {
            Meaning::Null => json!(null),
            Meaning::Bool(flag) => json!(flag),
            Meaning::Number(number) => json!(number),
            Meaning::NotFinite => json!("<not finite>"),
            Meaning::Timestamp => json!("<date>"),
            Meaning::Reserved => json!("<reserved>"),
            Meaning::Text => json!("<text>"),
        };
        assert_eq!(show(yaml_1_1(text)), *in_1_1, "{text} in YAML 1.1");
        assert_eq!(show(yaml_1_2(text)), *in_1_2, "{text} in YAML 1.2");
    }

    #[test]
    fn the_two_versions_agree_on_the_usual() {
        for (text, value) in [
            ("12", json!(12)),
            ("-3", json!(-3)),
            ("+3", json!(3)),
            ("0", json!(0)),
            ("1.5", json!(1.5)),
            ("-0.5", json!(-0.5)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("1.5e+3", json!(1500.0)),
            ("0x1F", json!(31)),
            ("true", json!(true)),
            ("~", json!(null)),
            ("", json!(null)),
            ("hello", json!("<text>")),
            ("y", json!("<text>")),
            ("25.4.1", json!("<text>")),
            ("-", json!("<text>")),
            (".", json!("<text>")),
            ("http://h:80", json!("<text>")),
            ("-.inf", json!("<not finite>")),
            ("99999999999999999999", json!(1e20)),
            ("18446744073709551615", json!(u64::MAX)),
            ("6.8e+509", json!("<not finite>")),
        ] {
            check(text, &value, &value);
        }
    }

    #[test]
    fn they_differ_where_documents_break() {
        let text = json!("<text>");
        check("yes", &json!(true), &text);
        check("Off", &json!(false), &text);
        check("012", &json!(10), &json!(12));
        check("1_000", &json!(1000), &text);
        check("1:30", &json!(90), &text);
        check("1:30.5", &json!(90.5), &text);
        check("1:75", &text, &text);
        check("0b11", &json!(3), &text);
        check("0o14", &text, &json!(12));
        check("1e3", &text, &json!(1000.0));
        check("1.5e3", &text, &json!(1500.0));
        check("+.5", &text, &json!(0.5));
        check("089", &text, &json!(89));
        check("2024-01-01", &json!("<date>"), &text);
        check("2024-1-1 10:00:00.5 +1", &json!("<date>"), &text);
        check("2024-1-1", &text, &text);
        check("=", &json!("<reserved>"), &text);
    }
}
