//! Drawing of the editor, and conversion of cells to text positions.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use super::layout::{Row, TextRow, cluster_cells};
use super::{Editor, Match};
use crate::base::text::is_hazardous;
use crate::spec::syntax::{Token, TokenKind, line_tokens};
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

/// The editor with the settings for drawing.
#[derive(Debug)]
pub(crate) struct EditorView<'a> {
    /// The editor.
    pub(crate) editor: &'a Editor,
    /// Colours and signs.
    pub(crate) look: &'a ViewContext<'a>,
    /// Whether the cursor is shown.
    pub(crate) has_focus: bool,
    /// The matches of a search, in order.
    pub(crate) found: &'a [Match],
}

impl EditorView<'_> {
    /// Draws the visible rows. Returns the cursor's cell, if it is visible and shown.
    pub(crate) fn draw(&self, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let rows = self.editor.visible(Size::new(area.width, area.height));
        let mut highlighted: Option<(usize, Vec<Token>)> = None;
        for (y, row) in (area.y..area.bottom()).zip(&rows) {
            let line_area = pane::line(area, y);
            match row {
                Row::Text(row) => {
                    let known = highlighted.take().filter(|(line, _)| *line == row.line);
                    let (_, tokens) = &*highlighted
                        .insert(known.unwrap_or_else(|| (row.line, self.tokens(row.line))));
                    self.text_row(row, tokens, line_area, buffer);
                }
                Row::Mark {
                    mark,
                    indent,
                    text,
                    is_first,
                } => {
                    let lead = if *is_first {
                        self.look.glyphs.elbow
                    } else {
                        " "
                    };
                    let words = format!("{lead} {text}");
                    self.mark_row(*mark, *indent, &words, line_area, buffer);
                }
            }
        }
        cursor_cell(self.editor, area).filter(|_| self.has_focus)
    }

    fn tokens(&self, line: usize) -> Vec<Token> {
        let text = self.editor.lines().get(line).map_or("", String::as_str);
        let state = self.editor.states.get(line).copied();
        line_tokens(text, self.editor.format, state.unwrap_or_default()).0
    }

    /// Draws one row of a line.
    fn text_row(&self, row: &TextRow, tokens: &[Token], area: Rect, buffer: &mut Buffer) {
        let TextRow {
            line,
            characters,
            hang,
        } = row;
        let is_cursor_line = *line == self.editor.cursor().0;
        if characters.start == 0 {
            self.number(*line, is_cursor_line, area, buffer);
        }
        let text = self.editor.lines().get(*line).map_or("", String::as_str);
        let first_column = self.editor.scroll.column;
        let left = area.x + u16::try_from(self.editor.gutter_cells()).unwrap_or(0);
        let width = usize::from(area.right().saturating_sub(left));
        let (mut at, mut byte, mut column) = (0, 0, *hang);
        for cluster in text.graphemes(true) {
            let length = cluster.chars().count();
            if at + length > characters.start && at < characters.end {
                let cells = cluster_cells(cluster, column);
                let style = self.style((*line, at), byte, tokens);
                if column >= first_column && column + cells <= first_column + width {
                    let x = left + u16::try_from(column - first_column).unwrap_or(0);
                    draw_cluster(cluster, cells, (x, area.y), style, buffer);
                }
                column += cells;
                // Far to the right of the view nothing is seen.
                if column > first_column + width + cells {
                    break;
                }
            }
            at += length;
            byte += cluster.len();
        }
    }

    fn number(&self, line: usize, is_cursor_line: bool, area: Rect, buffer: &mut Buffer) {
        let width = self.editor.gutter_cells() - 1;
        let number = format!("{:>width$} ", line + 1);
        let role = if is_cursor_line && self.has_focus {
            Role::Text
        } else {
            Role::Border
        };
        let style = self.look.theme.style(role);
        buffer.set_stringn(area.x, area.y, number, area.width.into(), style);
    }

    /// Returns the style of a character from its syntax colour, remarks, matches and the selection.
    fn style(&self, at: (usize, usize), byte: usize, tokens: &[Token]) -> Style {
        let theme = self.look.theme;
        let token = tokens.iter().find(|token| token.range.contains(&byte));
        let mut style = theme.style(token.map_or(Role::Text, |token| role_of(token.kind)));
        let (line, column) = at;
        let marks = &self.editor.marks;
        let first = marks.partition_point(|mark| mark.line < line);
        let mark = marks
            .iter()
            .skip(first)
            .take_while(|mark| mark.line == line)
            .find(|mark| (mark.start..mark.end).contains(&column));
        if let Some(mark) = mark {
            style = theme.style(mark.role).add_modifier(Modifier::UNDERLINED);
        }
        let first = self.found.partition_point(|found| found.line < line);
        let is_found = self
            .found
            .iter()
            .skip(first)
            .take_while(|found| found.line == line)
            .any(|found| (found.start..found.end).contains(&column));
        if is_found {
            style = style
                .patch(theme.bold(Role::Warning))
                .add_modifier(Modifier::UNDERLINED);
        }
        let is_selected = self
            .editor
            .selection()
            .is_some_and(|(from, to)| from <= at && at < to);
        if is_selected {
            style = style.patch(theme.selection());
        }
        style
    }

    fn mark_row(&self, mark: usize, indent: usize, words: &str, area: Rect, buffer: &mut Buffer) {
        let marks = &self.editor.marks;
        let role = marks.get(mark).map_or(Role::Error, |mark| mark.role);
        let left = area.x + u16::try_from(self.editor.gutter_cells() + indent).unwrap_or(0);
        if left < area.right() {
            let room = usize::from(area.right() - left);
            let style = self.look.theme.style(role).add_modifier(Modifier::ITALIC);
            buffer.set_stringn(left, area.y, words, room, style);
        }
    }
}

fn draw_cluster(cluster: &str, cells: usize, at: (u16, u16), style: Style, buffer: &mut Buffer) {
    let is_shown = !cluster.chars().all(|c| c == '\t' || is_hazardous(c));
    let sign = match cluster {
        "\t" => " ".repeat(cells),
        _ if is_shown => cluster.chars().filter(|c| !is_hazardous(*c)).collect(),
        // A character that is not shown could hide what a spec says.
        _ => "\u{fffd}".to_owned(),
    };
    buffer.set_stringn(at.0, at.1, sign, cells, style);
}

/// Returns the cell of the cursor in the editor's area; `None` if it is not visible.
pub(crate) fn cursor_cell(editor: &Editor, area: Rect) -> Option<Position> {
    let (cursor_line, cursor_column) = editor.cursor();
    let first_column = editor.scroll.column;
    let left = area.x + u16::try_from(editor.gutter_cells()).unwrap_or(0);
    let width = usize::from(area.right().saturating_sub(left));
    let rows = editor.visible(Size::new(area.width, area.height));
    let cell = |column: usize, y: u16| {
        let shown = column.checked_sub(first_column).filter(|x| *x <= width)?;
        let x = left + u16::try_from(shown).ok()?;
        Some(Position::new(x.min(area.right() - 1), y))
    };
    (area.y..).zip(&rows).find_map(|(y, row)| {
        let row = match row {
            Row::Text(row) if row.line == cursor_line => row,
            Row::Text(_) | Row::Mark { .. } => return None,
        };
        let (mut at, mut column) = (0, row.hang);
        for cluster in editor.lines().get(row.line)?.graphemes(true) {
            let length = cluster.chars().count();
            if at + length > row.characters.start && at < row.characters.end {
                if (at..at + length).contains(&cursor_column) {
                    return cell(column, y);
                }
                column += cluster_cells(cluster, column);
                // Far to the right of the view the cursor is never.
                if column > first_column + 2 * width + cluster.len() {
                    return None;
                }
            }
            at += length;
        }
        let is_after_last = row.characters.end == at && cursor_column >= at;
        is_after_last.then(|| cell(column, y))?
    })
}

/// Returns the text position for a cell of the editor's area; below and beside the text, the
/// nearest one.
pub(crate) fn position_at(editor: &Editor, area: Rect, at: Position) -> (usize, usize) {
    let rows = editor.visible(Size::new(area.width, area.height));
    let row = usize::from(at.y.saturating_sub(area.y));
    let above = rows.iter().take(row + 1).rev();
    let Some(row) = above.into_iter().find_map(|row| match row {
        Row::Text(row) => Some(row),
        Row::Mark { .. } => None,
    }) else {
        return (0, 0);
    };
    let TextRow {
        line,
        characters,
        hang,
    } = row;
    let x = usize::from(at.x.saturating_sub(area.x));
    let wanted = x.saturating_sub(editor.gutter_cells()) + editor.scroll.column;
    let text = editor.lines().get(*line).map_or("", String::as_str);
    let (mut column, mut character) = (*hang, 0);
    for cluster in text.graphemes(true) {
        let length = cluster.chars().count();
        if character >= characters.start {
            if character >= characters.end {
                break;
            }
            column += cluster_cells(cluster, column);
            if column > wanted {
                break;
            }
        }
        character += length;
    }
    let last = if characters.end < text.chars().count() {
        characters.end - 1
    } else {
        characters.end
    };
    (
        *line,
        character.clamp(characters.start, last.max(characters.start)),
    )
}

fn role_of(kind: TokenKind) -> Role {
    match kind {
        TokenKind::Key => Role::Key,
        TokenKind::String => Role::String,
        TokenKind::Placeholder => Role::Accent,
        TokenKind::Number => Role::Number,
        TokenKind::Keyword | TokenKind::Anchor => Role::Keyword,
        TokenKind::Comment => Role::Comment,
        TokenKind::Punctuation => Role::Muted,
    }
}
