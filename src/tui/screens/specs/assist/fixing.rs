//! The fix of the problem that is selected in the problems pane.

use super::popup::Popup;
use super::update::{ask_at, change, moved};
use crate::spec::assist::{Fix, decision};
use crate::spec::syntax::Place;
use crate::tui::assist::Question;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::screens::specs::layout::Areas;
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::widgets::list::ListCursor;

/// Asks for the fixes of the selected problem.
pub(super) fn fix_problem(state: &mut State) -> Vec<Command> {
    let problem = state.problems().get(state.problems.selected());
    let place = problem.filter(|problem| problem.is_of_text());
    let (Some(place), Some(path)) = (
        place.and_then(|problem| problem.place),
        state.current.clone(),
    ) else {
        let help = problem.and_then(|problem| problem.help.as_deref());
        let words = match help {
            Some(lines) if lines.contains('\n') => {
                format!("this problem is not in the text; write into `flowdeck.toml`:\n{lines}")
            }
            Some(help) => format!("this problem is not in the text: {help}"),
            None => "this problem is not in the text".to_owned(),
        };
        return vec![Command::notify(Notice::info(words).until_key())];
    };
    // The problems are those of the text before while a newer one is checked.
    if state
        .document()
        .is_none_or(|document| document.checked_now().is_none())
    {
        let words = "the text is being checked: try again in a moment";
        return vec![Command::notify(Notice::info(words).until_key())];
    }
    ask_at(state, path, place.start, Question::FixProblem(place))
}

/// Shows why a problem has no automatic fix: a person must decide something first.
pub(super) fn no_fix(state: &State, place: Place) -> Vec<Command> {
    let mut problems = state.problems().iter();
    let problem = problems.find(|problem| problem.is_of_text() && problem.place == Some(place));
    let rule = problem.and_then(|problem| problem.rule);
    let words = match rule.and_then(decision) {
        Some(words) => format!("no fix: {words}; enter goes to it"),
        None => "no fix is known for this problem: enter goes to it".to_owned(),
    };
    vec![Command::notify(Notice::info(words).until_key())]
}

/// Applies the only fix, or opens a list of fixes at the problem's position.
pub(super) fn fix_or_choose(state: &mut State, mut fixes: Vec<Fix>, areas: &Areas) -> Vec<Command> {
    if fixes.len() > 1 {
        if let (Some(fix), Some(document)) = (fixes.first(), state.document_mut()) {
            let (line, column) = document.editor.position_of(fix.place.start);
            document.editor.go_to(line, column, areas.text_size());
        }
        state.focus = Focus::Editor;
        let list = ListCursor::default();
        state.assist.popup = Some(Popup::Fixes { fixes, list });
        return Vec::new();
    }
    let Some(fix) = fixes.pop() else {
        return Vec::new();
    };
    let at = moved(fix.place.start, &fix.edits);
    let mut commands = change(state, &fix.edits, at, areas);
    let words = format!("fixed: {}; undo takes it back", fix.title);
    commands.push(Command::notify(Notice::info(words)));
    commands
}
