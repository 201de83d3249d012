//! Theme files.

use ratatui::style::Color;

use super::{Role, Theme};

/// The themes of the program, in the order of `T`.
pub(super) const BUNDLED: &[(&str, &str)] = &[
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("dusk", include_str!("../../../themes/dusk.toml")),
    (
        "high-contrast",
        include_str!("../../../themes/high-contrast.toml"),
    ),
    ("terminal", include_str!("../../../themes/terminal.toml")),
];

/// Why a theme file could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// It is no TOML, or has no table `colors`.
    #[error("theme `{theme}`: {problem}")]
    Syntax {
        /// The file's name.
        theme: String,
        /// What is wrong.
        problem: String,
    },
    /// A role that there is not.
    #[error("theme `{theme}`: there is no colour for `{role}`")]
    UnknownRole {
        /// The file's name.
        theme: String,
        /// The key.
        role: String,
    },
    /// A value that is no colour.
    #[error(
        "theme `{theme}`: `{value}` of `{role}` is no colour; write `#rrggbb` or a name like `dark-gray`"
    )]
    NotAColour {
        /// The file's name.
        theme: String,
        /// The key.
        role: String,
        /// The value.
        value: String,
    },
}

/// Reads a theme; roles that it leaves out are the terminal's own.
///
/// ```toml
/// name = "dark"
/// [colors]
/// text = "#d7dde5"
/// ```
pub(super) fn parse(name: &str, text: &str) -> Result<Theme, ThemeError> {
    let syntax = |problem: String| ThemeError::Syntax {
        theme: name.to_owned(),
        problem,
    };
    let file: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| syntax(error.message().to_owned()))?;
    let colours = file
        .get("colors")
        .and_then(toml::Value::as_table)
        .ok_or_else(|| syntax("it has no table `[colors]`".to_owned()))?;
    let mut theme = Theme {
        name: file
            .get("name")
            .and_then(toml::Value::as_str)
            .unwrap_or(name)
            .to_owned(),
        colours: [Color::Reset; Role::ALL.len()],
        has_colour: true,
    };
    for (key, value) in colours {
        let Some((role, _)) = Role::ALL.iter().find(|(_, known)| known == key) else {
            return Err(ThemeError::UnknownRole {
                theme: name.to_owned(),
                role: key.clone(),
            });
        };
        let colour = value.as_str().and_then(|value| value.parse().ok());
        theme.colours[*role as usize] = colour.ok_or_else(|| ThemeError::NotAColour {
            theme: name.to_owned(),
            role: key.clone(),
            value: value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned),
        })?;
    }
    Ok(theme)
}
