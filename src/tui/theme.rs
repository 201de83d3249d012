//! Colours by role, from `themes/*.toml`, for every kind of terminal.

mod depth;
mod file;

pub use depth::ColourDepth;
pub(crate) use file::ThemeError;

use ratatui::style::{Color, Modifier, Style};

/// The purpose of a colour. Drawing names colours only by their role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The background of the screen.
    Background,
    /// The background of bars and dialogs.
    Surface,
    /// Borders of panes.
    Border,
    /// The border of the focused pane.
    BorderFocus,
    /// Normal text.
    Text,
    /// Less important text.
    Muted,
    /// Text that draws attention.
    Accent,
    /// Success.
    Success,
    /// A warning.
    Warning,
    /// An error.
    Error,
    /// Information.
    Info,
    /// The background of the selection.
    SelectionBg,
    /// The text of the selection.
    SelectionFg,
    /// Keys of YAML and JSON.
    Key,
    /// Strings of YAML and JSON.
    String,
    /// Numbers of YAML and JSON.
    Number,
    /// `true`, `null` and other keywords.
    Keyword,
    /// Comments of YAML.
    Comment,
}

impl Role {
    /// Every role with its name in theme files.
    pub const ALL: [(Self, &'static str); 18] = [
        (Self::Background, "background"),
        (Self::Surface, "surface"),
        (Self::Border, "border"),
        (Self::BorderFocus, "border_focus"),
        (Self::Text, "text"),
        (Self::Muted, "muted"),
        (Self::Accent, "accent"),
        (Self::Success, "success"),
        (Self::Warning, "warning"),
        (Self::Error, "error"),
        (Self::Info, "info"),
        (Self::SelectionBg, "selection_bg"),
        (Self::SelectionFg, "selection_fg"),
        (Self::Key, "key"),
        (Self::String, "string"),
        (Self::Number, "number"),
        (Self::Keyword, "keyword"),
        (Self::Comment, "comment"),
    ];

    /// Returns the text modifier that replaces the role's colour on a terminal without colours.
    const fn modifier(self) -> Modifier {
        match self {
            Self::Muted | Self::Border | Self::Comment => Modifier::DIM,
            Self::Accent | Self::Warning | Self::Error | Self::BorderFocus | Self::Key => {
                Modifier::BOLD
            }
            Self::Background
            | Self::Surface
            | Self::Text
            | Self::Success
            | Self::Info
            | Self::SelectionBg
            | Self::SelectionFg
            | Self::String
            | Self::Number
            | Self::Keyword => Modifier::empty(),
        }
    }
}

/// A set of colours, converted to the terminal's colour depth.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// The name of the theme: `dark`.
    pub name: String,
    /// A colour for each role, in the order of [`Role`].
    colours: [Color; Role::ALL.len()],
    has_colour: bool,
}

impl Theme {
    /// Returns the bundled themes in the order of the `T` key, followed by the user's own (which
    /// replace bundled ones of the same name), converted to the terminal's colour depth, and the
    /// errors in the user's themes.
    ///
    /// # Panics
    /// Never: a test reads every bundled theme.
    pub fn all(own: &[(String, String)], depth: ColourDepth) -> (Vec<Self>, Vec<ThemeError>) {
        let mut themes: Vec<Self> = file::BUNDLED
            .iter()
            .filter_map(|(name, text)| file::parse(name, text).ok())
            .collect();
        let mut errors = Vec::new();
        for (name, text) in own {
            match file::parse(name, text) {
                Ok(theme) => match themes.iter_mut().find(|old| old.name == theme.name) {
                    Some(old) => *old = theme,
                    None => themes.push(theme),
                },
                Err(error) => errors.push(error),
            }
        }
        if matches!(depth, ColourDepth::None | ColourDepth::Ansi16) {
            themes.retain(|theme| theme.colours.iter().all(|colour| !is_exact(*colour)));
        }
        for theme in &mut themes {
            theme.has_colour = depth != ColourDepth::None;
            for colour in &mut theme.colours {
                *colour = depth.fit(*colour);
            }
        }
        (themes, errors)
    }

    /// Returns the colour of a role.
    pub fn colour(&self, role: Role) -> Color {
        self.colours[role as usize]
    }

    /// Returns the style for text in the colour of a role, on any background.
    pub fn style(&self, role: Role) -> Style {
        if self.has_colour {
            Style::new().fg(self.colour(role))
        } else {
            Style::new().add_modifier(role.modifier())
        }
    }

    /// Returns the style for bold text in the colour of a role.
    pub fn bold(&self, role: Role) -> Style {
        self.style(role).add_modifier(Modifier::BOLD)
    }

    /// Returns the style of the screen's background and text.
    pub fn base(&self) -> Style {
        self.ground(Role::Background)
    }

    /// Returns the style of the background and text of bars and dialogs.
    pub fn surface(&self) -> Style {
        self.ground(Role::Surface)
    }

    fn ground(&self, role: Role) -> Style {
        if self.has_colour {
            Style::new()
                .fg(self.colour(Role::Text))
                .bg(self.colour(role))
        } else {
            Style::reset()
        }
    }

    /// Returns the style of the selection in the focused pane.
    pub fn selection(&self) -> Style {
        if self.has_colour {
            Style::new()
                .fg(self.colour(Role::SelectionFg))
                .bg(self.colour(Role::SelectionBg))
        } else {
            Style::new().add_modifier(Modifier::REVERSED)
        }
    }

    /// Returns the style of the selection in an unfocused pane.
    pub fn selection_unfocused(&self) -> Style {
        if self.has_colour {
            Style::new().bg(self.colour(Role::Surface))
        } else {
            Style::new().add_modifier(Modifier::UNDERLINED)
        }
    }

    /// Returns the style of a pane's border.
    pub fn border(&self, has_focus: bool) -> Style {
        self.style(if has_focus {
            Role::BorderFocus
        } else {
            Role::Border
        })
    }
}

/// Whether a colour is not one of the terminal's own sixteen.
fn is_exact(colour: Color) -> bool {
    matches!(colour, Color::Rgb(..) | Color::Indexed(_))
}

#[cfg(test)]
mod contrast;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_theme_reads_and_sixteen_colours_leave_the_terminals_own() {
        let (themes, errors) = Theme::all(&[], ColourDepth::True);
        assert_eq!(errors, []);
        let names: Vec<_> = themes.iter().map(|theme| theme.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "dark",
                "light",
                "dusk",
                "ocean",
                "forest",
                "sand",
                "mono",
                "high-contrast",
                "high-contrast-light",
                "terminal"
            ]
        );
        for depth in [ColourDepth::Ansi16, ColourDepth::None] {
            let (themes, _) = Theme::all(&[], depth);
            assert_eq!(themes.len(), 1);
            assert_eq!(themes[0].name, "terminal");
        }
    }

    #[test]
    fn without_colours_selection_and_errors_are_still_told_apart() {
        let (themes, _) = Theme::all(&[], ColourDepth::None);
        assert_eq!(
            themes[0].selection(),
            Style::new().add_modifier(Modifier::REVERSED)
        );
        assert_eq!(themes[0].style(Role::Error).fg, None);
        assert_eq!(themes[0].style(Role::Error).add_modifier, Modifier::BOLD);
    }

    #[test]
    fn a_persons_own_theme_joins_and_a_broken_one_is_told() {
        let own = [
            (
                "mine".to_owned(),
                "name = \"mine\"\n[colors]\ntext = \"red\"".to_owned(),
            ),
            ("bad".to_owned(), "[colors]\ntext = \"reddish\"".to_owned()),
        ];
        let (themes, errors) = Theme::all(&own, ColourDepth::True);
        let mine = themes.last().unwrap();
        assert_eq!(
            (mine.name.as_str(), mine.colour(Role::Text)),
            ("mine", Color::Red)
        );
        assert_eq!(errors.len(), 1);
        assert_eq!(
            errors[0].to_string(),
            "themes/bad.toml: line 2: `reddish` of `text` is not a colour; write `#rrggbb` or a name like `dark-gray`"
        );
        let told = |text: &str| {
            let (_, errors) = Theme::all(&[("bad".to_owned(), text.to_owned())], ColourDepth::True);
            errors[0].to_string()
        };
        assert_eq!(
            told("[colors]\n# mine\nbackgound = \"red\""),
            "themes/bad.toml: line 3: there is no colour for `backgound`; did you mean `background`?"
        );
        assert_eq!(told(""), "themes/bad.toml: it has no table `[colors]`");
        assert!(told("a = 1\nb").starts_with("themes/bad.toml: line 2: "));
    }
}
