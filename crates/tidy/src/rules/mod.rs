//! The rules, one subject per file. A rule only reads; it never repairs.

mod dependencies;
mod floats;
mod guarantees;
mod heads;
mod links;
mod migrations;
mod modules;
mod rooms;
mod settings;
mod shape;
mod sql;
mod walls;
mod words;

use crate::finding::Finding;
use crate::tree::Tree;

/// Looks at the whole tree.
pub type Rule = fn(&Tree) -> Vec<Finding>;

/// Every rule with the name that `exceptions.txt` knows it by.
pub const RULES: [(&str, Rule); 20] = [
    ("file_length", shape::file_length),
    ("line_length", shape::line_length),
    ("heads", heads::every_file_says_what_it_is_for),
    ("module_names", modules::no_drawers),
    ("dead_files", modules::no_dead_files),
    ("words", words::no_banned_words),
    ("test_attributes", words::no_banned_attributes),
    ("rooms", rooms::rooms_use_only_rooms_above),
    ("crates", walls::crates_call_one_way),
    (
        "outside_crates",
        walls::outside_crates_stay_behind_their_wall,
    ),
    ("product_words", walls::tools_know_no_product_word),
    ("sql", sql::sql_stands_in_stores),
    ("floats", floats::no_floats_where_money_is),
    ("dependencies", dependencies::explained_and_used),
    (
        "unused_dependencies",
        dependencies::each_crate_uses_what_it_names,
    ),
    ("architecture", dependencies::named_in_the_architecture),
    ("migrations", migrations::never_edited),
    ("guarantees", guarantees::name_tests_that_exist),
    ("links", links::lead_somewhere),
    ("settings", settings::are_documented),
];

#[cfg(test)]
mod tests;
