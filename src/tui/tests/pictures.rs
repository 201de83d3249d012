//! A picture of every screen and overlay in all its states: a file for each size of each.

use std::fmt::Write;

use ratatui::style::{Color, Modifier};

use crate::tui::testing::OnTerminal;
use crate::tui::testing::scenes::{ALL, Scene};
use crate::tui::theme::ColourDepth;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

/// The scenes of each screen or overlay.
fn by_screen() -> Vec<(&'static str, Vec<&'static Scene>)> {
    let mut screens: Vec<(&'static str, Vec<&'static Scene>)> = Vec::new();
    for scene in ALL {
        match screens.last_mut() {
            Some((screen, scenes)) if *screen == scene.screen => scenes.push(scene),
            _ => screens.push((scene.screen, vec![scene])),
        }
    }
    screens
}

fn check(on: OnTerminal, named: &str) {
    for (screen, scenes) in by_screen() {
        let mut pictures = String::new();
        for scene in scenes {
            let picture = (scene.make)(on).picture();
            let state = scene.state;
            write!(pictures, "===== {state} =====\n{picture}\n").unwrap();
        }
        let name = format!("{}_{named}", screen.replace(' ', "_"));
        insta::assert_snapshot!(name, pictures);
    }
}

#[test]
fn every_screen_at_80x24() {
    check(OnTerminal::of(SIZES[0]), "80x24");
}

#[test]
fn every_screen_at_120x36() {
    check(OnTerminal::of(SIZES[1]), "120x36");
}

#[test]
fn every_screen_at_200x60() {
    check(OnTerminal::of(SIZES[2]), "200x60");
}

#[test]
fn every_screen_in_ascii() {
    let ascii = OnTerminal {
        is_ascii: true,
        ..OnTerminal::of((80, 24))
    };
    for scene in ALL.iter().filter(|scene| scene.state != "wide") {
        let picture = (scene.make)(ascii).picture();
        let other: String = picture.chars().filter(|c| !c.is_ascii()).collect();
        // The program's own signs; what others write is theirs.
        let others = "\u{b0}\u{e3}\u{fc}\u{e9}";
        let own: String = other.chars().filter(|c| !others.contains(*c)).collect();
        assert_eq!(own, "", "{} {}:\n{picture}", scene.screen, scene.state);
    }
    let some = [
        "specs many",
        "runs many",
        "inspect one",
        "history many",
        "inbox many",
        "launch many",
    ];
    let mut pictures = String::new();
    for scene in ALL {
        if some.contains(&format!("{} {}", scene.screen, scene.state).as_str()) {
            let picture = (scene.make)(ascii).picture();
            write!(pictures, "===== {} =====\n{picture}\n", scene.screen).unwrap();
        }
    }
    insta::assert_snapshot!("ascii_80x24", pictures);
}

#[test]
fn without_colours_nothing_is_lost() {
    let plain = OnTerminal {
        depth: ColourDepth::None,
        ..OnTerminal::of((80, 24))
    };
    for scene in ALL {
        let name = format!("{} {}", scene.screen, scene.state);
        let bench = (scene.make)(plain);
        let coloured = (scene.make)(OnTerminal::of((80, 24))).picture();
        if scene.screen != "notices" {
            assert_eq!(bench.picture(), coloured, "{name}");
        }
        let cells = bench.cells();
        let cells = || cells.iter().flatten();
        let has_colour = cells().any(|cell| (cell.fg, cell.bg) != (Color::Reset, Color::Reset));
        assert!(!has_colour, "{name}");
        let is_marked = |modifier: Modifier| !(modifier - Modifier::DIM).is_empty();
        assert!(
            cells().any(|cell| is_marked(cell.modifier)),
            "nothing stands out: {name}"
        );
    }
}

#[test]
fn no_hint_and_no_title_is_cut_where_texts_are_of_usual_length() {
    for size in SIZES {
        for scene in ALL {
            if scene.state.starts_with("longest")
                || matches!(scene.state, "wide" | "sign in" | "quit")
            {
                continue;
            }
            let picture = (scene.make)(OnTerminal::of(size)).picture();
            let picture = picture.replace("reading it…", "reading it");
            let lines: Vec<&str> = picture.lines().collect();
            let footer = lines.last().unwrap();
            let name = format!("{} {} at {size:?}", scene.screen, scene.state);
            assert!(!footer.contains('…'), "{name}: {footer}");
            for line in &lines {
                for title in line.split('┌').skip(1) {
                    let title = title.split('┐').next().unwrap();
                    assert!(!title.contains('…'), "{name}: {title}");
                }
            }
        }
    }
}
