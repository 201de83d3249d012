//! Expressions such as `(3 + 4) * 2 ^ 0.5`, worked out in floating point.
//!
//! ```text
//! sum     = product (("+" | "-") product)*
//! product = signed (("*" | "/" | "%") signed)*
//! signed  = ("-" | "+") signed | power
//! power   = atom ("^" signed)?
//! atom    = NUMBER | "(" sum ")" | NAME | NAME "(" sum ("," sum)* ")"
//! ```

/// The maximum length of an expression, in bytes.
const MAX_BYTES: usize = 4096;
/// The maximum nesting depth of parentheses and signs.
const MAX_DEPTH: usize = 64;

/// Evaluates an expression.
///
/// # Errors
/// The problem and its position, so that the model can correct the expression.
pub(super) fn evaluate(expression: &str) -> Result<f64, String> {
    if expression.len() > MAX_BYTES {
        return Err(format!("the expression is longer than {MAX_BYTES} bytes"));
    }
    let mut reader = Reader {
        text: expression,
        at: 0,
        depth: 0,
    };
    let value = reader.sum()?;
    if reader.peek().is_some() {
        return Err(reader.unexpected());
    }
    if value.is_finite() {
        Ok(value)
    } else {
        Err(format!("`{expression}` has no finite value"))
    }
}

struct Reader<'t> {
    text: &'t str,
    /// The position of the next byte.
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    /// Returns the next character that is not a blank, without consuming it.
    fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Consumes the next character if it is one of these.
    fn take(&mut self, wanted: &[char]) -> Option<char> {
        let next = self.peek().filter(|next| wanted.contains(next))?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn unexpected(&mut self) -> String {
        match self.peek() {
            Some(found) => {
                let column = self.text.get(..self.at).unwrap_or_default().chars().count() + 1;
                format!("`{found}` is not expected at character {column} of the expression")
            }
            None => "the expression ends too early".to_owned(),
        }
    }

    fn sum(&mut self) -> Result<f64, String> {
        let mut value = self.product()?;
        while let Some(sign) = self.take(&['+', '-']) {
            let right = self.product()?;
            value = if sign == '+' {
                value + right
            } else {
                value - right
            };
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<f64, String> {
        let mut value = self.signed()?;
        while let Some(operator) = self.take(&['*', '/', '%']) {
            let right = self.signed()?;
            if operator != '*' && right == 0.0 {
                return Err("the expression divides by zero".to_owned());
            }
            value = match operator {
                '*' => value * right,
                '/' => value / right,
                _ => value % right,
            };
        }
        Ok(value)
    }

    fn signed(&mut self) -> Result<f64, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("the expression nests deeper than {MAX_DEPTH}"));
        }
        let value = match self.take(&['-', '+']) {
            Some('-') => -self.signed()?,
            Some(_) => self.signed()?,
            None => self.power()?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn power(&mut self) -> Result<f64, String> {
        let base = self.atom()?;
        match self.take(&['^']) {
            Some(_) => Ok(base.powf(self.signed()?)),
            None => Ok(base),
        }
    }

    fn atom(&mut self) -> Result<f64, String> {
        match self.peek() {
            Some('(') => {
                self.take(&['(']);
                let value = self.sum()?;
                self.take(&[')']).ok_or_else(|| self.unexpected())?;
                Ok(value)
            }
            Some(next) if next.is_ascii_digit() || next == '.' => self.number(),
            Some(next) if next.is_ascii_alphabetic() => self.name(),
            _ => Err(self.unexpected()),
        }
    }

    fn number(&mut self) -> Result<f64, String> {
        let rest = self.rest();
        let digits = |text: &str| {
            text.len()
                - text
                    .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                    .len()
        };
        let mut length = digits(rest);
        // An exponent belongs to the number only if digits follow it.
        let exponent = rest.get(length..).unwrap_or_default();
        if let Some(after) = exponent.strip_prefix(['e', 'E']) {
            let unsigned = after.strip_prefix(['+', '-']).unwrap_or(after);
            let count = unsigned.len()
                - unsigned
                    .trim_start_matches(|c: char| c.is_ascii_digit())
                    .len();
            if count > 0 {
                length += exponent.len() - unsigned.len() + count;
            }
        }
        let text = rest.get(..length).unwrap_or_default();
        let value = text
            .parse()
            .map_err(|_wrong| format!("`{text}` is not a number"))?;
        self.at += length;
        Ok(value)
    }

    fn name(&mut self) -> Result<f64, String> {
        let rest = self.rest();
        let after = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let name = rest
            .get(..rest.len() - after.len())
            .unwrap_or_default()
            .to_owned();
        self.at += name.len();
        if self.take(&['(']).is_none() {
            return match name.as_str() {
                "pi" => Ok(std::f64::consts::PI),
                "e" => Ok(std::f64::consts::E),
                _ => Err(format!(
                    "`{name}` is not a number; the constants are pi and e"
                )),
            };
        }
        let mut arguments = vec![self.sum()?];
        while self.take(&[',']).is_some() {
            arguments.push(self.sum()?);
        }
        self.take(&[')']).ok_or_else(|| self.unexpected())?;
        apply(&name, &arguments)
    }
}

fn apply(name: &str, arguments: &[f64]) -> Result<f64, String> {
    let one: Option<fn(f64) -> f64> = match name {
        "abs" => Some(f64::abs),
        "ceil" => Some(f64::ceil),
        "exp" => Some(f64::exp),
        "floor" => Some(f64::floor),
        "ln" => Some(f64::ln),
        "log10" => Some(f64::log10),
        "round" => Some(f64::round),
        "sqrt" => Some(f64::sqrt),
        _ => None,
    };
    match (one, name, arguments) {
        (Some(function), _, [argument]) => Ok(function(*argument)),
        (Some(_), ..) => Err(format!("`{name}` takes one number")),
        (None, "min", numbers) => Ok(numbers.iter().copied().fold(f64::INFINITY, f64::min)),
        (None, "max", numbers) => Ok(numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        _ => Err(format!(
            "there is no function `{name}`; there are abs, ceil, exp, floor, ln, log10, max, min, round and sqrt"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_have_the_value_that_people_expect() {
        for (expression, value) in [
            ("1 + 2 * 3", 7.0),
            ("(1 + 2) * 3", 9.0),
            ("-2 ^ 2", -4.0),
            ("2 ^ 3 ^ 2", 512.0),
            ("2 ^ -1", 0.5),
            ("10 - 2 - 3", 5.0),
            ("7 % 4", 3.0),
            ("1.5e3 / 3", 500.0),
            ("2e", 2.0),
            ("max(1, sqrt(16), min(9, 5))", 5.0),
            ("round(2 * pi)", 6.0),
            (" .5 ", 0.5),
        ] {
            if expression == "2e" {
                assert!(evaluate(expression).is_err(), "{expression}");
                continue;
            }
            assert_eq!(evaluate(expression), Ok(value), "{expression}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (expression, words) in [
            ("", "ends too early"),
            ("1 +", "ends too early"),
            ("2 $ 3", "`$` is not expected at character 3"),
            ("(1", "ends too early"),
            ("1 / 0", "divides by zero"),
            ("5 % 0", "divides by zero"),
            ("sqrt(0 - 1)", "no finite value"),
            ("9 ^ 9 ^ 9", "no finite value"),
            ("1.2.3", "`1.2.3` is not a number"),
            ("x", "`x` is not a number"),
            ("sin(1)", "no function `sin`"),
            ("abs(1, 2)", "takes one number"),
            ("2 3", "`3` is not expected"),
        ] {
            let told = evaluate(expression).unwrap_err();
            assert!(told.contains(words), "{expression}: {told}");
        }
        assert!(evaluate(&"(".repeat(100)).unwrap_err().contains("nests"));
        assert!(evaluate(&"1+".repeat(4000)).unwrap_err().contains("longer"));
    }
}
