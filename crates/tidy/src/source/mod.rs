//! Rust source cut into code, comments and literals: enough to look for words in the right place.
//!
//! It is no parser. It knows nested block comments, raw strings, escapes, and lifetimes.

use std::ops::Range;

/// What a stretch of source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Everything that is neither comment nor literal.
    Code,
    /// A line or block comment, with its marks.
    Comment,
    /// A string or character literal, with its quotes.
    Literal,
}

/// One stretch of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What it is.
    pub kind: Kind,
    /// Line it begins on, counted from 1.
    pub line: usize,
    /// Its text.
    pub text: &'a str,
}

/// Cuts source into pieces that, joined, give the source again.
pub fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut line = 1;
    let mut push = |kind, text: &'_ str, range: Range<usize>| {
        if !range.is_empty() {
            pieces.push((kind, line, range));
        }
        line += text.matches('\n').count();
    };
    let (mut code_from, mut at, mut before) = (0, 0, ' ');
    while let Some(next) = source[at..].chars().next() {
        if let Some((kind, length)) = comment_or_literal(&source[at..], before) {
            push(Kind::Code, &source[code_from..at], code_from..at);
            push(kind, &source[at..at + length], at..at + length);
            at += length;
            code_from = at;
            before = ' ';
        } else {
            at += next.len_utf8();
            before = next;
        }
    }
    push(Kind::Code, &source[code_from..], code_from..source.len());
    pieces
        .into_iter()
        .map(|(kind, line, range)| Piece {
            kind,
            line,
            text: &source[range],
        })
        .collect()
}

/// The source with comments and literals blanked out; every byte and line stays in its place.
pub fn code_only(source: &str) -> String {
    let blank = |piece: Piece<'_>| match piece.kind {
        Kind::Code => piece.text.to_owned(),
        Kind::Comment | Kind::Literal => blanked(piece.text),
    };
    pieces(source).into_iter().map(blank).collect()
}

/// The source with its `#[cfg(test)]` items blanked out; every byte and line stays in its place.
pub fn without_tests(source: &str) -> String {
    let mut kept = source.to_owned();
    for range in test_items(source) {
        let blank = blanked(&source[range.clone()]);
        kept.replace_range(range, &blank);
    }
    kept
}

/// How many lines are not part of a `#[cfg(test)]` item.
pub fn lines_without_tests(source: &str) -> usize {
    let in_tests = |range: Range<usize>| source[range].lines().count();
    source.lines().count() - test_items(source).into_iter().map(in_tests).sum::<usize>()
}

/// The words of a line of code, each with the byte it begins at.
pub fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(is_word)?;
        let length = text[start..]
            .find(|c| !is_word(c))
            .unwrap_or(text.len() - start);
        from = start + length;
        Some((start, &text[start..from]))
    })
}

/// The line that byte `at` stands on, counted from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn comment_or_literal(rest: &str, before: char) -> Option<(Kind, usize)> {
    if rest.starts_with("//") {
        return Some((Kind::Comment, rest.find('\n').unwrap_or(rest.len())));
    }
    if rest.starts_with("/*") {
        return Some((Kind::Comment, block_comment(rest)));
    }
    let length = match rest.chars().next()? {
        '"' => quoted(rest, '"'),
        '\'' => character(rest)?,
        'r' if !is_word(before) || before == 'b' => raw_string(rest)?,
        _ => return None,
    };
    Some((Kind::Literal, length))
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character literal; `None` for a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.chars().skip(1);
    let (first, second) = (chars.next()?, chars.next()?);
    (first == '\\' || second == '\'').then(|| quoted(rest, '\''))
}

fn raw_string(rest: &str) -> Option<usize> {
    let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    let body = rest[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(2 + hashes + length)
}

fn test_items(source: &str) -> Vec<Range<usize>> {
    let code = code_only(source);
    let mut items = Vec::new();
    let mut from = 0;
    while let Some(found) = code[from..].find("#[cfg(test)]") {
        let start = from + found;
        let end = start + item_length(&code[start..]);
        items.push(start..end);
        from = end;
    }
    items
}

/// Up to the `;` that ends an item without a body, or the brace that closes its body.
fn item_length(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

fn blanked(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect()
}

#[cfg(test)]
mod tests;
