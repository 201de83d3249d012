//! The runtime on a scripted world: models that say what a test wrote down, tools that do what it says, time that
//! stands still until everything waits for it.

mod agent_nodes;
mod agents;
mod answers;
mod catch;
mod datastores;
mod delegates;
mod documents;
mod engines;
mod extended;
mod flows;
mod maps;
mod nodes;
mod oracle;
mod parallel;
mod people;
mod random_flows;
mod remote;
mod script;
mod stops;
mod teams;
mod toolboxes;
mod transforms;
mod wayflow_flows;
mod wayflow_messages;
mod wayflow_nodes;
mod world;
