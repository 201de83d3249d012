//! The `flowdeck` program. All it does is in the library; this starts it.

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    // No backtraces unless asked for, and no advice about them: a panic here is told in one report.
    let (panic_hook, report_hook) = color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .into_hooks();
    if let Err(report) = report_hook.install() {
        return flowdeck::cli::refuse(&format!("{report:#}"));
    }
    std::panic::set_hook(Box::new(move |info| {
        // A hook that panics ends the process at once, and the terminal may be gone.
        let _gone = writeln!(std::io::stderr(), "{}", panic_hook.panic_report(info));
    }));
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return flowdeck::cli::refuse(&format!("can't start: {error}")),
    };
    let exit = runtime.block_on(flowdeck::cli::run(std::env::args_os()));
    // Dropping the runtime would wait for a blocking tool that never ends.
    runtime.shutdown_background();
    exit
}
