//! Does what updates want done. The only file of the screen that spawns; every task is owned here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use crate::base::files::{read_text, write_atomic};
use crate::conversation::Image;
use crate::runs::{RunsCommand, RunsHandle, read_picture};
use crate::spec::diff::{DiffLine, diff, lines};
use crate::spec::{Component, Format};
use crate::tui::assist::answer;
use crate::tui::check::check;
use crate::tui::command::{Command, CompareSide, DrawSubject, FileCommand, TerminalCommand};
use crate::tui::event::JobResult;
use crate::tui::widgets::editor::Editor;
use crate::tui::widgets::graph::Drawings;
use crate::workspace::{self, Changes, Watcher};

/// How many changes of the disk wait for the screen; when there are more, the watcher waits and
/// merges them by path.
const MAX_WAITING_CHANGES: usize = 64;

/// Owns the tasks of the screen.
#[derive(Debug)]
pub(super) struct Performer {
    runs: RunsHandle,
    /// The profile that was asked for; none takes each file's default.
    profile: Option<Arc<str>>,
    /// Whether graphs are drawn in ASCII.
    is_ascii: bool,
    jobs: JoinSet<Option<JobResult>>,
    /// The latest check of each file.
    checks: HashMap<PathBuf, AbortHandle>,
    /// Tasks that run as long as the screen does.
    lasting: JoinSet<()>,
}

impl Performer {
    pub(super) fn new(runs: RunsHandle, profile: Option<Arc<str>>, is_ascii: bool) -> Self {
        Self {
            runs,
            profile,
            is_ascii,
            jobs: JoinSet::new(),
            checks: HashMap::new(),
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
            Command::TakeSnapshot => {
                let runs = self.runs.clone();
                self.jobs
                    .spawn(async move { Some(JobResult::Snapshot(runs.snapshot().await)) });
            }
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

    /// Sends at once if there is room; otherwise a task waits for room, the screen does not.
    fn send(&mut self, command: RunsCommand) {
        if let Err(refused) = self.runs.try_send(command) {
            let runs = self.runs.clone();
            self.jobs.spawn(async move {
                let sent = runs.send(refused.0).await;
                sent.err().map(|gone| JobResult::Failed(gone.to_string()))
            });
        }
    }

    fn file(&mut self, command: FileCommand) {
        let profile = self.profile.clone();
        let FileCommand::Check { path, delay, .. } = &command else {
            self.jobs
                .spawn_blocking(move || Some(done(command, profile.as_deref())));
            return;
        };
        let (path, delay) = (path.clone(), *delay);
        let check = self.jobs.spawn(async move {
            tokio::time::sleep(delay).await;
            let work = move || done(command, profile.as_deref());
            tokio::task::spawn_blocking(work).await.ok()
        });
        if let Some(older) = self.checks.insert(path, check) {
            older.abort();
        }
    }

    /// The next job that is done; waits for ever while there is none.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(super) async fn next(&mut self) -> JobResult {
        loop {
            match self.jobs.join_next().await {
                Some(Ok(Some(result))) => return result,
                Some(Ok(None)) => {}
                Some(Err(error)) if error.is_panic() => {
                    return JobResult::Failed("a job of the screen broke; see the log".to_owned());
                }
                Some(Err(_aborted)) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Waits for what has begun and must not be cut off, such as a save.
    pub(super) async fn finish(mut self) {
        for (_, check) in self.checks.drain() {
            check.abort();
        }
        while self.jobs.join_next().await.is_some() {}
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
        FileCommand::ReadRows { path } => JobResult::Rows {
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
        FileCommand::RememberTrust { file, digest, spec } => {
            match workspace::remember(&file, &digest, &spec) {
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
        FileCommand::Export { path, text } => match write_atomic(&path, &text) {
            Ok(()) => JobResult::Done(format!("exported to {}", path.display())),
            Err(error) => JobResult::Failed(format!("can't write `{}`: {error}", path.display())),
        },
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
