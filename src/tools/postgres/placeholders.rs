//! Converts `:name` in a query, as `WayFlow` writes it, to PostgreSQL's `$1`. Source: `SQLAlchemy`,
//! `text`.

/// A query with numbered parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) text: String,
    /// The names of the parameters, in the order of their numbers.
    pub(super) names: Vec<String>,
}

impl Numbered {
    /// Parses a query. A colon does not begin a name in a quoted string, a quoted identifier or a
    /// comment, next to another colon (`::text`), after a word (`a[1:2]`), or after a backslash,
    /// which is removed.
    pub(super) fn of(query: &str) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut text = String::with_capacity(query.len());
        let mut rest = query;
        while let Some(next) = rest.chars().next() {
            let taken = if follows_word(&text) && !rest.starts_with(['\'', '"']) {
                0
            } else {
                quoted(rest)
            };
            if taken > 0 {
                let (kept, after) = rest.split_at(taken);
                text.push_str(kept);
                rest = after;
                continue;
            }
            let after = rest.get(next.len_utf8()..).unwrap_or_default();
            if next == '\\' && after.starts_with(':') {
                let colons = after.len() - after.trim_start_matches(':').len();
                let (kept, after) = after.split_at(colons);
                text.push_str(kept);
                rest = after;
                continue;
            }
            let name = word(after);
            if next == ':' && !name.is_empty() && !follows_word(&text) && !text.ends_with(':') {
                let known = names.iter().position(|known| known == name);
                let index = known.unwrap_or_else(|| {
                    names.push(name.to_owned());
                    names.len() - 1
                });
                text.push('$');
                text.push_str(&(index + 1).to_string());
                rest = after.get(name.len()..).unwrap_or_default();
                continue;
            }
            text.push(next);
            rest = after;
        }
        Self { text, names }
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the word at the beginning of a text.
fn word(text: &str) -> &str {
    let end = text.find(|c| !is_of_word(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn follows_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(is_of_word)
}

/// Returns the length in bytes of the quoted string, quoted identifier or comment at the beginning
/// of `rest`.
fn quoted(rest: &str) -> usize {
    let through = |end: Option<usize>, len: usize| end.map_or(rest.len(), |at| at + len);
    if rest.starts_with("--") {
        return through(rest.find('\n'), 1);
    }
    if rest.starts_with("/*") {
        return comment(rest);
    }
    if rest.starts_with('\'') || rest.starts_with('"') {
        let quote = if rest.starts_with('"') { '"' } else { '\'' };
        let inside = rest.get(1..).unwrap_or_default();
        // A quote that is written twice ends one quoted part and begins the next.
        return through(inside.find(quote), 2);
    }
    if rest.starts_with(['e', 'E']) && rest.get(1..).is_some_and(|rest| rest.starts_with('\'')) {
        return escaped(rest);
    }
    if let Some(inside) = rest.strip_prefix('$') {
        let tag = word(inside);
        let is_tag = !tag.starts_with(|c: char| c.is_ascii_digit());
        let opening = format!("${tag}$");
        if is_tag && rest.starts_with(&opening) {
            let inside = rest.get(opening.len()..).unwrap_or_default();
            return through(inside.find(&opening), 2 * opening.len());
        }
    }
    0
}

/// Returns the length of a comment `/* … */`, which may be nested.
fn comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(left) = rest.get(at..).filter(|left| !left.is_empty()) {
        if left.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if left.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += left.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Returns the length of a string `E'…'` with backslash escapes.
fn escaped(rest: &str) -> usize {
    let mut is_hidden = false;
    for (at, c) in rest.char_indices().skip(2) {
        match c {
            _ if is_hidden => is_hidden = false,
            '\\' => is_hidden = true,
            '\'' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
