//! Wait, drain, update, draw at most once.

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

/// How many events of the terminal, and how many results of jobs, are taken before the screen is
/// drawn.
const MAX_DRAINED: usize = 64;

/// How long news of the runs are taken in before what they changed is drawn.
const DRAIN_FOR: Duration = Duration::from_millis(8);

/// How long jobs that have begun may take after the screen has ended.
const FINISH_WITHIN: Duration = Duration::from_secs(3);

/// The services that the screen uses and does not own.
#[derive(Debug)]
pub struct Services {
    /// The runs.
    pub runs: RunsHandle,
    /// The time.
    pub clock: SharedClock,
    /// The person's editor, as `VISUAL` or `EDITOR` has it: a program, perhaps with arguments.
    pub editor: String,
    /// The profile that was asked for; none takes each file's default.
    pub profile: Option<Arc<str>>,
    /// The problems at the place where traces of runs are sent, in words for people.
    pub problems_rx: mpsc::Receiver<String>,
}

/// The surface that the workbench is shown on and typed into: the terminal, or its replacement in a bench, which
/// nobody else wants to have and which never goes away.
pub trait Console {
    /// The input as it is typed.
    type Input: Stream<Item = io::Result<crossterm::event::Event>> + Unpin;

    /// Begins to read what is typed. The reader before it must be dropped.
    fn input(&self) -> Self::Input;

    /// Width and height, in cells.
    ///
    /// # Errors
    /// When it is gone.
    fn size(&self) -> io::Result<Size>;

    /// A picture is about to be prepared: benches measure from here.
    fn begin_frame(&mut self) {}

    /// Shows a picture.
    ///
    /// # Errors
    /// When it is gone.
    fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()>;

    /// Makes these addresses links wherever they are on show.
    fn set_links(&mut self, _addresses: Vec<String>) {}

    /// Calls a person who looks elsewhere.
    ///
    /// # Errors
    /// When it is gone.
    fn call(&mut self, _words: &str) -> io::Result<()> {
        Ok(())
    }

    /// Takes it again after [`Console::give_back`]; everything is drawn again.
    ///
    /// # Errors
    /// When it is gone.
    fn take(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Gives it back as it was. Does nothing if it is given back already.
    ///
    /// # Errors
    /// When it is gone.
    fn give_back(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes the mouse, or leaves it.
    ///
    /// # Errors
    /// When it is gone.
    fn set_mouse(&mut self, _has_mouse: bool) -> io::Result<()> {
        Ok(())
    }

    /// Ends when it is gone without a word.
    fn gone(&self) -> impl Future<Output = ()> {
        std::future::pending()
    }
}

/// Takes the terminal and runs the workbench until the person quits or the program has to end.
/// Gives the terminal back in every case.
///
/// # Errors
/// When the terminal refuses or is gone.
pub(crate) async fn run(startup: Startup, services: Services) -> io::Result<()> {
    let screen = Screen::enter(startup.has_mouse(), startup.fixed.features)?;
    run_on(screen, startup, services).await
}

/// Drives the workbench on this thread by a runtime of its own. Its times and its keys then never wait for the runs, whose
/// runtime looks at what is due only between what keeps all its threads busy.
///
/// # Errors
/// When there is no runtime to be had, and what the workbench ends with.
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

/// Runs the workbench on a console that is taken already.
///
/// # Errors
/// When the console is gone.
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
    /// Whether more news were there than were taken in at once.
    is_behind: bool,
    performer: Performer,
    limiter: FrameLimiter,
    /// The terminal's events; none while the console is given away.
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

    /// Waits for the next event, or for the time when something changes by itself.
    ///
    /// What is typed goes first, and news of the runs go last: they never end while models write,
    /// and all before them would starve. They stay where they are until they would be drawn.
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

    /// How long news of the runs may wait. None have to while some are left from last time.
    fn news_in(&self, now: Timestamp) -> Duration {
        if self.is_behind {
            Duration::ZERO
        } else {
            self.limiter.news_in(now)
        }
    }

    /// Takes what else is there already, so that one drawing shows it all.
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

    /// Takes in what news there are until then, or until something is typed, which is returned.
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

    /// Gives the terminal to the person's editor with a file until it ends. Returns what went wrong there.
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

    /// Folds in what came of something that was done here; it leads to commands of the performer
    /// only.
    fn deliver(&mut self, result: JobResult) {
        let effects = app::update(&mut self.state, AppEvent::Job(result), self.clock.now());
        for effect in effects {
            self.performer.perform(effect);
        }
        self.limiter.request(Wanted::Now);
    }

    /// Stops the whole job, so that `cargo run` and pipes stop with it; goes on when it is continued.
    async fn suspend(&mut self) -> io::Result<()> {
        self.performer.stand_still(true).await;
        self.give_away()?;
        // This is the main thread, which the system stops before the call returns.
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        self.performer.stand_still(false).await;
        self.take_back()
    }

    /// Gives the terminal to someone else. The input stream goes too: one that is only not polled
    /// still reads what is typed, and takes it from the other program.
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

/// The next event of the terminal, if it is there already.
///
/// Polls with this task's own waker: the stream keeps the first waker that found nothing until the
/// next event, so a poll with another one (`now_or_never`) would leave this task asleep forever.
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

/// The person's editor through the shell, as git starts it, so that arguments and quotes in it
/// work; those that are known to take a line are given it.
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

/// The signals that end the program in good order.
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
