//! Drawing of the outline.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::text::{ellipsis, width_cells};
use crate::spec::assist::OutlineKind;
use crate::spec::language::AgenticComponent;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::ViewContext;
use crate::tui::check::OutlineRow;
use crate::tui::screens::specs::layout::inside;
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let has_focus = state.focus == Focus::Outline;
    let is_earlier = state
        .document()
        .is_some_and(|document| document.outline().1);
    let title = if is_earlier {
        "outline (earlier text)"
    } else {
        "outline"
    };
    let mut block = pane::block(title, has_focus, look);
    if let Some(key) = graph_key(state, look) {
        let words = format!(" {key} graph ");
        let hint = Line::styled(words, look.theme.style(Role::Muted));
        block = block.title_bottom(hint.right_aligned());
    }
    block.render(area, buffer);
    let inner = inside(area);
    let rows = state.outline();
    if rows.is_empty() {
        pane::remark(
            "nothing to outline: no component was read",
            look,
            inner,
            buffer,
        );
        return;
    }
    for (index, row, line) in state.outline.lines(rows, inner) {
        draw_row(look, row, line, buffer);
        if has_focus && index == state.outline.selected() {
            buffer.set_style(line, look.theme.selection());
        }
    }
    state.outline.scroll_bar(rows.len(), area, look, buffer);
}

/// Returns the key that shows the graph; `None` if there is no graph.
fn graph_key(state: &State, look: &ViewContext<'_>) -> Option<String> {
    let checked = state.document()?.checked.as_ref()?;
    let component = checked.loaded.component.as_ref()?;
    let keymap = look.context.keymap;
    let key = keymap.key_in(&[KeyContext::SpecsOutline], Action::ToggleGraph)?;
    component.is::<AgenticComponent>().then(|| key.to_string())
}

fn draw_row(look: &ViewContext<'_>, row: &OutlineRow, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    let item = &row.item;
    let label_style = match item.kind {
        OutlineKind::Group => theme.style(Role::Muted),
        OutlineKind::Agent => theme.bold(Role::Text),
        OutlineKind::Model => theme.style(Role::Info),
        OutlineKind::Tool => theme.style(Role::Accent),
        OutlineKind::Input
        | OutlineKind::Output
        | OutlineKind::Node
        | OutlineKind::ControlEdge
        | OutlineKind::DataEdge
        | OutlineKind::Other => theme.style(Role::Text),
    };
    // Of a tool it matters more what carries it out than which type it has.
    let (detail, detail_style) = if row.note.is_empty() {
        (item.detail.as_str(), theme.style(Role::Muted))
    } else if row.is_warning {
        (row.note.as_str(), theme.style(Role::Warning))
    } else {
        (row.note.as_str(), theme.style(Role::Success))
    };
    let indent = " ".repeat(1 + 2 * item.depth.min(8));
    let room = usize::from(area.width).saturating_sub(indent.len() + 1);
    let label = ellipsis(&item.label, room);
    let left = room.saturating_sub(width_cells(&label) + 2);
    let detail = ellipsis(detail, left);
    Line::from(vec![Span::raw(indent), Span::styled(label, label_style)]).render(area, buffer);
    if width_cells(&detail) > 1 {
        let right = Rect {
            width: area.width.saturating_sub(1),
            ..area
        };
        Line::from(Span::styled(detail, detail_style))
            .right_aligned()
            .render(right, buffer);
    }
}
