//! Drawing of the names of the open files, in the border of the editor.

use std::path::{Path, PathBuf};

use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::base::files::file_name;
use crate::base::text::{ellipsis, width_cells};
use crate::tui::app::ViewContext;
use crate::tui::glyphs::Glyphs;
use crate::tui::screens::specs::document::Conflict;
use crate::tui::screens::specs::state::State;
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

/// The maximum width of a name beside others, in cells.
const MAX_NAME: usize = 28;
/// The width of the number of further files at one end, in cells.
const MORE: usize = 4;

/// A tab in the border.
struct Tab {
    path: PathBuf,
    name: String,
    /// The marks behind the name: unsaved edits, a conflict with the disk.
    marks: String,
}

impl Tab {
    /// Returns the width of the tab with a blank on each side and the line after it, in cells.
    fn cells(&self) -> usize {
        width_cells(&self.name) + width_cells(&self.marks) + 3
    }
}

/// The visible tabs, with the number of hidden ones before and after them.
struct Row {
    tabs: Vec<Tab>,
    before: usize,
    after: usize,
}

/// Returns the line of names for the upper border of the editor.
pub(super) fn title<'a>(
    state: &State,
    look: &ViewContext<'_>,
    has_focus: bool,
    width: usize,
) -> Option<Line<'a>> {
    let theme = look.theme;
    let row = row(state, look.glyphs, width)?;
    let more = |count: usize, sign: &str| {
        let words = if sign == look.glyphs.turn_back {
            format!("{sign}{count} ")
        } else {
            format!(" {count}{sign}")
        };
        Span::styled(words, theme.style(Role::Muted))
    };
    let mut spans = Vec::new();
    if row.before > 0 {
        spans.push(more(row.before, look.glyphs.turn_back));
    }
    let count = row.tabs.len();
    for (at, tab) in row.tabs.into_iter().enumerate() {
        let is_shown = state.current.as_deref() == Some(&tab.path);
        let style = if is_shown {
            // The selection has a ground and no colour of its own: on a frame it would be that of the frame.
            let selected = pane::selected(has_focus, look);
            theme.bold(Role::Text).patch(selected)
        } else {
            theme.style(Role::Muted)
        };
        let style = if state.tabs.holds(&tab.path) {
            style
        } else {
            style.add_modifier(Modifier::ITALIC)
        };
        spans.push(Span::styled(format!(" {}", tab.name), style));
        let marks = format!("{} ", tab.marks);
        let marks_style = if is_shown {
            style
        } else {
            theme.style(Role::Warning)
        };
        spans.push(Span::styled(marks, marks_style));
        if at + 1 < count {
            spans.push(Span::styled(
                look.glyphs.border.vertical_left,
                theme.style(Role::Border),
            ));
        }
    }
    if row.after > 0 {
        spans.push(more(row.after, look.glyphs.turn_on));
    }
    Some(Line::from(spans))
}

/// Returns the file whose name is under the mouse, in the border of the editor.
pub(in crate::tui::screens::specs) fn file_at(
    state: &State,
    glyphs: &Glyphs,
    pane: Rect,
    at: Position,
) -> Option<PathBuf> {
    if at.y != pane.y {
        return None;
    }
    let row = row(state, glyphs, room(pane))?;
    let column = usize::from(at.x.checked_sub(pane.x + 1)?);
    let mut begin = if row.before > 0 {
        width_cells(&format!("{}{} ", glyphs.turn_back, row.before))
    } else {
        0
    };
    for tab in row.tabs {
        let end = begin + tab.cells();
        if (begin..end).contains(&column) {
            return Some(tab.path);
        }
        begin = end;
    }
    None
}

/// Returns the width of a pane's upper border that a title may use, in cells.
pub(super) fn room(pane: Rect) -> usize {
    usize::from(pane.width).saturating_sub(2)
}

/// Returns the marks of an open file: unsaved edits, a conflict with the disk.
fn marks(state: &State, glyphs: &Glyphs, path: &Path) -> String {
    let mut marks = String::new();
    let Some(document) = state.documents.get(path) else {
        return marks;
    };
    if document.is_modified() {
        marks.push(' ');
        marks.push_str(glyphs.unsaved);
    }
    if document.conflict.is_some() {
        marks.push(' ');
        marks.push_str(glyphs.leaves);
    }
    marks
}

/// Returns the description of a file's conflict with the disk.
pub(super) const fn conflict_words(conflict: Conflict) -> &'static str {
    match conflict {
        Conflict::Changed => "changed on disk",
        Conflict::Gone => "gone from disk",
    }
}

/// Returns the tabs around the shown file that fit into `width` cells; `None` if only one file is
/// open.
fn row(state: &State, glyphs: &Glyphs, width: usize) -> Option<Row> {
    let paths = state.tabs.with_preview(state.current.as_deref());
    if paths.len() < 2 {
        return None;
    }
    let mut tabs: Vec<Tab> = paths
        .iter()
        .map(|path| Tab {
            path: (*path).to_owned(),
            name: name(path, &paths),
            marks: marks(state, glyphs, path),
        })
        .collect();
    if tabs.iter().map(Tab::cells).sum::<usize>() > width {
        for tab in &mut tabs {
            tab.name = ellipsis(&tab.name, MAX_NAME);
        }
    }
    let shown = state.current.as_deref();
    let shown = paths.iter().position(|path| Some(*path) == shown);
    let shown = shown.unwrap_or(0);
    let (mut first, mut end) = (shown, shown + 1);
    let mut taken = tabs.get(shown).map_or(0, Tab::cells);
    let all: usize = tabs.iter().map(Tab::cells).sum();
    let room = if all <= width {
        width
    } else {
        width.saturating_sub(2 * MORE)
    };
    loop {
        let right = tabs.get(end).map(Tab::cells);
        let left = first
            .checked_sub(1)
            .and_then(|at| tabs.get(at))
            .map(Tab::cells);
        if let Some(cells) = right.filter(|cells| taken + cells <= room) {
            end += 1;
            taken += cells;
        } else if let Some(cells) = left.filter(|cells| taken + cells <= room) {
            first -= 1;
            taken += cells;
        } else {
            break;
        }
    }
    let (before, after) = (first, tabs.len() - end);
    let tabs = tabs.into_iter().take(end).skip(first).collect();
    Some(Row {
        tabs,
        before,
        after,
    })
}

/// Returns a file's name, with its folder if another open file has the same name.
fn name(path: &Path, all: &[&Path]) -> String {
    let name = file_name(path);
    let has_twin = all
        .iter()
        .any(|other| *other != path && other.file_name() == path.file_name());
    match path.parent() {
        Some(folder) if has_twin => format!("{}/{name}", file_name(folder)),
        _ => name,
    }
}
