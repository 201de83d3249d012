//! The last line: the keys that matter here, and the last notice.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::text::{ellipsis_in_paths, sanitised, width_cells};
use crate::tui::action::{Action, Shown};
use crate::tui::app::{Look, State};
use crate::tui::keymap::Key;
use crate::tui::theme::Role;

/// At most so many hints are shown, however wide the terminal is: those that matter here.
const MAX_HINTS: usize = 6;

pub(super) fn draw(state: &State, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    buffer.set_style(area, theme.surface());
    let width = usize::from(area.width);
    let contexts = state.contexts();
    let hints = hints(state, look);
    // A notice goes soon, and the keys come back: they leave it all but the room of two.
    let least = cells(&fitting(hints.clone(), 0));
    let log = state.keymap().key_in(&contexts, Action::NoticeLog);
    let notice = notice(look, width.saturating_sub(least + 2), log);
    let room = width.saturating_sub(notice.width() + 2);
    let mut spans = Vec::new();
    for (key, label) in fitting(hints, room) {
        spans.push(Span::styled(format!(" {key}"), theme.bold(Role::Accent)));
        spans.push(Span::styled(format!(" {label} "), theme.style(Role::Muted)));
    }
    Line::from(spans).render(area, buffer);
    notice.right_aligned().render(area, buffer);
}

/// A key, and what it does in a word.
type Hint = (String, &'static str);

fn cells(hints: &[Hint]) -> usize {
    let each = hints.iter();
    each.map(|(key, label)| width_cells(key) + width_cells(label) + 3)
        .sum()
}

/// Keys and labels of the actions that are shown here, the most important first; the way to the
/// palette and to help is last. What could not be done now is left out.
fn hints(state: &State, look: &Look<'_>) -> Vec<Hint> {
    let (keymap, contexts) = (state.keymap(), state.contexts());
    let mut shown: Vec<_> = Action::TABLE
        .iter()
        .filter_map(|info| match info.shown {
            Shown::Footer(priority) => {
                let key = keymap.key_in(&contexts, info.action)?;
                if state.refusal(info.action, look.context.now).is_some() {
                    return None;
                }
                Some((priority, key.to_string(), info.label))
            }
            Shown::Listed | Shown::Help => None,
        })
        .collect();
    shown.sort_by_key(|(priority, ..)| *priority);
    shown
        .into_iter()
        .map(|(_, key, label)| (key, label))
        .collect()
}

/// As many hints as fit into so many cells. The first, which matters most, and the last, help, are
/// never left out: before them the less important go.
fn fitting(mut hints: Vec<Hint>, room: usize) -> Vec<Hint> {
    while hints.len() > 2 && (hints.len() > MAX_HINTS || cells(&hints) > room) {
        let palette = hints.len() - 2;
        let least = if hints.len() > 4 {
            palette - 1
        } else {
            palette
        };
        hints.remove(least);
    }
    hints
}

/// The last notice with its time; one that does not fit says by which key all of it is read.
fn notice<'a>(look: &Look<'_>, max_width: usize, log: Option<Key>) -> Line<'a> {
    let theme = look.theme;
    let Some((since, notice)) = look.context.notices.current(look.context.now) else {
        return Line::default();
    };
    let role = notice.level.role();
    let time = since.to_utc().with_timezone(&look.utc_offset);
    let mut beside = time.format(" %H:%M:%S ").to_string();
    let text = sanitised(&notice.text).replace('\n', " ");
    if let Some(log) = log
        && width_cells(&text) + width_cells(&beside) > max_width
    {
        beside = format!(" {log} shows all ");
    }
    let room = max_width.saturating_sub(width_cells(&beside));
    Line::from(vec![
        Span::styled(ellipsis_in_paths(&text, room), theme.style(role)),
        Span::styled(beside, theme.style(Role::Muted)),
    ])
}
