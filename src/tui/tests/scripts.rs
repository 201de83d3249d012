//! Texts in all scripts: what a terminal shows is what was drawn, cell by cell.

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::base::text::width_cells;
use crate::tui::frame;
use crate::tui::testing::scenes::{ALL, Texts, USUAL, with_texts};
use crate::tui::testing::{Harness, OnTerminal};

/// Texts that are read from the right, have marks, are wide, or are one sign of several characters.
const SCRIPTS: [(&str, &str); 8] = [
    ("hebrew", "מזג האוויר בתל אביב נעים, 25 מעלות"),
    ("arabic", "الطقس في القاهرة مشمس ٣٠ درجة"),
    ("overrides", "abc\u{202e}def\u{2066}ghi\u{2069}\u{200f}jkl"),
    (
        "marks",
        "Z\u{351}\u{36b}a\u{30a}l\u{327}g\u{35c}o\u{301} e\u{301}e\u{301}e\u{301}",
    ),
    ("wide", "東京は晴れ、気温は二十度です"),
    (
        "hangul",
        "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} 서울은 맑음",
    ),
    // Families of several signs are left out: the emulator knows none.
    ("emoji", "🌧 ☂\u{fe0f} 🇫🇷 1\u{fe0f}\u{20e3} 🎉🎉"),
    ("devanagari", "मुंबई में बारिश, नमस्ते क्षत्रिय"),
];

/// What an emulator of a terminal shows of a workbench, row by row, beside what was drawn.
fn shown(bench: &Harness, (width, height): (u16, u16)) -> Vec<(String, String)> {
    let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
    let mut bytes = Vec::new();
    let backend = CrosstermBackend::new(&mut bytes);
    let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).unwrap();
    let mut drawn = Vec::new();
    terminal
        .draw(|frame| {
            let area = frame.area();
            frame::draw(&bench.state, bench.now, area, frame.buffer_mut());
            for y in 0..height {
                let mut row = String::new();
                let mut x = 0;
                while x < width {
                    let symbol = frame.buffer_mut()[(x, y)].symbol();
                    row.push_str(symbol);
                    x += u16::try_from(width_cells(symbol)).unwrap().max(1);
                }
                drawn.push(row.trim_end().to_owned());
            }
        })
        .unwrap();
    drop(terminal);
    let size = [height, width].map(|cells| std::num::NonZero::new(cells).unwrap());
    let mut parser = vt100::Parser::new(size[0], size[1], 0);
    parser.process(&bytes);
    let screen = parser.screen();
    let rows = screen.rows(0, width);
    let rows = rows.map(|row| row.trim_end().to_owned());
    rows.zip(drawn).collect()
}

#[test]
fn a_terminal_shows_what_was_drawn() {
    // The emulator leaves out the sign that stands for what is taken away.
    for (script, text) in SCRIPTS.iter().filter(|(script, _)| *script != "overrides") {
        let texts = Texts {
            city: text,
            answer: text,
            file: USUAL.file,
        };
        for size in [(80, 24), (120, 36)] {
            for (screen, make) in with_texts() {
                let bench = make(OnTerminal::of(size), texts);
                for (shown, drawn) in shown(&bench, size) {
                    assert_eq!(shown, drawn, "{script} on {screen} at {size:?}");
                }
            }
        }
    }
}

#[test]
fn the_right_frame_stands_straight_whatever_is_written() {
    let size = (80, 24);
    for (screen, make) in with_texts() {
        let usual = make(OnTerminal::of(size), USUAL);
        // Rows whose last cell is a frame with usual texts have one with all.
        let edge = |bench: &Harness| -> Vec<String> {
            let cells = bench.cells();
            let last = cells
                .iter()
                .map(|row| row.last().unwrap().symbol().to_owned());
            last.collect()
        };
        let is_frame = |sign: &str| "│┐┘▐█".contains(sign) && !sign.is_empty();
        let expected: Vec<bool> = edge(&usual).iter().map(|sign| is_frame(sign)).collect();
        for (script, text) in SCRIPTS {
            let texts = Texts {
                city: text,
                answer: text,
                file: USUAL.file,
            };
            let bench = make(OnTerminal::of(size), texts);
            let found: Vec<bool> = edge(&bench).iter().map(|sign| is_frame(sign)).collect();
            let n_frames = |rows: &[bool]| rows.iter().filter(|is_frame| **is_frame).count();
            assert!(
                n_frames(&found) + 2 >= n_frames(&expected),
                "{script} on {screen}:\n{}",
                bench.picture()
            );
        }
    }
}

#[test]
fn nothing_on_any_screen_reorders_or_hides_what_is_read() {
    for scene in ALL {
        let picture = (scene.make)(OnTerminal::of((120, 36))).picture();
        let hazard = picture
            .chars()
            .find(|c| *c != '\n' && crate::base::text::is_hazardous(*c));
        assert_eq!(hazard, None, "{} {}", scene.screen, scene.state);
    }
}
