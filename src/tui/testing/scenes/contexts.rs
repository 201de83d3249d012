//! How each context of keys is reached.

use std::time::Duration;

use super::past::{history, listed, replay, side_by_side};
use super::pressed;
use super::requests::{asked, authorizes, inbox};
use super::runs::{answered, called, mixed, varied};
use super::specs::{compared, failed_spec, specs, trust};
use super::texts::USUAL;
use crate::conversation::AuthorizationStep;
use crate::tui::action::KeyContext;
use crate::tui::testing::{Harness, OnTerminal};

/// Returns how a context of keys is reached, by the keyboard alone.
pub(crate) fn reaching(context: KeyContext) -> fn(OnTerminal) -> Harness {
    match context {
        KeyContext::Always
        | KeyContext::Global
        | KeyContext::Moving
        | KeyContext::Specs
        | KeyContext::SpecsTree => |on| specs(on, USUAL),
        KeyContext::SpecsEditor => |on| pressed(specs(on, USUAL), "e"),
        KeyContext::SpecsPassing => |on| pressed(specs(on, USUAL), "tab"),
        KeyContext::SpecsCompletions => |on| pressed(specs(on, USUAL), "e end enter ctrl-space"),
        KeyContext::SpecsChoice => |on| {
            pressed(
                failed_spec(on),
                "down down down down down down down down alt-enter",
            )
        },
        KeyContext::SpecsFind => |on| pressed(specs(on, USUAL), "/"),
        KeyContext::SpecsProblems => |on| pressed(failed_spec(on), "esc alt-j"),
        KeyContext::SpecsOutline => |on| pressed(specs(on, USUAL), "alt-l alt-l"),
        KeyContext::Runs => |on| mixed(on, USUAL, 6).bench,
        KeyContext::RunsHeld => |on| {
            let mut runs = mixed(on, USUAL, 6);
            runs.change_batch(|batch| batch.canary = Some(2));
            pressed(runs.bench, "")
        },
        KeyContext::RunsZoomed => |on| pressed(answered(on, USUAL).bench, "enter"),
        KeyContext::RunsByTurn => |on| pressed(called(on, USUAL).bench, "v"),
        KeyContext::Compare => |on| pressed(called(on, USUAL).bench, "space space c"),
        KeyContext::CompareMatrix => |on| pressed(varied(on, USUAL).bench, "c"),
        KeyContext::RunsFilter => |on| pressed(mixed(on, USUAL, 6).bench, "/ P"),
        KeyContext::RunsFind => |on| pressed(answered(on, USUAL).bench, "enter / I"),
        KeyContext::Inspect => |on| pressed(answered(on, USUAL).bench, "3 down down"),
        KeyContext::InspectFind => |on| pressed(answered(on, USUAL).bench, "3 / P"),
        KeyContext::History => |on| history(on, Some(listed(USUAL, 6))),
        KeyContext::HistoryFilter => |on| pressed(history(on, Some(listed(USUAL, 6))), "/ P"),
        KeyContext::Launch => |on| pressed(specs(on, USUAL), "enter"),
        KeyContext::Inbox => |on| inbox(on, USUAL, 6),
        KeyContext::Answer => |on| pressed(answered(on, USUAL).bench, "i H"),
        KeyContext::AnswerConfirm => |on| later(asked(on, USUAL)),
        KeyContext::AnswerRegistration => |on| later(authorizes(on, AuthorizationStep::Register)),
        KeyContext::AnswerSignIn => |on| later(authorizes(on, AuthorizationStep::SignIn)),
        KeyContext::Fork => |on| pressed(answered(on, USUAL).bench, "f H"),
        KeyContext::Form => |on| pressed(specs(on, USUAL), "f x"),
        KeyContext::CallAgain => |on| pressed(answered(on, USUAL).bench, "3 down down R x"),
        KeyContext::Export => |on| pressed(answered(on, USUAL).bench, "e"),
        KeyContext::Prompt => |on| pressed(specs(on, USUAL), "r"),
        KeyContext::Templates => |on| pressed(specs(on, USUAL), "N"),
        KeyContext::Comparison => compared,
        KeyContext::SideBySide => |on| side_by_side(on, USUAL),
        KeyContext::Replay => replay,
        KeyContext::Trust => trust,
        KeyContext::Palette => |on| pressed(specs(on, USUAL), "ctrl-p"),
        KeyContext::Confirm => |on| pressed(mixed(on, USUAL, 6).bench, "q"),
        KeyContext::Help => |on| pressed(specs(on, USUAL), "?"),
        KeyContext::HelpFind => |on| pressed(specs(on, USUAL), "? / r"),
        KeyContext::Notices => |on| pressed(Harness::on(on, &[]), "T L"),
    }
}

/// A moment later: a question ignores keys right after it appears.
fn later(mut bench: Harness) -> Harness {
    bench.wait(Duration::from_secs(1));
    bench
}
