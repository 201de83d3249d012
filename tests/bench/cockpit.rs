//! Each screen at 200x60 over 10,000 runs: how long its frames take. Shows figures; judges nothing.
//!
//! `cargo bench --bench cockpit [-- [RUNS] [--frames N]]`
//!
//! Everything is real but the terminal and the model, which is the offline one at a slow pace: the feed, the event loop, the
//! keys, the drawing. First 10,000 runs go on: most stream an answer, each twentieth waits for a person's yes, each twentieth
//! answers without the tool that the others call. Then 10,000 runs of three variants are over, and the history has all of them.
//! A frame is all from the moment at which it is due to the finished picture, in time of its thread's processor, so that
//! other programs do not count; keys move the cursor in each.
//!
//! *News* is what the screen's model of the runs costs beside that: records, counts, outcome groups, by turn and the inbox are
//! kept up to date by each event of the feed, in a second model of this bench's own.
#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

#[path = "cockpit/batches.rs"]
mod batches;
#[path = "cockpit/console.rs"]
mod console;
#[path = "cockpit/news.rs"]
mod news;
#[path = "shared/startup.rs"]
mod startup;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use console::{Paper, Person};
use flowdeck::llm::{ModelSettings, Models, Pace};
use flowdeck::profile::Keeping;
use flowdeck::program::{PastRuns, Services, Settings, Startup, run_on};
use flowdeck::runs::{
    BatchPlan, Durability, History, HistoryFile, HistorySettings, KeptDetail, ProfileWorlds,
    Retention, Runs, RunsCommand, RunsHandle, RunsSettings, WorldProvider,
};
use flowdeck::spec::IdSource;
use flowdeck::trace::{SharedClock, SystemClock};
use startup::startup;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Between two words of a run that goes on: it writes for minutes.
const SLOW: Pace = Pace {
    before_first: Duration::from_millis(500),
    between_words: Duration::from_secs(2),
};

/// A screen that is measured: how a person comes to it, what it then says, and the keys that are pressed in turn.
struct Shown {
    name: &'static str,
    open: &'static [&'static str],
    says: &'static str,
    keys: &'static [&'static str],
    close: &'static [&'static str],
}

const MOVES: &[&str] = &["j", "j", "ctrl-d", "k", "end", "ctrl-u", "g"];

const LIVE: &[Shown] = &[
    Shown {
        name: "Runs",
        open: &["2"],
        says: "at once",
        keys: MOVES,
        close: &[],
    },
    Shown {
        name: "Runs, by time",
        open: &["s", "s", "s"],
        says: "at once",
        keys: MOVES,
        close: &["s", "s", "s", "s"],
    },
    Shown {
        name: "Runs, filtered",
        open: &["/", "c", "i", "t", "y", "enter"],
        says: "/ city",
        keys: MOVES,
        close: &["esc"],
    },
    Shown {
        name: "Runs, by outcome",
        open: &["o"],
        says: "needs you",
        keys: MOVES,
        close: &["o"],
    },
    Shown {
        name: "Runs, by turn",
        open: &["v"],
        says: "at once",
        keys: &["j", "n", "j", "n", "N"],
        close: &["v"],
    },
    Shown {
        name: "Runs, a run alone",
        open: &["enter"],
        says: "at once",
        keys: &["]", "]", "[", "k", "j"],
        close: &["esc"],
    },
    Shown {
        name: "Inbox",
        open: &["!"],
        says: "refund_order",
        keys: MOVES,
        close: &["esc"],
    },
    Shown {
        name: "Palette",
        open: &["ctrl-p", "c"],
        says: "┌ palette",
        keys: &["down", "down", "i", "backspace", "up"],
        close: &["esc"],
    },
    Shown {
        name: "Help",
        open: &["?"],
        says: "┌ keys",
        keys: MOVES,
        close: &["esc"],
    },
    Shown {
        name: "Inspect",
        open: &["3"],
        says: "Execution",
        keys: &["j", "j", "tab", "j", "k", "tab", "g"],
        close: &[],
    },
    Shown {
        name: "Compare, two runs",
        open: &["2", "g", "space", "j", "space", "c"],
        says: "compare 2 runs",
        keys: MOVES,
        close: &["2", "esc"],
    },
    Shown {
        name: "Specs",
        open: &["1"],
        says: "no specs here",
        keys: &["j", "k"],
        close: &[],
    },
];

const OVER: &[Shown] = &[
    Shown {
        name: "Runs",
        open: &["2"],
        says: "at once",
        keys: MOVES,
        close: &[],
    },
    Shown {
        name: "Runs, by outcome",
        open: &["o"],
        says: "answer",
        keys: MOVES,
        close: &["o"],
    },
    Shown {
        name: "Runs, by turn",
        open: &["v"],
        says: "at once",
        keys: &["j", "n", "j", "n", "N"],
        close: &["v"],
    },
    Shown {
        name: "Compare, variants",
        open: &["c"],
        says: "success",
        keys: MOVES,
        close: &[],
    },
    Shown {
        name: "History",
        open: &["5"],
        says: "answered",
        keys: MOVES,
        close: &[],
    },
    Shown {
        name: "Inspect",
        open: &["enter"],
        says: "Execution",
        keys: &["j", "j", "tab", "j", "k", "tab", "g"],
        close: &[],
    },
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<usize>().ok()
    };
    let n_runs = arguments.first().and_then(|first| first.parse().ok());
    let n_runs = n_runs.unwrap_or(10_000);
    let n_frames = after("--frames").unwrap_or(400);
    let runtime = tokio::runtime::Runtime::new()?;
    println!("{n_runs} runs go on, 200x60:");
    runtime.block_on(live(n_runs, n_frames))?;
    println!("{n_runs} runs of three variants are over, 200x60:");
    runtime.block_on(over(n_runs, n_frames))
}

async fn live(n_runs: usize, n_frames: usize) -> Result<()> {
    let bench = Bench::start(SLOW, None);
    let plan = batches::of_conversations(n_runs)?;
    let folder = tempfile::tempdir()?;
    let (paper, person) = Paper::new();
    let worked = async {
        let asking = n_runs / batches::EACH;
        person.sit_down().await?;
        person.press(&["2"]);
        bench.launch(plan).await?;
        person
            .until(|picture| {
                let needing = number_before(picture, " need you");
                let running = number_before(picture, " running");
                needing >= asking && running >= n_runs * 8 / 10
            })
            .await?;
        news::beside(&bench.runs, screens(&person, LIVE, n_frames)).await?;
        person.quit();
        Ok(())
    };
    let startup = startup_in(folder.path(), None)?;
    bench.show(paper, startup, worked).await?;
    bench.end().await;
    Ok(())
}

async fn over(n_runs: usize, n_frames: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = HistoryFile::new(folder.path().join("history.db"));
    let history = History::open(&HistorySettings {
        file: file.clone(),
        durability: Durability::Process,
        retention: Retention {
            max_age: None,
            max_bytes: None,
        },
        keeping: Keeping::All,
    })?;
    let bench = Bench::start(Pace::INSTANT, Some(history));
    let plan = batches::of_variants(n_runs, folder.path())?;
    let total = plan.runs.len();
    let (paper, person) = Paper::new();
    let worked = async {
        person.sit_down().await?;
        person.press(&["2"]);
        bench.launch(plan).await?;
        let answered = format!("{total} answered");
        person.until(|picture| picture.contains(&answered)).await?;
        screens(&person, OVER, n_frames).await?;
        person.quit();
        Ok(())
    };
    let startup = startup_in(folder.path(), Some(file))?;
    bench.show(paper, startup, worked).await?;
    bench.end().await;
    Ok(())
}

/// Goes to each screen in turn and presses its keys, a picture each.
async fn screens(person: &Person, screens: &[Shown], n_frames: usize) -> Result<()> {
    for shown in screens {
        person.press(shown.open);
        person.until(|picture| picture.contains(shown.says)).await?;
        let _of_before = person.take_frames();
        for key in shown.keys.iter().cycle().take(n_frames) {
            person.press(&[key]);
            person.until(|_| true).await?;
        }
        console::report(shown.name, person.take_frames());
        person.press(shown.close);
        person.until(|_| true).await?;
    }
    Ok(())
}

/// The number before these words; 0 where there is none.
fn number_before(picture: &str, words: &str) -> usize {
    let before = picture.split(words).next().unwrap_or_default();
    let mut digits = before.rsplit(|character: char| !character.is_ascii_digit());
    let is_there = picture.contains(words);
    let number = digits.find(|_| is_there).unwrap_or_default();
    number.parse().unwrap_or(0)
}

fn startup_in(folder: &std::path::Path, history: Option<HistoryFile>) -> Result<Startup> {
    let mut startup = startup("offline")?;
    folder.clone_into(&mut startup.workspace.root);
    if let Some(file) = history {
        startup.history = PastRuns {
            file,
            off: None,
            queue: None,
        };
    }
    Ok(startup)
}

/// The machinery below the screen.
struct Bench {
    runs: RunsHandle,
    owner: Runs,
    worlds: Arc<ProfileWorlds>,
    clock: SharedClock,
}

impl Bench {
    fn start(pace: Pace, history: Option<History>) -> Self {
        let clock = SystemClock::shared();
        let models = Models::new(ModelSettings {
            offline_pace: pace,
            ..ModelSettings::default()
        });
        let worlds = Arc::new(ProfileWorlds::new(models, batches::tools()));
        let settings = RunsSettings {
            worlds: Arc::clone(&worlds) as Arc<dyn WorldProvider>,
            journal: None,
            history,
            kept_detail: KeptDetail::Bytes(Settings::default().kept_detail_bytes()),
            elsewhere: None,
        };
        let (runs, owner) = Runs::start(Arc::clone(&clock), IdSource::Random, settings);
        Self {
            runs,
            owner,
            worlds,
            clock,
        }
    }

    async fn launch(&self, plan: BatchPlan) -> Result<()> {
        let batch = self.runs.new_batch_id();
        let plan = Box::new(plan);
        self.runs.send(RunsCommand::Launch { batch, plan }).await?;
        Ok(())
    }

    /// Shows the workbench while somebody works with it.
    async fn show(
        &self,
        paper: Paper,
        startup: Startup,
        worked: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        let services = Services {
            runs: self.runs.clone(),
            clock: Arc::clone(&self.clock),
            editor: "true".to_owned(),
            profile: None,
            problems_rx: tokio::sync::mpsc::channel(1).1,
        };
        let shown = Box::pin(async { Ok(run_on(paper, startup, services).await?) });
        let ((), ()) = tokio::try_join!(shown, worked)?;
        Ok(())
    }

    async fn end(self) {
        self.owner.shutdown().await;
        self.worlds.shutdown().await;
    }
}
