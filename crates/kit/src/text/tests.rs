//! Texts at their limits and just beyond.

use proptest::prelude::*;

use super::*;

type Name = BoundedText<2, 5>;

#[test]
fn bounded_text_holds_its_limits() {
    for text in [
        "ab",
        "abcde",
        "  ",
        " a ",
        "a\nb",
        "a\tb",
        "ÄÖÜ",
        "😀😀",
        "日本語日本",
    ] {
        assert_eq!(Name::parse(text).unwrap().as_str(), text);
    }
    assert_eq!(Name::parse("a"), Err(TextError::TooShort { min: 2 }));
    assert_eq!(Name::parse(""), Err(TextError::TooShort { min: 2 }));
    assert_eq!(Name::parse("abcdef"), Err(TextError::TooLong { max: 5 }));
    assert_eq!(
        Name::parse(&"x".repeat(100_000)),
        Err(TextError::TooLong { max: 5 })
    );
}

#[test]
fn length_counts_utf16_code_units() {
    // An emoji is two, as in a browser.
    assert!(BoundedText::<2, 2>::parse("😀").is_ok());
    assert_eq!(Name::parse("😀😀😀"), Err(TextError::TooLong { max: 5 }));
    assert_eq!(utf16_length("a😀ß"), 4);
}

#[test]
fn control_characters_are_refused() {
    for text in ["a\0b", "a\u{1}b", "a\rb", "a\u{1f}b"] {
        assert_eq!(
            Name::parse(text),
            Err(TextError::ControlCharacter),
            "{text:?}"
        );
    }
}

#[test]
fn request_names_hold_their_limits() {
    let long = "x".repeat(128);
    for text in ["sys_12", "ws 🎉 ok", &long] {
        assert_eq!(RequestText::parse(text).unwrap().as_str(), text);
    }
    assert_eq!(
        RequestText::parse("12345"),
        Err(TextError::TooShort { min: 6 })
    );
    assert_eq!(
        RequestText::parse(&"x".repeat(129)),
        Err(TextError::TooLong { max: 128 })
    );
    for text in [
        "abc\ndef",
        "abc\tdef",
        "abc\0def",
        "abc\u{7f}def",
        "abc\u{85}def",
    ] {
        assert_eq!(
            RequestText::parse(text),
            Err(TextError::ControlCharacter),
            "{text:?}"
        );
    }
}

#[test]
fn addresses_of_mail_are_taken_and_lowered() {
    let vectors = [
        ("kim@example.com", "kim@example.com"),
        (
            "Kim.O'Neill+ads@Mail.Example.COM",
            "kim.o'neill+ads@mail.example.com",
        ),
        ("a_b-@x-y.io", "a_b-@x-y.io"),
        ("'@example.com", ""),
        ("1@2.ab", "1@2.ab"),
    ];
    for (text, kept) in vectors {
        let parsed = Email::parse(text).map(|email| email.to_string());
        assert_eq!(parsed.unwrap_or_default(), kept, "{text}");
    }
}

#[test]
fn what_is_no_address_of_mail_is_refused() {
    for text in [
        "",
        "@",
        "a@",
        "@b.co",
        "a@b",
        "a@b.c",
        "a@b.c1",
        ".a@b.co",
        "a.@b.co",
        "a..b@b.co",
        "a'@b.co",
        " a@b.co",
        "a@b.co ",
        "a b@b.co",
        "a@b..co",
        "a@.b.co",
        "a@-b.co",
        "a@b-.co",
        "a@b_c.co",
        "ä@b.co",
        "a@ä.co",
        "a@b.co\0",
        "a@@b.co",
        "a@b@c.co",
        "\"a\"@b.co",
        "a@[127.0.0.1]",
    ] {
        assert_eq!(Email::parse(text), Err(TextError::NotAnEmail), "{text:?}");
    }
    for (local, label, top) in [(65, 1, 2), (1, 64, 2), (1, 1, 64)] {
        let part = |length| "a".repeat(length);
        let text = format!("{}@{}.{}", part(local), part(label), part(top));
        assert_eq!(Email::parse(&text), Err(TextError::NotAnEmail), "{text}");
    }
    let labels = format!("{}.", "a".repeat(63)).repeat(2);
    let longest = format!("{}@{labels}{}.com", "a".repeat(64), "a".repeat(57));
    assert_eq!(longest.len(), 254);
    assert!(Email::parse(&longest).is_ok());
    assert_eq!(
        Email::parse(&format!("a{longest}")),
        Err(TextError::TooLong { max: 254 })
    );
}

#[test]
fn addresses_of_the_web_are_kept_as_written() {
    for text in [
        "https://example.com",
        "http://example.com:8080/a?b=c#d",
        "HTTPS://EXAMPLE.com/Ä b",
        "https://[::1]/",
        "https://müller.example/",
        "http://localhost:3000/x",
    ] {
        assert_eq!(HttpUrl::parse(text).unwrap().as_str(), text);
    }
    let url = HttpUrl::parse("https://müller.example/ä b").unwrap();
    assert_eq!(url.to_ascii(), "https://xn--mller-kva.example/%C3%A4%20b");
}

#[test]
fn other_addresses_are_refused() {
    for text in [
        "",
        "example.com",
        "/path",
        "//example.com",
        "ftp://example.com",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https:///",
        "https://user@example.com",
        "https://user:pass@example.com",
        "https://:pass@example.com",
        " https://example.com",
        "https://example.com ",
        "https://a b.com",
        "https://example.com:99999",
        "mailto:a@b.co",
    ] {
        assert_eq!(HttpUrl::parse(text), Err(TextError::NotHttpUrl), "{text:?}");
    }
    for text in [
        "https://example.com/\n",
        "java\nscript:x",
        "https://exa\tmple.com",
        "\0",
    ] {
        assert_eq!(
            HttpUrl::parse(text),
            Err(TextError::ControlCharacter),
            "{text:?}"
        );
    }
    let longest = format!("https://example.com/{}", "x".repeat(2028));
    assert_eq!(longest.len(), 2048);
    assert!(HttpUrl::parse(&longest).is_ok());
    assert_eq!(
        HttpUrl::parse(&format!("{longest}x")),
        Err(TextError::TooLong { max: 2048 })
    );
}

#[test]
fn countries_are_known_ones() {
    assert_eq!(CountryCode::parse("us").unwrap().as_str(), "US");
    assert_eq!(CountryCode::parse("De").unwrap().as_str(), "DE");
    for text in ["", "U", "USA", "ZZ", "XX", "EU", "12", "ß", "u\0"] {
        assert_eq!(
            CountryCode::parse(text),
            Err(TextError::UnknownCountry),
            "{text:?}"
        );
    }
}

#[test]
fn time_zones_are_known_ones() {
    for (text, kept) in [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (
            "America/Argentina/Buenos_Aires",
            "America/Argentina/Buenos_Aires",
        ),
        ("UTC", "UTC"),
        ("utc", "UTC"),
    ] {
        assert_eq!(TimeZoneName::parse(text).unwrap().as_str(), kept);
    }
    for text in [
        "",
        "Berlin",
        "Europe/Nowhere",
        "+02:00",
        "Etc/Unknown",
        "../UTC",
        "UTC\0",
    ] {
        assert_eq!(
            TimeZoneName::parse(text),
            Err(TextError::UnknownTimeZone),
            "{text:?}"
        );
    }
    assert_eq!(TimeZoneName::default(), TimeZoneName::parse("UTC").unwrap());
}

#[test]
fn languages_are_known_ones() {
    for (text, kept) in [
        ("en", "en"),
        ("EN", "en"),
        ("pt-BR", "pt-BR"),
        ("PT-br", "pt-br"),
        ("zh-Hant", "zh-Hant"),
        ("deu", "deu"),
        ("gsw", "gsw"),
        ("es-419", "es-419"),
    ] {
        assert_eq!(LanguageCode::parse(text).unwrap().as_str(), kept);
    }
    for text in [
        "xx", "e1", "en-", "en--US", "-en", "pt_BR", "en US", "english", "éé", "日本",
    ] {
        assert_eq!(
            LanguageCode::parse(text),
            Err(TextError::UnknownLanguage),
            "{text:?}"
        );
    }
    assert_eq!(
        LanguageCode::parse("e"),
        Err(TextError::TooShort { min: 2 })
    );
    assert_eq!(
        LanguageCode::parse("zh-Hant-T"),
        Err(TextError::TooLong { max: 8 })
    );
}

#[test]
fn serde_goes_through_parse_and_names_the_code() {
    let email: Email = serde_json::from_str("\"KIM@example.com\"").unwrap();
    assert_eq!(
        serde_json::to_string(&email).unwrap(),
        "\"kim@example.com\""
    );

    let refusals = [
        (
            serde_json::from_str::<Name>("\"a\"").unwrap_err(),
            "too_short",
        ),
        (
            serde_json::from_str::<Name>("\"abcdef\"").unwrap_err(),
            "too_long",
        ),
        (
            serde_json::from_str::<Name>("\"a\\u0000b\"").unwrap_err(),
            "control_character",
        ),
        (
            serde_json::from_str::<Email>("\"x\"").unwrap_err(),
            "not_an_email",
        ),
        (
            serde_json::from_str::<HttpUrl>("\"x\"").unwrap_err(),
            "not_http_url",
        ),
        (
            serde_json::from_str::<CountryCode>("\"ZZ\"").unwrap_err(),
            "unknown_country",
        ),
        (
            serde_json::from_str::<LanguageCode>("\"xx\"").unwrap_err(),
            "unknown_language",
        ),
    ];
    for (error, code) in refusals {
        let text = error.to_string();
        assert_eq!(
            crate::refusal::parse(&text).map(|(code, _)| code),
            Some(code),
            "{text}"
        );
    }
    // A lone surrogate is no text at all.
    assert!(serde_json::from_str::<Name>("\"\\ud800ab\"").is_err());
    assert!(serde_json::from_str::<Name>("12").is_err());
}

proptest! {
    #[test]
    fn parsing_never_panics(text in any::<String>()) {
        let _ = Name::parse(&text);
        let _ = RequestText::parse(&text);
        let _ = Email::parse(&text);
        let _ = HttpUrl::parse(&text);
        let _ = CountryCode::parse(&text);
        let _ = LanguageCode::parse(&text);
    }

    #[test]
    fn parsing_what_looks_right_never_panics(
        email in "[a-z.'+-]{0,9}@[a-z.-]{0,9}", url in "https?:/{0,3}[a-z@:\\[\\]%#?\\\\/.é]{0,30}"
    ) {
        if let Ok(email) = Email::parse(&email) {
            let again = Email::parse(email.as_str());
            prop_assert_eq!(again, Ok(email));
        }
        if let Ok(url) = HttpUrl::parse(&url) {
            prop_assert!(url.to_ascii().starts_with("http") && url.to_ascii().is_ascii());
        }
    }

    #[test]
    fn what_was_taken_is_within_its_limits(text in any::<String>()) {
        if let Ok(name) = Name::parse(&text) {
            prop_assert!((2..=5).contains(&utf16_length(name.as_str())));
            prop_assert_eq!(name.as_str(), text);
        }
    }
}
