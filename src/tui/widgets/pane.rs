//! The border of a pane, and the lines inside.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph, Widget, Wrap};

use crate::tui::app::ViewContext;
use crate::tui::theme::Role;

/// Returns a border with a title, in the colours of a focused or unfocused pane.
pub(crate) fn block<'a>(words: &str, has_focus: bool, look: &ViewContext<'_>) -> Block<'a> {
    framed(has_focus, look).title(Line::from(title(words, has_focus, look)))
}

/// Returns the title of a pane, to be combined with other text in the border.
pub(crate) fn title<'a>(words: &str, has_focus: bool, look: &ViewContext<'_>) -> Span<'a> {
    let style = if has_focus {
        look.theme.bold(Role::Accent)
    } else {
        look.theme.style(Role::Muted)
    };
    Span::styled(format!(" {words} "), style)
}

/// Draws in an empty pane why it is empty, with a margin of one cell left and right.
pub(crate) fn remark(words: &str, look: &ViewContext<'_>, inner: Rect, buffer: &mut Buffer) {
    let room = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    Paragraph::new(words)
        .wrap(Wrap { trim: true })
        .style(look.theme.style(Role::Muted))
        .render(room, buffer);
}

/// Draws in the middle of an empty screen how to fill it.
pub(crate) fn invitation(words: &str, look: &ViewContext<'_>, inner: Rect, buffer: &mut Buffer) {
    let above = inner.height / 3;
    let room = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(4),
        y: inner.y + above,
        height: inner.height - above,
    };
    Paragraph::new(words)
        .centered()
        .wrap(Wrap { trim: true })
        .style(look.theme.style(Role::Muted))
        .render(room, buffer);
}

/// Returns the text in place of a run's dropped details.
pub(crate) fn let_go(look: &ViewContext<'_>) -> Paragraph<'static> {
    let words = "The detail of this run was dropped to save memory.\n\nThe newest runs that are over \
                 keep theirs: `kept_detail_mib` in config.toml sets how much. A marked run keeps it, \
                 too.";
    Paragraph::new(words)
        .style(look.theme.style(Role::Muted))
        .wrap(Wrap { trim: true })
}

/// Returns a border without a title.
pub(crate) fn framed<'a>(has_focus: bool, look: &ViewContext<'_>) -> Block<'a> {
    Block::new()
        .borders(Borders::ALL)
        .border_set(look.glyphs.border)
        .border_style(look.theme.border(has_focus))
}

/// Returns the line of an area at a row of the screen, as wide as the area.
pub(crate) const fn line(area: Rect, y: u16) -> Rect {
    Rect {
        y,
        height: 1,
        ..area
    }
}

/// Returns the style of the selected row of a list.
pub(crate) fn selected(has_focus: bool, look: &ViewContext<'_>) -> Style {
    if has_focus {
        look.theme.selection()
    } else {
        look.theme.selection_unfocused()
    }
}

/// Draws a scroll bar on the right border of a pane.
pub(crate) fn scroll_bar(
    area: Rect,
    first: usize,
    total: usize,
    look: &ViewContext<'_>,
    buffer: &mut Buffer,
) {
    let height = usize::from(area.height.saturating_sub(2));
    if total <= height || height == 0 {
        return;
    }
    let thumb = (height * height / total).max(1);
    let top = (first * (height - thumb))
        .div_ceil(total - height)
        .min(height - thumb);
    for row in top..top + thumb {
        let y = area.y + 1 + u16::try_from(row).unwrap_or(0);
        let style = look.theme.style(Role::Muted);
        buffer.set_string(area.right() - 1, y, look.glyphs.thumb, style);
    }
}
