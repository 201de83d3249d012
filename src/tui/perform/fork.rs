//! Making a fork of a run, or a repetition of a tool call, on the calling thread.

use std::sync::Arc;

use crate::runs::{CallAgain, HistoryFile, HistoryReader, ReloadError, ReloadOptions, TakenBatch};
use crate::spec::diagnostic::Severity;
use crate::tui::event::JobResult;
use crate::tui::fork::{CallReady, CallWish, ForkReady, ForkSource, ForkWish};

/// Makes the requested fork, or returns why it can't be made.
pub(super) fn forked(wish: ForkWish, file: &HistoryFile, profile: Option<&str>) -> JobResult {
    let ticket = wish.ticket.clone();
    JobResult::Forked {
        ticket,
        result: made(wish, file, profile).map(Box::new),
    }
}

/// Plans the requested repetition of a call, or returns why it can't be made.
pub(super) fn called_again(wish: CallWish, file: &HistoryFile, profile: Option<&str>) -> JobResult {
    let ticket = wish.ticket.clone();
    JobResult::CallPlanned {
        ticket,
        result: planned(wish, file, profile).map(Box::new),
    }
}

fn planned(wish: CallWish, file: &HistoryFile, profile: Option<&str>) -> Result<CallReady, String> {
    let wanted = ReloadOptions {
        profile,
        ..ReloadOptions::default()
    };
    let called = taken(wish.source, file)?.call_again(&wish.tool, &wish.arguments, wanted);
    let CallAgain {
        plan,
        is_other_profile,
    } = called.map_err(|error| error.to_string())?;
    let remark = is_other_profile.then(|| {
        let name = &plan.profile.name;
        format!("profile {name} has changed since: the call uses it as it is now")
    });
    Ok(CallReady {
        plan: Box::new(plan),
        remark,
    })
}

/// Returns all events of a run.
fn taken(source: ForkSource, file: &HistoryFile) -> Result<TakenBatch, String> {
    match source {
        ForkSource::Known(batch, record) => TakenBatch::of_record(*batch, &record)
            .ok_or_else(|| "the beginning of that run is missing".to_owned()),
        ForkSource::Kept(run) => HistoryReader::open(file)
            .and_then(|reader| TakenBatch::of_run(&reader, &run))
            .map_err(|error| error.in_words()),
    }
}

fn made(wish: ForkWish, file: &HistoryFile, profile: Option<&str>) -> Result<ForkReady, String> {
    let mut taken = taken(wish.source, file)?;
    let set = taken.set_fields(&wish.fields);
    set.map_err(|error| error.to_string())?;
    let wanted = ReloadOptions {
        profile,
        ..ReloadOptions::default()
    };
    let reloaded = taken.reload(wanted).map_err(|error| in_words(&error))?;
    let remark = super::history::remark(&reloaded);
    let forked = taken.forked(
        wish.at,
        wish.change,
        reloaded.component,
        Arc::new(reloaded.profile),
    );
    let mut forked = forked.map_err(|error| error.to_string())?;
    super::history::watch(&mut forked.plan);
    Ok(ForkReady { forked, remark })
}

/// Returns the text for a spec that can't be loaded, with the problems in it.
fn in_words(error: &ReloadError) -> String {
    match error {
        ReloadError::Spec { problems, .. } => {
            let errors = problems
                .iter()
                .filter(|problem| problem.severity == Severity::Error);
            let words: Vec<&str> = errors.map(|problem| problem.message.as_str()).collect();
            format!("the spec would have a problem: {}", words.join("; "))
        }
        ReloadError::Empty
        | ReloadError::Outline
        | ReloadError::Profile(_)
        | ReloadError::NoSuchProfile(_)
        | ReloadError::Part(_) => error.to_string(),
    }
}
