//! The event loop: wait, drain, update, draw at most once.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::EventStream;
use futures_util::stream::Fuse;
use futures_util::{Stream, StreamExt};
use ratatui::Frame;
use ratatui::layout::{Position, Rect, Size};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use crate::base::clock::{SharedClock, Timestamp};
use crate::base::files::TemporaryFile;
use crate::runs::{RunsHandle, Subscription};
use crate::tui::app::{self, Startup, State};
use crate::tui::clipboard;
use crate::tui::effect::{Effect, TerminalCommand};
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::frame;
use crate::tui::frame_limiter::{FrameLimiter, Wanted};
use crate::tui::perform::Performer;
use crate::tui::terminal::Screen;
use crate::workspace::Changes;

/// The maximum number of terminal events, and of job results, that are handled before the screen is
/// drawn.
const MAX_DRAINED: usize = 64;

/// The maximum time for which updates of runs are applied before the screen is drawn.
const DRAIN_FOR: Duration = Duration::from_millis(8);

/// The maximum time that running jobs may take after the screen has ended.
const FINISH_WITHIN: Duration = Duration::from_secs(3);

/// The services that the screen uses and does not own.
#[derive(Debug)]
pub struct Services {
    /// The runs.
    pub runs: RunsHandle,
    /// The time.
    pub clock: SharedClock,
    /// The user's editor, as set in `VISUAL` or `EDITOR`: a program with optional arguments.
    pub editor: String,
    /// The requested profile; `None` selects each file's default.
    pub profile: Option<Arc<str>>,
    /// Problems with the destination to which traces of runs are sent, as text.
    pub problems_rx: mpsc::Receiver<String>,
}

/// The screen and keyboard of the workbench: the terminal, or its replacement in a benchmark, which
/// no other program uses and which is always there.
pub trait Console {
    /// The stream of input events.
    type Input: Stream<Item = io::Result<crossterm::event::Event>> + Unpin;

    /// Starts reading the input. The previous reader must be dropped.
    fn input(&self) -> Self::Input;

    /// Returns width and height, in cells.
    ///
    /// # Errors
    /// The console is gone.
    fn size(&self) -> io::Result<Size>;

    /// Called before a frame is prepared; benchmarks measure from here.
    fn begin_frame(&mut self) {}

    /// Draws a frame.
    ///
    /// # Errors
    /// The console is gone.
    fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()>;

    /// Turns these addresses into links wherever they are shown.
    fn set_links(&mut self, _addresses: Vec<String>) {}

    /// Signals a person who looks elsewhere.
    ///
    /// # Errors
    /// The console is gone.
    fn call(&mut self, _words: &str) -> io::Result<()> {
        Ok(())
    }

    /// Takes the console again after [`Console::give_back`], and redraws everything.
    ///
    /// # Errors
    /// The console is gone.
    fn take(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Restores the console to its former state for other programs. Does nothing if this was
    /// already done.
    ///
    /// # Errors
    /// The console is gone.
    fn give_back(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Captures the mouse, or leaves it to the terminal.
    ///
    /// # Errors
    /// The console is gone.
    fn set_mouse(&mut self, _has_mouse: bool) -> io::Result<()> {
        Ok(())
    }

    /// Completes when the console has disappeared without any signal or event.
    fn gone(&self) -> impl Future<Output = ()> {
        std::future::pending()
    }
}

/// Takes the terminal and runs the workbench until the user quits or the program has to end.
/// Restores the terminal in every case.
///
/// # Errors
/// The terminal is gone or refuses a command.
pub(crate) async fn run(startup: Startup, services: Services) -> io::Result<()> {
    let screen = Screen::enter(startup.has_mouse(), startup.fixed.features)?;
    run_on(screen, startup, services).await
}

/// Runs the workbench on this thread with its own runtime. Its timers and keys then never wait for
/// the runs, which can keep all threads of their runtime busy.
///
/// # Errors
/// The runtime can't be made, or the workbench returned an error.
pub fn on_this_thread(workbench: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    tokio::task::block_in_place(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let ended = runtime.block_on(workbench);
        // A file that is read or saved and hangs must not keep a person from the shell.
        runtime.shutdown_background();
        ended
    })
}

/// Runs the workbench on a console that is already taken.
///
/// # Errors
/// The console is gone.
pub async fn run_on(console: impl Console, startup: Startup, services: Services) -> io::Result<()> {
    let size = console.size()?;
    let root = startup.workspace.root.clone();
    let is_ascii = startup.is_ascii();
    let config_file = startup.config_file.clone();
    let history = (startup.history.file.clone(), startup.history.queue.clone());
    let (state, commands) = State::new(
        startup,
        Rect::from((Position::ORIGIN, size)),
        services.clock.now(),
    );
    let mut performer = Performer::new(services.runs.clone(), history, services.profile, is_ascii);
    let changes = performer.watch(&root);
    let settings_changes = performer.watch_settings(config_file.as_deref());
    let mut event_loop = EventLoop {
        state,
        subscription: services.runs.subscribe(),
        is_behind: false,
        performer,
        limiter: FrameLimiter::default(),
        input: Some(console.input().fuse()),
        signals: Signals::new()?,
        changes,
        settings_changes,
        problems_rx: services.problems_rx,
        clock: services.clock,
        editor: services.editor,
        console,
    };
    event_loop.limiter.request(Wanted::Now);
    event_loop.perform(commands).await?;
    let ended = event_loop.run().await;
    let given_back = event_loop.console.give_back();
    // A save that hangs must not keep a person from the shell.
    let _late = tokio::time::timeout(FINISH_WITHIN, event_loop.performer.finish()).await;
    ended.and(given_back)
}

struct EventLoop<C: Console> {
    state: State,
    subscription: Subscription,
    /// Whether more updates of runs were waiting than were applied in one go.
    is_behind: bool,
    performer: Performer,
    limiter: FrameLimiter,
    /// The terminal's events; `None` while another program has the console.
    input: Option<Fuse<C::Input>>,
    signals: Signals,
    changes: mpsc::Receiver<Changes>,
    settings_changes: mpsc::Receiver<()>,
    problems_rx: mpsc::Receiver<String>,
    clock: SharedClock,
    editor: String,
    console: C,
}

impl<C: Console> EventLoop<C> {
    async fn run(&mut self) -> io::Result<()> {
        while !self.state.should_quit {
            let now = self.clock.now();
            if self.limiter.due_in(now) == Some(Duration::ZERO) {
                self.draw()?;
            }
            let event = self.wait().await?;
            let Some(event) = event else {
                self.limiter.request(Wanted::Soon);
                continue;
            };
            self.take(event).await?;
            self.drain().await?;
        }
        Ok(())
    }

    /// Waits for the next event, or for the time when something changes without one.
    ///
    /// Input has the highest priority and updates of runs the lowest, because they never stop while
    /// models write and would starve everything else. They stay in their queue until they would be
    /// drawn.
    async fn wait(&mut self) -> io::Result<Option<AppEvent>> {
        let now = self.clock.now();
        let by_itself = self.state.changes_at(now).map(|at| at.since(now));
        let wake = self.limiter.due_in(now).into_iter().chain(by_itself).min();
        let news_in = self.news_in(now);
        let subscription = &mut self.subscription;
        let news = async {
            if !news_in.is_zero() {
                tokio::time::sleep(news_in).await;
            }
            subscription.next().await
        };
        tokio::select! {
            biased;
            () = self.signals.next() => Ok(Some(AppEvent::Terminate)),
            () = self.console.gone() => Ok(Some(AppEvent::Terminate)),
            event = next_input(&mut self.input) => match event {
                Some(event) => Ok(Some(AppEvent::Terminal(event?))),
                None => Ok(Some(AppEvent::Terminate)),
            },
            result = self.performer.next() => Ok(Some(AppEvent::Job(result))),
            Some(changes) = self.changes.recv() => Ok(Some(AppEvent::Workspace(changes))),
            Some(()) = self.settings_changes.recv() => Ok(Some(AppEvent::Settings)),
            Some(words) = self.problems_rx.recv() => Ok(Some(AppEvent::TraceTrouble(words))),
            update = news => match update {
                Some(update) => Ok(Some(AppEvent::Runs(update))),
                None => Ok(Some(AppEvent::Terminate)),
            },
            () = tokio::time::sleep(wake.unwrap_or_default()), if wake.is_some() => Ok(None),
        }
    }

    /// Returns how long updates of runs may wait: no time if some are left from the last round.
    fn news_in(&self, now: Timestamp) -> Duration {
        if self.is_behind {
            Duration::ZERO
        } else {
            self.limiter.news_in(now)
        }
    }

    /// Handles the other events that are already there, so that one drawing shows them all.
    async fn drain(&mut self) -> io::Result<()> {
        for _ in 0..MAX_DRAINED {
            match ready(&mut self.input).await {
                Some(event) => self.take(AppEvent::Terminal(event?)).await?,
                None => break,
            }
        }
        for _ in 0..MAX_DRAINED {
            let result = self.performer.try_next().map(AppEvent::Job);
            let changes = || self.changes.try_recv().ok().map(AppEvent::Workspace);
            match result.or_else(changes) {
                Some(event) => self.take(event).await?,
                None => break,
            }
        }
        let begun = self.clock.now();
        if !self.news_in(begun).is_zero() || self.limiter.draws_first(begun) {
            return Ok(());
        }
        let key = self.drain_news(begun.plus(DRAIN_FOR)).await?;
        self.limiter.took_news(self.clock.now());
        match key {
            Some(event) => self.take(AppEvent::Terminal(event)).await,
            None => Ok(()),
        }
    }

    /// Applies the waiting updates until a deadline or until there is input, which is returned.
    async fn drain_news(
        &mut self,
        until: Timestamp,
    ) -> io::Result<Option<crossterm::event::Event>> {
        self.is_behind = true;
        while self.clock.now() < until {
            let Some(update) = self.subscription.try_next() else {
                self.is_behind = false;
                return Ok(None);
            };
            self.take(AppEvent::Runs(update)).await?;
            if let Some(event) = ready(&mut self.input).await {
                return event.map(Some);
            }
        }
        Ok(None)
    }

    async fn take(&mut self, event: AppEvent) -> io::Result<()> {
        let now = self.clock.now();
        match event {
            AppEvent::Runs(_) => self.limiter.request(Wanted::Soon),
            AppEvent::Terminal(_)
            | AppEvent::Workspace(_)
            | AppEvent::Settings
            | AppEvent::TraceTrouble(_)
            | AppEvent::Job(_)
            | AppEvent::Terminate => self.limiter.request(Wanted::Now),
        }
        let effects = app::update(&mut self.state, event, now);
        self.perform(effects).await
    }

    async fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            if let Some(command) = self.performer.perform(effect) {
                self.terminal(command).await?;
            }
        }
        Ok(())
    }

    async fn terminal(&mut self, command: TerminalCommand) -> io::Result<()> {
        match command {
            TerminalCommand::SetMouse(has_mouse) => self.console.set_mouse(has_mouse),
            TerminalCommand::Call(words) => self.console.call(&words),
            TerminalCommand::Copy { text, what } => {
                let result = match clipboard::copy(&mut io::stdout(), &text) {
                    Ok(()) => JobResult::Done(format!("copied {what}")),
                    Err(error) => JobResult::Failed(format!("can't copy {what}: {error}")),
                };
                self.deliver(result);
                Ok(())
            }
            TerminalCommand::Suspend => self.suspend().await,
            TerminalCommand::OpenEditor { path, line } => {
                let problem = self.edit(&path, line).await?;
                self.deliver(JobResult::EditorClosed { path, problem });
                Ok(())
            }
            TerminalCommand::ShowInEditor { text } => {
                let problem = match tokio::task::spawn_blocking(move || TemporaryFile::of(&text))
                    .await
                {
                    Ok(Ok(file)) => self.edit(file.path(), 1).await?,
                    Ok(Err(error)) => Some(format!("can't write a copy for the editor: {error}")),
                    Err(broke) => Some(broke.to_string()),
                };
                if let Some(problem) = problem {
                    self.deliver(JobResult::Failed(problem));
                }
                Ok(())
            }
        }
    }

    /// Opens a file in the user's editor, which has the terminal until it ends. Returns the error
    /// of the editor.
    async fn edit(&mut self, path: &Path, line: usize) -> io::Result<Option<String>> {
        let mut command = editor_command(&self.editor, line);
        command.arg(path);
        self.give_away()?;
        let ended = command.status().await;
        self.take_back()?;
        Ok(match ended {
            Ok(status) if status.success() => None,
            Ok(status) => Some(format!("`{}` ended with {status}", self.editor)),
            Err(error) => Some(format!("can't start `{}`: {error}", self.editor)),
        })
    }

    /// Applies the result of a command performed here; it can only lead to commands for the
    /// performer.
    fn deliver(&mut self, result: JobResult) {
        let effects = app::update(&mut self.state, AppEvent::Job(result), self.clock.now());
        for effect in effects {
            self.performer.perform(effect);
        }
        self.limiter.request(Wanted::Now);
    }

    /// Suspends the whole job, so that `cargo run` and pipes are suspended too, and continues when
    /// the shell continues it.
    async fn suspend(&mut self) -> io::Result<()> {
        self.performer.stand_still(true).await;
        self.give_away()?;
        // This is the main thread, which the system stops before the call returns.
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        self.performer.stand_still(false).await;
        self.take_back()
    }

    /// Gives the terminal to another program. The input stream is dropped, because even a stream
    /// that isn't polled reads input and takes it from the other program.
    fn give_away(&mut self) -> io::Result<()> {
        self.input = None;
        self.console.give_back()
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.console.take()?;
        self.input = Some(self.console.input().fuse());
        let size = self.console.size()?;
        self.state.resize(Rect::from((Position::ORIGIN, size)));
        self.limiter.request(Wanted::Now);
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let now = self.clock.now();
        self.console.begin_frame();
        self.state.prepare(now);
        let state = &self.state;
        self.console.set_links(state.addresses());
        self.console.draw(|frame| {
            let cursor = frame::draw(state, now, frame.area(), frame.buffer_mut());
            if let Some(position) = cursor {
                frame.set_cursor_position(position);
            }
        })?;
        self.limiter.drawn(now, self.clock.now());
        Ok(())
    }
}

impl Console for Screen {
    type Input = EventStream;

    fn input(&self) -> EventStream {
        EventStream::new()
    }

    fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        Self::draw(self, picture)
    }

    fn set_links(&mut self, addresses: Vec<String>) {
        Self::set_links(self, addresses);
    }

    fn call(&mut self, words: &str) -> io::Result<()> {
        Self::call(self, words)
    }

    fn take(&mut self) -> io::Result<()> {
        Self::take(self)
    }

    fn give_back(&mut self) -> io::Result<()> {
        Self::give_back(self)
    }

    fn set_mouse(&mut self, has_mouse: bool) -> io::Result<()> {
        Self::set_mouse(self, has_mouse)
    }

    async fn gone(&self) {
        self.hang_up.noticed().await;
    }
}

async fn next_input<I>(input: &mut Option<I>) -> Option<I::Item>
where
    I: Stream + Unpin,
{
    match input {
        Some(input) => input.next().await,
        None => std::future::pending().await,
    }
}

/// Returns the next event of the terminal if it is already there.
///
/// Polls with this task's own waker: the stream keeps the first waker that found nothing until the
/// next event, so a poll with another waker (`now_or_never`) would leave this task asleep forever.
async fn ready<I>(input: &mut Option<I>) -> Option<I::Item>
where
    I: Stream + Unpin,
{
    let input = input.as_mut()?;
    std::future::poll_fn(|context| match input.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(event),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Returns the command that starts the user's editor through the shell, as git does, so that
/// arguments and quotes work. Editors that are known to support it get the line number.
fn editor_command(editor: &str, line: usize) -> tokio::process::Command {
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", &format!("{editor} \"$@\""), editor]);
    let program = editor.split_whitespace().next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default();
    if matches!(
        program,
        "vi" | "vim" | "nvim" | "nano" | "emacs" | "kak" | "micro" | "joe"
    ) {
        command.arg(format!("+{line}"));
    }
    command.stdin(Stdio::inherit());
    command
}

/// The signals that end the program in an orderly way.
#[derive(Debug)]
struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    quit: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.quit.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests;
