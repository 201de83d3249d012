//! The macros in which the table is written.
//!
//! One declaration gives a type its [`TypeDefinition`](super::TypeDefinition), which loader, validator, exporter and
//! editor read, and its typed view, which the runtime reads:
//!
//! ```text
//! components! {
//!     /// One line for people.
//!     type Agent: AgenticComponent, since V25_4_1, runs as Agentic {
//!         /// One line for people.
//!         llm_config: Slot<LlmConfig>;
//!         /// …
//!         human_in_the_loop: Flag = true, since V25_4_2;
//!     }
//! }
//! ```
//!
//! `family` in place of `type` declares an abstract family, `draft` a type that no document may hold. A second parent
//! follows after `+`; the view is that of the first. `plugin P` names the plugin that an export of the type names.
//! `runs as Node` says how the type is executed ([`Execution`](super::Execution)), `runs as Node(LlmNode)` that it is
//! executed as another type; left out, it can't be.
//! `field as getter: …` names the getter where the field's name can't be one; `field | other: …` another name that it is
//! read by. A field without a default is required. After the default, `since V` says that a value other than the default needs that version; `dropped_before V` that an older
//! export silently leaves it out; `unwritten` that it is read and never exported.

/// Declares component types; see the module.
macro_rules! components {
    ($(
        $(#[doc = $doc:literal])+
        $abstractness:ident $name:ident: $parent:ident $(+ $further_parent:ident)*, since $since:ident
            $(, plugin $plugin:ident)? $(, runs as $execution:ident $(($way:ident))?)? {
            $(
                $(#[doc = $field_doc:literal])+
                $field:ident $(| $alias:ident)? $(as $getter:ident)?: $kind:ty $(= $default:tt)? $(, $availability:ident $($version:ident)?)?;
            )*
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            ///
            /// A typed view of a complete component of this type; cheap to clone.
            #[derive(Clone, Debug)]
            pub struct $name($crate::spec::language::declare::view_of!($parent));

            impl $crate::spec::language::Family for $name {
                const KIND: $crate::spec::language::ComponentKind =
                    $crate::spec::language::ComponentKind::$name;
            }

            impl $crate::spec::language::View for $name {
                fn wrap(component: std::sync::Arc<$crate::spec::component::Component>) -> Self {
                    Self($crate::spec::language::View::wrap(component))
                }
                fn shared(&self) -> &std::sync::Arc<$crate::spec::component::Component> {
                    $crate::spec::language::View::shared(&self.0)
                }
            }

            impl std::ops::Deref for $name {
                type Target = $crate::spec::language::declare::view_of!($parent);
                fn deref(&self) -> &Self::Target {
                    &self.0
                }
            }

            impl $name {
                /// The declaration of this type in the table.
                pub const DEFINITION: $crate::spec::language::TypeDefinition =
                    $crate::spec::language::TypeDefinition {
                        kind: $crate::spec::language::ComponentKind::$name,
                        name: stringify!($name),
                        parents: &[
                            $crate::spec::language::ComponentKind::$parent,
                            $($crate::spec::language::ComponentKind::$further_parent),*
                        ],
                        standing: $crate::spec::language::declare::standing!($abstractness),
                        since: $crate::spec::version::AgentSpecVersion::$since,
                        plugin: $crate::spec::language::declare::optional!($(stringify!($plugin))?),
                        execution: $crate::spec::language::declare::execution!(
                            $name $($execution $($way)?)?
                        ),
                        doc: concat!($($doc),+),
                        own_fields: &[$(
                            $crate::spec::language::declare::field!(
                                [$($field_doc),+] $field $(| $alias)?: $kind,
                                [$($default)?] [$($availability $($version)?)?] $since
                            ),
                        )*],
                    };

                /// Returns the view of a component; `None` if the component is of another type or
                /// incomplete.
                pub fn of(
                    component: &std::sync::Arc<$crate::spec::component::Component>,
                ) -> Option<Self> {
                    $crate::spec::language::View::view(component)
                }

                /// Returns the underlying component.
                pub fn component(&self) -> &std::sync::Arc<$crate::spec::component::Component> {
                    $crate::spec::language::View::shared(self)
                }

                $(
                    $crate::spec::language::declare::getter!(
                        [$($field_doc),+] $field $($getter)?: $kind
                    );
                )*
            }
        )+
    };
}

/// Declares plain objects, with fields as in `components!`; `keeps_extras` or `drops_extras`
/// decides about keys that are not fields.
macro_rules! plain_objects {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident, $extras:ident {
            $(
                $(#[doc = $field_doc:literal])+
                $field:ident: $kind:ty $(= $default:tt)?;
            )*
        }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub struct $name;

        impl $crate::spec::language::objects::PlainObject for $name {
            const DEFINITION: $crate::spec::language::ObjectDefinition =
                $crate::spec::language::ObjectDefinition {
                    name: stringify!($name),
                    doc: concat!($($doc),+),
                    keeps_extras: $crate::spec::language::declare::keeps!($extras),
                    fields: &[$(
                        $crate::spec::language::declare::field!(
                            [$($field_doc),+] $field: $kind, [$($default)?] [] V25_4_1
                        ),
                    )*],
                };
        }
    )+};
}

/// Declares sets of strings, one of which is the value of a field.
macro_rules! literals {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $($literal:literal),+;
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub struct $name;

        impl $crate::spec::language::objects::Literals for $name {
            const NAMES: &'static [&'static str] = &[$($literal),+];
        }
    )+};
}

/// Declares sets of strings, one of which is the value of a field, or a boolean that once meant one of them.
macro_rules! flag_literals {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $($literal:literal),+; false is $of_false:literal, true is $of_true:literal;
    )+) => {$(
        $crate::spec::language::declare::literals! {
            $(#[doc = $doc])+
            $name: $($literal),+;
        }

        impl $crate::spec::language::objects::FlagLiterals for $name {
            const OF_FALSE: &'static str = $of_false;
            const OF_TRUE: &'static str = $of_true;
        }
    )+};
}

/// Defines the getter of a field, by its own name or another.
macro_rules! getter {
    ([$($doc:literal),+] $field:ident: $kind:ty) => {
        $crate::spec::language::declare::getter!([$($doc),+] $field $field: $kind);
    };
    ([$($doc:literal),+] $field:ident $getter:ident: $kind:ty) => {
        $(#[doc = $doc])+
        pub fn $getter(&self) -> <$kind as $crate::spec::language::kind::Kind>::View<'_> {
            $crate::spec::language::get::<$kind>(self, stringify!($field))
        }
    };
}

/// Declares a field.
macro_rules! field {
    (
        [$($doc:literal),+] $field:ident $(| $alias:ident)?: $kind:ty,
        [$($default:tt)?] [$($availability:ident $($version:ident)?)?] $type_since:ident
    ) => {
        $crate::spec::language::FieldDefinition {
            name: stringify!($field),
            alias: $crate::spec::language::declare::optional!($(stringify!($alias))?),
            doc: concat!($($doc),+),
            kind: <$kind as $crate::spec::language::kind::Kind>::KIND,
            default: $crate::spec::language::declare::default!($($default)?),
            availability:
                $crate::spec::language::declare::availability!(
                    $type_since $($availability $($version)?)?
                ),
        }
    };
}

/// Converts the default of a field's declaration.
macro_rules! default {
    () => {
        $crate::spec::language::kind::DefaultValue::Required
    };
    (null) => {
        $crate::spec::language::kind::DefaultValue::Null
    };
    (true) => {
        $crate::spec::language::kind::DefaultValue::Flag(true)
    };
    (false) => {
        $crate::spec::language::kind::DefaultValue::Flag(false)
    };
    ([]) => {
        $crate::spec::language::kind::DefaultValue::EmptyList
    };
    ({}) => {
        $crate::spec::language::kind::DefaultValue::EmptyMap
    };
    (defaults) => {
        $crate::spec::language::kind::DefaultValue::OfObject
    };
    (unset) => {
        $crate::spec::language::kind::DefaultValue::Unset
    };
    (recoverable_statuses) => {
        $crate::spec::language::kind::DefaultValue::RecoverableStatuses
    };
    ((integer $number:literal)) => {
        $crate::spec::language::kind::DefaultValue::Integer($number)
    };
    ((texts $($text:literal)+)) => {
        $crate::spec::language::kind::DefaultValue::Texts(&[$($text),+])
    };
    ((component $component:ident)) => {
        $crate::spec::language::kind::DefaultValue::Component(&$component)
    };
    ((number $number:literal)) => {
        $crate::spec::language::kind::DefaultValue::Number($number)
    };
    ($text:literal) => {
        $crate::spec::language::kind::DefaultValue::Text($text)
    };
}

/// Converts the availability of a field's declaration.
macro_rules! availability {
    ($type_since:ident) => {
        $crate::spec::language::Availability::Since(
            $crate::spec::version::AgentSpecVersion::$type_since,
        )
    };
    ($type_since:ident since $version:ident) => {
        $crate::spec::language::Availability::Since(
            $crate::spec::version::AgentSpecVersion::$version,
        )
    };
    ($type_since:ident dropped_before $version:ident) => {
        $crate::spec::language::Availability::DroppedBefore(
            $crate::spec::version::AgentSpecVersion::$version,
        )
    };
    ($type_since:ident unwritten) => {
        $crate::spec::language::Availability::Unwritten
    };
}

/// Converts an optional part of a declaration.
macro_rules! optional {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}

/// Names the view type of a parent; for the root family this is the shared component itself.
macro_rules! view_of {
    (Component) => { std::sync::Arc<$crate::spec::component::Component> };
    ($parent:ident) => { $parent };
}

/// Converts the status of a type: concrete, abstract, or not loadable.
macro_rules! standing {
    (type) => {
        $crate::spec::language::TypeStatus::Type
    };
    (draft) => {
        $crate::spec::language::TypeStatus::Draft
    };
    (family) => {
        $crate::spec::language::TypeStatus::Family
    };
}

/// Converts the way a type is executed: like another type of its family, or its own way.
macro_rules! execution {
    ($name:ident) => {
        $crate::spec::language::Execution::None
    };
    ($name:ident Part) => {
        $crate::spec::language::Execution::Part
    };
    ($name:ident $family:ident) => {
        $crate::spec::language::declare::execution!($name $family $name)
    };
    ($name:ident Agentic $way:ident) => {
        $crate::spec::language::Execution::Agentic($crate::spec::language::AgenticExecution::$way)
    };
    ($name:ident Node $way:ident) => {
        $crate::spec::language::Execution::Node($crate::spec::language::NodeExecution::$way)
    };
    ($name:ident PluginNode $way:ident) => {
        $crate::spec::language::Execution::PluginNode(
            $crate::spec::language::PluginNodeExecution::$way,
        )
    };
    ($name:ident Tool $way:ident) => {
        $crate::spec::language::Execution::Tool($crate::spec::language::ToolExecution::$way)
    };
    ($name:ident Transform $way:ident) => {
        $crate::spec::language::Execution::Transform($crate::spec::language::TransformExecution::$way)
    };
    ($name:ident Provider $way:ident) => {
        $crate::spec::language::Execution::Provider($crate::spec::language::ProviderExecution::$way)
    };
    ($name:ident Parser $way:ident) => {
        $crate::spec::language::Execution::Parser($crate::spec::language::ParserExecution::$way)
    };
}

/// Converts the treatment of unknown keys of a plain object.
macro_rules! keeps {
    (keeps_extras) => {
        true
    };
    (drops_extras) => {
        false
    };
}

pub(super) use {
    availability, components, default, execution, field, flag_literals, getter, keeps, literals,
    optional, plain_objects, standing, view_of,
};
