//! Executes one call on the route of its tool.

use std::time::Duration;

use serde_json::Value;

use super::Tools;
use super::plan::{not_yet_message, unbound_message};
use super::route::Route;
use crate::base::written::Written;
use crate::profile::{Binding, Stub, ToolBinding, lines_that_bind};
use crate::spec::property::Coercion;
use crate::tools::builtin;
use crate::tools::command;
use crate::tools::executor::{ToolError, ToolErrorKind, ToolInvocation, ToolObserver};
use crate::tools::limit::{DEFAULT_HTTP_LIMIT, DEFAULT_LIMIT, within};
use crate::tools::output::{Given, fit_outputs};
use crate::tools::postgres::DatastoreOperation;
use crate::tools::python::PythonCall;

impl Tools {
    /// Executes a call and fits its result to the tool's outputs.
    pub(super) async fn carry_out(
        &self,
        invocation: &ToolInvocation,
        observer: &dyn ToolObserver,
    ) -> Result<Value, ToolError> {
        let tool = &invocation.tool;
        let name = tool.name();
        let (result, coercion) = match self.route(tool) {
            Route::Registered(function) => {
                let arguments = invocation.arguments.clone();
                let call = function.call(name, arguments, &self.threads, observer);
                (Given::Value(call.await?), Coercion::Json)
            }
            Route::Bound(binding) => self.call_bound(invocation, binding, observer).await?,
            Route::Stubbed(stub) => stand_in(name, stub, DEFAULT_LIMIT).await?,
            // Boxed, as further ones: each call would have to hold room for the largest.
            Route::Remote(remote) => {
                let call = self.http.call_remote(&remote, invocation, observer);
                (Box::pin(call).await?, Coercion::Text)
            }
            Route::Api(node) => {
                let call = self.http.call_node(&node, invocation, observer);
                (Box::pin(call).await?, Coercion::Text)
            }
            Route::Mcp(mcp) => {
                let call = self.mcp.call(&mcp, invocation, observer);
                (Box::pin(call).await?, Coercion::Text)
            }
            Route::Database(node) => {
                let operation = DatastoreOperation::of_arguments(&invocation.arguments);
                let operation = operation.ok_or_else(|| {
                    let message =
                        format!("the arguments of `{name}` are not those of a datastore operation");
                    ToolError::new(ToolErrorKind::Configuration, message)
                })?;
                let call = self
                    .postgres
                    .call(name, &node.datastore, &operation, observer);
                return Box::pin(call).await;
            }
            // What it answers is not its outputs yet.
            Route::Agent(agent) => {
                return Box::pin(self.agents.call(&agent, invocation, observer)).await;
            }
            Route::OciAgent(agent) => {
                return Box::pin(self.oci_agents.call(&agent, invocation, observer)).await;
            }
            Route::Builtin(_) => {
                let context = builtin::BuiltinContext {
                    clock: &self.clock,
                    http: &self.http,
                    folder: &self.profile.folder,
                };
                let call = builtin::call(tool, &invocation.arguments, context, observer);
                (Box::pin(call).await?, Coercion::Text)
            }
            Route::Person => {
                return Err(ToolError::new(
                    ToolErrorKind::Configuration,
                    format!("the result of `{name}` comes from a person, not from a call"),
                ));
            }
            Route::Unbound => {
                return Err(
                    ToolError::new(ToolErrorKind::Configuration, unbound_message(name))
                        .with_hint(lines_that_bind(name)),
                );
            }
            Route::NotYet => {
                return Err(ToolError::new(
                    ToolErrorKind::Configuration,
                    not_yet_message(tool),
                ));
            }
        };
        fit_outputs(tool, result, coercion)
    }

    async fn call_bound(
        &self,
        invocation: &ToolInvocation,
        bound: &ToolBinding,
        observer: &dyn ToolObserver,
    ) -> Result<(Given, Coercion), ToolError> {
        let name = invocation.tool.name();
        let arguments = &invocation.arguments;
        let limit = bound.timeout.unwrap_or(DEFAULT_LIMIT);
        match &bound.binding {
            Binding::Command { argv } => {
                let call = command::run(invocation, argv, &self.profile.folder, observer);
                let printed = within(name, limit, Box::pin(call)).await?;
                Ok((Given::Text(printed), Coercion::Text))
            }
            Binding::Python { file, function } => {
                let call = PythonCall {
                    name,
                    file,
                    function,
                    arguments,
                    identity: &invocation.identity,
                    limit,
                };
                let result = Box::pin(self.python.call(&call, observer)).await?;
                let result = Written::from_marked(result);
                Ok((Given::Written(result), Coercion::Json))
            }
            Binding::Http(http) => {
                let limit = bound.timeout.unwrap_or(DEFAULT_HTTP_LIMIT);
                let call = self.http.call_binding(invocation, http, limit, observer);
                let result = Box::pin(call).await?;
                Ok((result, Coercion::Text))
            }
            Binding::Stub(stub) => stand_in(name, stub, limit).await,
            Binding::Ask => Err(ToolError::new(
                ToolErrorKind::Configuration,
                format!("the result of `{name}` comes from a person, not from a call"),
            )),
        }
    }
}

/// Returns the outcome of a stub, after its delay.
async fn stand_in(
    name: &str,
    stub: &Stub,
    limit: Duration,
) -> Result<(Given, Coercion), ToolError> {
    let wait = async {
        tokio::time::sleep(stub.delay).await;
        Ok(())
    };
    within(name, limit, wait).await?;
    match &stub.outcome {
        Ok(value) => Ok((Given::Written(value.clone()), Coercion::Json)),
        Err(message) => Err(ToolError::new(ToolErrorKind::Failed, message.clone())),
    }
}
