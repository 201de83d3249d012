//! The last line: the keys that matter here, and the last notice.

use chrono::Timelike;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::text::{ellipsis, width_cells};
use crate::tui::action::{Action, KeyContext, Shown};
use crate::tui::app::{Look, State};
use crate::tui::keymap::Keymap;
use crate::tui::notices::NoticeLevel;
use crate::tui::theme::Role;

/// At most so many hints are shown, however wide the terminal is.
const MAX_HINTS: usize = 8;

pub(super) fn draw(state: &State, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    buffer.set_style(area, theme.surface());
    let width = usize::from(area.width);
    let notice = notice(look, width / 2);
    let room = width.saturating_sub(notice.width() + 2);
    let mut spans = Vec::new();
    for (key, label) in fitting(hints(state.keymap(), &state.contexts()), room) {
        spans.push(Span::styled(format!(" {key}"), theme.bold(Role::Accent)));
        spans.push(Span::styled(format!(" {label} "), theme.style(Role::Muted)));
    }
    Line::from(spans).render(area, buffer);
    notice.right_aligned().render(area, buffer);
}

/// A key, and what it does in a word.
type Hint = (String, &'static str);

/// Keys and labels of the actions that are shown in a stack of contexts, the most important first;
/// the way to the palette and to help is last.
fn hints(keymap: &Keymap, contexts: &[KeyContext]) -> Vec<Hint> {
    let mut shown: Vec<_> = Action::TABLE
        .iter()
        .filter_map(|info| match info.shown {
            Shown::Footer(priority) => {
                let key = keymap.key_in(contexts, info.action)?;
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

/// As many hints as fit into so many cells. The last one, help, is never the one left out: before
/// it the less important go.
fn fitting(mut hints: Vec<Hint>, room: usize) -> Vec<Hint> {
    let cells = |hints: &[Hint]| -> usize {
        let each = hints.iter();
        each.map(|(key, label)| width_cells(key) + width_cells(label) + 3)
            .sum()
    };
    while hints.len() > 1 && (hints.len() > MAX_HINTS || cells(&hints) > room) {
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

/// The last notice with its time.
fn notice<'a>(look: &Look<'_>, max_width: usize) -> Line<'a> {
    let theme = look.theme;
    let Some((since, notice)) = look.context.notices.current(look.context.now) else {
        return Line::default();
    };
    let role = match notice.level {
        NoticeLevel::Info => Role::Text,
        NoticeLevel::Warning => Role::Warning,
        NoticeLevel::Error => Role::Error,
    };
    let time = since.to_utc().with_timezone(&look.utc_offset);
    let time = format!(
        " {:02}:{:02}:{:02} ",
        time.hour(),
        time.minute(),
        time.second()
    );
    let words = ellipsis(&notice.text, max_width.saturating_sub(width_cells(&time)));
    Line::from(vec![
        Span::styled(words, theme.style(role)),
        Span::styled(time, theme.style(Role::Muted)),
    ])
}
