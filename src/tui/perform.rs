//! Does what updates want done. The only file of the screen that spawns; every task is owned here.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::{self, AbortHandle, JoinError, JoinSet};

use crate::base::files::read_text;
use crate::conversation::Image;
use crate::runs::{
    RunRecord, RunsCommand, RunsHandle, is_picture_file, is_rows_file, read_picture,
};
use crate::settings::remember_theme;
use crate::spec::diff::{DiffLine, diff, lines};
use crate::spec::{Component, ExportOptions, Exported, Format, export};
use crate::tui::assist::answer;
use crate::tui::check::check;
use crate::tui::command::{
    Command, CompareSide, DrawSubject, ExportTarget, ExportedRun, FileCommand, PathsOf,
    TerminalCommand,
};
use crate::tui::event::JobResult;
use crate::tui::widgets::editor::Editor;
use crate::tui::widgets::graph::Drawings;
use crate::workspace::{self, Changes, SaveError, SpecDigest, Watcher};

/// How many changes of the disk wait for the screen; when there are more, the watcher waits and
/// merges them by path.
const MAX_WAITING_CHANGES: usize = 64;

/// How many commands wait here for room in the hub's queue; each comes from one thing that a person
/// did. Further ones are refused with a notice.
const MAX_OUTBOX: usize = 1024;

/// A kind of job of which only the latest counts: it waits a little, and a newer one takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Latest {
    /// The check of a file.
    Check(PathBuf),
    /// Reading the rows of a launch.
    Rows,
}

/// Owns the tasks of the screen.
#[derive(Debug)]
pub(super) struct Performer {
    runs: RunsHandle,
    /// Commands that the hub had no room for, in their order.
    outbox: VecDeque<RunsCommand>,
    /// The profile that was asked for; none takes each file's default.
    profile: Option<Arc<str>>,
    /// Whether graphs are drawn in ASCII.
    is_ascii: bool,
    jobs: JoinSet<Option<JobResult>>,
    /// The latest of the jobs of which only the latest counts.
    latest: HashMap<Latest, AbortHandle>,
    /// The files that are being written, with the further writes that wait for the one under way.
    writes: HashMap<PathBuf, VecDeque<FileCommand>>,
    /// Which job writes which file.
    writers: HashMap<task::Id, PathBuf>,
    /// Tasks that run as long as the screen does.
    lasting: JoinSet<()>,
}

impl Performer {
    pub(super) fn new(runs: RunsHandle, profile: Option<Arc<str>>, is_ascii: bool) -> Self {
        Self {
            runs,
            outbox: VecDeque::new(),
            profile,
            is_ascii,
            jobs: JoinSet::new(),
            latest: HashMap::new(),
            writes: HashMap::new(),
            writers: HashMap::new(),
            lasting: JoinSet::new(),
        }
    }

    /// Begins to watch a folder. Changes come out of the receiver; it closes when the folder can't
    /// be watched.
    pub(super) fn watch(&mut self, root: &Path) -> mpsc::Receiver<Changes> {
        let (changes_tx, changes_rx) = mpsc::channel(MAX_WAITING_CHANGES);
        let root = root.to_owned();
        self.lasting.spawn(async move {
            let begun = tokio::task::spawn_blocking(move || Watcher::new(&root)).await;
            let watcher = match begun {
                Ok(Ok(watcher)) => watcher,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the folder can't be watched");
                    return;
                }
                Err(_ended) => return,
            };
            while changes_tx.send(watcher.changed().await).await.is_ok() {}
        });
        changes_rx
    }

    /// Begins what a command wants. What only the owner of the terminal can do comes back.
    pub(super) fn perform(&mut self, command: Command) -> Option<TerminalCommand> {
        match command {
            // Done in the update that made it.
            Command::Ui(_) => {}
            Command::Terminal(command) => return Some(command),
            Command::Runs(command) => self.send(command),
            Command::File(command) => self.file(command),
            Command::Draw {
                subject,
                component,
                has_marks,
            } => {
                let is_ascii = self.is_ascii;
                self.jobs
                    .spawn_blocking(move || Some(drawn(subject, &component, has_marks, is_ascii)));
            }
        }
        None
    }

    /// Sends at once if there is room; otherwise the command waits, and those after it wait behind
    /// it.
    fn send(&mut self, command: RunsCommand) {
        let command = if self.outbox.is_empty() {
            match self.runs.try_send(command) {
                Ok(()) => return,
                Err(refused) => refused.0,
            }
        } else {
            command
        };
        if self.outbox.len() < MAX_OUTBOX {
            self.outbox.push_back(command);
        } else {
            let words = "the runs are too busy to take this; do it again in a moment";
            let refused = Some(JobResult::Failed(words.to_owned()));
            self.jobs.spawn(std::future::ready(refused));
        }
    }

    fn file(&mut self, command: FileCommand) {
        if let Some(path) = command.written_file().map(Path::to_owned) {
            match self.writes.get_mut(&path) {
                Some(waiting) => waiting.push_back(command),
                None => self.write(path, command),
            }
            return;
        }
        let profile = self.profile.clone();
        let (of, delay) = match &command {
            FileCommand::Check { path, delay, .. } => (Latest::Check(path.clone()), *delay),
            FileCommand::ReadRows { delay, .. } => (Latest::Rows, *delay),
            _ => {
                self.jobs
                    .spawn_blocking(move || Some(done(command, profile.as_deref())));
                return;
            }
        };
        let job = self.jobs.spawn(async move {
            tokio::time::sleep(delay).await;
            let work = move || done(command, profile.as_deref());
            tokio::task::spawn_blocking(work).await.ok()
        });
        if let Some(older) = self.latest.insert(of, job) {
            older.abort();
        }
    }

    /// Begins to write a file. Until that is done, further writes of it wait: two saves within a
    /// moment would otherwise each take the other for a change from outside, or end in any order.
    fn write(&mut self, path: PathBuf, command: FileCommand) {
        let profile = self.profile.clone();
        let job = self
            .jobs
            .spawn_blocking(move || Some(done(command, profile.as_deref())));
        self.writers.insert(job.id(), path.clone());
        self.writes.entry(path).or_default();
    }

    /// Goes on with the next write of the file that a job has written.
    fn written(&mut self, job: task::Id, result: Option<&JobResult>) {
        let Some(path) = self.writers.remove(&job) else {
            return;
        };
        let Some(mut waiting) = self.writes.remove(&path) else {
            return;
        };
        let saved = match result {
            Some(JobResult::Saved { text, result, .. }) => Some((text, result.is_ok())),
            _ => None,
        };
        match saved {
            // What the next save finds on disk is what this one has put there.
            Some((text, true)) => waiting.iter_mut().for_each(|command| {
                if let FileCommand::Save {
                    base: Some(base), ..
                } = command
                {
                    *base = Arc::clone(text);
                }
            }),
            // The person is asked what to do; the newest text is in the editor still.
            Some((_, false)) => {
                waiting.retain(|command| !matches!(command, FileCommand::Save { .. }));
            }
            None => {}
        }
        if let Some(next) = waiting.pop_front() {
            self.writes.insert(path.clone(), waiting);
            self.write(path, next);
        }
    }

    /// The next job that is done; waits for ever while there is none. Meanwhile commands go to the
    /// hub as it takes them.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(super) async fn next(&mut self) -> JobResult {
        loop {
            tokio::select! {
                room = self.runs.room(), if !self.outbox.is_empty() => {
                    let Some(room) = room else {
                        self.outbox.clear();
                        return JobResult::Failed("the runs have ended".to_owned());
                    };
                    if let Some(command) = self.outbox.pop_front() {
                        room.send(command);
                    }
                }
                Some(ended) = self.jobs.join_next_with_id() => {
                    if let Some(result) = self.ended(ended) {
                        return result;
                    }
                }
                else => std::future::pending().await,
            }
        }
    }

    /// The next job that is done already, if there is one.
    pub(super) fn try_next(&mut self) -> Option<JobResult> {
        while let Some(ended) = self.jobs.try_join_next_with_id() {
            if let Some(result) = self.ended(ended) {
                return Some(result);
            }
        }
        None
    }

    /// What the screen hears of a job that has ended.
    fn ended(
        &mut self,
        ended: Result<(task::Id, Option<JobResult>), JoinError>,
    ) -> Option<JobResult> {
        match ended {
            Ok((job, result)) => {
                self.written(job, result.as_ref());
                result
            }
            Err(error) => {
                self.written(error.id(), None);
                let words = "a job of the screen broke; see the log";
                error
                    .is_panic()
                    .then(|| JobResult::Failed(words.to_owned()))
            }
        }
    }

    /// Waits for what has begun and must not be cut off, such as a save, and for the writes that
    /// wait for it.
    pub(super) async fn finish(mut self) {
        for (_, job) in self.latest.drain() {
            job.abort();
        }
        while let Some(ended) = self.jobs.join_next_with_id().await {
            let _nobody_looks = self.ended(ended);
        }
    }
}

/// Does work on files, on this thread. `profile` is the one that was asked for.
pub(super) fn done(command: FileCommand, profile: Option<&str>) -> JobResult {
    match command {
        FileCommand::Check {
            path,
            version,
            text,
            delay: _,
        } => JobResult::Checked {
            checked: Arc::new(check(&path, &text, profile)),
            path,
            version,
        },
        FileCommand::Assist {
            path,
            version,
            text,
            at,
            question,
        } => JobResult::Assisted {
            answer: answer(&path, &text, at, &question, profile),
            path,
            version,
            at,
        },
        FileCommand::Scan { root } => JobResult::Scanned(workspace::discover(&root)),
        FileCommand::ListPaths { of, root, typed } => paths(of, &root, typed),
        FileCommand::ReadRows { path, delay: _ } => JobResult::Rows {
            result: crate::runs::read_rows(&path)
                .map(Arc::new)
                .map_err(|error| error.to_string()),
            path,
        },
        FileCommand::ReadPictures {
            request,
            text,
            paths,
        } => JobResult::Pictures {
            request,
            text,
            result: paths.iter().map(|path| picture(path)).collect(),
        },
        FileCommand::Read { path } => read(path),
        FileCommand::Judge { paths } => judge(paths, profile),
        FileCommand::Save { path, text, base } => JobResult::Saved {
            result: workspace::save(&path, &text, base.as_deref()),
            path,
            text,
        },
        FileCommand::Create { path, text } => JobResult::Created {
            result: workspace::create(&path, &text),
            path,
        },
        FileCommand::Compare { title, sides } => JobResult::Compared {
            title,
            result: compared(sides, profile),
        },
        FileCommand::Duplicate { from, to } => JobResult::Moved {
            result: workspace::duplicate(&from, &to),
            from,
            to,
            is_rename: false,
        },
        FileCommand::Rename { from, to } => JobResult::Moved {
            result: workspace::rename(&from, &to),
            from,
            to,
            is_rename: true,
        },
        FileCommand::RememberTrust { file, digest, spec } => trusted(&file, &digest, &spec),
        FileCommand::ExportSpec {
            path,
            component,
            formats,
        } => JobResult::Exported {
            result: exported(&component, &formats),
            path,
        },
        FileCommand::ExportRun {
            run,
            now,
            format,
            to,
        } => export_run(&run, format.write(&run, now), to),
        FileCommand::Export {
            path,
            text,
            run,
            overwrites,
        } => written(path, text, run, overwrites),
        FileCommand::RememberTheme { file, name } => themed(&file, &name),
    }
}

fn paths(of: PathsOf, root: &Path, typed: String) -> JobResult {
    let is_wanted = match of {
        PathsOf::Rows => is_rows_file,
        PathsOf::Pictures => is_picture_file,
    };
    JobResult::Paths {
        found: workspace::paths_like(root, &typed, is_wanted),
        of,
        typed,
    }
}

fn trusted(file: &Path, digest: &SpecDigest, spec: &Path) -> JobResult {
    match workspace::remember(file, digest, spec) {
        Ok(()) => JobResult::Done(format!(
            "{} is not asked about again until it changes",
            spec.display()
        )),
        Err(error) => JobResult::Failed(format!(
            "can't write `{}`, so you will be asked again: {error}",
            file.display()
        )),
    }
}

fn themed(file: &Path, name: &str) -> JobResult {
    match remember_theme(file, name) {
        Ok(()) => JobResult::Done(format!("theme {name}, kept in config.toml")),
        Err(error) => JobResult::Failed(format!("theme {name} is not kept: {error}")),
    }
}

fn exported(component: &Arc<Component>, formats: &[Format]) -> Result<Vec<Exported>, String> {
    let each = formats
        .iter()
        .map(|format| export(component, &ExportOptions::new(*format)));
    each.collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

fn export_run(run: &RunRecord, text: String, to: ExportTarget) -> JobResult {
    match to {
        ExportTarget::File(path) => {
            let exported = ExportedRun {
                run: run.run.clone(),
                events: run.events,
            };
            written(path, Arc::from(text), Some(exported), false)
        }
        ExportTarget::Clipboard => JobResult::ToCopy {
            text,
            what: "the run".to_owned(),
        },
    }
}

/// Writes what was exported. Without the person's word nothing is overwritten.
fn written(path: PathBuf, text: Arc<str>, run: Option<ExportedRun>, overwrites: bool) -> JobResult {
    let result = if overwrites {
        workspace::save(&path, &text, None)
    } else {
        workspace::create(&path, &text)
    };
    match result {
        Ok(()) => JobResult::ExportWritten { path, run },
        Err(SaveError::Exists { .. }) => JobResult::ExportExists {
            free: workspace::free_name(&path),
            path,
            text,
            run,
        },
        Err(error) => JobResult::Failed(match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        }),
    }
}

fn picture(path: &Path) -> Result<Image, String> {
    read_picture(path).map_err(|error| match std::error::Error::source(&error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })
}

/// Draws a graph, on this thread.
pub(super) fn drawn(
    subject: DrawSubject,
    component: &Arc<Component>,
    has_marks: bool,
    is_ascii: bool,
) -> JobResult {
    JobResult::Drawn {
        subject,
        drawings: Drawings::of(component, is_ascii, has_marks).map(Arc::new),
    }
}

fn compared(sides: [CompareSide; 2], profile: Option<&str>) -> Result<Vec<DiffLine>, String> {
    let [before, after] = sides.map(|side| {
        let (path, text) = match side {
            CompareSide::File { path, text } => (path, text),
            CompareSide::Ran(component) => return Ok(component),
        };
        let text = match text {
            Some(text) => text,
            None => read_text(&path)
                .map(Arc::from)
                .map_err(|error| error.to_string())?,
        };
        let loaded = check(&path, &text, profile).loaded;
        let has_errors = loaded.has_errors();
        let component = loaded.component.filter(|_| !has_errors);
        component.ok_or_else(|| {
            let path = path.display();
            format!("`{path}` has problems: it can't be compared")
        })
    });
    Ok(lines(&diff(&before?, &after?)))
}

fn read(path: PathBuf) -> JobResult {
    let format = workspace::format_of(&path).unwrap_or(Format::Yaml);
    let result = read_text(&path).map(|text| Box::new(Editor::new(&text, format)));
    JobResult::Read { path, result }
}

fn judge(paths: Vec<PathBuf>, profile: Option<&str>) -> JobResult {
    let judged = paths.into_iter().filter_map(|path| {
        let text = read_text(&path).ok()?;
        let verdict = check(&path, &text, profile).counts();
        Some((path, verdict))
    });
    JobResult::Judged(judged.collect())
}

#[cfg(test)]
mod tests;
