//! A person's settings: `config.toml`.
//!
//! ```toml
//! theme = "dusk"
//!
//! [keys]
//! save = "F2"
//! launch = ["enter", "F6"]
//! ```

use indexmap::IndexMap;
use serde::Deserialize;

/// What a person has set; everything has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Name of the theme to start with.
    pub theme: Option<String>,
    /// Whether the mouse is left to the terminal.
    pub no_mouse: bool,
    /// Whether only ASCII signs are drawn.
    pub ascii: bool,
    /// Keys of actions in place of their own, by the action's id.
    pub keys: IndexMap<String, Vec<String>>,
}

/// Why `config.toml` could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("config.toml: {0}")]
pub struct SettingsError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    theme: Option<String>,
    #[serde(default)]
    no_mouse: bool,
    #[serde(default)]
    ascii: bool,
    #[serde(default)]
    keys: IndexMap<String, OneOrMany>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Reads settings.
///
/// # Errors
/// When the text is no TOML or has keys that there are not.
pub fn parse(text: &str) -> Result<Settings, SettingsError> {
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map(|before| before.matches('\n').count() + 1);
        SettingsError(match line {
            Some(line) => format!("line {line}: {}", error.message()),
            None => error.message().to_owned(),
        })
    })?;
    let keys = file.keys.into_iter().map(|(id, keys)| {
        let keys = match keys {
            OneOrMany::One(key) => vec![key],
            OneOrMany::Many(keys) => keys,
        };
        (id, keys)
    });
    Ok(Settings {
        theme: file.theme,
        no_mouse: file.no_mouse,
        ascii: file.ascii,
        keys: keys.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_mistakes_told_with_their_line() {
        let settings =
            parse("theme = \"dusk\"\n[keys]\nsave = \"F2\"\nquit = [\"Q\", \"F10\"]").unwrap();
        assert_eq!(settings.theme.as_deref(), Some("dusk"));
        assert_eq!(settings.keys["save"], ["F2"]);
        assert_eq!(settings.keys["quit"], ["Q", "F10"]);
        assert_eq!(parse("").unwrap(), Settings::default());
        let error = parse("theme = \"a\"\ntheem = \"b\"")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("config.toml: line 2: unknown field `theem`"),
            "{error}"
        );
    }
}
