//! One integration binary, a module for each subject: every further binary would link the whole
//! crate again.

#[cfg(test)]
mod a2a;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod awaited;
#[cfg(test)]
mod cli_checks;
mod cli_diff;
#[cfg(test)]
mod cli_docs;
#[cfg(test)]
mod cli_export;
#[cfg(test)]
mod cli_graph;
#[cfg(test)]
mod cli_new;
#[cfg(test)]
mod cli_open;
#[cfg(test)]
mod cli_output;
#[cfg(test)]
mod cli_profiles;
#[cfg(test)]
mod cli_rows;
#[cfg(test)]
mod cli_run;
#[cfg(test)]
mod cli_run_tools;
#[cfg(test)]
mod cli_steering;
#[cfg(test)]
mod cli_validate;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod declared_values;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod history;
#[cfg(test)]
mod interpreters;
#[cfg(test)]
mod language_table;
#[cfg(test)]
mod mcp;
#[cfg(test)]
mod mock_llm;
#[cfg(test)]
mod model_mocks;
#[cfg(test)]
mod model_servers;
#[cfg(test)]
mod no_answer;
#[cfg(test)]
mod oci_agent;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod program;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod scripted_model;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod secrets_on_screen;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod spec_assist;
#[cfg(test)]
mod spec_mutations;
#[cfg(test)]
mod spec_properties;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod tool_bindings;
#[cfg(test)]
mod tool_calls;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod tracing;
#[cfg(test)]
mod validate;
#[cfg(test)]
mod wayflow;
#[cfg(test)]
mod workbench;
#[cfg(test)]
mod workers;
#[cfg(test)]
mod yaml_export;
