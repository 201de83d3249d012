//! The log of notices, the newest first.

use crossterm::event::MouseEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::base::clock::Timestamp;
use crate::base::text::sanitised;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{dialog, list::ListCursor, moment};

/// The width of the column with the times, in cells.
const TIME_CELLS: usize = 10;

/// The state of the log.
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

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let outer = outer(area, &look.context);
        let inner = dialog::draw("notices", outer, look, buffer);
        let notices = look.context.notices;
        if notices.iter().len() == 0 {
            let words = "no notices yet";
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

/// The maximum width in cells, and the minimum height in lines if the screen has room.
const WIDTH: u16 = 100;
const MIN_HEIGHT: u16 = 8;

/// Returns the area of the log, as high as its contents if the screen has room.
fn outer(area: Rect, context: &Context<'_>) -> Rect {
    let most = area.height.saturating_sub(4).max(MIN_HEIGHT);
    let inner = dialog::inside(dialog::centred(area, WIDTH, most));
    let lines = n_lines(context, inner.width);
    let height = u16::try_from(lines + 2).unwrap_or(most);
    dialog::centred(area, WIDTH, height.clamp(MIN_HEIGHT, most))
}

/// Returns the number of lines at a width in cells.
fn n_lines(context: &Context<'_>, width: u16) -> usize {
    let all = context.notices.iter();
    all.map(|(_, notice)| rows(notice, width).len()).sum()
}

/// Returns the total number of lines and the number of visible ones.
fn size(context: &Context<'_>) -> (usize, usize) {
    let inner = dialog::inside(outer(context.area, context));
    (n_lines(context, inner.width), usize::from(inner.height))
}

/// Returns the lines of a notice; the text is wrapped beside the time.
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
    use crate::tui::testing::Harness;

    /// Makes a workbench with a fresh notice about a file with a long path.
    fn told(size: (u16, u16)) -> Harness {
        let mut bench = Harness::samples(size);
        let words = "can't write `/home/ann/projects/customers/north/weather/results/of-today/paris-A1.json`: \
             no space is left on the device, and nothing of it was written";
        bench.update(AppEvent::Job(JobResult::Failed(words.to_owned())));
        bench
    }

    #[test]
    fn a_long_path_leaves_room_for_the_words_and_the_key_that_shows_all() {
        for size in [(80, 24), (120, 36)] {
            let bench = told(size);
            let picture = bench.picture();
            let lines: Vec<&str> = picture.lines().collect();
            let [.., above, below, footer] = lines.as_slice() else {
                panic!("{picture}")
            };
            let words = format!("{above} {below}")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            assert!(words.contains("can't write `"), "{picture}");
            assert!(
                words.contains("no space is left on the device"),
                "{picture}"
            );
            assert!(footer.contains("? help"), "{footer}");
        }
        let whole = told((120, 36)).picture();
        assert!(!whole.contains("L: all"), "{whole}");
        let cut = told((80, 24)).picture();
        assert!(cut.contains("L: all"), "{cut}");
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
