//! Drawing of the shown file's text, with the find bar.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::tabs;
use crate::base::files::file_name;
use crate::base::text::{ellipsis, width_cells};
use crate::spec::Format;
use crate::tui::app::ViewContext;
use crate::tui::screens::specs::document::Document;
use crate::tui::screens::specs::find::Find;
use crate::tui::screens::specs::layout::{Areas, inside};
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::theme::Role;
use crate::tui::widgets::editor::EditorView;
use crate::tui::widgets::pane;

pub(super) fn draw(
    state: &State,
    look: &ViewContext<'_>,
    areas: &Areas,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let has_focus = matches!(state.focus, Focus::Editor | Focus::Find);
    let name = state
        .current
        .as_deref()
        .map_or_else(|| "no file".to_owned(), file_name);
    let document = state.document();
    let title = tabs::title(state, look, has_focus, tabs::room(area)).unwrap_or_else(|| {
        // The mark of unsaved edits stays.
        let room = usize::from(area.width).saturating_sub(16);
        let name = ellipsis(&name, room);
        let mut title = vec![pane::title(&name, has_focus, look)];
        if document.is_some_and(Document::is_modified) {
            let mark = format!("{} unsaved ", look.glyphs.unsaved);
            title.push(Span::styled(mark, look.theme.style(Role::Warning)));
        }
        Line::from(title)
    });
    let mut block = pane::framed(has_focus, look).title(title);
    if let Some(document) = document {
        block = block.title_bottom(status(document, look).right_aligned());
    }
    block.render(area, buffer);
    let Some(document) = document else {
        let why = state
            .current
            .as_ref()
            .and_then(|file| state.unread.get(file));
        let (words, role) = match (why, &state.current) {
            (Some(why), _) => (why.as_str(), Role::Error),
            (None, Some(_)) => (" reading …", Role::Muted),
            (None, None) => ("", Role::Muted),
        };
        Paragraph::new(words)
            .wrap(Wrap { trim: false })
            .style(look.theme.style(role))
            .render(inside(area), buffer);
        return None;
    };
    let view = EditorView {
        editor: &document.editor,
        look,
        has_focus,
        found: state
            .find
            .as_ref()
            .map_or(&[], |find| find.found.as_slice()),
    };
    let cursor = view.draw(areas.text(), buffer);
    pane::scroll_bar(
        area,
        document.editor.first_line_in_view(),
        document.editor.lines().len(),
        look,
        buffer,
    );
    if let (Some(find), Some(bar)) = (&state.find, areas.find) {
        let in_bar = find_bar(state, find, document, look, bar, buffer);
        return if state.focus == Focus::Find {
            in_bar
        } else {
            cursor
        };
    }
    cursor
}

/// Returns the cursor position and the format of the text, for the border.
fn status<'a>(document: &Document, look: &ViewContext<'_>) -> Line<'a> {
    let (line, column) = document.editor.cursor();
    let format = match document.editor.format() {
        Format::Yaml => "yaml",
        Format::Json => "json",
    };
    let mut spans = Vec::new();
    if let Some(conflict) = document.conflict {
        let words = tabs::conflict_words(conflict);
        let words = format!(" {} {words} ", look.glyphs.leaves);
        spans.push(Span::styled(words, look.theme.style(Role::Warning)));
    }
    if document.editor.is_read_only() {
        spans.push(Span::styled(" read only ", look.theme.style(Role::Warning)));
    }
    let words = format!(" {}:{} {format} ", line + 1, column + 1);
    spans.push(Span::styled(words, look.theme.style(Role::Muted)));
    Line::from(spans)
}

/// Draws both fields of the find bar. Returns the cursor position.
fn find_bar(
    state: &State,
    find: &Find,
    document: &Document,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = look.theme;
    buffer.set_style(area, theme.surface());
    let count = match (find.current(document), find.found.len()) {
        _ if find.wanted.text().is_empty() => String::new(),
        (_, 0) => "not found".to_owned(),
        (Some(at), found) => format!("{} of {found}", at + 1),
        (None, found) => format!("{found} found"),
    };
    let role = if find.found.is_empty() {
        Role::Warning
    } else {
        Role::Muted
    };
    Line::from(Span::styled(format!("{count} "), theme.style(role)))
        .right_aligned()
        .render(Rect { height: 1, ..area }, buffer);
    let mut cursor = None;
    let fields = [
        (" find     ", &find.wanted, false),
        (" replace  ", &find.replacement, true),
    ];
    for (y, (label, field, is_replacement)) in (area.y..area.bottom()).zip(fields) {
        let is_active = state.focus == Focus::Find && find.is_replacing == is_replacement;
        let label_style = if is_active {
            theme.bold(Role::Accent)
        } else {
            theme.style(Role::Muted)
        };
        buffer.set_stringn(area.x, y, label, area.width.into(), label_style);
        let taken = u16::try_from(width_cells(label))
            .unwrap_or(0)
            .min(area.width);
        let reserved = if is_replacement {
            0
        } else {
            u16::try_from(width_cells(&count) + 2).unwrap_or(0)
        };
        let room = Rect {
            x: area.x + taken,
            y,
            width: area.width.saturating_sub(taken + reserved),
            height: 1,
        };
        let at = field.draw(room, theme.style(Role::Text), buffer);
        if is_active {
            cursor = Some(at);
        }
    }
    cursor
}
