//! Makes text that people chose fit for paper: one line, without what has no picture or would turn
//! the letters around it.

use crate::fonts;

/// Letters of one cell or paragraph; what is longer ends in an ellipsis.
const LETTERS_MAX: usize = 400;

/// Joiners, marks of direction and isolates that shaping needs, and the selectors of emoji.
const SHAPING: [char; 8] = [
    '\u{200c}',
    '\u{200d}',
    '\u{200e}',
    '\u{200f}',
    FIRST_STRONG_ISOLATE,
    POP_ISOLATE,
    '\u{fe0e}',
    '\u{fe0f}',
];
const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// A name within a line: where it is written from right to left it keeps its own order, whatever
/// stands around it.
pub(super) fn isolated(name: &str) -> String {
    if name.chars().any(is_right_to_left) {
        format!("{FIRST_STRONG_ISOLATE}{name}{POP_ISOLATE}")
    } else {
        name.to_owned()
    }
}

/// Letters of Hebrew, Arabic and their neighbours.
const fn is_right_to_left(letter: char) -> bool {
    matches!(letter,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// The text as it can be shown.
pub(super) fn readable(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .filter_map(letter)
        .take(LETTERS_MAX + 1)
        .collect();
    if let Some((end, _)) = shown.char_indices().nth(LETTERS_MAX) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// What stands for the letter; `None` when nothing does.
fn letter(letter: char) -> Option<char> {
    match letter {
        _ if SHAPING.contains(&letter) => Some(letter),
        _ if letter.is_whitespace() => Some(' '),
        _ if letter.is_control() || is_invisible(letter) => None,
        _ if fonts::covers(letter) => Some(letter),
        _ => Some(fonts::REPLACEMENT),
    }
}

/// Letters without a picture, which Unicode lets anybody ignore, and its noncharacters.
const fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_scripts_we_have_stay_as_they_are() {
        for name in [
            "Łódź & Çeşme – naïve Straße",
            "Ελληνικά, Кириллица",
            "שלום עולם",
            "مرحبا بالعالم ۱۲۳",
            "สวัสดี",
            "नमस्ते",
            "日本語 中文 한국어 ｶﾅ",
            "🎮🔥👩‍🚀",
        ] {
            assert_eq!(readable(name), name);
        }
    }

    #[test]
    fn what_has_no_picture_goes_and_what_no_font_has_is_replaced() {
        assert_eq!(readable("a\0b\u{202e}c\u{feff}d\u{e0041}"), "abcd");
        assert_eq!(readable("two\nlines\tand\u{a0}more"), "two lines and more");
        assert_eq!(
            readable("ⴰ\u{1f3ff}\u{10ffff}"),
            "\u{fffd}\u{1f3ff}\u{fffd}"
        );
    }

    #[test]
    fn a_name_is_isolated_only_where_it_turns_the_line() {
        assert_eq!(isolated("Spring (launch)"), "Spring (launch)");
        assert_eq!(isolated("שלום 7"), "\u{2068}שלום 7\u{2069}");
    }

    #[test]
    fn very_long_text_ends_in_an_ellipsis() {
        assert_eq!(readable(&"x".repeat(LETTERS_MAX)), "x".repeat(LETTERS_MAX));
        let cut = readable(&"é".repeat(LETTERS_MAX + 1));
        assert_eq!(cut, format!("{}…", "é".repeat(LETTERS_MAX)));
    }
}
