//! The subject of a rule: a component with its places, in its document.

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
    /// The key that each component of a `$referenced_components` is defined under; found when first asked for.
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

    /// Returns where to point at a component as a whole: the key it is defined under, else its type.
    pub(super) fn headline(&self, component: &Component) -> Place {
        let definitions = self.definitions.get_or_init(|| definitions(self.tree));
        match definitions.get(&component.origin.node) {
            Some(key) if is_of_document(component) => self.tree.place_of(*key),
            _ => self.places.of(component).type_value(),
        }
    }
}

/// Whether the component was read from the document itself, not from a supplied part.
pub(super) fn is_of_document(component: &Component) -> bool {
    component.origin.source == 0
}

/// The keys of every `$referenced_components` of a tree.
fn definitions(tree: &Tree) -> HashMap<NodeId, Span> {
    let objects = tree.root().into_iter().flat_map(|root| tree.objects(root));
    let entries = objects.flat_map(|(_, entries)| entries);
    let defined = entries
        .filter(|entry| entry.key == "$referenced_components")
        .flat_map(|entry| tree.entries(entry.value).unwrap_or_default());
    defined.map(|entry| (entry.value, entry.key_span)).collect()
}

/// A component that is checked.
#[derive(Clone, Copy)]
pub(super) struct Subject<'d> {
    pub(super) component: &'d Arc<Component>,
    pub(super) places: ComponentPlaces<'d>,
    pub(super) document: &'d Document<'d>,
}

impl<'d> Subject<'d> {
    /// Another component of the document than the checked one.
    pub(super) fn other(&self, component: &'d Arc<Component>) -> Subject<'d> {
        self.document.subject(component)
    }

    /// An error about this component.
    pub(super) fn error(&self, code: &'static str, place: Place, message: String) -> Diagnostic {
        Diagnostic::error(Code(code), place, message).with_component(self.component.id())
    }

    /// A warning about this component.
    pub(super) fn warning(&self, code: &'static str, place: Place, message: String) -> Diagnostic {
        Diagnostic::warning(Code(code), place, message).with_component(self.component.id())
    }

    /// A plain field's text, if it has that.
    pub(super) fn text(&self, field: &str) -> Option<&'d str> {
        self.component.field(field)?.as_value()?.as_str()
    }

    /// Returns where to point at a component as a whole.
    pub(super) fn headline(&self) -> Place {
        self.document.headline(self.component)
    }

    /// Returns where the input of this title comes from: its declaration, else the placeholder that it is
    /// inferred from, else the component as a whole.
    pub(super) fn input_place(&self, title: &str) -> Place {
        self.declaration(self.component.inputs(), &["inputs", "outputs"], title)
            .or_else(|| self.placeholder_place(title))
            .unwrap_or_else(|| self.headline())
    }

    /// Returns where the output of this title is declared, else the component as a whole.
    pub(super) fn output_place(&self, title: &str) -> Place {
        self.declaration(self.component.outputs(), &["outputs", "inputs"], title)
            .unwrap_or_else(|| self.headline())
    }

    /// The title of a property in the first of these lists that the text has it in. A start or end node
    /// may list either its inputs or its outputs for both.
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

    /// The placeholder of this name in the text of one of the component's own plain fields.
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
