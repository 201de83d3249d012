//! Parses the text of a query.

use serde_json::{Map, Value};

use super::functions::{Function, NAMES};
use super::tokens::{Token, tokens};
use super::{Expression, Operator, Step};
use crate::base::suggest::closest;

/// The maximum nesting depth of expressions.
const MAX_DEPTH: usize = 64;

/// # Errors
/// A description of the part that is not understood.
pub(super) fn parse(text: &str) -> Result<Expression, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        depth: 0,
    };
    let expression = parser.pipe()?;
    match parser.peek() {
        None => Ok(expression),
        Some(token) => Err(format!("`{token}` is not expected here")),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    next: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.next);
        self.next += 1;
        token
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.next += usize::from(is_it);
        is_it
    }

    fn take_name(&mut self, name: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Name(next)) if next == name);
        self.next += usize::from(is_it);
        is_it
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take_sign(sign) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(token) => format!("`{sign}` is missing before `{token}`"),
            None => format!("`{sign}` is missing at the end"),
        })
    }

    /// Parses a nested part.
    fn inside(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Expression, String>,
    ) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!(
                "it has more than {MAX_DEPTH} parts inside one another"
            ));
        }
        let inner = read(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn pipe(&mut self) -> Result<Expression, String> {
        let first = self.comma()?;
        if !self.take_sign("|") {
            return Ok(first);
        }
        let then = self.inside(Self::pipe)?;
        Ok(Expression::Pipe(Box::new(first), Box::new(then)))
    }

    fn comma(&mut self) -> Result<Expression, String> {
        let mut all = self.alternative()?;
        while self.take_sign(",") {
            all = Expression::Comma(Box::new(all), Box::new(self.alternative()?));
        }
        Ok(all)
    }

    fn alternative(&mut self) -> Result<Expression, String> {
        let first = self.binary(0)?;
        if !self.take_sign("//") {
            return Ok(first);
        }
        let other = self.inside(Self::alternative)?;
        Ok(Expression::Alternative(Box::new(first), Box::new(other)))
    }

    /// Parses binary operators from a precedence level on, those with the lowest precedence first.
    fn binary(&mut self, level: usize) -> Result<Expression, String> {
        use Operator::{
            Add, And, Divide, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Multiply, Or,
            Remainder, Subtract, Unequal,
        };
        const LEVELS: [&[(&str, Operator)]; 5] = [
            &[("or", Or)],
            &[("and", And)],
            &[
                ("==", Equal),
                ("!=", Unequal),
                ("<=", LessOrEqual),
                (">=", GreaterOrEqual),
                ("<", Less),
                (">", Greater),
            ],
            &[("+", Add), ("-", Subtract)],
            &[("*", Multiply), ("/", Divide), ("%", Remainder)],
        ];
        let Some(operators) = LEVELS.get(level) else {
            return self.postfix();
        };
        let mut left = self.binary(level + 1)?;
        loop {
            let found = operators
                .iter()
                .find(|(sign, _)| self.take_sign(sign) || self.take_name(sign));
            let Some((_, operator)) = found else {
                return Ok(left);
            };
            let right = self.binary(level + 1)?;
            left = Expression::Binary(*operator, Box::new(left), Box::new(right));
        }
    }

    fn postfix(&mut self) -> Result<Expression, String> {
        let mut base = self.inside(Self::term)?;
        loop {
            let step = match self.peek() {
                Some(Token::Field(name)) => {
                    let key = Expression::Literal(Value::String(name.clone()));
                    self.next += 1;
                    Step::At(Box::new(key))
                }
                Some(Token::Sign("[")) => {
                    self.next += 1;
                    self.bracket()?
                }
                Some(Token::Sign("."))
                    if matches!(self.tokens.get(self.next + 1), Some(Token::Sign("["))) =>
                {
                    self.next += 2;
                    self.bracket()?
                }
                _ => return Ok(base),
            };
            let is_lenient = self.take_sign("?");
            base = Expression::Step(Box::new(base), step, is_lenient);
        }
    }

    /// Parses a step into a value, after its `[`.
    fn bracket(&mut self) -> Result<Step, String> {
        if self.take_sign("]") {
            return Ok(Step::Each);
        }
        if self.take_sign(":") {
            let to = self.pipe()?;
            self.expect("]")?;
            return Ok(Step::Slice(None, Some(Box::new(to))));
        }
        let from = Box::new(self.pipe()?);
        if self.take_sign(":") {
            let to = if self.take_sign("]") {
                None
            } else {
                let to = self.pipe()?;
                self.expect("]")?;
                Some(Box::new(to))
            };
            return Ok(Step::Slice(Some(from), to));
        }
        self.expect("]")?;
        Ok(Step::At(from))
    }

    fn term(&mut self) -> Result<Expression, String> {
        // A field begins a path from the value itself.
        if matches!(self.peek(), Some(Token::Field(_))) {
            return Ok(Expression::Identity);
        }
        match self.take().cloned() {
            Some(Token::Sign(".")) => Ok(Expression::Identity),
            Some(Token::Sign("(")) => {
                let inner = self.pipe()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Sign("[")) if self.take_sign("]") => Ok(Expression::List(None)),
            Some(Token::Sign("[")) => {
                let inner = self.pipe()?;
                self.expect("]")?;
                Ok(Expression::List(Some(Box::new(inner))))
            }
            Some(Token::Sign("{")) => self.object(),
            Some(Token::Sign("-")) => {
                let zero = Expression::Literal(0.into());
                let of = self.postfix()?;
                Ok(Expression::Binary(
                    Operator::Subtract,
                    Box::new(zero),
                    Box::new(of),
                ))
            }
            Some(Token::Text(text)) => Ok(Expression::Literal(Value::String(text))),
            Some(Token::Number(number)) => Ok(Expression::Literal(number)),
            Some(Token::Name(name)) => self.named(&name),
            Some(token) => Err(format!("`{token}` is not expected here")),
            None => Err("something is missing at the end".to_owned()),
        }
    }

    fn named(&mut self, name: &str) -> Result<Expression, String> {
        match name {
            "null" => return Ok(Expression::Literal(Value::Null)),
            "true" => return Ok(Expression::Literal(true.into())),
            "false" => return Ok(Expression::Literal(false.into())),
            "if" => return self.condition(),
            _ => {}
        }
        let mut arguments = Vec::new();
        if self.take_sign("(") {
            arguments.push(self.pipe()?);
            while self.take_sign(";") {
                arguments.push(self.pipe()?);
            }
            self.expect(")")?;
        }
        let Some(function) = Function::find(name, arguments.len()) else {
            let known = NAMES.iter().copied();
            return Err(
                match closest(name, known.clone()).filter(|it| *it != name) {
                    Some(meant) => {
                        format!("there is no function `{name}` here; did you mean `{meant}`?")
                    }
                    None => format!(
                        "there is no function `{name}` with {} arguments here; there are {}",
                        arguments.len(),
                        NAMES.join(", ")
                    ),
                },
            );
        };
        Ok(Expression::Call(function, arguments))
    }

    /// Parses what comes after `if` or `elif`.
    fn condition(&mut self) -> Result<Expression, String> {
        let condition = self.pipe()?;
        if !self.take_name("then") {
            return Err("`if` needs a `then`".to_owned());
        }
        let then = self.pipe()?;
        let other = if self.take_name("elif") {
            self.condition()?
        } else if self.take_name("else") {
            let other = self.pipe()?;
            self.end()?;
            other
        } else {
            self.end()?;
            Expression::Identity
        };
        Ok(Expression::If(
            Box::new(condition),
            Box::new(then),
            Box::new(other),
        ))
    }

    fn end(&mut self) -> Result<(), String> {
        if self.take_name("end") {
            return Ok(());
        }
        Err("`if` needs an `end`".to_owned())
    }

    /// Parses an object, after its `{`.
    fn object(&mut self) -> Result<Expression, String> {
        let mut entries = Vec::new();
        if self.take_sign("}") {
            return Ok(Expression::Literal(Value::Object(Map::new())));
        }
        loop {
            let (key, name) = match self.take().cloned() {
                Some(Token::Name(name) | Token::Text(name)) => {
                    (Expression::Literal(Value::String(name.clone())), Some(name))
                }
                Some(Token::Sign("(")) => {
                    let key = self.pipe()?;
                    self.expect(")")?;
                    (key, None)
                }
                _ => return Err("a key of an object is missing".to_owned()),
            };
            let value = match (self.take_sign(":"), name) {
                (true, _) => self.alternative()?,
                // `{a}` is `{a: .a}`.
                (false, Some(name)) => {
                    let key = Expression::Literal(Value::String(name));
                    Expression::Step(
                        Box::new(Expression::Identity),
                        Step::At(Box::new(key)),
                        false,
                    )
                }
                (false, None) => return Err("a value of an object is missing".to_owned()),
            };
            entries.push((key, value));
            if self.take_sign("}") {
                return Ok(Expression::Object(entries));
            }
            self.expect(",")?;
        }
    }
}
