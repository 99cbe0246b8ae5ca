//! Tests of tables for spreadsheets.

use proptest::prelude::*;

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

/// The table as a program reads it.
fn read(table: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(table.as_bytes());
    let records = reader.records().map(Result::unwrap);
    records
        .map(|record| record.iter().map(ToOwned::to_owned).collect())
        .collect()
}

#[test]
fn lines_that_are_written_later_continue_the_table() {
    let head = write(["name", "n"], std::iter::empty()).unwrap();
    let row = |name: &str| [Cell::text(name), Cell::integer(1)];
    let first = write_lines([row("a"), row("b\n")].into_iter()).unwrap();
    let none = write_lines(std::iter::empty::<[Cell; 2]>()).unwrap();
    let last = write_lines([row("c")].into_iter()).unwrap();
    let pages = head + &first + &none + &last;
    assert_eq!(pages, "name,n\na,1\n\"b\n\",1\nc,1");
}

proptest! {
    #[test]
    fn any_text_comes_back_as_text(texts in proptest::collection::vec(".{0,30}", 1..6)) {
        let rows = |texts: &[String]| -> Vec<[Cell; 2]> {
            texts.iter().map(|text| [Cell::text(text), Cell::integer(7)]).collect()
        };
        let whole = write(["name", "n"], rows(&texts).into_iter()).unwrap();
        let mut pages = write(["name", "n"], std::iter::empty()).unwrap();
        for text in &texts {
            pages += &write_lines(rows(std::slice::from_ref(text)).into_iter()).unwrap();
        }
        prop_assert_eq!(&pages, &whole);
        let read = read(&whole);
        prop_assert_eq!(read.len(), texts.len() + 1);
        for (cells, text) in read[1..].iter().zip(&texts) {
            prop_assert!(!cells[0].starts_with(FORMULA_STARTS), "{:?}", cells);
            let shown = if text.starts_with(FORMULA_STARTS) {
                cells[0].strip_prefix('\'')
            } else {
                Some(cells[0].as_str())
            };
            prop_assert_eq!(shown, Some(text.as_str()));
            prop_assert_eq!(&cells[1], "7");
        }
    }
}
