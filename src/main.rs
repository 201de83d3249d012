//! The `flowdeck` program. All it does is in the library; this starts it.

use std::process::ExitCode;

fn main() -> ExitCode {
    // No backtraces unless asked for, and no advice about them: a panic here is told in one report.
    let hooks = color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .install();
    if let Err(report) = hooks {
        return flowdeck::cli::refuse(&format!("{report:#}"));
    }
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
