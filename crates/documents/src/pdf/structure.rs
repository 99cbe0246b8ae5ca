//! What the parts of a document are to somebody who hears it: headings, paragraphs, tables,
//! figures. It becomes the tags of the PDF.

use krilla::tagging::{Identifier, Node, TagGroup, TagKind, TagTree};

/// One part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartId(usize);

struct Part {
    tag: TagKind,
    children: Vec<Child>,
}

enum Child {
    Part(PartId),
    Drawn(Identifier),
}

/// The parts of a document, in the order of reading.
#[derive(Default)]
pub(super) struct Structure {
    parts: Vec<Part>,
    top: Vec<PartId>,
}

impl Structure {
    /// A new part, inside of another or at the top.
    pub(super) fn add(&mut self, tag: impl Into<TagKind>, inside: Option<PartId>) -> PartId {
        let id = PartId(self.parts.len());
        self.parts.push(Part {
            tag: tag.into(),
            children: Vec::new(),
        });
        match inside {
            Some(PartId(parent)) => self.parts[parent].children.push(Child::Part(id)),
            None => self.top.push(id),
        }
        id
    }

    /// What was drawn under `identifier` belongs to the part.
    pub(super) fn drawn(&mut self, PartId(part): PartId, identifier: Identifier) {
        self.parts[part].children.push(Child::Drawn(identifier));
    }

    /// The tags. A part with nothing in it is left out.
    pub(super) fn into_tags(mut self) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some(super::LANGUAGE.to_owned()));
        for id in std::mem::take(&mut self.top) {
            if let Some(group) = self.group(id) {
                tree.push(group);
            }
        }
        tree
    }

    fn group(&mut self, PartId(part): PartId) -> Option<TagGroup> {
        let mut group = TagGroup::new(self.parts[part].tag.clone());
        for child in std::mem::take(&mut self.parts[part].children) {
            match child {
                Child::Part(id) => {
                    if let Some(inner) = self.group(id) {
                        group.push(Node::Group(inner));
                    }
                }
                Child::Drawn(identifier) => group.push(Node::Leaf(identifier)),
            }
        }
        (!group.children.is_empty()).then_some(group)
    }
}
