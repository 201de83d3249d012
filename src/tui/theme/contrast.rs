//! Whether every theme can be read: the contrast of each pair of colours that is drawn, as WCAG 2.2 measures it.

use ratatui::style::Color;

use super::{ColourDepth, Role, Theme};

/// The contrast that words need against their ground (WCAG 2.2, 1.4.3, level AA).
const OF_WORDS: f64 = 4.5;
/// The contrast that words need in a theme that promises high contrast (1.4.6, level AAA).
const OF_WORDS_HIGH: f64 = 7.0;
/// The contrast that a sign of state needs, such as the frame of the pane that has the focus
/// (1.4.11).
const OF_SIGNS: f64 = 3.0;
/// The contrast that a mere dividing frame needs to be seen; WCAG asks nothing of it.
const OF_FRAMES: f64 = 1.8;

/// Red, green and blue of an exact colour; none of the terminal's own.
fn channels(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(index @ 16..=231) => {
            let index = index - 16;
            let step = |at: u8| if at == 0 { 0 } else { 55 + 40 * at };
            Some([step(index / 36), step(index / 6 % 6), step(index % 6)])
        }
        Color::Indexed(index @ 232..) => Some([8 + 10 * (index - 232); 3]),
        _ => None,
    }
}

/// The relative luminance of a colour, from 0 for black to 1 for white.
fn luminance(channels: [u8; 3]) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    let [red, green, blue] = channels.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// The contrast of two colours, from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Every pair of a colour and its ground that is drawn, with what it needs.
fn pairs(of_words: f64) -> Vec<(Role, Role, f64)> {
    let grounds = [Role::Background, Role::Surface];
    let drawn = Role::ALL.into_iter().filter_map(|(role, _)| match role {
        Role::Background | Role::Surface | Role::SelectionBg | Role::SelectionFg => None,
        Role::Border => Some((role, OF_FRAMES)),
        Role::BorderFocus => Some((role, OF_SIGNS)),
        Role::Text
        | Role::Muted
        | Role::Accent
        | Role::Success
        | Role::Warning
        | Role::Error
        | Role::Info
        | Role::Key
        | Role::String
        | Role::Number
        | Role::Keyword
        | Role::Comment => Some((role, of_words)),
    });
    let mut pairs: Vec<_> = drawn
        .flat_map(|(role, least)| grounds.map(|ground| (role, ground, least)))
        .collect();
    // What is selected loses its own colour, and what was found in it is drawn the other way round.
    pairs.push((Role::SelectionFg, Role::SelectionBg, of_words));
    pairs
}

#[test]
fn the_contrast_of_known_pairs_is_right() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
    assert!((contrast([0x77; 3], [255; 3]) - 4.478).abs() < 0.001);
    assert_eq!(channels(Color::Indexed(196)), Some([255, 0, 0]));
    assert_eq!(channels(Color::Indexed(233)), Some([18; 3]));
}

#[test]
fn every_pair_of_colours_that_is_drawn_can_be_read() {
    let mut faults = Vec::new();
    for depth in [ColourDepth::True, ColourDepth::Ansi256] {
        let (themes, _) = Theme::all(&[], depth);
        for theme in &themes {
            let of_words = if theme.name.starts_with("high-contrast") {
                OF_WORDS_HIGH
            } else {
                OF_WORDS
            };
            for (role, ground, least) in pairs(of_words) {
                let (Some(front), Some(back)) =
                    (channels(theme.colour(role)), channels(theme.colour(ground)))
                else {
                    // The terminal's own colours are the person's.
                    assert_eq!(theme.name, "terminal");
                    continue;
                };
                let contrast = contrast(front, back);
                if contrast < least {
                    let name = &theme.name;
                    faults.push(format!(
                        "{name}, {depth:?}: {role:?} on {ground:?} has {contrast:.2}, not {least}"
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_selected_is_seen_on_every_ground() {
    for depth in [ColourDepth::True, ColourDepth::Ansi256] {
        let (themes, _) = Theme::all(&[], depth);
        for theme in themes.iter().filter(|theme| theme.name != "terminal") {
            let grounds = [Role::Background, Role::Surface, Role::SelectionBg];
            let [screen, bar, selected] = grounds.map(|ground| theme.colour(ground));
            assert_ne!(screen, bar, "{}, {depth:?}", theme.name);
            assert_ne!(screen, selected, "{}, {depth:?}", theme.name);
            assert_ne!(bar, selected, "{}, {depth:?}", theme.name);
        }
    }
}
