//! Whatever people call their things, there is a document.

use proptest::prelude::*;

use super::samples::{one_play, payout};
use crate::pdf::Paper;
use crate::pdf::report::{Facts, Share, report};
use crate::pdf::statement::{Statement, statement};

fn any_name() -> impl Strategy<Value = String> {
    let marks = "[\u{300}-\u{36f}\u{590}-\u{6ff}\u{900}-\u{97f}\u{e00}-\u{e7f}]{0,40}";
    let turns = "[a-c\u{5d0}-\u{5ea}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]{0,40}";
    let faces = "[\u{1f300}-\u{1faff}\u{200d}\u{fe0f}\u{20e3}0-9#\u{e0020}-\u{e007f}]{0,40}";
    prop_oneof![
        proptest::collection::vec(any::<char>(), 0..200).prop_map(String::from_iter),
        marks,
        turns,
        faces,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_unicode_name_gives_a_report(name in any_name(), other in any_name()) {
        let facts = Facts {
            channels: vec![Share { name: other.clone(), figures: one_play().totals }],
            uncounted: vec![(name.clone(), 1)],
            name,
            advertiser: other,
            ..one_play()
        };
        let made = report(&facts, Paper::A4);
        prop_assert!(made.is_ok(), "{made:?}");
    }

    #[test]
    fn any_unicode_name_gives_a_statement(name in any_name(), other in any_name()) {
        let facts = Statement { payee: name, channel: other, ..payout("EUR", 1, 1) };
        let made = statement(&facts, Paper::Letter);
        prop_assert!(made.is_ok(), "{made:?}");
    }
}
