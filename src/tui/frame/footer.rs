//! The last line: the most important keys here, and the last notice.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::base::files::file_name;
use crate::base::text::{ellipsis_in_paths, sanitised, width_cells};
use crate::tui::action::{Action, KeyContext, Shown};
use crate::tui::app::{State, ViewContext};
use crate::tui::event::TraceProgress;
use crate::tui::keymap::Key;
use crate::tui::overlays::Overlay;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{moment, pane};

/// The maximum number of hints by minimum width of the line, in cells. Wide terminals also show
/// keys that are rarely needed.
const MAX_HINTS: [(usize, usize); 3] = [(160, 12), (110, 8), (0, 6)];

/// The maximum number of lines above the keys for a notice.
const MAX_LINES: usize = 2;

/// The [`Shown::Footer`] number from which on actions lead to all other keys, such as help.
const FIRST_WAY_ON: u8 = 90;

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    buffer.set_style(area, theme.surface());
    let width = usize::from(area.width);
    let contexts = state.contexts();
    let hints = hints(state, look);
    // A notice goes soon, and the keys come back: they leave it all but the room of two, and where that is not enough
    // of the last one. One that is still longer is drawn above them.
    let room_beside =
        |n_hints| width.saturating_sub(cells(&fitting(hints.clone(), 0, (n_hints, width))) + 2);
    let is_in_log = matches!(state.overlays.last(), Some(Overlay::Notices(_)));
    let shown_notice = if is_in_log { None } else { shown_notice(look) };
    let shown_notice = shown_notice.or_else(|| reading(state.traces_read()));
    let beside = shown_notice.as_ref().and_then(|shown_notice| {
        let rooms = [room_beside(2), room_beside(1)];
        shown_notice.beside(rooms, theme)
    });
    if let (Some(shown_notice), None) = (&shown_notice, &beside) {
        let log = state.keymap().key_in(&contexts, Action::NoticeLog);
        let lies_over_keys = state.topmost().ends_in_button();
        let bottom = area.y + u16::from(lies_over_keys);
        shown_notice.draw_above(log, look, Rect { y: bottom, ..area }, buffer);
        if lies_over_keys {
            return;
        }
    }
    let (notice, n_hints) = beside.unwrap_or((Line::default(), 2));
    let gap = if notice.width() == 0 { 0 } else { 2 };
    let room = width.saturating_sub(notice.width() + gap);
    let mut spans = Vec::new();
    for Hint { key, label, .. } in fitting(hints, room, (n_hints, width)) {
        spans.push(Span::styled(format!(" {key}"), theme.bold(Role::Accent)));
        spans.push(Span::styled(format!(" {label} "), theme.style(Role::Muted)));
    }
    Line::from(spans).render(area, buffer);
    notice.right_aligned().render(area, buffer);
}

/// A key and its label.
#[derive(Clone, Debug)]
struct Hint {
    priority: u8,
    key: String,
    label: &'static str,
}

impl Hint {
    /// Whether the hint leads to all other keys: palette or help.
    const fn is_way_on(&self) -> bool {
        self.priority >= FIRST_WAY_ON
    }
}

fn cells(hints: &[Hint]) -> usize {
    let each = hints.iter();
    each.map(|hint| width_cells(&hint.key) + width_cells(hint.label) + 3)
        .sum()
}

/// Whether the footer mentions interrupted runs in this context; elsewhere the header does.
const fn is_about_past_runs(context: KeyContext) -> bool {
    matches!(context, KeyContext::Runs | KeyContext::History)
}

/// Returns the available actions with their keys and labels, the most important first. Palette and
/// help are last.
fn hints(state: &State, look: &ViewContext<'_>) -> Vec<Hint> {
    let (keymap, contexts) = (state.keymap(), state.contexts());
    let contexts = &contexts;
    let mut shown: Vec<Hint> = Action::TABLE
        .iter()
        .filter_map(|info| match info.shown {
            Shown::Footer(priority) => {
                let (context, key) = keymap.bound_in(contexts, info.action)?;
                if state.refusal(info.action, look.context.now).is_some() {
                    return None;
                }
                let is_elsewhere = info.action == Action::ResumeInterrupted
                    && !contexts.iter().any(|context| is_about_past_runs(*context));
                // A question that is open needs no key to open it.
                let is_open = info.action == Action::AnswerRun
                    && contexts.contains(&KeyContext::AnswerConfirm)
                    && contexts.contains(&KeyContext::Runs);
                if is_elsewhere || is_open {
                    return None;
                }
                let label = match info.action {
                    Action::PauseBatch if state.is_batch_paused() => "go on",
                    _ => info.label_in(context),
                };
                Some(Hint {
                    priority,
                    key: key.to_string(),
                    label,
                })
            }
            Shown::Listed | Shown::Help => None,
        })
        .collect();
    shown.sort_by_key(|hint| hint.priority);
    shown
}

/// Returns the keys and labels of the available actions as text.
#[cfg(test)]
pub(super) fn hints_in_words(state: &State, look: &ViewContext<'_>) -> Vec<(String, &'static str)> {
    let hints = hints(state, look).into_iter();
    hints.map(|hint| (hint.key, hint.label)).collect()
}

/// Returns as many hints as fit into `room` cells of a line of that `width`, but at least `least`:
/// first the last one, which is help if help has a key, then the first, which is the most
/// important. Less important hints are dropped first.
fn fitting(mut hints: Vec<Hint>, room: usize, (least, width): (usize, usize)) -> Vec<Hint> {
    let most = MAX_HINTS.iter().find(|(from, _)| width >= *from);
    let most = most.map_or(0, |(_, most)| *most);
    while hints.len() > least && (hints.len() > most || cells(&hints) > room) {
        let own = hints.iter().filter(|hint| !hint.is_way_on()).count();
        let least = if own + 1 < hints.len() && hints.len() <= 4 {
            own
        } else {
            own.saturating_sub(1)
        };
        hints.remove(least);
    }
    hints
}

/// The last notice, prepared for the footer.
struct ShownNotice {
    time: String,
    text: String,
    role: Role,
}

/// Returns the last notice, while it is shown.
fn shown_notice(look: &ViewContext<'_>) -> Option<ShownNotice> {
    let (since, notice) = look.context.notices.current(look.context.now)?;
    Some(ShownNotice {
        time: format!(" {} ", moment::second(*since, look.context.utc_offset)),
        text: sanitised(notice.text.trim_end()).replace('\n', " \u{b7} "),
        role: notice.level.role(),
    })
}

/// Returns a notice with the progress of the large traces that are being read.
fn reading(traces: &[TraceProgress]) -> Option<ShownNotice> {
    let each = traces
        .iter()
        .map(|trace| format!("{}: {}", sanitised(&file_name(&trace.path)), trace.bytes));
    let each: Vec<String> = each.collect();
    (!each.is_empty()).then(|| ShownNotice {
        time: " ".to_owned(),
        text: format!("reading {}", each.join(", ")).replace('\n', " "),
        role: Role::Accent,
    })
}

impl ShownNotice {
    /// Returns the notice for the line of the keys, and the minimum number of keys beside it. The
    /// notice's time is dropped before a key is. `rooms` is its maximum width beside two keys and
    /// beside one; `None` if it doesn't fit.
    fn beside<'a>(&self, rooms: [usize; 2], theme: &Theme) -> Option<(Line<'a>, usize)> {
        let cells = width_cells(&self.text);
        let ways = [
            (self.time.as_str(), rooms[0], 2),
            (" ", rooms[0], 2),
            (" ", rooms[1], 1),
        ];
        let fits = |(beside, room, _): &(&str, usize, usize)| cells + width_cells(beside) <= *room;
        let (beside, _, n_hints) = ways.into_iter().find(fits)?;
        let line = Line::from(vec![
            Span::styled(self.text.clone(), theme.style(self.role)),
            Span::styled(beside.to_owned(), theme.style(Role::Muted)),
        ]);
        Some((line, n_hints))
    }

    /// Draws the notice in extra lines above an area, over the end of the screen. A notice that
    /// doesn't fit ends with the key that shows the whole text.
    fn draw_above(
        &self,
        log: Option<Key>,
        look: &ViewContext<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let theme = look.theme;
        let width = usize::from(area.width.saturating_sub(2)).max(1);
        let wrapped = |text: &str| {
            let piece = Piece::new(text, Tone::of(self.role));
            wrap(&[piece], width, &Indent::default())
        };
        let mut rows = wrapped(&self.text);
        if rows.len() > MAX_LINES {
            // Words matter more than the middle of a path.
            rows = wrapped(&ellipsis_in_paths(&self.text, width * MAX_LINES * 9 / 10));
        }
        let way = log.map(|log| format!(" {log}: all "));
        let way = way.filter(|_| rows.len() > MAX_LINES || rows.iter().any(is_cut));
        rows.truncate(MAX_LINES);
        let top = area
            .y
            .saturating_sub(u16::try_from(rows.len()).unwrap_or(0));
        for (row, y) in rows.iter().zip(top..area.y) {
            let line = pane::line(area, y);
            Clear.render(line, buffer);
            buffer.set_style(line, theme.surface());
            let x = line.x + 1;
            row.draw(theme, Rect { x, ..line }, buffer);
        }
        if let Some(way) = way {
            let line = pane::line(area, area.y.saturating_sub(1));
            let way = Span::styled(format!("\u{2026}{way}"), theme.style(Role::Muted));
            Line::from(way).right_aligned().render(line, buffer);
        }
    }
}

/// Whether a row was cut.
fn is_cut(row: &Row) -> bool {
    row.text().contains('\u{2026}')
}

#[cfg(test)]
mod tests {
    use crate::tui::testing::Harness;

    const FILES: [(&str, &str); 2] = [
        ("a.yaml", "component_type: Agent\n"),
        ("teams/b.yaml", "component_type: Agent\n"),
    ];

    #[track_caller]
    fn check(keys: &str, shown: &str, not_shown: &str) {
        let mut bench = Harness::new((80, 24), &FILES);
        bench.press(keys);
        let picture = bench.picture();
        let footer = picture.lines().last().unwrap();
        assert!(footer.contains(shown), "{footer}");
        assert!(!footer.contains(not_shown), "{footer}");
    }

    #[test]
    fn enter_is_named_for_what_it_does_here() {
        check("N", "enter choose", "open");
        check("N enter", "enter take", "open");
        check("ctrl-p", "enter go", "open");
    }

    #[test]
    fn a_changed_file_in_the_editor_shows_how_it_is_saved() {
        check("e x", "ctrl-s save", "F3 next");
    }

    #[test]
    fn enter_launches_files_and_no_folders() {
        check("end", "enter launch", "open");
        check("home", "palette", "enter launch");
        check("home", "palette", "e edit");
    }

    #[test]
    fn what_was_not_looked_for_has_no_next_place() {
        check("e", "F1 what's this", "F3 next");
        check("e F3", "nothing was searched for yet", "F3");
    }
}
