//! Removal of sent secrets from the text that comes back.
//!
//! A server that refuses a request often repeats it: the key, the header, the whole address. The
//! sender of a secret collects it in a [`Redactor`] and passes all text of the other side through
//! [`Redactor::clean`] before cutting, logging or showing it, because a secret that was cut first
//! is no longer found.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use url::Url;

use super::secret::{DOTS, Secret};

/// The minimum length of a secret, in bytes. Shorter texts would hide half of every sentence.
const MIN_BYTES: usize = 3;
/// The minimum length of a secret that is hidden inside words, in bytes. A shorter one is hidden
/// only as a whole word.
const MIN_INSIDE_BYTES: usize = 8;
/// The length of a part of a secret that is hidden, in bytes, for secrets of at least twice this
/// length; other programs cut the texts that they repeat.
const PART_BYTES: usize = 12;
/// The maximum number of remembered tokens that replace each other, in addition to the fixed
/// secrets.
const MAX_LEARNED: usize = 32;
/// Names of query parameters whose values are never secret.
const PLAIN_PARAMETERS: [&str; 5] = ["alt", "api-version", "api_version", "v", "version"];

/// The secrets that one peer was sent, in every form in which it may repeat them.
///
/// `Debug` shows only their number. Clones share what they learn.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    /// Secrets that are sent each time.
    fixed: Vec<String>,
    /// Tokens that are valid for a while, the newest last.
    learned: Arc<RwLock<Vec<String>>>,
}

impl Redactor {
    /// Adds a secret text.
    pub(crate) fn add(&mut self, secret: &str) {
        add_forms(&mut self.fixed, secret);
    }

    /// Adds a secret.
    pub(crate) fn add_secret(&mut self, secret: &Secret) {
        self.add(secret.expose());
    }

    /// Adds the secret value of a header and its parts: the token of `Bearer TOKEN`, user and
    /// password of `Basic`, the values of a cookie.
    pub(crate) fn add_header(&mut self, value: &str) {
        for part in header_parts(value) {
            self.add(&part);
        }
    }

    /// Adds user, password and query values of an address, and the value that `Basic` makes of the
    /// first two.
    pub(crate) fn add_address(&mut self, url: &Url) {
        let (user, password) = (url.username(), url.password().unwrap_or_default());
        let pair = [user, password].map(percent_decoded);
        if !pair.concat().is_empty() {
            self.add(&pair.join(":"));
        }
        for part in [user, password]
            .into_iter()
            .chain(pair.iter().map(String::as_str))
        {
            self.add(part);
        }
        for (name, value) in url.query_pairs() {
            if !PLAIN_PARAMETERS.contains(&name.to_lowercase().as_str()) {
                self.add(&value);
            }
        }
    }

    /// Adds a token that replaces an earlier one, as the value of a header. Only the last ones are
    /// remembered.
    pub(crate) fn learn_header(&self, value: &str) {
        let mut learned = self.learned.write().unwrap_or_else(PoisonError::into_inner);
        let mut forms = Vec::new();
        for part in header_parts(value) {
            add_forms(&mut forms, &part);
        }
        learned.retain(|known| !forms.contains(known));
        learned.append(&mut forms);
        let surplus = learned.len().saturating_sub(MAX_LEARNED);
        learned.drain(..surplus);
    }

    /// Returns the text with dots in place of each secret and of each longer part of one.
    pub(crate) fn clean(&self, text: &str) -> String {
        let mut hidden = Vec::new();
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        for view in [Some(View::plain(text)), View::decoded(text)]
            .into_iter()
            .flatten()
        {
            for secret in self.fixed.iter().chain(learned.iter()) {
                view.find(secret.as_bytes(), &mut hidden);
            }
        }
        hide(text, hidden)
    }
}

/// Returns a part of an address without percent-encoding.
fn percent_decoded(part: &str) -> String {
    // The value of a query is what decodes `%xx`; a plus is no blank here.
    let pair = format!("x={}", part.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .map(|(_, decoded)| decoded.into_owned())
        .collect()
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor")
            .field("secrets", &self.fixed.len())
            .finish_non_exhaustive()
    }
}

/// Returns the value of a header and those of its parts that may be repeated alone.
fn header_parts(value: &str) -> Vec<String> {
    let value = value.trim();
    let mut parts = vec![value.to_owned()];
    if let Some((scheme, rest)) = value.split_once(' ') {
        parts.push(rest.trim().to_owned());
        if scheme.eq_ignore_ascii_case("basic")
            && let Ok(bytes) = BASE64_STANDARD.decode(rest.trim())
            && let Ok(pair) = String::from_utf8(bytes)
        {
            let halves = pair.split_once(':');
            parts.extend(
                halves
                    .into_iter()
                    .flat_map(|(user, password)| [user.to_owned(), password.to_owned()]),
            );
            parts.push(pair);
        }
    }
    let pieces = value.split([' ', ';', ',', '"', '=']);
    let long = pieces.filter(|piece| piece.len() >= MIN_INSIDE_BYTES);
    parts.extend(long.map(str::to_owned));
    parts
}

/// Adds a secret in all its forms: plain, in JSON, in an address, in HTML and in base64; in lower
/// case, as in a [`View`].
fn add_forms(forms: &mut Vec<String>, secret: &str) {
    let secret = secret.trim();
    if secret.len() < MIN_BYTES {
        return;
    }
    let json = serde_json::Value::from(secret).to_string();
    let html = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    for form in [
        secret.to_owned(),
        json.trim_matches('"').to_owned(),
        html.replace('"', "&quot;").replace('\'', "&#39;"),
        html.replace('"', "&#34;").replace('\'', "&#x27;"),
        form.replace('+', "%20"),
        form,
        BASE64_STANDARD.encode(secret),
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
    ]
    .into_iter()
    .chain(inside_base64(secret))
    {
        let form = form.to_ascii_lowercase();
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
}

/// Returns the base64 forms of a secret inside of a longer text, for each number of bytes before
/// it: the letters that depend only on the secret.
fn inside_base64(secret: &str) -> impl Iterator<Item = String> {
    /// The number of bits per base64 letter.
    const BITS: usize = 6;
    let letters = |before: usize| {
        let bytes = [&vec![0; before], secret.as_bytes()].concat();
        let (first, end) = ((before * 8).div_ceil(BITS), bytes.len() * 8 / BITS);
        let encoded = BASE64_STANDARD_NO_PAD.encode(&bytes);
        encoded.get(first..end).unwrap_or_default().to_owned()
    };
    let standard = (0..3)
        .map(letters)
        .filter(|letters| letters.len() >= MIN_INSIDE_BYTES);
    standard.flat_map(|letters| [letters.replace('+', "-").replace('/', "_"), letters])
}

/// A text in which secrets are searched for, ignoring case.
struct View {
    /// The text in lower case, as far as it is ASCII.
    bytes: Vec<u8>,
    /// The position in the text of each byte, and the text's end; `None` if they are the same
    /// bytes.
    places: Option<Vec<usize>>,
}

impl View {
    fn plain(text: &str) -> Self {
        Self {
            bytes: text.to_ascii_lowercase().into_bytes(),
            places: None,
        }
    }

    /// Returns the text with each `%xx` replaced by its byte; `None` if there is no `%xx`.
    fn decoded(text: &str) -> Option<Self> {
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        let mut rest = text.as_bytes();
        while let Some((first, others)) = rest.split_first() {
            places.push(text.len() - rest.len());
            let digits = others.get(..2).filter(|_| *first == b'%');
            let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
            let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            bytes.push(byte.unwrap_or(*first).to_ascii_lowercase());
            let length = if byte.is_some() { 2 } else { 0 };
            rest = others.get(length..).unwrap_or_default();
        }
        let has_any = bytes.len() < text.len();
        places.push(text.len());
        has_any.then_some(Self {
            bytes,
            places: Some(places),
        })
    }

    /// Finds the ranges of a secret, or of a part of a long one.
    fn find(&self, secret: &[u8], hidden: &mut Vec<Range<usize>>) {
        if secret.len() < 2 * PART_BYTES {
            for (start, part) in self.bytes.windows(secret.len()).enumerate() {
                let range = start..start + secret.len();
                if part == secret && (secret.len() >= MIN_INSIDE_BYTES || self.is_word(&range)) {
                    hidden.push(self.in_text(range));
                }
            }
            return;
        }
        let parts: HashSet<&[u8]> = secret.windows(PART_BYTES).collect();
        let mut found: Vec<Range<usize>> = Vec::new();
        for (start, part) in self.bytes.windows(PART_BYTES).enumerate() {
            if parts.contains(part) {
                let end = start + PART_BYTES;
                match found.last_mut() {
                    Some(last) if start <= last.end => last.end = end,
                    _ => found.push(start..end),
                }
            }
        }
        hidden.extend(found.into_iter().map(|range| self.in_text(range)));
    }

    fn in_text(&self, range: Range<usize>) -> Range<usize> {
        let place = |at: usize| match &self.places {
            Some(places) => places.get(at).copied().unwrap_or(at),
            None => at,
        };
        place(range.start)..place(range.end)
    }

    /// Whether there is neither a letter nor a digit next to a range.
    fn is_word(&self, range: &Range<usize>) -> bool {
        /// The maximum length of a character, in bytes.
        const LONGEST: usize = 4;
        let before = self.bytes.get(..range.start).unwrap_or_default();
        let before = before.get(before.len().saturating_sub(LONGEST)..);
        let after = self.bytes.get(range.end..).unwrap_or_default();
        let after = after.get(..LONGEST.min(after.len()));
        let [before, after] =
            [before, after].map(|bytes| String::from_utf8_lossy(bytes.unwrap_or_default()));
        let is_inside = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
        !is_inside(before.chars().next_back()) && !is_inside(after.chars().next())
    }
}

/// Returns the text with dots in place of each range.
fn hide(text: &str, mut hidden: Vec<Range<usize>>) -> String {
    hidden.sort_by_key(|range| range.start);
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    for range in hidden {
        // A part of a secret may begin inside a character.
        let end = text.ceil_char_boundary(range.end);
        if end <= done {
            continue;
        }
        let start = text.floor_char_boundary(range.start);
        if start > done || done == 0 {
            let (before, _) = text.split_at(start);
            let (_, between) = before.split_at(done);
            shown.push_str(between);
            shown.push_str(DOTS);
        }
        done = end;
    }
    let (_, rest) = text.split_at(done);
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn of(secrets: &[&str]) -> Redactor {
        let mut redactor = Redactor::default();
        for secret in secrets {
            redactor.add(secret);
        }
        redactor
    }

    #[test]
    fn what_a_server_repeats_of_a_secret_is_dots() {
        let long = "sk-proj-0123456789abcdefghijklmnop";
        for (secrets, said, shown) in [
            (&["sk-secret"][..], "no key sk-secret.", "no key ••••••."),
            (&["sk-secret"], "sk-secretsk-secret", "••••••"),
            (
                &["a\"b/c d&e"],
                r#"{"key": "a\"b/c d&e"}"#,
                r#"{"key": "••••••"}"#,
            ),
            (&["a\"b/c d&e"], "?k=a%22b%2Fc+d%26e", "?k=••••••"),
            (&["a\"b/c d&e"], "?k=a%22b%2fc%20d%26e", "?k=••••••"),
            (
                &["a\"b/c d&e"],
                "<p>a&quot;b/c d&amp;e</p>",
                "<p>••••••</p>",
            ),
            (&["sk-secret"], "c2stc2VjcmV0", "••••••"),
            // In the middle of `{"key": "sk-secret"}`, and its letters alone.
            (
                &["sk-secret"],
                "eyJrZXkiOiAic2stc2VjcmV0In0=",
                "eyJrZXkiOiAi••••••In0=",
            ),
            (&["sk-Secret"], "no key SK-SECRET.", "no key ••••••."),
            (&["sk-secret"], "?k=sk%2Dse%63ret&a=%", "?k=••••••&a=%"),
            (&["pass"], "a%20p%61ss%20passes", "a%20••••••%20passes"),
            // Others cut it, and so may we have.
            (
                &[long],
                "key sk-proj-01234567… is wrong",
                "key ••••••… is wrong",
            ),
            (&[long], "key …9abcdefghijklmnop", "key …••••••"),
            (&[long], "key sk-proj-", "key sk-proj-"),
            // A short one is no part of a word.
            (
                &["pass"],
                "password of pass: pass",
                "password of ••••••: ••••••",
            ),
            (&["on"], "on", "on"),
            (
                &["ünïcödé-ünïcödé-ünïcödé"],
                "x ünïcödé-ünïcödé-ünï",
                "x ••••••",
            ),
            (&[], "as it is", "as it is"),
        ] {
            assert_eq!(of(secrets).clean(said), shown, "{said}");
        }
    }

    #[test]
    fn of_a_header_the_parts_are_secret_too() {
        let mut redactor = Redactor::default();
        redactor.add_header("Basic YW5uOmhvcHNjb3RjaA==");
        redactor.add_header("session=0123456789; theme=dark-mode-x");
        let said =
            "user ann with hopscotch (YW5uOmhvcHNjb3RjaA==), session 0123456789: ann:hopscotch";
        assert_eq!(
            redactor.clean(said),
            "user •••••• with •••••• (••••••), session ••••••: ••••••"
        );
    }

    #[test]
    fn of_an_address_user_password_and_query_are_secret() {
        let url = "https://ann:hop%40sc@h/v1?api-version=2024-02-01&key=k-12345";
        let mut redactor = Redactor::default();
        redactor.add_address(&url.parse().unwrap());
        let said =
            "no ann with hop@sc (hop%40sc), Basic YW5uOmhvcEBzYw== at 2024-02-01 with k-12345";
        let shown = "no •••••• with •••••• (••••••), Basic •••••• at 2024-02-01 with ••••••";
        assert_eq!(redactor.clean(said), shown);
    }

    #[test]
    fn tokens_that_follow_each_other_are_all_hidden_and_the_oldest_forgotten() {
        let redactor = Redactor::default();
        for token in 0..100 {
            redactor.learn_header(&format!("Bearer token-number-{token:03}"));
        }
        assert_eq!(redactor.clean("token-number-099"), "••••••");
        assert!(redactor.learned.read().unwrap().len() <= MAX_LEARNED);
    }
}
