//! The type of an object, and the check of the object's keys against it.

use super::{Lowering, is_structural};
use crate::base::suggest::closest;
use crate::spec::component::Origin;
use crate::spec::diagnostic::Severity;
use crate::spec::language::{self, ComponentKind, ComponentType, TypeStatus};

impl Lowering<'_> {
    /// Returns the type that an object names in `component_type`; reports a missing or unknown
    /// type.
    pub(super) fn component_type(
        &mut self,
        at: Origin,
    ) -> Option<(&'static ComponentType, Option<String>)> {
        let Some(type_value) = self.sources.get(at, "component_type") else {
            self.no_type(at);
            return None;
        };
        let sources = self.sources;
        let place = || sources.place(type_value);
        let Some(name) = self.sources.text(type_value) else {
            let message = format!(
                "`component_type` must be a string, found {}",
                self.found(type_value)
            );
            self.error("AS004", at.source, place(), message);
            return None;
        };
        match language::find(name) {
            Some(ty) if ty.standing() == TypeStatus::Family => {
                let types: Vec<_> = language::types_of(ty.kind())
                    .iter()
                    .map(|ty| ty.name())
                    .collect();
                let message = format!("`{name}` is a family, not a type");
                let help = format!("use one of {}", types.join(", "));
                self.problem(Severity::Error, "AS005", at.source, place(), message)
                    .help = Some(help);
                None
            }
            Some(ty) if ty.standing() == TypeStatus::Draft => {
                let message = format!("`{name}` is a draft, which documents can't use");
                self.error("AS005", at.source, place(), message);
                None
            }
            Some(ty) => Some((ty, None)),
            None => {
                let plugin = self.sources.get(at, "component_plugin_name");
                if let Some(plugin) = plugin.and_then(|plugin| self.sources.text(plugin)) {
                    let message = format!(
                        "unknown component type `{name}` (plugin {plugin}); kept as it is, but it cannot be run"
                    );
                    self.problem(Severity::Warning, "AS005", at.source, place(), message);
                    return Some((
                        ComponentKind::Foreign.component_type(),
                        Some(name.to_owned()),
                    ));
                }
                let known = language::all().filter(|ty| ty.is_loadable());
                let help = closest(name, known.map(ComponentType::name))
                    .map(|near| format!("did you mean `{near}`?"));
                let message = format!("unknown component type `{name}`");
                self.problem(Severity::Error, "AS005", at.source, place(), message)
                    .help = help;
                None
            }
        }
    }

    /// Reports an object without a type, with a guess at what it should be.
    fn no_type(&mut self, at: Origin) {
        let old_spelling = self
            .sources
            .get(at, "type")
            .and_then(|node| self.sources.text(node))
            .filter(|name| language::find(name).is_some())
            .map(|_| ("type", "the early draft spelling `type`"));
        let native = ["_component_type", "_referenced_objects"]
            .into_iter()
            .find(|key| self.sources.get(at, key).is_some())
            .map(|key| (key, "WayFlow's own serialisation, which is another format"));
        let early_reference = self
            .sources
            .get(at, "$ref")
            .map(|_| ("$ref", "the early draft spelling of `$component_ref`"));
        let camel_case = (self.sources.get(at, "componentType")).map(|_| {
            (
                "componentType",
                "the form that the TypeScript SDK writes with `camelCase`, which only it reads: write it without",
            )
        });
        let known = old_spelling.or(native).or(early_reference).or(camel_case);
        if let Some((key, looks_like)) = known {
            let message = format!("no `component_type` here; this looks like {looks_like}");
            self.error("AS003", at.source, self.sources.key_place(at, key), message);
        } else {
            let message = "no `component_type` here".to_owned();
            self.error("AS003", at.source, self.sources.place(at), message);
        }
    }

    /// Reports unknown keys and missing required fields.
    pub(super) fn check_keys(&mut self, at: Origin, ty: &'static ComponentType) {
        let sources = self.sources;
        let entries = sources.tree(at.source).entries(at.node).unwrap_or_default();
        let is_root = self.in_progress.len() == 1;
        for entry in entries {
            let key = entry.key.as_str();
            if matches!(key, "agentspec_version" | "air_version") && !is_root && at.source == 0 {
                let message = format!("`{key}` has an effect at the root only");
                let place = sources.entry_place(at.source, entry);
                self.problem(Severity::Warning, "AS012", at.source, place, message);
            }
            if !ty.is_declared() || ty.reads(key) || is_structural(key) {
                continue;
            }
            let fields = ty.fields().map(|field| field.name);
            let help = closest(key, fields).map(|near| format!("did you mean `{near}`?"));
            let message = format!("{} has no field `{key}`", ty.name());
            let place = sources.entry_place(at.source, entry);
            self.problem(Severity::Warning, "AS006", at.source, place, message)
                .help = help;
        }
        let missing: Vec<String> = ty
            .fields()
            .filter(|field| field.default.is_required())
            .filter(|field| ty.is_declared() || field.name == "name")
            .filter(|field| sources.given(at, field).is_none())
            .map(|field| format!("`{}`", field.name))
            .collect();
        if let Some((last, others)) = missing.split_last() {
            let names = if others.is_empty() {
                last.clone()
            } else {
                format!("{} and {last}", others.join(", "))
            };
            let message = format!("{} needs {names}", ty.name());
            self.error("AS007", at.source, sources.type_place(at), message);
            self.mark_incomplete();
        }
    }
}
