//! The variables of a Jinja template.
//!
//! This is not an interpreter: it finds the names that a template reads and does not itself bind by
//! `for`, `set`, `with` or `macro`. For a template that Jinja would reject, it returns the names
//! that it can recognize.

mod scan;

use self::scan::{Tag, Token, after_raw, next_tag, tokens};

/// A variable that a template reads from its inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// Whether the template prints the variable directly, as in `{{ name }}`, so that its type is a
    /// string.
    pub is_text: bool,
    /// Whether the template tests if the variable is defined, as in `{% if name %}`.
    pub is_optional: bool,
}

/// Returns the variables of a template, in order of first appearance.
pub fn variables(template: &str) -> Vec<Variable> {
    let mut reader = Reader::default();
    let mut rest = template;
    while let Some((tag, after)) = next_tag(rest) {
        rest = match tag {
            Tag::Comment => after,
            Tag::Output(expression) => {
                reader.output(&tokens(expression));
                after
            }
            Tag::Statement(statement) => {
                let tokens = tokens(statement);
                if tokens.first() == Some(&Token::Name("raw")) {
                    after_raw(after)
                } else {
                    reader.statement(&tokens);
                    after
                }
            }
        };
    }
    reader.found
}

/// Words that can't be variable names.
const KEYWORDS: [&str; 15] = [
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "true",
    "false",
    "none",
    "True",
    "False",
    "None",
    "recursive",
    "as",
];

/// The state of reading a template.
#[derive(Default)]
struct Reader<'t> {
    found: Vec<Variable>,
    /// The names bound by each open block, innermost last.
    scopes: Vec<Vec<&'t str>>,
    /// The names bound outside of any block.
    bound: Vec<&'t str>,
}

impl<'t> Reader<'t> {
    fn output(&mut self, tokens: &[Token<'t>]) {
        self.uses(tokens);
        if let [Token::Name(name)] = tokens {
            self.mark(name, |variable| variable.is_text = true);
        }
    }

    fn statement(&mut self, tokens: &[Token<'t>]) {
        let Some((Token::Name(word), rest)) = tokens.split_first() else {
            return;
        };
        match *word {
            "for" => self.open_loop(rest),
            "set" => self.set(rest),
            "with" => {
                self.uses(rest);
                self.scopes.push(assigned(rest));
            }
            "macro" => {
                if let Some((Token::Name(name), arguments)) = rest.split_first() {
                    self.bind(name);
                    let defaults = after_sign(arguments, "=");
                    self.uses(defaults);
                    self.scopes.push(names(arguments));
                }
            }
            "call" => {
                self.uses(rest);
                self.scopes.push(vec!["caller"]);
            }
            "filter" | "block" => self.scopes.push(Vec::new()),
            "if" => {
                self.uses(rest);
                self.ask(rest);
            }
            "import" | "from" => {}
            word if word.starts_with("end") => {
                if word != "endif" {
                    self.scopes.pop();
                }
            }
            _ => self.uses(rest),
        }
    }

    /// Processes `for target in list if condition`; the condition can already use the target.
    fn open_loop(&mut self, tokens: &[Token<'t>]) {
        let split = |tokens: &[Token<'t>], word: &str| {
            let mut depth = 0_usize;
            tokens.iter().position(|token| {
                match token {
                    Token::Sign("(" | "[" | "{") => depth += 1,
                    Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0 && *token == Token::Name(word)
            })
        };
        let at = split(tokens, "in").unwrap_or(tokens.len());
        let (targets, rest) = tokens.split_at(at);
        let list = rest.get(1..).unwrap_or_default();
        let (list, condition) = list.split_at(split(list, "if").unwrap_or(list.len()));
        self.uses(list);
        let mut scope = names(targets);
        scope.push("loop");
        self.scopes.push(scope);
        self.uses(condition);
    }

    /// Processes `set name = value`, or `set name` with a block that ends at `endset`.
    fn set(&mut self, tokens: &[Token<'t>]) {
        let value = after_sign(tokens, "=");
        self.uses(value);
        let targets = tokens.len().saturating_sub(value.len());
        for name in names(tokens.get(..targets).unwrap_or_default()) {
            self.bind(name);
        }
        if value.is_empty() {
            self.scopes.push(Vec::new());
        }
    }

    fn bind(&mut self, name: &'t str) {
        self.scopes.last_mut().unwrap_or(&mut self.bound).push(name);
    }

    /// Processes `if name`, `if not name`, `if name is none` and `if name is not none`, which make
    /// the name optional.
    fn ask(&mut self, tokens: &[Token<'t>]) {
        let is_not = |token: &&Token<'_>| **token == Token::Name("not");
        let skipped = tokens.iter().take_while(is_not).count();
        let name = match tokens.get(skipped..).unwrap_or_default() {
            [Token::Name(name)] => name,
            [
                Token::Name(name),
                Token::Name("is"),
                rest @ ..,
                Token::Name("none"),
            ] if skipped == 0 && rest.iter().all(|token| is_not(&token)) => name,
            _ => return,
        };
        self.mark(name, |variable| variable.is_optional = true);
    }

    fn mark(&mut self, name: &str, change: impl FnOnce(&mut Variable)) {
        if let Some(variable) = self.found.iter_mut().find(|found| found.name == name) {
            change(variable);
        }
    }

    /// Records the variables that an expression reads.
    fn uses(&mut self, tokens: &[Token<'t>]) {
        for (at, token) in tokens.iter().enumerate() {
            let Token::Name(name) = token else { continue };
            let before = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
            let is_test = before(1) == Some(&Token::Name("is"))
                || (before(1) == Some(&Token::Name("not"))
                    && before(2) == Some(&Token::Name("is")));
            let is_member = matches!(before(1), Some(Token::Sign("." | "|")));
            let is_argument = tokens.get(at + 1) == Some(&Token::Sign("="));
            let is_bound =
                self.bound.contains(name) || self.scopes.iter().any(|scope| scope.contains(name));
            if KEYWORDS.contains(name) || is_test || is_member || is_argument || is_bound {
                continue;
            }
            if !self.found.iter().any(|found| found.name == *name) {
                self.found.push(Variable {
                    name: (*name).to_owned(),
                    is_text: false,
                    is_optional: false,
                });
            }
        }
    }
}

/// Returns the names among tokens, except for attribute names.
fn names<'t>(tokens: &[Token<'t>]) -> Vec<&'t str> {
    let name = |(at, token): (usize, &Token<'t>)| match token {
        Token::Name(name)
            if at.checked_sub(1).and_then(|at| tokens.get(at)) != Some(&Token::Sign(".")) =>
        {
            Some(*name)
        }
        _ => None,
    };
    tokens.iter().enumerate().filter_map(name).collect()
}

/// Returns the names before an `=`.
fn assigned<'t>(tokens: &[Token<'t>]) -> Vec<&'t str> {
    let pairs = tokens.windows(2);
    let name = |pair: &[Token<'t>]| match pair {
        [Token::Name(name), Token::Sign("=")] => Some(*name),
        _ => None,
    };
    pairs.filter_map(name).collect()
}

/// Returns the tokens after the first occurrence of a sign; empty if there is none.
fn after_sign<'s, 't>(tokens: &'s [Token<'t>], sign: &str) -> &'s [Token<'t>] {
    let at = tokens.iter().position(|token| *token == Token::Sign(sign));
    at.and_then(|at| tokens.get(at + 1..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_variables(template: &str, expected: &[&str]) {
        let found = variables(template);
        let described: Vec<String> = found
            .iter()
            .map(|variable| {
                let text = if variable.is_text { "" } else { "?" };
                let optional = if variable.is_optional { "=" } else { "" };
                format!("{}{text}{optional}", variable.name)
            })
            .collect();
        assert_eq!(described, expected, "{template}");
    }

    #[test]
    fn a_name_put_out_by_itself_is_text() {
        assert_variables(
            "{{ a }} {{b.c}} {{ d[0] }} {{e|upper}}",
            &["a", "b?", "d?", "e?"],
        );
        assert_variables("{{-a-}} and no {a} or {{'{{ b }}'}}", &["a"]);
    }

    #[test]
    fn what_a_template_binds_is_no_variable() {
        assert_variables(
            "{% for i in items if i.ok %}{{ i }}{{ loop.index }}{{ x }}{% endfor %}{{ i }}",
            &["items?", "x", "i"],
        );
        assert_variables("{% set z = a %}{{ z }}", &["a?"]);
        assert_variables("{% with q = a %}{{ q }}{% endwith %}{{ q }}", &["a?", "q"]);
        assert_variables(
            "{% macro m(k, d=v) %}{{ k }}{% endmacro %}{{ m(1) }}",
            &["v?"],
        );
    }

    #[test]
    fn a_name_that_is_asked_for_may_be_missing() {
        assert_variables("{% if o %}{{ o }}{% endif %}", &["o="]);
        assert_variables("{% if not o %}x{% endif %}", &["o?="]);
        assert_variables(
            "{% if o is not none %}{{o}}{% elif p %}{% endif %}",
            &["o=", "p?"],
        );
        assert_variables("{% if a and b %}{% endif %}", &["a?", "b?"]);
    }

    #[test]
    fn comments_raw_text_filters_and_tests_name_nothing() {
        assert_variables("{# {{ a }} #}{% raw %}{{ b }}{% endraw %}{{ c }}", &["c"]);
        assert_variables(
            "{{ a is defined }}{{ b|default(value=d) }}",
            &["a?", "b?", "d?"],
        );
        assert_variables("{{ unclosed", &[]);
    }
}
