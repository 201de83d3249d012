//! Command lines in a form that may be shown.
//!
//! Nothing marks the secret arguments of a program. They are guessed from names (`--api-key X`,
//! `TOKEN=X`, `-H "Authorization: Bearer X"`), from the form of values, and from the user and query
//! of addresses.

use url::Url;

use super::redact::Redactor;
use super::secret::{is_secret_name, looks_like_secret};

/// Options with a value `USER:PASSWORD`, as in curl.
const USER_OPTIONS: [&str; 3] = ["-u", "--user", "--proxy-user"];
/// Name endings of options that contain the location of a secret and not the secret itself.
const PLACES: [&str; 4] = ["file", "path", "dir", "folder"];

/// Returns a program with its arguments on one line, with dots in place of secrets.
pub(crate) fn shown_command(argv: &[String]) -> String {
    let mut redactor = Redactor::default();
    redactor.add_arguments(argv);
    redactor.clean(&argv.join(" "))
}

/// Returns the part of a shell command line that may be shown: its program. The rest may contain a
/// secret.
pub(crate) fn shown_shell_line(line: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "/._~+@%-".contains(c);
    let line = line.trim();
    let (program, rest) = line.split_at(line.find(|c| !is_part(c)).unwrap_or(line.len()));
    match rest.chars().next() {
        None => program.to_owned(),
        Some('=') => format!("{program}=…"),
        Some(_) => format!("{program} …"),
    }
}

impl Redactor {
    /// Adds the secrets in the arguments of a program, including scripts among the arguments.
    pub(crate) fn add_arguments(&mut self, argv: &[String]) {
        let mut scan = Scan {
            redactor: self,
            awaited: Awaited::Nothing,
        };
        for argument in argv {
            for piece in argument.split(['"', '\'', '`']) {
                scan.piece(piece.trim());
            }
        }
    }
}

/// The meaning of the next argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// Unknown.
    Nothing,
    /// A secret or another option.
    Option,
    /// A user with a password.
    User,
    /// A secret.
    Value,
    /// A secret, if it follows an equals sign or a colon.
    Sign,
}

/// A scan of the arguments.
struct Scan<'r> {
    redactor: &'r mut Redactor,
    awaited: Awaited,
}

impl Scan<'_> {
    /// Handles an argument, or a quoted part of one.
    fn piece(&mut self, piece: &str) {
        if piece.is_empty() || self.is_awaited(piece) {
            return;
        }
        let mut rest = piece;
        while !rest.is_empty() {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let after = after.trim_start();
            let is_value = rest.len() < piece.len() && self.is_awaited(word);
            if !is_value && self.word(word, after) {
                return;
            }
            rest = after;
        }
        if is_secret_argument(piece) && !piece.starts_with('-') {
            self.awaited = Awaited::Sign;
        }
    }

    /// Handles a text that a previous word marks as secret. Returns false if it is not marked.
    fn is_awaited(&mut self, text: &str) -> bool {
        match std::mem::replace(&mut self.awaited, Awaited::Nothing) {
            Awaited::Option if text.starts_with("--") => return false,
            Awaited::Sign if text.starts_with([':', '=']) => {
                match text.trim_start_matches([':', '=']).trim() {
                    "" => self.awaited = Awaited::Value,
                    value => self.redactor.add_header(value),
                }
            }
            Awaited::Nothing | Awaited::Sign => return false,
            Awaited::User => self.user(text),
            Awaited::Option | Awaited::Value => self.redactor.add_header(text),
        }
        true
    }

    /// Handles a word and the rest of its line. Returns true if the rest belongs to the word.
    fn word(&mut self, word: &str, after: &str) -> bool {
        if looks_like_secret(word) {
            self.redactor.add(word);
        }
        if word.contains("://") {
            self.address(word);
        }
        if ["bearer", "basic"].contains(&word.to_lowercase().as_str()) {
            self.awaited = Awaited::Value;
        } else if USER_OPTIONS.contains(&word) {
            self.awaited = Awaited::User;
        } else if let Some(user) = word.strip_prefix("-u") {
            self.user(user);
        }
        for (at, sign) in word.match_indices(['=', ':']) {
            let (name, value) = word.split_at(at);
            let value = value.trim_start_matches(sign);
            if value.starts_with("//") {
                return false;
            }
            if !is_secret_argument(name) {
                continue;
            }
            // The value of a header extends to the end.
            let value = if sign == ":" {
                format!("{value} {after}")
            } else {
                value.to_owned()
            };
            match value.trim() {
                "" => self.awaited = Awaited::Value,
                value => self.redactor.add_header(value),
            }
            return sign == ":";
        }
        if word.starts_with('-') && is_secret_argument(word) {
            self.awaited = Awaited::Option;
        }
        false
    }

    fn user(&mut self, text: &str) {
        if let Some((_, password)) = text.split_once(':') {
            self.redactor.add(text);
            self.redactor.add(password);
        }
    }

    fn address(&mut self, word: &str) {
        let start = word
            .find("://")
            .and_then(|at| word.get(..at))
            .map_or(0, |before| {
                before
                    .rfind(|c: char| !c.is_alphanumeric() && c != '+')
                    .map_or(0, |at| at + 1)
            });
        let address = word.get(start..).unwrap_or_default();
        if let Ok(url) = address.parse::<Url>() {
            self.redactor.add_address(&url);
            return;
        }
        // Nobody knows its parts: all before an `@` and after a `?` may be secret.
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        if let Some((user, _)) = rest.rsplit_once('@') {
            self.user(user);
        }
        if let Some((_, query)) = rest.split_once('?') {
            self.redactor.add_header(query);
        }
    }
}

/// Whether the name of an argument means that a secret follows, and not the location of one.
fn is_secret_argument(name: &str) -> bool {
    let name = name.trim();
    let last = name.rsplit(|c: char| !c.is_alphanumeric()).next();
    let is_place = last.is_some_and(|last| PLACES.contains(&last.to_lowercase().as_str()));
    !is_place && !name.contains(char::is_whitespace) && is_secret_name(name)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn of_a_command_line_the_secrets_are_dots() {
        for (argv, shown) in [
            (&["serve", "--token=abc"][..], "serve --token=••••••"),
            (
                &["serve", "--api-key", "abc", "--port", "80"],
                "serve --api-key •••••• --port 80",
            ),
            (
                &["serve", "--auth", "--port", "80"],
                "serve --auth --port 80",
            ),
            (
                &["serve", "--api-key-file", "keys/main"],
                "serve --api-key-file keys/main",
            ),
            (
                &["curl", "-H", "Authorization: Bearer abc", "http://h/x"],
                "curl -H Authorization: •••••• http://h/x",
            ),
            (
                &["curl", "--header=X-Api-Key:abc", "-u", "ann:pw1"],
                "curl --header=X-Api-Key:•••••• -u ••••••",
            ),
            (
                &["sh", "-c", "TOKEN=abc serve --password \"d e f\" --x"],
                "sh -c TOKEN=•••••• serve --password \"••••••\" --x",
            ),
            (
                &["call", r#"{"city": "Bern", "token": "abc"}"#],
                r#"call {"city": "Bern", "token": "••••••"}"#,
            ),
            (
                &["serve", "--db=postgres://ann:pw1@h/x?sslkey=abc"],
                "serve --db=postgres://••••••@h/x?sslkey=••••••",
            ),
            (
                &["serve", "http://ann:pw1@h:99999/x?abc"],
                "serve http://••••••@h:99999/x?••••••",
            ),
            (&["serve", "sk-proj-0123456789"], "serve ••••••"),
            (
                &["env", "PGPASSWORD=abc", "psql"],
                "env PGPASSWORD=•••••• psql",
            ),
            (
                &["python3", "tools/count.py", "--max-tokens", "100"],
                "python3 tools/count.py --max-tokens 100",
            ),
        ] {
            let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
            assert_eq!(shown_command(&argv), shown);
        }
    }

    #[test]
    fn of_a_line_for_the_shell_the_program_is_shown() {
        for (line, shown) in [
            ("pass show models", "pass …"),
            ("/opt/bin/key.sh", "/opt/bin/key.sh"),
            ("KEY=abc serve", "KEY=…"),
            ("echo;abc", "echo …"),
        ] {
            assert_eq!(shown_shell_line(line), shown);
        }
    }
}
