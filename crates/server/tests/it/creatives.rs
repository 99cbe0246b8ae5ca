//! Uploads, reviews and files over HTTP.

use std::io::Cursor;
use std::time::Duration;

use axum::http::Method;
use beta_testkit::app::{Answer, Person, TestApp};
use image::{DynamicImage, ImageFormat};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::campaigns::book;

const MP4: &[u8] = include_bytes!("../../../kit/tests-data/moov-first.mp4");
const FILE_BYTES_MAX: usize = 52_428_800;
const HTML: &[u8] = b"<!doctype html><script>alert(1)</script>";
const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(8, 4)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

pub(crate) fn png() -> Vec<u8> {
    picture(ImageFormat::Png)
}

/// The text parts of a good upload.
fn texts(campaign: &str) -> Vec<(&'static str, String)> {
    vec![
        ("campaignId", campaign.to_owned()),
        ("format", "image".to_owned()),
        ("durationSec", "15".to_owned()),
        ("clickUrl", "https://example.com/shop".to_owned()),
    ]
}

/// The texts with one of them set, added, or taken away by `None`.
fn with(
    mut texts: Vec<(&'static str, String)>,
    name: &'static str,
    text: Option<&str>,
) -> Vec<(&'static str, String)> {
    texts.retain(|(known, _)| *known != name);
    texts.extend(text.map(|text| (name, text.to_owned())));
    texts
}

fn form(texts: Vec<(&'static str, String)>) -> Form {
    texts
        .into_iter()
        .fold(Form::new(), |form, (name, text)| form.text(name, text))
}

fn file(bytes: Vec<u8>) -> Part {
    Part::bytes(bytes)
        .file_name("picture.png")
        .mime_str("image/png")
        .unwrap()
}

async fn send(who: &Person, form: Form) -> Answer {
    who.send(who.request(Method::POST, "/creatives").multipart(form))
        .await
}

async fn upload(who: &Person, texts: Vec<(&'static str, String)>, bytes: Vec<u8>) -> Answer {
    send(who, form(texts).part("file", file(bytes))).await
}

/// Asserts that the upload was refused because of this part.
#[track_caller]
fn expect_part(answer: &Answer, name: &str, code: &str) {
    assert_eq!(answer.problem(400), code, "{}", answer.text());
    assert_eq!(
        answer.json()["errors"][0]["field"],
        name,
        "{}",
        answer.text()
    );
}

/// Nothing of a refused upload may stay: no creative, no scratch file.
async fn expect_nothing_kept(app: &TestApp, agency: &Person) {
    let campaigns = agency.get("/campaigns").await.expect(200);
    for campaign in campaigns.as_array().unwrap() {
        assert_eq!(campaign["creatives"], json!([]));
    }
    assert_eq!(scratch_files(app), 0);
}

fn scratch_files(app: &TestApp) -> usize {
    std::fs::read_dir(&app.app.settings.scratch_folder)
        .unwrap()
        .count()
}

/// The path of an asset's address.
fn path_of(creative: &Value) -> String {
    let url = creative["assetUrl"].as_str().unwrap();
    url[url.find("/media/").unwrap()..].to_owned()
}

#[tokio::test]
async fn a_picture_is_uploaded_read_back_and_shown() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;

    let created = upload(&agency, texts(&campaign), png()).await.expect(201);

    let id = created["id"].as_str().unwrap();
    let key = created["objectKey"].as_str().unwrap();
    assert!(key.starts_with(&format!("creatives/{campaign}/")), "{key}");
    assert_eq!(key.rsplit('.').next(), Some("png"));
    let bare = json!({
        "id": id,
        "campaignId": campaign,
        "format": "image",
        "durationSec": 15,
        "clickUrl": "https://example.com/shop",
        "fallbackUrl": null,
        "objectKey": key,
        "mimeType": "image/png",
        "sizeBytes": png().len(),
        "approvalStatus": "submitted",
        "createdAt": "2026-03-01T12:00:00.000Z",
        "updatedAt": "2026-03-01T12:00:00.000Z",
    });
    let full = agency
        .get(&format!("/campaigns/{campaign}"))
        .await
        .expect(200);
    assert_eq!(full["creatives"], json!([bare]));
    let mut shown = bare;
    shown["assetUrl"] = created["assetUrl"].clone();
    shown["reviewReason"] = Value::Null;
    assert_eq!(created, shown);
    shown["campaign"] = json!({ "id": campaign, "name": "Spring", "advertiser": "Brand" });
    assert_eq!(
        agency.get(&format!("/creatives/{id}")).await.expect(200),
        shown
    );
    let url = created["assetUrl"].as_str().unwrap();
    assert!(
        url.starts_with(&app.app.settings.public_url.join("/media/")),
        "{url}"
    );
    assert!(url.ends_with(key), "{url}");
    assert_eq!(app.nobody().get(&path_of(&created)).await.bytes, png());
    assert_eq!(scratch_files(&app), 0);
    let audit = app.admin().await.get("/admin/audit").await.expect(200);
    let mut audit = audit.as_array().unwrap().iter();
    assert!(audit.any(|row| row["action"] == "creative_uploaded" && row["entityId"] == id));
}

#[tokio::test]
async fn the_content_says_what_a_file_is_whatever_was_declared() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;

    for (format, bytes, mime, ending) in [
        ("image", png(), "image/png", ".png"),
        ("image", picture(ImageFormat::Jpeg), "image/jpeg", ".jpg"),
        ("image", picture(ImageFormat::WebP), "image/webp", ".webp"),
        ("gif", picture(ImageFormat::Gif), "image/gif", ".gif"),
        ("mp4", MP4.to_vec(), "video/mp4", ".mp4"),
    ] {
        let texts = with(texts(&campaign), "format", Some(format));
        let lying = Part::bytes(bytes)
            .file_name("x.html")
            .mime_str("text/html")
            .unwrap();
        let created = send(&agency, form(texts).part("anything", lying))
            .await
            .expect(201);
        assert_eq!(created["mimeType"], mime);
        assert!(
            created["objectKey"].as_str().unwrap().ends_with(ending),
            "{created}"
        );
        let shown = app.nobody().get(&path_of(&created)).await;
        assert_eq!(shown.header("content-type"), mime);
    }
    for (format, bytes, sentence) in [
        ("mp4", png(), "Expected video/mp4 for mp4 creative format"),
        ("gif", png(), "Expected image/gif for gif creative format"),
        (
            "image",
            MP4.to_vec(),
            "Expected png, jpeg, or webp for image creative format",
        ),
        (
            "image",
            HTML.to_vec(),
            "Expected png, jpeg, or webp for image creative format",
        ),
        (
            "image",
            Vec::new(),
            "Expected png, jpeg, or webp for image creative format",
        ),
    ] {
        let texts = with(texts(&campaign), "format", Some(format));
        let answer = upload(&agency, texts, bytes).await;
        expect_part(&answer, "file", "wrong_file_type");
        assert_eq!(answer.json()["detail"], sentence);
    }
    assert_eq!(scratch_files(&app), 0);
}

#[tokio::test]
async fn files_that_are_not_whole_are_refused_and_nothing_of_them_is_kept() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;
    for bytes in [&MP4[..MP4.len() / 2], &MP4[..MP4.len() - 1]] {
        let texts = with(texts(&campaign), "format", Some("mp4"));
        let answer = upload(&agency, texts, bytes.to_vec()).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.json()["errors"][0]["field"], "file");
    }
    let half = png()[..png().len() / 2].to_vec();
    assert_eq!(upload(&agency, texts(&campaign), half).await.status, 400);
    expect_nothing_kept(&app, &agency).await;
}

#[tokio::test]
async fn a_file_of_one_byte_too_many_is_refused_and_nothing_of_it_is_kept() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;

    let answer = upload(&agency, texts(&campaign), vec![0; FILE_BYTES_MAX + 1]).await;
    assert_eq!(answer.problem(413), "file_too_large");
    assert_eq!(answer.json()["detail"], "Creative exceeds 50MB limit");

    let answer = upload(&agency, texts(&campaign), vec![0; FILE_BYTES_MAX]).await;
    expect_part(&answer, "file", "wrong_file_type");
    expect_nothing_kept(&app, &agency).await;
}

#[tokio::test]
async fn every_wrong_text_part_is_refused_by_name() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;
    let long_url = format!("https://example.com/{}", "x".repeat(2_048));
    let huge = "x".repeat(16_385);
    let wrong: [(&str, Option<&str>, &str); 22] = [
        ("campaignId", None, "required"),
        ("campaignId", Some("acme"), "invalid_value"),
        ("format", None, "required"),
        ("format", Some("html"), "invalid_value"),
        ("format", Some("IMAGE"), "invalid_value"),
        ("durationSec", None, "required"),
        ("durationSec", Some(""), "not_whole"),
        ("durationSec", Some("15.5"), "not_whole"),
        ("durationSec", Some("soon"), "not_whole"),
        ("durationSec", Some("0"), "too_small"),
        ("durationSec", Some("121"), "too_large"),
        ("durationSec", Some("1e99"), "not_whole"),
        ("clickUrl", None, "required"),
        ("clickUrl", Some("javascript:alert(1)"), "not_http_url"),
        ("clickUrl", Some("/shop"), "not_http_url"),
        (
            "clickUrl",
            Some("https://example.com/\0"),
            "control_character",
        ),
        ("clickUrl", Some(&long_url), "too_long"),
        ("clickUrl", Some(&huge), "too_long"),
        ("fallbackUrl", Some(""), "not_http_url"),
        (
            "fallbackUrl",
            Some("data:image/png;base64,AA"),
            "not_http_url",
        ),
        ("approvalStatus", Some("live"), "invalid_value"),
        ("note", Some("x"), "unknown_field"),
    ];
    for (name, text, code) in wrong {
        let answer = upload(&agency, with(texts(&campaign), name, text), png()).await;
        expect_part(&answer, name, code);
    }
    let twice = form(texts(&campaign))
        .text("format", "image")
        .part("file", file(png()));
    expect_part(&send(&agency, twice).await, "format", "duplicate_field");
    let answer = upload(&agency, Vec::new(), png()).await;
    assert_eq!(answer.problem(400), "validation_failed");
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 4);
    for text in ["30", "30.0", "3e1"] {
        let texts = with(texts(&campaign), "durationSec", Some(text));
        let texts = with(texts, "fallbackUrl", Some("https://example.com/f.png"));
        let created = upload(&agency, texts, png()).await.expect(201);
        assert_eq!(created["durationSec"], 30);
        assert_eq!(created["fallbackUrl"], "https://example.com/f.png");
    }
}

#[tokio::test]
async fn one_file_comes_last() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;

    let two = form(texts(&campaign))
        .part("file", file(png()))
        .part("second", file(png()));
    expect_part(&send(&agency, two).await, "second", "second_file");
    let late = form(texts(&campaign))
        .part("file", file(png()))
        .text("approvalStatus", "draft");
    expect_part(&send(&agency, late).await, "approvalStatus", "after_file");
    let none = send(&agency, form(texts(&campaign))).await;
    assert_eq!(none.problem(400), "file_missing");
    assert_eq!(none.json()["detail"], "Expected multipart file");
    let json = agency.post("/creatives", &json!({})).await;
    assert_eq!(json.problem(415), "unsupported_media_type");
    expect_nothing_kept(&app, &agency).await;
}

#[tokio::test]
async fn who_may_not_upload_is_refused_before_the_file_is_read() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;
    // A file that would be refused for its size: nobody gets that far.
    let huge = || vec![0; FILE_BYTES_MAX + 1];

    let rival = app.agency("rival").await;
    let answer = upload(&rival, texts(&campaign), huge()).await;
    assert_eq!(answer.problem(404), "campaign_not_found");
    let answer = upload(&agency, texts(UNKNOWN), huge()).await;
    assert_eq!(answer.problem(404), "campaign_not_found");
    for status in ["approved", "rejected"] {
        let texts = with(texts(&campaign), "approvalStatus", Some(status));
        assert_eq!(
            upload(&agency, texts, huge()).await.problem(403),
            "approval_required"
        );
    }
    for who in [
        app.brand("cola").await,
        app.streamer("kim").await,
        app.viewer("vic").await,
    ] {
        let answer = upload(&who, texts(&campaign), png()).await;
        assert_eq!(answer.problem(403), "insufficient_permissions");
    }
    assert_eq!(
        upload(&app.nobody(), texts(&campaign), png()).await.status,
        401
    );
    expect_nothing_kept(&app, &agency).await;
    let texts = with(texts(&campaign), "approvalStatus", Some("approved"));
    let created = upload(&app.admin().await, texts, png()).await.expect(201);
    assert_eq!(created["approvalStatus"], "approved");
}

/// An upload as it goes over the wire, up to but without the end of its file.
fn begun(campaign: &str) -> String {
    let parts = texts(campaign).into_iter().map(|(name, text)| {
        format!("--xx\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    });
    let mut body: String = parts.collect();
    body.push_str(
        "--xx\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
         content-type: image/png\r\n\r\nhalf a picture",
    );
    body
}

#[tokio::test]
async fn a_body_without_its_end_is_refused_and_nothing_of_it_is_kept() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;
    let headless = format!("--xx\r\n{}", "content-disposition");
    let after = format!("{}\r\n--xx", begun(&campaign));
    for body in [
        begun(&campaign),
        headless,
        after,
        String::new(),
        "--yy--".to_owned(),
    ] {
        let request = agency
            .request(Method::POST, "/creatives")
            .header("content-type", "multipart/form-data; boundary=xx")
            .body(body.clone());
        let answer = agency.send(request).await;
        assert_eq!(answer.problem(400), "invalid_multipart", "{body}");
    }
    expect_nothing_kept(&app, &agency).await;
}

#[tokio::test]
async fn a_sender_who_hangs_up_or_falls_silent_leaves_nothing() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let body = begun(&book(&agency).await);
    let head = format!(
        "POST /creatives HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: multipart/form-data; boundary=xx\r\ncontent-length: {}\r\n\r\n",
        agency.token.as_deref().unwrap(),
        body.len() + 1_000,
    );

    let mut silent = TcpStream::connect(app.address()).await.unwrap();
    silent
        .write_all(format!("{head}{body}").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    silent.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");

    let mut gone = TcpStream::connect(app.address()).await.unwrap();
    gone.write_all(format!("{head}{body}").as_bytes())
        .await
        .unwrap();
    drop(gone);
    let emptied = async {
        while scratch_files(&app) > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), emptied)
        .await
        .unwrap();
    expect_nothing_kept(&app, &agency).await;
}

#[tokio::test]
async fn an_administrator_reviews_and_the_agency_reads_why() {
    let app = TestApp::new().await;
    let (agency, admin) = (app.agency("acme").await, app.admin().await);
    let campaign = book(&agency).await;
    let created = upload(&agency, texts(&campaign), png()).await.expect(201);
    let path = format!("/creatives/{}", created["id"].as_str().unwrap());
    let review = format!("{path}/review");
    let rejected = json!({ "decision": "rejected", "reason": "too loud" });

    assert_eq!(
        agency.post(&review, &rejected).await.problem(403),
        "insufficient_permissions"
    );
    let answer = admin.post(&review, &rejected).await.expect(201);
    assert_eq!(answer["approvalStatus"], "rejected");
    let seen = agency.get(&path).await.expect(200);
    assert_eq!(
        (&seen["approvalStatus"], &seen["reviewReason"]),
        (&json!("rejected"), &json!("too loud"))
    );
    let approved = admin
        .post(&review, &json!({ "decision": "approved" }))
        .await
        .expect(201);
    assert_eq!(
        (&approved["approvalStatus"], &approved["reviewReason"]),
        (&json!("approved"), &Value::Null)
    );

    for (body, field, code) in [
        (json!({}), "decision", "required"),
        (json!({ "decision": "draft" }), "decision", "invalid_value"),
        (
            json!({ "decision": "approved", "reason": "" }),
            "reason",
            "too_short",
        ),
        (
            json!({ "decision": "approved", "why": "x" }),
            "why",
            "unknown_field",
        ),
    ] {
        expect_part(&admin.post(&review, &body).await, field, code);
    }
    let unknown = format!("/creatives/{UNKNOWN}");
    assert_eq!(admin.get(&unknown).await.problem(404), "creative_not_found");
    let answer = admin.post(&format!("{unknown}/review"), &rejected).await;
    assert_eq!(answer.problem(404), "creative_not_found");
    assert_eq!(
        app.agency("rival").await.get(&path).await.problem(404),
        "creative_not_found"
    );
}

#[tokio::test]
async fn a_file_is_given_to_whoever_has_its_address_in_whole_or_in_part() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;
    let texts = with(texts(&campaign), "format", Some("mp4"));
    let created = upload(&agency, texts, MP4.to_vec()).await.expect(201);
    let (path, nobody) = (path_of(&created), app.nobody());
    let size = MP4.len();

    let whole = nobody.get(&path).await;
    assert_eq!((whole.status, whole.bytes.as_slice()), (200, MP4));
    for (name, value) in [
        ("content-type", "video/mp4"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(whole.header(name), value);
    }
    assert!(whole.header("content-security-policy").contains("sandbox"));
    assert!(
        whole
            .header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert!(
        whole
            .header("cache-control")
            .starts_with("private, max-age=")
    );

    for (range, part, told) in [
        ("bytes=0-0", 0..1, format!("bytes 0-0/{size}")),
        ("bytes=10-19", 10..20, format!("bytes 10-19/{size}")),
        (
            "bytes=100-",
            100..size,
            format!("bytes 100-{}/{size}", size - 1),
        ),
        (
            "bytes=-7",
            size - 7..size,
            format!("bytes {}-{}/{size}", size - 7, size - 1),
        ),
        (
            "bytes=5-999999999",
            5..size,
            format!("bytes 5-{}/{size}", size - 1),
        ),
    ] {
        let request = nobody.request(Method::GET, &path).header("range", range);
        let answer = nobody.send(request).await;
        assert_eq!(
            (answer.status, answer.header("content-range")),
            (206, told.as_str())
        );
        assert_eq!(answer.bytes, &MP4[part], "{range}");
    }
    for range in ["bytes=9999999-", "bytes=-0"] {
        let request = nobody.request(Method::GET, &path).header("range", range);
        let answer = nobody.send(request).await;
        assert_eq!(answer.problem(416), "range_not_satisfiable", "{range}");
        assert_eq!(answer.header("content-range"), format!("bytes */{size}"));
    }
    let request = nobody
        .request(Method::GET, &path)
        .header("range", "bytes=0-1,4-5");
    assert_eq!(nobody.send(request).await.status, 200);
}

#[tokio::test]
async fn an_address_opens_one_file_for_a_day() {
    let app = TestApp::new().await;
    let agency = app.agency("acme").await;
    let campaign = book(&agency).await;
    let first = upload(&agency, texts(&campaign), png()).await.expect(201);
    let second = upload(&agency, texts(&campaign), png()).await.expect(201);
    let (path, nobody) = (path_of(&first), app.nobody());
    let key = |creative: &Value| creative["objectKey"].as_str().unwrap().to_owned();

    let other = path.replace(&key(&first), &key(&second));
    for bad in [
        other,
        path.replace("/media/", "/media/9"),
        format!("/media/x/{}", key(&first)),
        format!("{path}x"),
    ] {
        let answer = nobody.get(&bad).await;
        assert!(
            matches!(answer.status, 403 | 404),
            "{bad}: {}",
            answer.text()
        );
    }
    app.clock.advance(Duration::from_hours(24));
    assert_eq!(nobody.get(&path).await.status, 200);
    app.clock.advance(Duration::from_hours(2));
    assert_eq!(nobody.get(&path).await.problem(403), "media_link_invalid");
}
