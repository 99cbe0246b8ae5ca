//! Writes SVG: elements with attributes, escaped, one per line.
//!
//! Looks are presentation attributes, which a strict content security policy allows and PDF
//! understands. Classes name the parts, so that a page may restyle them.

use std::fmt::Write as _;

/// A picture that is being written.
pub(super) struct Svg {
    text: String,
}

/// Where a text stands at its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

impl Svg {
    /// An empty picture. `id` is its own on the page that holds it; `title` and `description` are
    /// read aloud instead of it.
    pub(super) fn new(id: &str, [width, height]: [f64; 2], title: &str, description: &str) -> Self {
        let (width, height) = (number(width), number(height));
        let (id, title, description) = (escaped(id), escaped(title), escaped(description));
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" \
             viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             aria-labelledby=\"{id}-title {id}-desc\" font-family=\"Space Grotesk, sans-serif\">\n\
             <title id=\"{id}-title\">{title}</title>\n\
             <desc id=\"{id}-desc\">{description}</desc>\n"
        );
        Self { text }
    }

    pub(super) fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4], fill: &str) {
        let [x, y, width, height] = [x, y, width, height].map(number);
        self.line(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
             fill=\"{fill}\"/>"
        ));
    }

    pub(super) fn stroke(&mut self, class: &str, [x1, y1, x2, y2]: [f64; 4], color: &str) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(number);
        self.line(format_args!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" \
             stroke=\"{color}\" stroke-width=\"0.6\"/>"
        ));
    }

    pub(super) fn text(
        &mut self,
        class: &str,
        [x, y]: [f64; 2],
        anchor: Anchor,
        look: Look,
        text: &str,
    ) {
        let (x, y, anchor, text) = (number(x), number(y), anchor.as_str(), escaped(text));
        let Look { size, weight, fill } = look;
        self.line(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" \
             font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{fill}\">{text}</text>"
        ));
    }

    /// The whole picture.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }

    fn line(&mut self, element: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.text, "{element}");
    }
}

/// How letters look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) size: f64,
    pub(super) weight: u16,
    pub(super) fill: &'static str,
}

/// At most two decimals, the same on every machine.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // XML has no way to write these.
            _ if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.001, "0"),
            (1.5, "1.5"),
            (10.0, "10"),
            (1.0 / 3.0, "0.33"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(
            escaped("<a href=\"x\">&\0"),
            "&lt;a href=&quot;x&quot;&gt;&amp;"
        );
    }
}
