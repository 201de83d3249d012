//! The `flowdeck` program. Only starts the code in the library.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

// Runs are made of small texts and lists, on all cores at once: the system's allocator takes twice as long for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // No backtraces unless asked for, and no advice about them: a panic here has one report.
    let (panic_hook, report_hook) = color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .into_hooks();
    if let Err(report) = report_hook.install() {
        return flowdeck::program::refuse(&format!("{report:#}"));
    }
    std::panic::set_hook(Box::new(move |info| {
        // A report quotes values, so it goes through the same door as all that is printed. A hook that panics ends the
        // process at once, and the terminal may be gone: that is no failure there.
        flowdeck::program::print_panic_report(&panic_hook.panic_report(info).to_string());
    }));
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return flowdeck::program::refuse(&format!("can't start: {error}")),
    };
    let exit = runtime.block_on(async {
        // The program that started us may ignore how children end. That is inherited, and nobody could then wait for
        // one, nor keep the id of a process group.
        let _heard = signal(SignalKind::child());
        flowdeck::program::run(std::env::args_os()).await
    });
    // Dropping the runtime would wait for a blocking tool that never ends.
    runtime.shutdown_background();
    exit
}
