//! The log of notices, the newest first.

use crossterm::event::MouseEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::base::clock::Timestamp;
use crate::base::text::sanitised;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{dialog, list::ListCursor, moment};

/// How wide the column of the times is.
const TIME_CELLS: usize = 10;

/// What is in view.
#[derive(Debug, Default)]
pub(crate) struct State {
    list: ListCursor,
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Notices, KeyContext::Moving]
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        if matches!(action, Action::Back | Action::Close) {
            return vec![Command::close()];
        }
        let (len, height) = size(context);
        self.list.act(action, len, height);
        Vec::new()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let (len, height) = size(context);
        self.list.turn(event.kind, len, height);
        Vec::new()
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let outer = outer(area);
        let inner = dialog::draw("notices", outer, look, buffer);
        let notices = look.context.notices;
        if notices.iter().len() == 0 {
            let words = "nothing was told yet";
            Line::styled(words, look.theme.style(Role::Muted)).render(inner, buffer);
            return None;
        }
        let newest_first = notices.iter().rev();
        let rows: Vec<(Option<Timestamp>, Row)> = newest_first
            .flat_map(|(since, notice)| {
                let rows = rows(notice, inner.width).into_iter().enumerate();
                rows.map(|(at, row)| ((at == 0).then_some(*since), row))
            })
            .collect();
        self.list.scroll_bar(rows.len(), outer, look, buffer);
        for (at, (since, row), line) in self.list.lines(&rows, inner) {
            row.draw(look.theme, line, buffer);
            if let Some(since) = since {
                let time = moment::second(*since, look.context.utc_offset);
                buffer.set_string(line.x, line.y, time, look.theme.style(Role::Muted));
            }
            if at == self.list.selected() {
                buffer.set_style(line, look.theme.selection());
            }
        }
        None
    }
}

fn outer(area: Rect) -> Rect {
    dialog::centred(area, 100, area.height.saturating_sub(4).max(8))
}

/// How many lines there are, and how many are in view.
fn size(context: &Context<'_>) -> (usize, usize) {
    let inner = dialog::inside(outer(context.area));
    let all = context.notices.iter();
    let len = all.map(|(_, notice)| rows(notice, inner.width).len()).sum();
    (len, usize::from(inner.height))
}

/// The lines of a notice: words are wrapped beside the time, nothing is cut.
fn rows(notice: &Notice, width: u16) -> Vec<Row> {
    let tone = Tone::of(notice.level.role());
    let indent = Indent {
        first: vec![Piece::new(" ".repeat(TIME_CELLS), tone)],
        hanging_cells: TIME_CELLS,
    };
    let text = sanitised(&notice.text).replace('\t', "    ");
    let lines = text
        .lines()
        .map(|line| wrap(&[Piece::new(line, tone)], usize::from(width), &indent));
    lines.flatten().collect()
}

#[cfg(test)]
mod tests {
    use crate::tui::event::{AppEvent, JobResult};
    use crate::tui::testing::Bench;

    /// A workbench that has just been told of a file at a long path.
    fn told(size: (u16, u16)) -> Bench {
        let mut bench = Bench::samples(size);
        let words = "can't write `/home/ann/projects/customers/north/weather/results/of-today/paris-A1.json`: \
             no space is left on the device, and nothing of it was written";
        bench.update(AppEvent::Job(JobResult::Failed(words.to_owned())));
        bench
    }

    #[test]
    fn a_long_path_leaves_room_for_the_words_and_the_key_that_shows_all() {
        let bench = told((80, 24));
        let picture = bench.picture();
        let footer = picture.lines().last().unwrap();
        assert!(
            footer.contains("can't write `…/paris-A1.json`: no"),
            "{footer}"
        );
        assert!(footer.contains("L shows all"), "{footer}");
        assert!(footer.contains("? help"), "{footer}");
        let picture = told((120, 36)).picture();
        let footer = picture.lines().last().unwrap();
        assert!(
            footer.contains(": no space is left on the device"),
            "{footer}"
        );
    }

    #[test]
    fn the_log_wraps_what_does_not_fit_in_a_line() {
        let mut bench = told((80, 24));
        bench.press("L");
        insta::assert_snapshot!("log_80", bench.picture());
        let words: Vec<String> = bench
            .picture()
            .lines()
            .map(|line| line.trim_matches(['│', ' ']).to_owned())
            .collect();
        assert!(words.join(" ").contains("nothing of it was written"));
    }
}
