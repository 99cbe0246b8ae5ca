//! What is a picture or film, and what only pretends to be.

use std::io::{Cursor, Write};

use image::codecs::gif::GifEncoder;
use image::{Delay, DynamicImage, Frame, ImageFormat, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

const MOOV_FIRST: &[u8] = include_bytes!("../../tests-data/moov-first.mp4");
const MOOV_LAST: &[u8] = include_bytes!("../../tests-data/moov-last.mp4");
const FRAGMENTED: &[u8] = include_bytes!("../../tests-data/fragmented.mp4");
const ONLY_SOUND: &[u8] = include_bytes!("../../tests-data/only-sound.mp4");

fn probe_bytes(bytes: &[u8]) -> Result<Media, MediaError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    probe(file.path())
}

/// Noise, so that no encoder makes it vanish.
fn noise(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let [a, b, c, _] = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_be_bytes();
        Rgba([a, b, c, 255])
    })
}

fn still(format: ImageFormat) -> Vec<u8> {
    let mut picture = DynamicImage::from(noise(33, 21));
    if format == ImageFormat::Jpeg {
        picture = picture.to_rgb8().into();
    }
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn gif(frames: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for _ in 0..frames {
        let delay = Delay::from_numer_denom_ms(120, 1);
        encoder
            .encode_frame(Frame::from_parts(noise(17, 9), 0, 0, delay))
            .unwrap();
    }
    drop(encoder);
    bytes
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("png", still(ImageFormat::Png)),
        ("jpeg", still(ImageFormat::Jpeg)),
        ("webp", still(ImageFormat::WebP)),
        ("gif", gif(3)),
        ("moov first", MOOV_FIRST.to_vec()),
        ("moov last", MOOV_LAST.to_vec()),
    ]
}

fn code(bytes: &[u8]) -> &'static str {
    probe_bytes(bytes).unwrap_err().code()
}

#[test]
fn still_pictures_are_measured() {
    let vectors = [
        (ImageFormat::Png, MediaKind::Png),
        (ImageFormat::Jpeg, MediaKind::Jpeg),
        (ImageFormat::WebP, MediaKind::WebP),
    ];
    for (format, kind) in vectors {
        let media = probe_bytes(&still(format)).unwrap();
        assert_eq!(
            media,
            Media {
                kind,
                width: 33,
                height: 21,
                duration_ms: None
            }
        );
    }
}

#[test]
fn moving_pictures_last_as_long_as_their_frames() {
    let media = probe_bytes(&gif(3)).unwrap();
    let expected = Media {
        kind: MediaKind::Gif,
        width: 17,
        height: 9,
        duration_ms: Some(360),
    };
    assert_eq!(media, expected);
    assert_eq!(probe_bytes(&gif(1)).unwrap().duration_ms, None);
}

#[test]
fn videos_are_measured_wherever_their_index_stands() {
    for file in [MOOV_FIRST, MOOV_LAST, FRAGMENTED] {
        let media = probe_bytes(file).unwrap();
        let expected = Media {
            kind: MediaKind::Mp4,
            width: 64,
            height: 48,
            duration_ms: Some(500),
        };
        assert_eq!(media, expected);
    }
}

#[test]
fn kinds_know_their_names() {
    for kind in MediaKind::ALL {
        assert!(kind.mime().ends_with(kind.extension()) || kind == MediaKind::Jpeg);
    }
    assert_eq!(
        (MediaKind::Jpeg.mime(), MediaKind::Jpeg.extension()),
        ("image/jpeg", "jpg")
    );
}

#[test]
fn a_name_does_not_make_a_picture() {
    let mut file = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
    file.write_all(b"<!doctype html><script>alert(1)</script>")
        .unwrap();
    assert!(matches!(probe(file.path()), Err(MediaError::UnknownType)));

    let mut file = tempfile::Builder::new().suffix(".html").tempfile().unwrap();
    file.write_all(&still(ImageFormat::Png)).unwrap();
    assert_eq!(probe(file.path()).unwrap().kind, MediaKind::Png);
}

#[test]
fn other_types_are_refused() {
    let others: [&[u8]; 9] = [
        b"",
        b"x",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"%PDF-1.7",
        b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\0\0\0\x1cftypheic\0\0\0\0",
        b"\0\0\0\x1cftypavif\0\0\0\0",
        b"\x1a\x45\xdf\xa3webm12345678",
    ];
    for bytes in others {
        assert_eq!(code(bytes), "unknown_media_type", "{bytes:?}");
    }
}

#[test]
fn a_head_alone_is_no_file() {
    let heads: [&[u8]; 5] = [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"RIFF\x04\0\0\0WEBP",
        b"\0\0\0\x14ftypisom\0\0\0\0isom",
    ];
    for head in heads {
        let error = probe_bytes(head).unwrap_err();
        assert!(
            !matches!(error, MediaError::UnknownType | MediaError::Io(_)),
            "{error}"
        );
    }
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    for (name, bytes) in samples() {
        let step = (bytes.len() / 200).max(1);
        for length in (0..bytes.len())
            .step_by(step)
            .chain(bytes.len() - 30..bytes.len())
        {
            assert!(
                probe_bytes(&bytes[..length]).is_err(),
                "{name} cut to {length}"
            );
        }
    }
}

#[test]
fn a_fragment_without_its_data_is_refused() {
    let moof = FRAGMENTED
        .windows(4)
        .position(|name| name == b"moof")
        .unwrap()
        - 4;
    assert_eq!(code(&FRAGMENTED[..moof]), "media_without_video");
    let mdat = FRAGMENTED
        .windows(4)
        .position(|name| name == b"mdat")
        .unwrap()
        - 4;
    for length in moof + 1..mdat + 100 {
        assert_eq!(
            code(&FRAGMENTED[..length]),
            "media_truncated",
            "cut to {length}"
        );
    }
}

#[test]
fn sound_alone_is_no_video() {
    assert_eq!(code(ONLY_SOUND), "media_without_video");
}

#[test]
fn a_codec_that_browsers_do_not_play_is_named() {
    let mut bytes = MOOV_FIRST.to_vec();
    // The first is a brand, the second the track's own description.
    let places: Vec<usize> = bytes
        .windows(4)
        .enumerate()
        .filter(|(_, name)| name == b"avc1")
        .map(|(at, _)| at)
        .collect();
    bytes[places[1]..places[1] + 4].copy_from_slice(b"mp4v");
    let error = probe_bytes(&bytes).unwrap_err();
    assert!(
        matches!(&error, MediaError::UnknownCodec(codec) if codec == "mp4v"),
        "{error}"
    );
}

#[test]
fn a_sample_table_that_claims_billions_costs_nothing() {
    let mut bytes = MOOV_FIRST.to_vec();
    let stsz = bytes.windows(4).position(|name| name == b"stsz").unwrap();
    bytes[stsz + 8..stsz + 12].copy_from_slice(&1_u32.to_be_bytes());
    bytes[stsz + 12..stsz + 16].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(code(&bytes), "media_damaged");
}

#[test]
fn a_picture_may_be_as_wide_as_the_limit_and_no_wider() {
    let png = |width| {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_luma8(width, 1)
            .write_to(&mut bytes, ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    };
    assert_eq!(
        probe_bytes(&png(SIDE_PIXELS_MAX)).unwrap().width,
        SIDE_PIXELS_MAX
    );
    assert_eq!(code(&png(SIDE_PIXELS_MAX + 1)), "media_too_many_pixels");
}

#[test]
fn a_moving_picture_may_have_as_many_frames_as_the_limit_and_no_more() {
    let tiny = |frames: usize| {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
        for _ in 0..frames {
            encoder
                .encode_frame(Frame::new(RgbaImage::new(1, 1)))
                .unwrap();
        }
        drop(encoder);
        bytes
    };
    assert!(probe_bytes(&tiny(FRAMES_MAX)).is_ok());
    assert_eq!(code(&tiny(FRAMES_MAX + 1)), "media_too_many_frames");
}

#[test]
fn a_file_may_be_as_large_as_the_limit_and_no_larger() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&still(ImageFormat::Png)).unwrap();
    file.as_file().set_len(FILE_BYTES_MAX).unwrap();
    assert!(
        probe(file.path()).is_ok(),
        "what stands behind a picture's end is not its own"
    );
    file.as_file().set_len(FILE_BYTES_MAX + 1).unwrap();
    assert!(matches!(probe(file.path()), Err(MediaError::TooLarge)));
}

#[test]
fn a_file_that_is_not_there_says_nothing_about_media() {
    assert!(matches!(
        probe(Path::new("/nowhere/at/all")),
        Err(MediaError::Io(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_files_never_panic(
        which in 0_usize..7,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        keep in any::<prop::sample::Index>(),
        cut: bool,
    ) {
        let mut files = samples();
        files.push(("fragmented", FRAGMENTED.to_vec()));
        let mut bytes = files.swap_remove(which).1;
        for (place, value) in flips {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        match probe_bytes(&bytes) {
            Err(MediaError::Io(error)) => prop_assert!(false, "{}", error),
            Err(MediaError::Damaged(reason)) => prop_assert_ne!(reason, "its decoder gave up"),
            _ => {}
        }
    }

    #[test]
    fn noise_behind_a_known_head_never_panics(
        which in 0_usize..5, noise in prop::collection::vec(any::<u8>(), 0..300)
    ) {
        let heads: [&[u8]; 5] = [
            b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x20\0\0\0WEBP",
            b"\0\0\0\x10ftypisom\0\0\0\0\0\0\x01\0moov",
        ];
        let _ = probe_bytes(&[heads[which], &noise].concat());
    }
}
