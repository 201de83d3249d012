//! Drawing of the tree of files.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::text::{ellipsis, width_cells};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::ViewContext;
use crate::tui::screens::specs::document::Document;
use crate::tui::screens::specs::layout::inside;
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::screens::specs::tree::{RowKind, TreeRow};
use crate::tui::theme::Role;
use crate::tui::widgets::pane;
use crate::workspace::Family;

/// The mark of a spec that can be edited, but not run yet.
const CANNOT_RUN: &str = "can't run";

/// The text in place of an empty tree.
const NO_SPECS: &str = "no specs here\n\nA spec is a YAML or JSON file with `component_type` at its top that no \
                        `.gitignore` names. Put one into this folder, or start flowdeck without a folder to see the samples.";

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let has_focus = state.focus == Focus::Tree;
    pane::block(&state.title, has_focus, look).render(area, buffer);
    let inner = inside(area);
    let rows = state.tree.rows();
    if rows.is_empty() {
        let words = if state.is_scanned {
            let new = look
                .context
                .keymap
                .key_in(&[KeyContext::SpecsTree], Action::NewSpec);
            let new = new.map_or_else(String::new, |key| {
                format!(" {key} makes one from a template.")
            });
            format!("{NO_SPECS}{new}")
        } else {
            "looking for specs …".to_owned()
        };
        pane::remark(&words, look, inner, buffer);
        return;
    }
    let cursor = state.tree.cursor;
    for (index, row, line) in cursor.lines(rows, inner) {
        draw_row(state, look, row, line, buffer);
        if index == cursor.selected() {
            buffer.set_style(line, pane::selected(has_focus, look));
        }
    }
    cursor.scroll_bar(rows.len(), area, look, buffer);
}

fn draw_row(state: &State, look: &ViewContext<'_>, row: &TreeRow, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    let glyphs = look.glyphs;
    let indent = " ".repeat(1 + 2 * row.depth);
    let (sign, style) = match row.kind {
        RowKind::Folder { is_open: true } => (glyphs.open, theme.style(Role::Muted)),
        RowKind::Folder { is_open: false } => (glyphs.closed, theme.style(Role::Muted)),
        RowKind::File(Family::Agent) => (glyphs.agent, theme.style(Role::Accent)),
        RowKind::File(Family::Flow) => (glyphs.flow, theme.style(Role::Info)),
        RowKind::File(Family::Team) => (glyphs.team, theme.style(Role::Keyword)),
        RowKind::File(Family::Component) => (glyphs.component, theme.style(Role::Muted)),
    };
    let name_style = match row.kind {
        RowKind::Folder { .. } => theme.style(Role::Muted),
        RowKind::File(_) => theme.style(Role::Text),
    };
    let name_cells = indent.len() + 2 + width_cells(&row.name);
    let mark = mark(
        state,
        look,
        row,
        usize::from(area.width).saturating_sub(name_cells + 2),
    );
    let mark_width: usize = mark.iter().map(|(text, _)| width_cells(text)).sum();
    let taken = indent.len() + 2 + mark_width + 2;
    let name = ellipsis(&row.name, usize::from(area.width).saturating_sub(taken));
    Line::from(vec![
        Span::raw(indent),
        Span::styled(sign, style),
        Span::raw(" "),
        Span::styled(name, name_style),
    ])
    .render(area, buffer);
    let mark = mark
        .into_iter()
        .map(|(text, style)| Span::styled(text, style));
    let right = Rect {
        width: area.width.saturating_sub(1),
        ..area
    };
    mark.collect::<Line<'_>>()
        .right_aligned()
        .render(right, buffer);
}

/// Returns the marks at the end of a row: unsaved edits, and the number of problems. `room` is the
/// width that the name leaves, in cells.
fn mark(state: &State, look: &ViewContext<'_>, row: &TreeRow, room: usize) -> Vec<(String, Style)> {
    let theme = look.theme;
    let glyphs = look.glyphs;
    let mut mark = Vec::new();
    let document = state.documents.get(&row.path);
    if document.is_some_and(Document::is_modified) {
        mark.push((format!("{} ", glyphs.unsaved), theme.style(Role::Warning)));
    }
    if document.is_some_and(|document| document.conflict.is_some()) {
        mark.push((format!("{} ", glyphs.leaves), theme.style(Role::Warning)));
    }
    if let Some(verdict) = state.tree.verdict(&row.path) {
        mark.push(if verdict.errors > 0 {
            (
                format!("{} {}", verdict.errors, glyphs.error),
                theme.style(Role::Error),
            )
        } else if verdict.cannot_run {
            let words = if room > CANNOT_RUN.len() + 3 {
                format!("{CANNOT_RUN} {}", glyphs.not_runnable)
            } else {
                glyphs.not_runnable.to_owned()
            };
            (words, theme.style(Role::Warning))
        } else if verdict.warnings > 0 {
            (
                format!("{} {}", verdict.warnings, glyphs.warning),
                theme.style(Role::Warning),
            )
        } else {
            (glyphs.ok.to_owned(), theme.style(Role::Success))
        });
    }
    mark
}
