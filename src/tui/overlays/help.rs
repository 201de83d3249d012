//! Every action of what has the keys below, a dialog or a screen, with its keys; what is looked for is found among the keys
//! of every screen.

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::clock::Timestamp;
use crate::base::text::width_cells;
use crate::trace::RunState;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::glyphs::{Glyphs, state_word};
use crate::tui::keymap::Keymap;
use crate::tui::layer::Layer;
use crate::tui::layer::{Route, route};
use crate::tui::message::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{dialog, list::ListCursor, pane, text_field::TextField};

/// How wide the keys are, with the blanks around them.
const KEY_CELLS: usize = 20;
/// How wide a column of keys and what they do is best.
const COLUMN_CELLS: u16 = 72;
/// From this width on two columns find room.
const MIN_WIDTH_FOR_TWO: u16 = 116;

/// What is in view.
#[derive(Debug)]
pub(crate) struct State {
    /// Where keys mean something below, the innermost first.
    below: Vec<KeyContext>,
    /// How many lines are above the view.
    first: ListCursor,
    /// What is looked for; nothing shows what means something below.
    needle: TextField,
    /// Whether it is being typed.
    is_typing: bool,
}

impl State {
    pub(super) fn new(below: Vec<KeyContext>) -> Self {
        Self {
            below,
            first: ListCursor::default(),
            needle: TextField::default(),
            is_typing: false,
        }
    }

    /// What is looked for is another text: the page begins at its top.
    fn sought(&mut self) {
        self.first = ListCursor::default();
    }
}

/// The signs of a screen with what they mean: a legend.
fn signs_of(group: KeyContext, glyphs: &Glyphs) -> Vec<Told> {
    let sign = |sign: &str, meaning| (sign.to_owned(), meaning);
    match group {
        KeyContext::SpecsTree => vec![
            sign(glyphs.agent, "An agent"),
            sign(glyphs.flow, "A flow"),
            sign(glyphs.team, "A team: a swarm, or a manager and its workers"),
            sign(
                glyphs.component,
                "Another component: a model, a tool, a set",
            ),
            sign(glyphs.ok, "Nothing is wrong in it"),
            sign(glyphs.error, "So many problems keep it from running"),
            sign(glyphs.warning, "So many things should be looked at"),
            sign(
                glyphs.not_runnable,
                "It can be edited and exported, and not run yet",
            ),
            sign(glyphs.unsaved, "It has unsaved edits"),
            sign(
                glyphs.leaves,
                "The disk has something else than its edits began from",
            ),
        ],
        KeyContext::Runs => {
            let states = RunState::ALL.iter();
            let states = states.map(|state| {
                let at = Timestamp::default();
                (glyphs.state(*state, at).to_owned(), state_word(*state))
            });
            states.collect()
        }
        _ => Vec::new(),
    }
}

/// What the numbers of a screen mean.
const fn words_of(group: KeyContext) -> &'static [(&'static str, &'static str)] {
    match group {
        KeyContext::Runs => &[
            ("A#1", "The first run of batch A; each batch counts from 1"),
            (
                "time",
                "How long a run was active: not queued, not paused, not waiting for you",
            ),
            (
                "~tok, tok/s",
                "While a model writes, estimated at 4 characters a token; then as it counts",
            ),
        ],
        KeyContext::RunsByTurn => &[(
            "\u{2260}",
            "Here a run does something else than more than half of those that did the same before",
        )],
        KeyContext::CompareMatrix => &[(
            "success",
            "Of the runs that ended by themselves or ran out of time, how many finished or answered",
        )],
        KeyContext::Inspect => &[(
            "times",
            "Of the time that the run was active, as everywhere; a bar is thin where it waited or was paused",
        )],
        _ => &[],
    }
}

/// A line of the page.
#[derive(Debug, Default)]
struct Entry {
    row: Row,
    /// Whether the line after it belongs to it: it is a heading, or the blank before one.
    keeps_next: bool,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            row,
            keeps_next: false,
        }
    }
}

/// A key, or a word of the screen, and what it does or means.
type Told = (String, &'static str);

/// The keys of a context with what they do. Of a context that is below, a key that an inner one takes for something else is
/// left out.
fn told(group: KeyContext, below: &[KeyContext], keymap: &Keymap, glyphs: &Glyphs) -> Vec<Told> {
    let is_below = below.contains(&group);
    let of_keys = Action::TABLE.iter().filter_map(|info| {
        let keys = keymap.keys(group, info.action).iter();
        let keys: Vec<String> = keys
            .filter(|key| !is_below || route(keymap, below, **key) == Route::Action(info.action))
            .map(ToString::to_string)
            .collect();
        (!keys.is_empty()).then(|| (keys.join(", "), info.title))
    });
    let words = words_of(group).iter();
    let words = words.map(|(word, meaning)| ((*word).to_owned(), *meaning));
    of_keys
        .chain(words)
        .chain(signs_of(group, glyphs))
        .collect()
}

/// Whether every word that is looked for is in what is told, or in its heading. A key is found as it is written.
fn fits(needle: &str, group: KeyContext, (keys, title): &Told) -> bool {
    let text = format!("{keys} {title} {}", group.title()).to_lowercase();
    let mut keys = keys.split(", ");
    keys.any(|key| key == needle.trim())
        || needle
            .split_whitespace()
            .all(|word| text.contains(&word.to_lowercase()))
}

/// The lines: headings, and keys with what they do. What is looked for is found everywhere, first in what is below.
fn rows(below: &[KeyContext], needle: &str, context: &Context<'_>, width: u16) -> Vec<Entry> {
    let is_sought = !needle.trim().is_empty();
    let elsewhere = KeyContext::ALL
        .iter()
        .filter(|group| is_sought && !below.contains(group));
    let mut rows: Vec<Entry> = Vec::new();
    for &group in below.iter().chain(elsewhere) {
        let mut told = told(group, below, context.keymap, context.glyphs);
        told.retain(|told| !is_sought || fits(needle, group, told));
        if told.is_empty() {
            continue;
        }
        let heading = Row::of([Piece::new(group.title(), Tone::of(Role::Accent).bold())]);
        let blank = (!rows.is_empty()).then(Row::default);
        rows.extend(blank.into_iter().chain([heading]).map(|row| Entry {
            row,
            keeps_next: true,
        }));
        for (keys, title) in told {
            let blanks = KEY_CELLS.saturating_sub(width_cells(&keys) + 2).max(1);
            let indent = Indent {
                first: vec![
                    Piece::new(format!("  {keys}"), Tone::of(Role::Key)),
                    Piece::new(" ".repeat(blanks), Tone::of(Role::Text)),
                ],
                hanging_cells: KEY_CELLS,
            };
            let title = [Piece::new(title, Tone::of(Role::Text))];
            let wrapped = wrap(&title, usize::from(width), &indent);
            rows.extend(wrapped.into_iter().map(Entry::from));
        }
    }
    if rows.is_empty() {
        let words = "no key and no action fits";
        rows.push(Row::of([Piece::new(words, Tone::of(Role::Muted))]).into());
    }
    rows
}

/// The box, and how wide and how many its columns are.
fn layout(area: Rect) -> (Rect, u16, usize) {
    let columns = if area.width >= MIN_WIDTH_FOR_TWO {
        2
    } else {
        1
    };
    let width = (COLUMN_CELLS * columns + 4 * columns).min(area.width);
    let outer = dialog::centred(area, width, area.height);
    let column = dialog::inside(outer).width / columns;
    (outer, column.saturating_sub(2), usize::from(columns))
}

/// Which lines are in each column of a page that begins with this one: a heading is never the last.
fn columns(
    rows: &[Entry],
    mut first: usize,
    height: usize,
    count: usize,
) -> Vec<std::ops::Range<usize>> {
    let mut columns = Vec::new();
    for at in 0..count {
        // The blank between two sections parts nothing at the top of a column.
        let is_blank = rows
            .get(first)
            .is_some_and(|entry| entry.row.text().is_empty());
        first += usize::from(at > 0 && is_blank);
        let mut end = rows.len().min(first + height);
        while end < rows.len() && end > first + 1 && rows[end - 1].keeps_next {
            end -= 1;
        }
        columns.push(first..end);
        first = end;
    }
    columns
}

/// The box, the lines, and how many columns of which width they stand in. Where all have room the columns are as even as sections
/// allow and the box is no higher than they are; while something is looked for it keeps its size.
fn page(state: &State, area: Rect, context: &Context<'_>) -> (Rect, Vec<Entry>, (u16, usize)) {
    let (outer, width, count) = layout(area);
    let rows = rows(&state.below, state.needle.text(), context, width);
    let most = usize::from(dialog::inside(outer).height).max(1);
    let is_sought = state.is_typing || !state.needle.text().is_empty();
    let holds_all = |height: &usize| {
        let columns = columns(&rows, 0, *height, count);
        columns.last().is_some_and(|last| last.end == rows.len())
    };
    let height = (1..most).find(holds_all).filter(|_| !is_sought);
    let outer = match height.and_then(|height| u16::try_from(height + 2).ok()) {
        Some(height) => dialog::centred(area, outer.width, height),
        None => outer,
    };
    (outer, rows, (width, count))
}

/// How many lines can be above the view, and how many are in it.
fn size(state: &State, context: &Context<'_>) -> (usize, usize) {
    let (outer, rows, (_, count)) = page(state, context.area, context);
    let height = usize::from(dialog::inside(outer).height).max(1);
    let end = |first| {
        columns(&rows, first, height, count)
            .last()
            .map_or(0, |last| last.end)
    };
    let firsts = (0..rows.len()).position(|first| end(first) == rows.len());
    let first = state.first.selected().min(firsts.unwrap_or(0));
    (firsts.unwrap_or(0) + 1, end(first) - first)
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        if self.is_typing {
            vec![KeyContext::HelpFind]
        } else {
            vec![KeyContext::Help, KeyContext::Moving]
        }
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        match action {
            Action::FindInDetail => self.is_typing = true,
            Action::Accept => self.is_typing = false,
            Action::Back if !self.needle.text().is_empty() || self.is_typing => {
                self.needle = TextField::default();
                self.is_typing = false;
                self.sought();
            }
            Action::Back | Action::Close => return vec![Command::close()],
            other => {
                let (len, height) = size(self, context);
                self.first.act(other, len, height);
            }
        }
        Vec::new()
    }

    fn text(&mut self, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
        let (len, height) = size(self, context);
        match key.code {
            KeyCode::Up => self.first.act(Action::Up, len, height),
            KeyCode::Down => self.first.act(Action::Down, len, height),
            _ => {
                if self.needle.input(key) {
                    self.sought();
                }
                return Vec::new();
            }
        };
        Vec::new()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        self.is_typing = true;
        let notice = self.needle.paste(text);
        self.sought();
        notice.map(Command::notify).into_iter().collect()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let (len, height) = size(self, context);
        self.first.turn(event.kind, len, height);
        Vec::new()
    }

    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let (outer, rows, (width, count)) = page(self, area, &look.context);
        let inner = dialog::draw("keys", outer, look, buffer);
        let (len, in_view) = size(self, &look.context);
        let first = self.first.selected().min(len - 1);
        let height = usize::from(inner.height).max(1);
        let mut x = inner.x;
        for column in columns(&rows, first, height, count) {
            for (y, entry) in (inner.y..).zip(&rows[column]) {
                let place = Rect {
                    x,
                    y,
                    width,
                    height: 1,
                };
                entry.row.draw(look.theme, place, buffer);
            }
            x += width + 2;
        }
        let below = rows.len().saturating_sub(first + in_view);
        let marks = [
            (look.glyphs.more_above, first),
            (look.glyphs.more_below, below),
        ];
        let words: Vec<String> = marks
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(sign, count)| format!("{sign} {count} more"))
            .collect();
        if !words.is_empty() {
            let line = pane::line(inner, outer.bottom().saturating_sub(1));
            let words = format!(" {} ", words.join("  "));
            Line::styled(words, look.theme.style(Role::Accent))
                .right_aligned()
                .render(line, buffer);
        }
        self.draw_needle(outer, look, buffer)
    }
}

impl State {
    /// Draws what is looked for into the lower frame. Returns where the cursor stands while it is typed.
    fn draw_needle(&self, outer: Rect, look: &Look<'_>, buffer: &mut Buffer) -> Option<Position> {
        if !self.is_typing && self.needle.text().is_empty() {
            return None;
        }
        let line = Rect {
            x: outer.x + 1,
            y: outer.bottom().saturating_sub(1),
            width: outer.width.saturating_sub(2) / 2,
            height: 1,
        };
        let head = Span::styled(" find ", look.theme.bold(Role::Accent));
        let (x, _) = buffer.set_span(line.x, line.y, &head, line.width);
        let field = Rect {
            x,
            width: line.right().saturating_sub(x),
            ..line
        };
        buffer.set_style(field, look.theme.surface());
        let cursor = self
            .needle
            .draw(field, look.theme.style(Role::Text), buffer);
        self.is_typing.then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::action::{Action, Home, KeyContext};
    use crate::tui::keymap::Keymap;
    use crate::tui::screens::Screen;
    use crate::tui::testing::Bench;

    /// The pages of help for what was gone to by some keys, from the first to the last.
    fn pages(size: (u16, u16), keys: &str) -> Vec<String> {
        let mut bench = Bench::samples(size);
        bench.press(keys).press("?");
        let mut pages = vec![bench.picture()];
        while pages.last().is_some_and(|page| page.contains('↓')) {
            bench.press("pagedown");
            pages.push(bench.picture());
        }
        pages
    }

    #[test]
    fn help_shows_where_it_goes_on_at_80x24_and_120x36() {
        insta::assert_snapshot!("runs_80", pages((80, 24), "2")[0]);
        insta::assert_snapshot!("runs_120", pages((120, 36), "2")[0]);
        insta::assert_snapshot!("inspect_120", pages((120, 36), "3")[0]);
    }

    #[test]
    fn every_line_of_help_is_reached_and_whole_at_80x24() {
        let text = pages((80, 24), "2").concat();
        for words in [
            "Filter the runs: state:failed tool:name text",
            "Suspend to the shell",
            "not waiting for you",
            "To the pane on the right",
        ] {
            let whole = words.split(' ').all(|word| text.contains(word));
            assert!(whole, "{words}: {text}");
        }
        assert!(!text.contains('…'), "{text}");
    }

    #[test]
    fn no_heading_stands_alone_at_the_foot_of_a_column() {
        let headings: Vec<&str> = crate::tui::action::KeyContext::ALL
            .iter()
            .map(|context| context.title())
            .collect();
        for height in 20..44 {
            for page in pages((120, height), "2") {
                let lines: Vec<&str> = page.lines().collect();
                let foot: Vec<char> = lines[lines.len() - 3].chars().collect();
                for cell in foot.chunks(foot.len().div_ceil(2)) {
                    let cell: String = cell.iter().collect();
                    let cell = cell.trim_matches(['│', ' ']);
                    assert!(!headings.contains(&cell), "{page}");
                }
            }
        }
    }

    #[test]
    fn over_a_dialog_its_own_keys_are_told() {
        let mut bench = Bench::samples((80, 24));
        bench.press("enter F1");
        let picture = bench.picture();
        assert!(picture.contains("Begin a new line"), "{picture}");
        assert!(!picture.contains("Save the file"), "{picture}");
    }

    #[test]
    fn a_word_or_a_key_is_found_on_every_screen() {
        let mut bench = Bench::samples((80, 24));
        bench.press("2 ? /").type_text("rename everywhere");
        let picture = bench.picture();
        assert!(picture.contains("Specs: editor"), "{picture}");
        assert!(picture.contains("F2"), "{picture}");
        assert!(!picture.contains("Switch to the next theme"), "{picture}");
        // Letters are keys again, and a second `esc` closes.
        bench.press("enter");
        assert!(bench.picture().contains("q close"), "{}", bench.picture());
        bench.press("esc");
        assert!(bench.picture().contains("Runs"), "{}", bench.picture());
        bench.press("/").type_text("ctrl-z");
        assert!(bench.picture().contains("Suspend to the shell"));
        bench.type_text("zz");
        assert!(bench.picture().contains("no key and no action fits"));
        bench.press("esc esc");
        assert!(!bench.picture().contains("┌ keys"), "{}", bench.picture());
    }

    #[test]
    fn help_and_the_page_of_keys_tell_the_same() {
        let page = include_str!("../../../docs/keys.md");
        let (keymap, _) = Keymap::new([]);
        for &group in KeyContext::ALL {
            let glyphs = &crate::tui::glyphs::UNICODE;
            let mut told = super::told(group, &[group], &keymap, glyphs);
            let n_words = super::words_of(group).len() + super::signs_of(group, glyphs).len();
            told.truncate(told.len() - n_words);
            let heading = format!("## {}\n", group.title());
            let section = page.split_once(&heading).map_or("", |(_, rest)| rest);
            let section = section.split("\n## ").next().unwrap_or_default();
            let rows: Vec<(String, &str)> = section
                .lines()
                .filter_map(|line| line.strip_prefix("| `"))
                .map(|row| {
                    let (keys, rest) = row.split_once("` | ").unwrap();
                    (keys.replace('`', ""), rest.split(" | `").next().unwrap())
                })
                .collect();
            assert_eq!(told, rows, "{group:?}");
        }
    }

    #[test]
    fn no_key_is_told_of_twice() {
        for screen in ["1", "2", "3"] {
            let mut seen = std::collections::HashSet::new();
            let bench = Bench::samples((80, 24));
            let mut bench = bench;
            bench.press(screen);
            let contexts = [
                bench.state.screen_contexts(),
                vec![crate::tui::action::KeyContext::Always],
            ]
            .concat();
            let look = bench.state.look(bench.now, &contexts[..contexts.len() - 1]);
            let signs = contexts.iter();
            let signs = signs.flat_map(|group| super::signs_of(*group, look.glyphs));
            let signs: Vec<super::Told> = signs.collect();
            for row in super::rows(&contexts, "", &look.context, 200) {
                let text = row.row.text();
                let Some(keys) = text.strip_prefix("  ") else {
                    continue;
                };
                let keys = keys.split("  ").next().unwrap_or_default();
                if signs
                    .iter()
                    .any(|(sign, meaning)| keys == sign && text.ends_with(meaning))
                {
                    continue;
                }
                for key in keys.split(", ") {
                    assert!(seen.insert(key.to_owned()), "{key} twice on {screen}");
                }
            }
        }
    }

    #[test]
    fn help_tells_every_key_of_the_table_where_it_means_something() {
        let bench = Bench::samples((80, 24));
        let look = bench.state.look(bench.now, &[]);
        let keymap = look.context.keymap;
        for &context in KeyContext::ALL {
            let entries = super::rows(&[context], "", &look.context, 400);
            let lines: Vec<String> = entries.iter().map(|entry| entry.row.text()).collect();
            for info in Action::TABLE {
                for key in keymap.keys(context, info.action) {
                    let is_told = lines
                        .iter()
                        .any(|line| line.ends_with(info.title) && line.contains(&key.to_string()));
                    assert!(is_told, "{key} in {context:?}: {lines:?}");
                }
            }
        }
    }

    #[test]
    fn the_palette_offers_every_action_of_each_screen_and_the_footer_only_what_help_tells() {
        let mut bench = Bench::samples((200, 60));
        for info in Screen::TABLE {
            let number = (info.tab.trim().split(' ').next()).unwrap().to_owned();
            bench.press(&format!("alt-{number}"));
            assert_eq!(bench.state.screen, info.screen, "{}", info.tab);
            let offers = bench.state.offers(bench.now);
            for action in Action::TABLE.iter().filter(|action| action.is_in_palette()) {
                let mut homes = action.keys.iter().map(|(context, _)| context.home());
                let is_here =
                    homes.any(|home| home == Home::Screen(info.screen) || home == Home::Everywhere);
                // The palette does not offer itself, and what enter opens hangs on the focus.
                let is_own = matches!(action.action, Action::Palette | Action::Accept);
                let is_offered = offers
                    .iter()
                    .any(|(offer, _)| offer.action == action.action);
                assert!(
                    is_offered || is_own || !is_here,
                    "{} on {}",
                    action.id,
                    info.tab
                );
            }
            let picture = bench.picture();
            let footer = picture.lines().last().unwrap().to_owned();
            let contexts = bench.state.contexts();
            let look = bench.state.look(bench.now, &contexts);
            let entries = super::rows(&contexts, "", &look.context, 400);
            let help: String = entries
                .iter()
                .map(|entry| entry.row.text() + "\n")
                .collect();
            for action in Action::TABLE {
                for context in &contexts {
                    for key in look.context.keymap.keys(*context, action.action) {
                        let hint = format!("{key} {}", action.label_in(*context));
                        if footer.contains(&hint) {
                            assert!(help.contains(action.title), "{hint}: {help}");
                        }
                    }
                }
            }
        }
    }
}
