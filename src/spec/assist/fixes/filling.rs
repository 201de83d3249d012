//! The smallest values for required fields that are missing.

use serde_json::{Map, Value};

use crate::spec::assist::cursor::{Cursor, Level};
use crate::spec::assist::expected::type_of;
use crate::spec::assist::symbols::Symbols;
use crate::spec::language::kind::{FieldKind, FlagNames};
use crate::spec::language::{self, ComponentKind, ComponentType, FieldDefinition};
use crate::spec::source::REFERENCE_KEY;
use crate::spec::syntax::NodeId;

/// The maximum nesting depth of new components.
const MAX_DEPTH: usize = 3;

/// Returns the smallest value for a required field of a component. For a slot: a reference to the
/// first component in scope that fits, else a new component. For the name: the component's id or
/// the type's name. Else an empty value. `None` if no component is small enough.
pub(super) fn filling(
    cursor: &Cursor<'_>,
    owner: &Level,
    field: &FieldDefinition,
) -> Option<Value> {
    let tree = cursor.tree();
    let text = |key| tree.get(owner.node, key).and_then(|node| tree.text(node));
    match (field.kind.families().first(), field.kind.inner()) {
        (Some(family), _) => {
            let enclosing: Vec<NodeId> = cursor
                .levels
                .iter()
                .map(|level| level.node)
                .take_while(|node| *node != owner.node)
                .chain([owner.node])
                .collect();
            let symbols = Symbols::of(tree);
            let fits = symbols.in_scope(&enclosing).into_iter().find(|symbol| {
                !enclosing.contains(&symbol.value)
                    && type_of(tree, symbol.value).is_some_and(|ty| ty.is_a(*family))
            });
            match fits {
                Some(symbol) => Some(serde_json::json!({ REFERENCE_KEY: symbol.name })),
                None => component(*family, MAX_DEPTH),
            }
        }
        (None, _) if field.name == "name" => {
            let name = text("id").or_else(|| text("component_type"));
            Some(name.unwrap_or_default().into())
        }
        (None, kind) => plain(kind),
    }
}

/// Returns the empty value of a kind.
fn plain(kind: &FieldKind) -> Option<Value> {
    Some(match kind.inner() {
        FieldKind::Text | FieldKind::Any => "".into(),
        FieldKind::Flag => false.into(),
        FieldKind::Integer | FieldKind::Number => 0.into(),
        FieldKind::OneOf(names) | FieldKind::OneOfOrFlag(FlagNames { names, .. }) => {
            (*names.first()?).into()
        }
        FieldKind::Object(_) | FieldKind::Map(_) | FieldKind::Schema => Value::Object(Map::new()),
        FieldKind::AnyOf(members) => plain(members.first()?)?,
        FieldKind::List(_) | FieldKind::Properties | FieldKind::Branches => {
            Value::Array(Vec::new())
        }
        FieldKind::Component(_)
        | FieldKind::Pair(_)
        | FieldKind::Nullable(_)
        | FieldKind::Bounded(..)
        | FieldKind::Sensitive(_) => return None,
    })
}

/// Makes a new component of a family: of the type with the family's name, else of the type with the
/// fewest required fields.
fn component(family: ComponentKind, depth: usize) -> Option<Value> {
    let needs = |ty: &&'static ComponentType| required(ty).count();
    let types = language::types_of(family).into_iter();
    let ty = types
        .filter(|ty| ty.is_declared())
        .min_by_key(|ty| (ty.kind() != family, needs(ty)))?;
    let mut object = Map::new();
    object.insert("component_type".to_owned(), ty.name().into());
    for field in required(ty) {
        let value = match field.kind.families().first() {
            Some(family) if depth > 0 => component(*family, depth - 1)?,
            Some(_) => return None,
            None if field.name == "name" => ty.name().into(),
            None => plain(&field.kind)?,
        };
        object.insert(field.name.to_owned(), value);
    }
    Some(Value::Object(object))
}

fn required(ty: &'static ComponentType) -> impl Iterator<Item = &'static FieldDefinition> {
    ty.fields().filter(|field| field.default.is_required())
}
