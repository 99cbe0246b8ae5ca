//! Sources that are hard to cut.

use super::{Kind, code_only, lines_without_tests, pieces, without_tests, words};

#[test]
fn pieces_join_to_the_source() {
    let source = "let a = \"x // \\\" y\"; // c\n/* a /* b */ c */ fn f<'a>(c: char) {\n\
                  'x'; '\\''; r#\"raw \" text\"#; br\"b\"; \u{e9} }";

    let joined: String = pieces(source).iter().map(|piece| piece.text).collect();

    assert_eq!(joined, source);
    assert_eq!(code_only(source).len(), source.len());
}

#[test]
fn literals_and_comments_are_told_from_code() {
    let cut = pieces("a \"b\"\n// c\n'd' r#\"e\"#");

    let kinds: Vec<_> = cut
        .iter()
        .map(|piece| (piece.kind, piece.line, piece.text))
        .collect();
    assert!(kinds.contains(&(Kind::Literal, 1, "\"b\"")));
    assert!(kinds.contains(&(Kind::Comment, 2, "// c")));
    assert!(kinds.contains(&(Kind::Literal, 3, "'d'")));
    assert!(kinds.contains(&(Kind::Literal, 3, "r#\"e\"#")));
}

#[test]
fn lifetimes_and_names_that_end_in_r_are_code() {
    assert_eq!(code_only("fn f<'a>(x: &'a str)"), "fn f<'a>(x: &'a str)");
    assert_eq!(code_only("attr\"x\""), "attr   ");
}

#[test]
fn test_items_are_blanked_and_not_counted() {
    let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { if x {} }\n}\nfn c() {}\n";

    let kept = without_tests(source);

    assert!(kept.contains("fn a") && kept.contains("fn c") && !kept.contains("fn b"));
    assert_eq!(lines_without_tests(source), 2);
    assert!(without_tests("#[cfg(test)]\nmod tests;\nfn d() {}").contains("fn d"));
}

#[test]
fn words_know_where_they_begin() {
    let found: Vec<_> = words("a::b_c(é)").collect();

    assert_eq!(found, [(0, "a"), (3, "b_c"), (7, "é")]);
}
