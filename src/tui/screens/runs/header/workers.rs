//! The workers that run a batch, if it is not run by this process: their slots and their tasks.

use indexmap::IndexMap;

use crate::base::plural::counted;
use crate::base::text::{sanitised, width_cells};
use crate::runs::{BatchRecord, KeptRun, WorkerPlaces};
use crate::tui::app::ViewContext;

/// Returns the workers in at most `room` cells: each with its tasks, or each with its slots, or all
/// together; `None` if the batch is run by this process.
pub(super) fn words(batch: &BatchRecord, look: &ViewContext<'_>, room: usize) -> Option<String> {
    let workers = batch.workers.as_deref()?;
    if workers.is_empty() {
        return Some("no worker".to_owned());
    }
    // What is worth telling beside them gets half of the line.
    let room = room / 2;
    let each = |words: &dyn Fn(&WorkerPlaces) -> String| {
        let words: Vec<String> = workers.iter().map(words).collect();
        words.join(", ")
    };
    let does = each(&|worker| match tasks(batch, worker, look) {
        tasks if tasks.is_empty() => slots(worker),
        tasks => format!("{} ({tasks})", slots(worker)),
    });
    let all = || {
        let (n_runs, at_once) = workers.iter().fold((0, 0), |(runs, slots), worker| {
            (runs + worker.n_runs, slots + worker.at_once)
        });
        format!("{} {n_runs}/{at_once}", counted(workers.len(), "worker"))
    };
    let shorter = [does, each(&slots)].into_iter();
    let fitting = shorter.into_iter().find(|words| width_cells(words) <= room);
    Some(fitting.unwrap_or_else(all))
}

/// Returns a worker with the number of its used slots: `build-7:4711 3/10`.
fn slots(worker: &WorkerPlaces) -> String {
    let name = sanitised(&worker.name).replace('\n', " ");
    format!("{name} {}/{}", worker.n_runs, worker.at_once)
}

/// Returns the tasks of a batch's runs at a worker: `2 model, 1 tool kb_search`.
fn tasks(batch: &BatchRecord, worker: &WorkerPlaces, look: &ViewContext<'_>) -> String {
    let is_there =
        |run: &&KeptRun| run.batch == batch.id && run.worker.as_ref() == Some(&worker.name);
    let mut tasks: IndexMap<&str, usize> = IndexMap::new();
    for run in look.context.runs.active().filter(is_there) {
        let task = match run.doing.as_str() {
            "llm" => "model",
            task => task,
        };
        if !task.is_empty() && run.doing_until.is_none() {
            *tasks.entry(task).or_default() += 1;
        }
    }
    tasks.sort_by(|_, a, _, b| b.cmp(a));
    let tasks = tasks
        .iter()
        .map(|(task, count)| format!("{count} {}", sanitised(task)));
    tasks.collect::<Vec<_>>().join(", ").replace('\n', " ")
}
