//! Command lines for a shell.

use std::fmt;

/// A command line that a POSIX shell parses into exactly these words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShellLine {
    words: Vec<String>,
}

impl ShellLine {
    /// Makes a line of these words.
    pub(crate) fn new(words: &[&str]) -> Self {
        Self {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    /// Adds an option with its value. A value that begins with a dash is joined to the option, so
    /// that it isn't parsed as an option.
    pub(crate) fn option(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if value.starts_with('-') {
            self.words.push(format!("{name}={value}"));
        } else {
            self.words.extend([name.to_owned(), value]);
        }
    }
}

impl fmt::Display for ShellLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.words.iter().enumerate() {
            let blank = if at == 0 { "" } else { " " };
            write!(f, "{blank}{}", quoted(word))?;
        }
        Ok(())
    }
}

/// Returns a word in single quotes, unless it needs none. Inside single quotes, only a quote is
/// special to a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_shell_reads_the_words_that_were_given() {
        let words = [
            "plain",
            "",
            "two words",
            "it's \"so\" $HOME `ls` \\ !x",
            "line\nbreak",
            "*;&|<>()~#",
            "Zürich",
        ];
        let printing: Vec<&str> = ["printf", "%s\\0"].into_iter().chain(words).collect();
        let mut line = ShellLine::new(&printing);
        line.option("--message", "-5 degrees");
        let shell = Command::new("sh").arg("-c").arg(line.to_string()).output();
        let printed = String::from_utf8(shell.unwrap().stdout).unwrap();
        let read: Vec<&str> = printed.split_terminator('\0').collect();
        let expected: Vec<&str> = words.into_iter().chain(["--message=-5 degrees"]).collect();
        assert_eq!(read, expected);
    }
}
