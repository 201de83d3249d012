//! The subject of a rule: a component with its document and positions.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::base::hash::HashMap;
use crate::spec::component::{Component, FieldValue};
use crate::spec::diagnostic::{Code, Diagnostic};
use crate::spec::language::{EndNode, StartNode};
use crate::spec::placeholder;
use crate::spec::places::{ComponentPlaces, PathSegment, Places};
use crate::spec::property::Property;
use crate::spec::syntax::{NodeId, Place, Span, Tree};

/// The document that is checked.
pub(super) struct Document<'c> {
    places: Places<'c>,
    tree: &'c Tree,
    /// The key of each definition in any `$referenced_components`; collected on first use.
    definitions: OnceCell<HashMap<NodeId, Span>>,
}

impl<'c> Document<'c> {
    pub(super) fn new(tree: &'c Tree) -> Self {
        Self {
            places: Places::new(tree),
            tree,
            definitions: OnceCell::new(),
        }
    }

    pub(super) fn subject<'d>(&'d self, component: &'d Arc<Component>) -> Subject<'d> {
        Subject {
            component,
            places: self.places.of(component),
            document: self,
        }
    }

    /// Returns the place to report for a whole component: the key of its definition, else its type.
    pub(super) fn headline(&self, component: &Component) -> Place {
        let definitions = self.definitions.get_or_init(|| definitions(self.tree));
        match definitions.get(&component.origin.node) {
            Some(key) if is_of_document(component) => self.tree.place_of(*key),
            _ => self.places.of(component).type_value(),
        }
    }
}

/// Returns whether the component is in the document itself, not in a supplied part.
pub(super) fn is_of_document(component: &Component) -> bool {
    component.origin.source == 0
}

/// Collects the keys of every `$referenced_components` in a tree.
fn definitions(tree: &Tree) -> HashMap<NodeId, Span> {
    let objects = tree.root().into_iter().flat_map(|root| tree.objects(root));
    let entries = objects.flat_map(|(_, entries)| entries);
    let defined = entries
        .filter(|entry| entry.key == "$referenced_components")
        .flat_map(|entry| tree.entries(entry.value).unwrap_or_default());
    defined.map(|entry| (entry.value, entry.key_span)).collect()
}

/// The component that is being checked.
#[derive(Clone, Copy)]
pub(super) struct Subject<'d> {
    pub(super) component: &'d Arc<Component>,
    pub(super) places: ComponentPlaces<'d>,
    pub(super) document: &'d Document<'d>,
}

impl<'d> Subject<'d> {
    /// Returns another component of the same document as a subject.
    pub(super) fn other(&self, component: &'d Arc<Component>) -> Subject<'d> {
        self.document.subject(component)
    }

    /// Makes an error about this component.
    pub(super) fn error(&self, code: &'static str, place: Place, message: String) -> Diagnostic {
        Diagnostic::error(Code(code), place, message).with_component(self.component.id())
    }

    /// Makes a warning about this component.
    pub(super) fn warning(&self, code: &'static str, place: Place, message: String) -> Diagnostic {
        Diagnostic::warning(Code(code), place, message).with_component(self.component.id())
    }

    /// Returns the content of a field, if it is a string.
    pub(super) fn text(&self, field: &str) -> Option<&'d str> {
        self.component.field(field)?.as_value()?.as_str()
    }

    /// Returns the place to report for the whole component.
    pub(super) fn headline(&self) -> Place {
        self.document.headline(self.component)
    }

    /// Returns the place of an input: its declaration, else the placeholder that it is inferred
    /// from, else the whole component.
    pub(super) fn input_place(&self, title: &str) -> Place {
        self.declaration(self.component.inputs(), &["inputs", "outputs"], title)
            .or_else(|| self.placeholder_place(title))
            .unwrap_or_else(|| self.headline())
    }

    /// Returns the place of an output's declaration, else of the whole component.
    pub(super) fn output_place(&self, title: &str) -> Place {
        self.declaration(self.component.outputs(), &["outputs", "inputs"], title)
            .unwrap_or_else(|| self.headline())
    }

    /// Returns the place of a property's title in the first of these lists that the text contains.
    /// A start or end node may list only its inputs or only its outputs.
    fn declaration(&self, properties: &[Property], lists: &[&str], title: &str) -> Option<Place> {
        let index = properties
            .iter()
            .position(|property| property.title() == title)?;
        let own_list_only = !self.component.is::<StartNode>() && !self.component.is::<EndNode>();
        let lists = if own_list_only {
            lists.get(..1)?
        } else {
            lists
        };
        lists.iter().find_map(|list| {
            let property = [PathSegment::Key(list), PathSegment::Index(index)];
            let title = [property[0], property[1], PathSegment::Key("title")];
            self.places
                .path(&title)
                .or_else(|| self.places.path(&property))
        })
    }

    /// Returns the place of a placeholder with this name in one of the component's own string
    /// fields.
    fn placeholder_place(&self, name: &str) -> Option<Place> {
        if !is_of_document(self.component) {
            return None;
        }
        let fields = self.component.fields();
        let plain = fields.filter(|(_, value)| matches!(value, FieldValue::Value(_)));
        plain
            .filter_map(|(field, _)| self.places.field(field))
            .find_map(|place| {
                let written = self.document.tree.lines().text().get(place.bytes())?;
                let found = placeholder::find(written).find(|found| found.name == name)?;
                let range = place.start + found.range.start..place.start + found.range.end;
                Some(self.document.tree.lines().place(range))
            })
    }
}
