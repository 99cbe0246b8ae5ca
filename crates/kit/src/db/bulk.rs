//! The texts of statements that carry many rows.

use std::fmt::Write as _;

use super::Engine;

/// How many of `rest` rows go out with the next statement. There are few different answers, so
/// that few texts are ever prepared, and few statements are needed for any number of rows.
pub(super) const fn run_of(rest: usize) -> usize {
    match rest {
        128.. => 128,
        64..128 => 64,
        16..64 => rest - rest % 16,
        _ => rest,
    }
}

/// Inserts `rows` rows.
pub(super) fn insert_text(engine: Engine, table: &str, columns: &[&str], rows: usize) -> String {
    let names = columns.join(", ");
    let values = values(engine, columns.len(), rows);
    format!("insert into {table} ({names}) values {values}")
}

/// Inserts `rows` rows; where the first `keys` columns are taken, the others are added to what is
/// there.
pub(super) fn add_text(
    engine: Engine,
    table: &str,
    columns: &[&str],
    keys: usize,
    rows: usize,
) -> String {
    let (key, sums) = columns.split_at(keys);
    let added: Vec<String> = sums
        .iter()
        .map(|column| format!("{column} = {table}.{column} + excluded.{column}"))
        .collect();
    let mut text = insert_text(engine, table, columns, rows);
    let (key, added) = (key.join(", "), added.join(", "));
    write!(text, " on conflict ({key}) do update set {added}").expect("text grows");
    text
}

/// Changes the rows whose first column is the first value of one of `rows` rows. Both engines call
/// the columns of a list of values `column1` and so on.
pub(super) fn update_text(engine: Engine, table: &str, columns: &[&str], rows: usize) -> String {
    let mut text = format!("update {table} set ");
    for (place, column) in columns.iter().enumerate().skip(1) {
        let comma = if place > 1 { ", " } else { "" };
        let number = place + 1;
        write!(text, "{comma}{column} = v.column{number}").expect("text grows");
    }
    let values = values(engine, columns.len(), rows);
    let key = columns.first().expect("an update names its key");
    write!(
        text,
        " from (values {values}) as v where {table}.{key} = v.column1"
    )
    .expect("text grows");
    text
}

/// The marks of `rows` rows. SQLite looks numbered marks up one by one, each time through all of
/// them, so it gets marks without a number.
fn values(engine: Engine, columns: usize, rows: usize) -> String {
    let mut text = String::with_capacity(rows * columns * "$0000, ".len());
    for row in 0..rows {
        text.push_str(if row > 0 { ", (" } else { "(" });
        for column in 0..columns {
            if column > 0 {
                text.push_str(", ");
            }
            match engine {
                Engine::Sqlite => text.push('?'),
                Engine::Postgres => {
                    write!(text, "${}", row * columns + column + 1).expect("text grows");
                }
            }
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_rows_goes_out_in_few_runs() {
        for rows in 1..=1_000 {
            let (mut rest, mut runs) = (rows, 0);
            while rest > 0 {
                let run = run_of(rest);
                assert!((1..=rest).contains(&run));
                rest -= run;
                runs += 1;
            }
            assert!(runs <= rows / 128 + 3, "{runs} runs for {rows} rows");
        }
    }

    #[test]
    fn each_engine_gets_its_own_marks() {
        assert_eq!(
            insert_text(Engine::Sqlite, "t", &["a", "b"], 2),
            "insert into t (a, b) values (?, ?), (?, ?)"
        );
        assert_eq!(
            add_text(Engine::Postgres, "t", &["a", "b", "c"], 1, 1),
            "insert into t (a, b, c) values ($1, $2, $3) \
             on conflict (a) do update set b = t.b + excluded.b, c = t.c + excluded.c"
        );
        assert_eq!(
            update_text(Engine::Postgres, "t", &["id", "a", "b"], 2),
            "update t set a = v.column2, b = v.column3 \
             from (values ($1, $2, $3), ($4, $5, $6)) as v where t.id = v.column1"
        );
    }
}
