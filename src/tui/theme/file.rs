//! Theme files.

use indexmap::IndexMap;
use ratatui::style::Color;
use serde::Deserialize;

use crate::base::suggest::closest;

use super::{Role, Theme};

/// A bundled theme, by the name of its file.
macro_rules! bundled {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../../themes/", $name, ".toml")),
        )
    };
}

/// The bundled themes, in the order of the `T` key.
pub(super) const BUNDLED: &[(&str, &str)] = &[
    bundled!("dark"),
    bundled!("light"),
    bundled!("dusk"),
    bundled!("ocean"),
    bundled!("forest"),
    bundled!("sand"),
    bundled!("mono"),
    bundled!("high-contrast"),
    bundled!("high-contrast-light"),
    bundled!("terminal"),
];

/// The reason why a theme file can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// The file is not TOML, or has no table `colors`.
    #[error("themes/{theme}.toml: {problem}")]
    Syntax {
        /// The file's name.
        theme: String,
        /// The problem.
        problem: String,
    },
    /// The file names an unknown role.
    #[error("themes/{theme}.toml: line {line}: there is no colour for `{role}`; {meant}")]
    UnknownRole {
        /// The file's name.
        theme: String,
        /// The line, from 1.
        line: usize,
        /// The role that was probably meant, as a suggestion.
        meant: String,
        /// The key.
        role: String,
    },
    /// A value is not a colour.
    #[error(
        "themes/{theme}.toml: line {line}: `{value}` of `{role}` is not a colour; write `#rrggbb` or a name like `dark-gray`"
    )]
    NotAColour {
        /// The file's name.
        theme: String,
        /// The line, from 1.
        line: usize,
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
    let line_at = |byte: usize| {
        let before = text.get(..byte).unwrap_or_default();
        before.matches('\n').count() + 1
    };
    let syntax = |problem: String| ThemeError::Syntax {
        theme: name.to_owned(),
        problem,
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let message = error.message();
        syntax(match error.span() {
            Some(span) => format!("line {}: {message}", line_at(span.start)),
            None => message.to_owned(),
        })
    })?;
    let colours = file
        .colors
        .ok_or_else(|| syntax("it has no table `[colors]`".to_owned()))?;
    let mut theme = Theme {
        name: file.name.unwrap_or_else(|| name.to_owned()),
        colours: [Color::Reset; Role::ALL.len()],
        has_colour: true,
    };
    for (key, value) in colours {
        let line = line_at(value.span().start);
        let Some((role, _)) = Role::ALL.iter().find(|(_, known)| *known == key) else {
            let roles = Role::ALL.iter().map(|(_, name)| *name);
            let meant = closest(&key, roles.clone()).map_or_else(
                || format!("there are {}", roles.collect::<Vec<_>>().join(", ")),
                |close| format!("did you mean `{close}`?"),
            );
            return Err(ThemeError::UnknownRole {
                theme: name.to_owned(),
                line,
                meant,
                role: key,
            });
        };
        let value = value.into_inner();
        let colour = value.as_str().and_then(|value| value.parse().ok());
        theme.colours[*role as usize] = colour.ok_or_else(|| ThemeError::NotAColour {
            theme: name.to_owned(),
            line,
            role: key,
            value: value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned),
        })?;
    }
    Ok(theme)
}

/// A theme in the form of its file. Other keys, such as `kind`, are for other readers.
#[derive(Deserialize)]
struct File {
    name: Option<String>,
    colors: Option<IndexMap<String, toml::Spanned<toml::Value>>>,
}
