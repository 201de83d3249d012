//! Queries of the history: reads happen on the calling thread, changes are made by the runs' own
//! writer.

use std::sync::Arc;

use super::files::compared;
use crate::base::files::file_name;
use crate::base::ids::{BatchId, RunId};
use crate::profile::Profile;
use crate::runs::{
    BatchPlan, BatchRecord, CarriedOn, HistoryError, HistoryFile, HistoryReader, InDoubt, KeptRun,
    Named, QueueName, Recording, RecordingError, ReloadOptions, Reloaded, RunRecord, RunSummary,
    RunsCommand, RunsHandle, TakenBatch, Variant, command_line, compare_runs, kept_spec, kept_text,
    side_by_side,
};
use crate::spec::Component;
use crate::trace::RunTerms;
use crate::tui::check::AskedProfile;
use crate::tui::effect::{CompareSide, ExportedRun};
use crate::tui::event::JobResult;
use crate::tui::history::{
    BatchExport, Compared, ComparedRuns, ExportedRuns, HistoryNews, HistoryQuery, OpenGoal,
    OpenedRun, Side,
};
use crate::tui::runs_model::RunsModel;

/// The maximum size of the events in a replay, in bytes.
const MAX_RECORDING_BYTES: usize = 64 << 20;

/// The number of characters of a spec's hash in a file name.
const HASH_CHARS: usize = 8;

/// Answers a query that only reads, on this thread.
pub(in crate::tui) fn read(
    query: HistoryQuery,
    file: &HistoryFile,
    profile: Option<&str>,
) -> JobResult {
    let news = match query {
        HistoryQuery::List {
            question, filter, ..
        } => HistoryNews::Listed {
            question,
            result: match HistoryReader::open(file).and_then(|reader| reader.list(&filter)) {
                Ok(runs) => Ok(Some(runs)),
                Err(HistoryError::Missing(_)) => Ok(None),
                Err(error) => Err(error.in_words()),
            },
        },
        HistoryQuery::FindInterrupted { workspace } => {
            let found = HistoryReader::open(file).and_then(|reader| reader.interrupted(&workspace));
            // Trouble with the file is reported where it is listed.
            HistoryNews::Interrupted(found.unwrap_or_default())
        }
        HistoryQuery::Open { run, goal } => HistoryNews::Opened {
            result: match goal {
                OpenGoal::Fork => forkable(file, &run).map(Box::new),
                OpenGoal::Inspect | OpenGoal::Export => opened(file, &run).map(Box::new),
            },
            goal,
        },
        HistoryQuery::Spec { run } => match record(file, &run).and_then(|ran| spec(&ran.terms)) {
            Ok(news) => news,
            Err(words) => return JobResult::Failed(words),
        },
        HistoryQuery::Replay { named, known } => {
            HistoryNews::Replay(recorded(&named, known, file).map(Box::new))
        }
        HistoryQuery::Variants { batch } => HistoryNews::Variants {
            result: variants(&batch, file),
            batch,
        },
        HistoryQuery::SideBySide { sides } => HistoryNews::SideBySide(compared_runs(*sides, file)),
        HistoryQuery::CompareRuns { sides, .. } => HistoryNews::RunsCompared {
            runs: sides.iter().map(|side| side.run.clone()).collect(),
            result: runs_beside(sides, file).map(Box::new),
        },
        HistoryQuery::CommandLine { run } => return past_command_line(&run, file),
        HistoryQuery::ExportBatch(wanted) => return exported_batch(*wanted, file),
        HistoryQuery::Compare { run } => return compare(file, &run, profile),
    };
    JobResult::History(news)
}

/// Returns a spec and a name for its file, which differs from the names for other versions of the
/// spec.
fn spec(terms: &RunTerms) -> Result<HistoryNews, String> {
    let hash: String = terms.spec.hash.chars().take(HASH_CHARS).collect();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let name = terms.component.name.chars();
    let name: String = name.map(|c| if is_plain(c) { c } else { '_' }).collect();
    Ok(HistoryNews::Spec {
        name: format!("{name}-{hash}.json"),
        text: Arc::from(kept_text(terms).map_err(|error| error.to_string())?),
    })
}

fn record(file: &HistoryFile, run: &RunId) -> Result<RunRecord, String> {
    let read = HistoryReader::open(file).and_then(|reader| reader.record(run));
    read.map_err(|error| error.in_words())?
        .ok_or_else(|| "the beginning of that run is missing".to_owned())
}

/// Reads the events for a replay. A run that the history doesn't have is taken from memory.
fn recorded(
    named: &Named,
    known: Option<(Arc<BatchRecord>, Arc<RunRecord>)>,
    file: &HistoryFile,
) -> Result<Recording, String> {
    let reader = HistoryReader::open(file).map_err(RecordingError::from);
    let read = reader.and_then(|reader| Recording::read(&reader, named, MAX_RECORDING_BYTES));
    match (read, known) {
        (Ok(recording), _) => Ok(recording),
        (Err(_), Some((batch, record))) => Ok(Recording::of_record(&batch, &record)),
        (Err(RecordingError::History(error)), None) => Err(error.in_words()),
        (Err(error), None) => Err(error.to_string()),
    }
}

/// Returns the command line that repeats a run of the history.
fn past_command_line(run: &RunId, file: &HistoryFile) -> JobResult {
    let line = record(file, run).and_then(|record| {
        let reader = HistoryReader::open(file).map_err(|error| error.in_words())?;
        let batch = reader.batch(&record.batch);
        let batch = batch.map_err(|error| error.in_words())?;
        command_line(&record, &batch.terms).map_err(|error| error.to_string())
    });
    match line {
        Ok(line) => JobResult::ToCopy {
            text: line.to_string(),
            what: "the command line".to_owned(),
        },
        Err(words) => JobResult::Failed(words),
    }
}

/// Reads the runs of a batch with varied specs.
fn variants(batch: &BatchId, file: &HistoryFile) -> Result<Box<RunsModel>, String> {
    let recording = recorded(&Named::Batch(batch.clone()), None, file)?;
    let runs = RunsModel::of_recording(recording);
    if runs.of_variants(batch).len() < 2 {
        let words = "that batch has no variants: mark two to four runs with space to compare them";
        return Err(words.to_owned());
    }
    Ok(Box::new(runs))
}

/// Exports runs as one text; dropped details are read from the history.
fn exported_batch(wanted: BatchExport, file: &HistoryFile) -> JobResult {
    let records = match &wanted.runs {
        ExportedRuns::Known(runs) => known_records(runs, file),
        ExportedRuns::Past(batch) => HistoryReader::open(file)
            .and_then(|reader| reader.records(batch))
            .map(|records| records.into_iter().flatten().map(Arc::new).collect())
            .map_err(|error| error.in_words()),
    };
    let records: Vec<Arc<RunRecord>> = match records {
        Ok(records) => records,
        Err(words) => return JobResult::Failed(format!("the batch can't be exported: {words}")),
    };
    let all: Vec<&RunRecord> = records.iter().map(AsRef::as_ref).collect();
    let exported = |record: &&RunRecord| ExportedRun {
        run: record.run.clone(),
        events: record.events,
    };
    JobResult::BatchExported {
        text: wanted.format.write(&all),
        to: wanted.to,
        runs: all.iter().map(exported).collect(),
    }
}

fn known_records(runs: &[KeptRun], file: &HistoryFile) -> Result<Vec<Arc<RunRecord>>, String> {
    let mut reader = None;
    let mut records = Vec::new();
    for run in runs {
        if let Some(record) = run.record() {
            records.push(Arc::clone(record));
            continue;
        }
        let reader = match &reader {
            Some(reader) => reader,
            None => reader.insert(HistoryReader::open(file).map_err(|error| error.in_words())?),
        };
        let read = reader.record(&run.run).map_err(|error| error.in_words())?;
        records.push(Arc::new(read.ok_or_else(|| {
            "the detail of a run was dropped to save memory, and the history no longer has it"
                .to_owned()
        })?));
    }
    Ok(records)
}

/// Compares two runs step by step.
fn compared_runs(sides: [Side; 2], file: &HistoryFile) -> Result<Compared, String> {
    let read = |side: Side| -> Result<(String, Arc<RunRecord>), String> {
        let record = match side.known {
            Some(known) => known,
            None => Arc::new(record(file, &side.run)?),
        };
        let id: String = side.run.as_str().chars().take(HASH_CHARS).collect();
        let name = side.name;
        let name = name.unwrap_or_else(|| format!("{id} {}", record.label()));
        Ok((name, record))
    };
    let [left, right] = sides;
    let ((left_name, left), (right_name, right)) = (read(left)?, read(right)?);
    Ok(Compared {
        names: [left_name, right_name],
        pairs: side_by_side(&left, &right),
    })
}

/// Compares runs turn by turn; dropped details are read from the history.
fn runs_beside(sides: Vec<Side>, file: &HistoryFile) -> Result<ComparedRuns, String> {
    let read = |side: Side| match side.known {
        Some(known) => Ok(known),
        None => record(file, &side.run).map(Arc::new),
    };
    let records: Vec<Arc<RunRecord>> = sides.into_iter().map(read).collect::<Result<_, _>>()?;
    let all: Vec<&RunRecord> = records.iter().map(AsRef::as_ref).collect();
    Ok(ComparedRuns {
        comparison: compare_runs(&all),
        runs: all.iter().map(|record| RunSummary::clone(record)).collect(),
    })
}

fn opened(file: &HistoryFile, run: &RunId) -> Result<OpenedRun, String> {
    let record = record(file, run)?;
    Ok(OpenedRun {
        component: kept_spec(&record.terms, Vec::new()).ok(),
        record: Arc::new(record),
    })
}

/// Opens a run of the history that can be forked because all its events are stored.
fn forkable(file: &HistoryFile, run: &RunId) -> Result<OpenedRun, String> {
    let opened = opened(file, run)?;
    kept_text(&opened.record.terms).map_err(|error| error.to_string())?;
    Ok(opened)
}

/// Compares the spec that a run used with the present contents of its file.
fn compare(file: &HistoryFile, run: &RunId, profile: Option<&str>) -> JobResult {
    let sides = || -> Result<(String, [CompareSide; 2]), String> {
        let record = record(file, run)?;
        let batch = HistoryReader::open(file).and_then(|reader| reader.batch(&record.batch));
        let batch = batch.map_err(|error| error.in_words())?;
        let origin = batch.terms.origin;
        let path = origin
            .spec
            .ok_or("it was not read from a file, so it can't be compared")?;
        let ran = kept_spec(&record.terms, Vec::new()).map_err(|error| error.to_string())?;
        let title = format!("{}: as it ran → now", file_name(&path));
        let now = CompareSide::File { path, text: None };
        Ok((title, [CompareSide::Ran(ran), now]))
    };
    match sides() {
        Ok((title, sides)) => JobResult::Compared {
            title,
            result: compared(
                sides,
                AskedProfile {
                    name: profile,
                    ..AskedProfile::default()
                },
            ),
        },
        Err(words) => JobResult::Failed(words),
    }
}

/// Continues batches one after the other, or one run of them.
pub(super) async fn carry_on(
    runs: RunsHandle,
    kept: (HistoryFile, Option<QueueName>),
    profile: Option<Arc<str>>,
    (batches, only): (Vec<BatchId>, Option<RunId>),
) -> JobResult {
    let (mut n_runs, mut n_followed) = (0, 0);
    let (mut remarks, mut problems) = (Vec::new(), Vec::new());
    for batch in batches {
        let wanted = (batch, only.clone());
        match carry_one_on(&runs, &kept, profile.clone(), wanted).await {
            Ok(GoesOn { n_going: 0, .. }) => {}
            Ok(goes_on) => {
                n_runs += goes_on.n_going;
                if goes_on.is_followed {
                    n_followed += goes_on.n_going;
                }
                remarks.extend(goes_on.remark);
            }
            Err(words) => problems.push(words),
        }
    }
    JobResult::History(HistoryNews::CarriedOn {
        n_runs,
        n_followed,
        remarks,
        problems,
    })
}

/// A batch that was continued.
struct GoesOn {
    n_going: usize,
    /// Whether the batch's runs are at workers.
    is_followed: bool,
    /// A remark for the person.
    remark: Option<String>,
}

/// Continues a batch.
async fn carry_one_on(
    runs: &RunsHandle,
    (file, queue): &(HistoryFile, Option<QueueName>),
    profile: Option<Arc<str>>,
    (batch, only): (BatchId, Option<RunId>),
) -> Result<GoesOn, String> {
    let history = runs.history().ok_or("the history is off")?;
    let file = file.clone();
    // That it loads must be known before this process takes it over.
    let id = batch.clone();
    let is_here = queue.is_none();
    let ours = queue.clone();
    let (reloaded, is_followed) = blocking(move || {
        let kept = HistoryReader::open(&file).and_then(|reader| reader.batch(&id));
        let kept = kept.map_err(|error| error.in_words())?;
        if let Some(theirs) = &kept.terms.queue
            && !ours.is_some_and(|ours| ours.is_same(theirs))
        {
            return Err(theirs.refusal(&id));
        }
        let is_followed = kept.terms.queue.is_some();
        Ok((
            reloaded(&file, &id, profile.as_deref(), !is_here)?,
            is_followed,
        ))
    })
    .await?;
    // Runs that are executed elsewhere use the models and tools of the workers.
    let remark = remark(&reloaded).filter(|_| is_here);
    let Reloaded {
        component,
        variants,
        profile,
        ..
    } = reloaded;
    let only = only.map(|run| vec![run]);
    let taken = history.take_over(batch, only).await;
    let taken = taken.map_err(|error| error.in_words())?;
    let n_going = taken.n_going();
    let goes_on = GoesOn {
        n_going,
        is_followed,
        remark,
    };
    if n_going == 0 {
        return Ok(goes_on);
    }
    let spec = (component, variants);
    let carried_on = blocking(move || carried_on(taken, spec, profile, !is_here)).await?;
    let command = RunsCommand::CarryOn(Box::new(carried_on));
    let sent = runs.send(command).await;
    sent.map_err(|_refused| "the runs have ended".to_owned())?;
    Ok(goes_on)
}

/// Returns a remark for the person about the profile with which stored runs continue.
pub(super) fn remark(reloaded: &Reloaded) -> Option<String> {
    reloaded.is_other_profile.then(|| {
        format!(
            "profile {} has changed since: the remaining runs use it as it is now",
            reloaded.profile.name
        )
    })
}

/// Sets in a plan that a person watches and controls the runs.
pub(super) fn watch(plan: &mut BatchPlan) {
    plan.is_attended = true;
    plan.is_steered = true;
}

fn reloaded(
    file: &HistoryFile,
    batch: &BatchId,
    profile: Option<&str>,
    is_at_workers: bool,
) -> Result<Reloaded, String> {
    let kept = HistoryReader::open(file).and_then(|reader| TakenBatch::read(&reader, batch));
    let kept = kept.map_err(|error| error.in_words())?;
    let wanted = ReloadOptions {
        profile,
        tools: None,
        is_at_workers,
    };
    kept.reload(wanted).map_err(|error| error.to_string())
}

/// Returns the contents of the command.
fn carried_on(
    taken: TakenBatch,
    spec: (Arc<Component>, Vec<Variant>),
    profile: Profile,
    is_followed: bool,
) -> Result<CarriedOn, String> {
    let mut plan = taken.plan(&taken.runs, spec, Arc::new(profile));
    watch(&mut plan);
    taken
        .carried_on(plan, InDoubt::Ask, is_followed)
        .map_err(|error| error.to_string())
}

/// Deletes runs and batches.
pub(super) async fn delete(
    handle: RunsHandle,
    runs: Vec<RunId>,
    batches: Vec<BatchId>,
) -> JobResult {
    let result = match handle.history() {
        Some(history) => history
            .delete(runs, batches)
            .await
            .map_err(|error| error.in_words()),
        None => Err("the history is off, so nothing is deleted".to_owned()),
    };
    JobResult::History(HistoryNews::Deleted(result))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|broke| Err(broke.to_string()))
}
