//! The fonts of every document, embedded into the program: no font of the machine is ever used.
//!
//! What they cover, and their licences, stands beside the files.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use krilla::text::{Font, GlyphId};
use parley::FontContext;
use parley::fontique::{Blob, Charmap, Collection, CollectionOptions, GenericFamily};
use usvg::fontdb::{Database, Source};

/// The family of everything, where it has the letters.
pub(crate) const TEXT: &str = "Space Grotesk";
/// Who is asked for a letter that the family of the text does not have, in this order.
pub(crate) const FALLBACKS: [&str; 7] = [
    REPLACING,
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Thai",
    "Noto Sans Devanagari",
    "Droid Sans Fallback",
    EMOJI,
];

/// Stands where a letter has no picture in any font.
pub(crate) const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The family that has the replacement.
const REPLACING: &str = "Noto Sans";
const EMOJI: &str = "Noto Emoji";

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(include_bytes!(concat!("assets/fonts/", $name, ".ttf")) as &'static [u8]),+]
    };
}

/// The first two are all that charts need.
static FILES: [&[u8]; 10] = files![
    "space-grotesk-400",
    "space-grotesk-700",
    "noto-sans-400",
    "noto-sans-700",
    "noto-sans-arabic-400",
    "noto-sans-hebrew-400",
    "noto-sans-thai-400",
    "noto-sans-devanagari-400",
    "droid-sans-fallback-400",
    "noto-emoji-400",
];
const FILES_OF_CHARTS: usize = 2;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::load);

/// Every font, ready to shape with and to embed.
struct Library {
    collection: Collection,
    covered: Vec<Covered>,
    embedded: HashMap<u64, Font>,
    replacement: (Font, GlyphId),
    charts: Arc<Database>,
}

/// Which letters a font has.
struct Covered {
    blob: Blob<u8>,
    index: parley::fontique::CharmapIndex,
}

impl Covered {
    fn charmap(&self) -> Option<Charmap<'_>> {
        self.index.charmap(self.blob.as_ref())
    }

    fn has(&self, letter: char) -> bool {
        let glyph = self.charmap().and_then(|map| map.map(letter));
        glyph.is_some_and(|glyph| glyph != 0)
    }
}

impl Library {
    fn load() -> Self {
        let mut collection = Collection::new(CollectionOptions {
            shared: false,
            system_fonts: false,
        });
        let (mut covered, mut embedded) = (Vec::new(), HashMap::new());
        let mut replacement = None;
        for bytes in FILES {
            let blob = Blob::new(Arc::new(bytes));
            let font = Font::new(bytes.into(), 0).expect("our fonts can be read");
            embedded.insert(blob.id(), font.clone());
            for (family, infos) in collection.register_fonts(blob.clone(), None) {
                let index = infos[0].charmap_index();
                let known = Covered {
                    blob: blob.clone(),
                    index,
                };
                let name = collection.family_name(family).unwrap_or_default();
                if name == REPLACING && replacement.is_none() {
                    let glyph = known.charmap().and_then(|map| map.map(REPLACEMENT));
                    replacement = glyph.map(|glyph| (font.clone(), GlyphId::new(glyph)));
                }
                if name == EMOJI {
                    collection.set_generic_families(GenericFamily::Emoji, [family].into_iter());
                }
                covered.push(known);
            }
        }
        Self {
            collection,
            covered,
            embedded,
            replacement: replacement.expect("one of our fonts has the replacement"),
            charts: Arc::new(chart_fonts()),
        }
    }
}

fn chart_fonts() -> Database {
    let mut database = Database::new();
    for bytes in &FILES[..FILES_OF_CHARTS] {
        database.load_font_source(Source::Binary(Arc::new(*bytes)));
    }
    database
}

/// What shapes text with our fonts.
pub(crate) fn shaping() -> FontContext {
    FontContext {
        collection: LIBRARY.collection.clone(),
        ..FontContext::default()
    }
}

/// The font to embed for one that was shaped with.
pub(crate) fn embedded(blob: u64) -> Option<Font> {
    LIBRARY.embedded.get(&blob).cloned()
}

/// The picture that stands for a missing one.
pub(crate) fn replacement() -> (Font, GlyphId) {
    LIBRARY.replacement.clone()
}

/// Whether some font has a picture for the letter.
pub(crate) fn covers(letter: char) -> bool {
    letter.is_ascii() || LIBRARY.covered.iter().any(|font| font.has(letter))
}

/// The fonts that charts are read with.
pub(crate) fn of_charts() -> Arc<Database> {
    LIBRARY.charts.clone()
}
