//! Error messages without the parts that differ between runs: numbers, ids, addresses.

/// The mark that replaces a number.
const NUMBER: &str = "#";
const ID: &str = "<id>";
const ADDRESS: &str = "<address>";

/// Words after which a number identifies the kind of error and is kept: `answered 429`, `exit code
/// 2`.
const BEFORE_CODES: [&str; 6] = ["answered", "http", "status", "code", "error", "exit"];

/// Replaces numbers, ids and addresses in an error message, so that errors of one kind become
/// equal: `no order A-1042 at http://10.0.0.7:80/v1 after 12s` becomes `no order <id> at <address>
/// after #s`.
pub(crate) fn error_pattern(message: &str) -> String {
    let mut pattern = String::with_capacity(message.len());
    let mut before = String::new();
    for word in message.split_whitespace() {
        if !pattern.is_empty() {
            pattern.push(' ');
        }
        let is_code = BEFORE_CODES.contains(&before.as_str());
        push_word(word, is_code, &mut pattern);
        before = word
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
    }
    pattern
}

/// Adds a word with its surrounding punctuation.
fn push_word(word: &str, is_code: bool, pattern: &mut String) {
    let is_around = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '-' | '+');
    let rest = word.trim_start_matches(is_around);
    let (lead, _) = word.split_at(word.len() - rest.len());
    let core = rest.trim_end_matches(|c: char| is_around(c) || c == '/');
    let (core, tail) = rest.split_at(core.len());
    pattern.push_str(lead);
    if is_address(core) {
        pattern.push_str(ADDRESS);
    } else if core.contains(['/', '=', ':', '(', ',']) && !is_number(core) {
        // `retry_after=12`, `/tmp/r_384e21/out`, `(os error 111)` without blanks.
        let is_joint = |c: char| matches!(c, '/' | '=' | ':' | '(' | ',' | '"' | '\'');
        for piece in core.split_inclusive(is_joint) {
            let part = piece.trim_end_matches(is_joint);
            let (part, joint) = piece.split_at(part.len());
            push_part(part, false, pattern);
            pattern.push_str(joint);
        }
    } else {
        push_part(core, is_code, pattern);
    }
    pattern.push_str(tail);
}

fn push_part(part: &str, is_code: bool, pattern: &mut String) {
    if is_code && is_status(part) {
        pattern.push_str(part);
    } else if is_id(part) {
        pattern.push_str(ID);
    } else {
        let unit = part.trim_start_matches(|c: char| is_of_number(c));
        let (number, unit) = part.split_at(part.len() - unit.len());
        let is_unit = unit.chars().all(|c| c.is_alphabetic() || c == '%') && unit.len() <= 4;
        if is_unit && is_number(number) {
            pattern.push_str(NUMBER);
            pattern.push_str(unit);
        } else {
            pattern.push_str(part);
        }
    }
}

/// Returns whether a number is an HTTP status or an exit code.
fn is_status(part: &str) -> bool {
    part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit())
}

const fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | ':')
}

fn is_number(text: &str) -> bool {
    text.chars().all(is_of_number) && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Returns whether a word is an address: a URL, a mail address, an IP address, or a host with a
/// port.
fn is_address(word: &str) -> bool {
    if word.contains("://") || (word.contains('@') && word.contains('.')) {
        return true;
    }
    let host = match word.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            if host.starts_with(char::is_alphabetic) && !host.contains(['/', '(']) {
                return true;
            }
            host
        }
        _ => word,
    };
    host.parse::<std::net::IpAddr>().is_ok()
}

/// Returns whether a word is an identifier: letters mixed with digits, or a long hexadecimal
/// number.
fn is_id(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let is_of_id = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if digits == 0 || letters == 0 || !word.chars().all(is_of_id) {
        return false;
    }
    let is_hex = word.len() >= 8 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    // `12s` is a time, `A17`, `r_384e21` and `order-12` are ids.
    is_hex || (digits >= 2 && !word.starts_with(|c: char| c.is_ascii_digit()))
}
