//! Context providers: values that are obtained before each model call of an agent, and each time a
//! step of a flow needs them.

use std::sync::Arc;

use serde_json::Value;

use crate::base::ids::RequestId;
use crate::conversation::Values;
use crate::runtime::provided::names;
use crate::runtime::runnable::{not_yet, viewed};
use crate::runtime::{Halt, RunContext, execute, tool_result, values};
use crate::spec::Component;
use crate::spec::language::{
    Execution, PluginConstantContextProvider, PluginFlowContextProvider, PluginToolContextProvider,
    ProviderExecution,
};
use crate::spec::property::Coercion;
use crate::trace::{Failure, FailureKind};

/// Calls the providers of wanted names.
///
/// # Errors
/// A provider fails, needs a missing value, or lacks a value that it declares.
pub(super) async fn values_of(
    providers: &[Arc<Component>],
    wanted: &[String],
    place: &RunContext,
) -> Result<Values, Halt> {
    let mut all = Values::new();
    for (index, provider) in providers.iter().enumerate() {
        if names(provider).iter().any(|name| wanted.contains(name)) {
            all.extend(ask(provider, &place.at("context", index)).await?);
        }
    }
    all.retain(|name, _| wanted.contains(name));
    Ok(all)
}

/// Calls a provider.
///
/// # Errors
/// As [`values_of`].
pub(super) async fn ask(provider: &Arc<Component>, place: &RunContext) -> Result<Values, Halt> {
    let Execution::Provider(execution) = provider.execution() else {
        return Err(not_yet(provider).into());
    };
    match execution {
        ProviderExecution::PluginConstantContextProvider => {
            let constant: PluginConstantContextProvider = viewed(provider)?;
            let value = |name: String| (name, constant.value().clone());
            Ok(names(provider).into_iter().map(value).collect())
        }
        ProviderExecution::PluginToolContextProvider => ask_tool(&viewed(provider)?, place).await,
        ProviderExecution::PluginFlowContextProvider => {
            let provider: PluginFlowContextProvider = viewed(provider)?;
            let place = place.with_forked_conversation();
            let executed = execute::run(provider.flow(), Values::new(), &place).await?;
            Ok(executed.outputs)
        }
    }
}

/// Calls the tool of a provider with the defaults of its inputs.
async fn ask_tool(
    provider: &PluginToolContextProvider,
    place: &RunContext,
) -> Result<Values, Halt> {
    let tool = provider.tool();
    let arguments =
        values::fit(&Values::new(), tool.inputs(), Coercion::Json).map_err(|missing| {
            let message = format!(
                "`{}` gives context and can't be called without arguments: {}",
                tool.name(),
                values::in_words(&missing)
            );
            Failure::new(FailureKind::Spec, message)
        })?;
    let call = place.new_request_id("context");
    let result = place
        .call_tool(tool, &RequestId::new(call.as_str()), arguments)
        .await??;
    let value = match tool.outputs() {
        [_] => {
            let outputs = tool_result::values(&result, tool.outputs(), Coercion::Json);
            outputs
                .ok()
                .and_then(|outputs| outputs.into_iter().next())
                .map(|(_, value)| value)
        }
        _ => None,
    };
    let value: Value = value.unwrap_or(result);
    Ok(Values::from_iter([(
        provider.output_name().to_owned(),
        value,
    )]))
}
