//! Tests of tables for spreadsheets.

use super::*;

fn table(cells: &[&str]) -> String {
    let rows = cells
        .iter()
        .map(|text| [Cell::Text((*text).to_owned()), Cell::integer(-1)]);
    write(["name", "n"], rows).unwrap()
}

#[test]
fn lines_are_parted_by_lf_and_the_last_one_has_none() {
    assert_eq!(table(&["a", "b"]), "name,n\na,-1\nb,-1");
    assert_eq!(table(&[]), "name,n");
}

#[test]
fn a_cell_of_text_is_never_a_formula_and_a_number_stays_a_number() {
    for text in ["=1+1", "+1", "-1", "@sum", "\tx"] {
        assert_eq!(table(&[text]), format!("name,n\n'{text},-1"), "{text}");
    }
    assert_eq!(table(&["\r=x"]), "name,n\n\"'\r=x\",-1");
}

#[test]
fn separators_and_quotes_in_a_cell_are_quoted() {
    assert_eq!(
        table(&["a,b", "say \"x\"", "two\nlines"]),
        concat!(
            "name,n\n",
            "\"a,b\",-1\n",
            "\"say \"\"x\"\"\",-1\n",
            "\"two\nlines\",-1"
        )
    );
}
