//! Addresses on the screen as links of the terminal (OSC 8), so that a wrapped or cut address can
//! be opened completely.
//!
//! A frame is drawn as text first; then the cells of an address are written again as a link.
//! Drawing itself knows nothing about links.

use std::io::{self, Write};

use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};

use crate::base::text::is_hazardous;

/// The minimum number of characters at the end of a line that count as the beginning of an address.
const MIN_PIECE: usize = 12;

/// Cells of one row with a part of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    x: u16,
    y: u16,
    cells: u16,
}

/// Returns the parts of an address in the rows of a frame from top to bottom; empty if the address
/// is not shown.
fn pieces(address: &str, picture: &Buffer) -> Vec<Piece> {
    let mut rest: Vec<char> = address.chars().collect();
    let mut pieces = Vec::new();
    for y in picture.area.top()..picture.area.bottom() {
        if rest.is_empty() {
            break;
        }
        let letters = letters_of_row(picture, y);
        let least = rest
            .len()
            .min(if pieces.is_empty() { MIN_PIECE } else { 1 });
        let Some((at, count)) = best(&letters, &rest, least) else {
            if pieces.is_empty() {
                continue;
            }
            break;
        };
        let (Some(x), Ok(cells)) = (
            u16::try_from(at).ok().map(|at| picture.area.x + at),
            u16::try_from(count),
        ) else {
            break;
        };
        pieces.push(Piece { x, y, cells });
        rest.drain(..count);
    }
    pieces
}

/// Returns the character of each cell of a row; `None` for a cell of another width or without a
/// single character.
fn letters_of_row(picture: &Buffer, y: u16) -> Vec<Option<char>> {
    let cells = picture.area.left()..picture.area.right();
    let letters = cells.map(|x| {
        let mut characters = picture.cell((x, y))?.symbol().chars();
        characters.next().filter(|_| characters.next().is_none())
    });
    letters.collect()
}

/// Returns the position and the length of the longest beginning of an address in a row, at the
/// beginning of a word; `None` if it is shorter than `least`.
fn best(letters: &[Option<char>], rest: &[char], least: usize) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    for at in 0..letters.len() {
        let before = at
            .checked_sub(1)
            .and_then(|before| letters.get(before).copied());
        if before.flatten().is_some_and(char::is_alphanumeric) {
            continue;
        }
        let here = letters.iter().skip(at).zip(rest);
        let count = here
            .take_while(|(letter, wanted)| **letter == Some(**wanted))
            .count();
        if count >= least && best.is_none_or(|(_, longest)| count > longest) {
            best = Some((at, count));
        }
    }
    best
}

/// Writes the cells of all shown addresses again, each as a link to the whole address. The cursor
/// stays where it is.
///
/// # Errors
/// The terminal is gone.
pub(super) fn write(
    addresses: &[String],
    picture: &Buffer,
    out: &mut impl Write,
) -> io::Result<()> {
    for address in addresses {
        let is_safe = address
            .chars()
            .all(|c| c.is_ascii() && !is_hazardous(c) && c != ' ');
        let pieces = if is_safe {
            pieces(address, picture)
        } else {
            Vec::new()
        };
        if pieces.is_empty() {
            continue;
        }
        write!(out, "\u{1b}7\u{1b}]8;;{address}\u{1b}\\")?;
        for Piece { x, y, cells } in pieces {
            let row =
                (x..x.saturating_add(cells)).filter_map(|x| Some((x, y, picture.cell((x, y))?)));
            let row: Vec<(u16, u16, &Cell)> = row.collect();
            CrosstermBackend::new(&mut *out).draw(row.into_iter())?;
        }
        write!(out, "\u{1b}]8;;\u{1b}\\\u{1b}8")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://auth.example.com/authorize?client_id=flowdeck";

    fn piece(x: u16, y: u16, cells: u16) -> Piece {
        Piece { x, y, cells }
    }

    #[test]
    fn an_address_is_found_whole_wrapped_and_cut() {
        let whole = format!("open {ADDRESS} now");
        let picture = Buffer::with_lines([whole.as_str()]);
        assert_eq!(pieces(ADDRESS, &picture), [piece(5, 0, 53)]);
        let (first, second) = ADDRESS.split_at(30);
        let lines = [format!("│ {first} │"), format!("│ {second:<30} │")];
        let picture = Buffer::with_lines(lines.iter().map(String::as_str));
        assert_eq!(
            pieces(ADDRESS, &picture),
            [piece(2, 0, 30), piece(2, 1, 23)]
        );
        let cut = format!("{first}…");
        let picture = Buffer::with_lines([cut.as_str(), "other"]);
        assert_eq!(pieces(ADDRESS, &picture), [piece(0, 0, 30)]);
        let picture = Buffer::with_lines(["nothing", "https://a"]);
        assert_eq!(pieces(ADDRESS, &picture), []);
    }

    #[test]
    fn a_link_is_the_whole_address_and_ends_with_it() {
        let (first, second) = ADDRESS.split_at(30);
        let picture = Buffer::with_lines([first, second]);
        let mut out = Vec::new();
        write(&[ADDRESS.to_owned()], &picture, &mut out).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert!(written.starts_with(&format!("\u{1b}7\u{1b}]8;;{ADDRESS}\u{1b}\\")));
        assert!(
            written.ends_with("\u{1b}]8;;\u{1b}\\\u{1b}8"),
            "{written:?}"
        );
        assert!(written.contains(first) && written.contains(second));
        let mut out = Vec::new();
        write(
            &["https://a.example/\u{1b}]0;x".to_owned()],
            &picture,
            &mut out,
        )
        .unwrap();
        assert_eq!(out, b"");
    }
}
