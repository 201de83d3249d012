//! The number of colours of a terminal, and conversion to the nearest one.

use ratatui::style::Color;

/// The colour depth of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourDepth {
    /// No colours: `NO_COLOR`, or `TERM=dumb`.
    None,
    /// The terminal's own sixteen.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// Any colour, in 24 bits.
    True,
}

impl ColourDepth {
    /// Reads the depth from the environment's `NO_COLOR`, `COLORTERM` and `TERM`; an empty
    /// `NO_COLOR` does not count (no-color.org).
    pub fn from_environment(
        no_color: Option<&str>,
        colorterm: Option<&str>,
        term: Option<&str>,
    ) -> Self {
        let term = term.unwrap_or_default();
        if no_color.is_some_and(|value| !value.is_empty()) || term == "dumb" {
            Self::None
        } else if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }

    /// Returns the nearest colour at this depth.
    pub(super) fn fit(self, colour: Color) -> Color {
        match (self, colour) {
            (Self::None, _) => Color::Reset,
            (Self::Ansi256, Color::Rgb(red, green, blue)) => {
                Color::Indexed(nearest_of_256(red, green, blue))
            }
            _ => colour,
        }
    }
}

/// The steps of a channel in xterm's cube of 6 × 6 × 6 colours.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Returns the nearest entry of xterm's palette: its colour cube (16 to 231) or its greys (232 to
/// 255).
fn nearest_of_256(red: u8, green: u8, blue: u8) -> u8 {
    let distance = |(r, g, b): (u8, u8, u8)| {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        square(red, r) + square(green, g) + square(blue, b)
    };
    let cube =
        (0..=5u8).flat_map(|r| (0..=5u8).flat_map(move |g| (0..=5u8).map(move |b| (r, g, b))));
    let cube = cube.map(|(r, g, b)| {
        let steps = (CUBE[r as usize], CUBE[g as usize], CUBE[b as usize]);
        (16 + 36 * r + 6 * g + b, steps)
    });
    let greys = (0..24u8).map(|step| {
        let level = 8 + 10 * step;
        (232 + step, (level, level, level))
    });
    cube.chain(greys)
        .min_by_key(|(_, steps)| distance(*steps))
        .map_or(0, |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_the_depth() {
        let check = |no_color, colorterm, term, expected| {
            assert_eq!(
                ColourDepth::from_environment(no_color, colorterm, term),
                expected
            );
        };
        check(
            Some("1"),
            Some("truecolor"),
            Some("xterm-256color"),
            ColourDepth::None,
        );
        check(
            Some(""),
            Some("truecolor"),
            Some("xterm"),
            ColourDepth::True,
        );
        check(None, None, Some("xterm-256color"), ColourDepth::Ansi256);
        check(None, None, Some("linux"), ColourDepth::Ansi16);
        check(None, None, Some("dumb"), ColourDepth::None);
        check(None, None, None, ColourDepth::Ansi16);
    }

    #[test]
    fn exact_colours_go_to_the_nearest_of_the_palette() {
        assert_eq!(nearest_of_256(255, 0, 0), 196);
        assert_eq!(nearest_of_256(0x12, 0x16, 0x1c), 233);
        assert_eq!(ColourDepth::Ansi256.fit(Color::Blue), Color::Blue);
    }
}
