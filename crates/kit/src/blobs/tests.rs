//! Files in a folder, in memory and in a bucket behave alike.

use std::io::Write;
use std::time::Duration;

use futures::TryStreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::time::{Clock, SystemClock};

fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Longer than a part, with no two pieces alike.
fn long() -> Vec<u8> {
    (0..PART_BYTES * 2 + 12_345)
        .map(|index| (index / 251 % 256).to_le_bytes()[0])
        .collect()
}

async fn read(blobs: &Blobs, key: &str, range: Option<Range<u64>>) -> (Vec<u8>, u64, Range<u64>) {
    let body = blobs.get(key, range).await.unwrap().expect("is stored");
    let pieces: Vec<_> = body.stream.try_collect().await.unwrap();
    (pieces.concat(), body.size_bytes, body.range)
}

/// What holds for every place.
async fn keep_and_give_back(blobs: &Blobs) {
    let long = long();
    let size = long.len() as u64;
    let stored = blobs
        .put_file("a/b/long.mp4", file_of(&long).path(), "video/mp4")
        .await
        .unwrap();
    assert_eq!(stored, size);
    let (bytes, size_bytes, range) = read(blobs, "a/b/long.mp4", None).await;
    assert!(bytes == long, "comes back as it was");
    assert_eq!((size_bytes, range), (size, 0..size));

    let (bytes, size_bytes, range) = read(blobs, "a/b/long.mp4", Some(70_000..70_010)).await;
    assert_eq!(
        (bytes.as_slice(), size_bytes, range),
        (&long[70_000..70_010], size, 70_000..70_010)
    );
    let (bytes, _, range) = read(blobs, "a/b/long.mp4", Some(size - 3..u64::MAX)).await;
    assert_eq!(
        (bytes.as_slice(), range),
        (&long[long.len() - 3..], size - 3..size)
    );

    for range in [size..size + 1, u64::MAX - 1..u64::MAX, 5..5] {
        let refused = blobs
            .get("a/b/long.mp4", Some(range.clone()))
            .await
            .unwrap_err();
        let fits = matches!(refused, BlobError::BadRange { size_bytes } if size_bytes == size);
        assert!(fits, "{range:?}: {refused}");
    }

    blobs
        .put_file("a/b/long.mp4", file_of(b"short").path(), "video/mp4")
        .await
        .unwrap();
    assert_eq!(read(blobs, "a/b/long.mp4", None).await.0, b"short");
    blobs
        .put_file("empty", file_of(b"").path(), "text/plain")
        .await
        .unwrap();
    assert_eq!(read(blobs, "empty", None).await, (Vec::new(), 0, 0..0));

    assert!(blobs.get("a/b/other", None).await.unwrap().is_none());
    assert!(blobs.get("a/b/other", Some(0..1)).await.unwrap().is_none());
    for _ in 0..2 {
        blobs.delete("a/b/long.mp4").await.unwrap();
        assert!(blobs.get("a/b/long.mp4", None).await.unwrap().is_none());
    }
    blobs.check().await.unwrap();
}

#[tokio::test]
async fn memory_keeps_files() {
    keep_and_give_back(&Blobs::in_memory()).await;
}

#[tokio::test]
async fn a_folder_keeps_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("not/yet/there");
    let blobs = Blobs::open(&format!("file:{}", path.display()), None).unwrap();
    keep_and_give_back(&blobs).await;

    blobs
        .put_file("kept", file_of(b"x").path(), "text/plain")
        .await
        .unwrap();
    let again = Blobs::open(&format!("file://{}", path.display()), None).unwrap();
    assert_eq!(read(&again, "kept", None).await.0, b"x");
}

/// What every place says it has below a folder.
async fn name_what_is_there(blobs: &Blobs) {
    let began = SystemClock.now();
    for key in ["list/a.png", "list/b/c.png", "listed/d.png"] {
        let file = file_of(b"x");
        blobs.put_file(key, file.path(), "image/png").await.unwrap();
    }
    let below = async |folder: &str| {
        let listed: Vec<Listed> = blobs.list(folder).unwrap().try_collect().await.unwrap();
        let day = Duration::from_hours(24);
        let is_now = |at: Timestamp| at > began.minus(day) && at < began.plus(day);
        assert!(listed.iter().all(|file| is_now(file.stored_at)));
        let mut keys: Vec<String> = listed.into_iter().map(|file| file.key).collect();
        keys.sort();
        keys
    };
    assert_eq!(below("list").await, ["list/a.png", "list/b/c.png"]);
    assert_eq!(below("list/b").await, ["list/b/c.png"]);
    assert_eq!(below("nothing").await, [""; 0]);
    assert!(matches!(blobs.list("../x"), Err(BlobError::BadKey(_))));
}

#[tokio::test]
async fn files_below_a_folder_are_listed_with_their_age() {
    name_what_is_there(&Blobs::in_memory()).await;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file:{}", folder.path().display());
    name_what_is_there(&Blobs::open(&url, None).unwrap()).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&format!("file:{}", folder.path().display()), None).unwrap();
    let refused = blobs
        .put_file("key", Path::new("/nowhere/at/all"), "text/plain")
        .await;
    assert!(matches!(refused, Err(BlobError::Disk(_))));
    assert!(blobs.get("key", None).await.unwrap().is_none());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_folder_that_is_gone_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&format!("file:{}", folder.path().display()), None).unwrap();
    folder.close().unwrap();
    assert!(blobs.check().await.is_err());
}

#[tokio::test]
async fn keys_do_not_leave_their_place() {
    let blobs = Blobs::in_memory();
    let file = file_of(b"x");
    let long = "k".repeat(KEY_LENGTH_MAX + 1);
    for key in [
        "", "/", "/a", "a/", "a//b", "..", "a/../b", "a/..", ".", "./a", ".hidden", "a\\b", "a b",
        "a#1", "a%2e", "ä", "a\0", "a?b", "C:", &long,
    ] {
        let refused = blobs.put_file(key, file.path(), "text/plain").await;
        assert!(matches!(refused, Err(BlobError::BadKey(_))), "{key:?}");
        assert!(
            matches!(blobs.get(key, None).await, Err(BlobError::BadKey(_))),
            "{key:?}"
        );
        assert!(
            matches!(blobs.delete(key).await, Err(BlobError::BadKey(_))),
            "{key:?}"
        );
    }
    for key in ["a", "a..b", "creatives/0199-x/Y_1.mp4", &long[1..]] {
        blobs
            .put_file(key, file.path(), "text/plain")
            .await
            .unwrap();
    }
}

fn s3(endpoint: &str, force_path_style: bool) -> S3Config {
    S3Config {
        endpoint: endpoint.to_owned(),
        region: "us-east-1".to_owned(),
        access_key: "who-we-are".to_owned(),
        secret_key: "the-proof-of-it".to_owned(),
        force_path_style,
    }
}

#[test]
fn addresses_that_mean_nothing_are_refused() {
    let config = s3("http://localhost:9000", true);
    for url in [
        "",
        "files",
        "http://x",
        "file:",
        "file://",
        "file://host/x",
        "s3:",
        "s3://",
        "s3://a/b",
    ] {
        let refused = Blobs::open(url, Some(&config));
        assert!(
            matches!(refused, Err(BlobError::BadAddress { .. })),
            "{url}"
        );
    }
    assert!(matches!(
        Blobs::open("s3://bucket", None),
        Err(BlobError::BadAddress { .. })
    ));
    for endpoint in ["", "localhost:9000", "ftp://x"] {
        let refused = Blobs::open("s3://bucket", Some(&s3(endpoint, true)));
        assert!(
            matches!(refused, Err(BlobError::BadAddress { .. })),
            "{endpoint}"
        );
    }
}

#[test]
fn a_bucket_stands_in_the_host_unless_forced_into_the_path() {
    let endpoint = |config: &S3Config| place::endpoint("s3://b", config, "b").unwrap();
    assert_eq!(
        endpoint(&s3("http://localhost:9000/", true)),
        "http://localhost:9000"
    );
    assert_eq!(
        endpoint(&s3("https://s3.example.com", false)),
        "https://b.s3.example.com"
    );
}

#[test]
fn settings_do_not_print_their_secrets() {
    let printed = format!("{:?}", s3("http://localhost", true));
    assert!(
        !printed.contains("who-we-are") && !printed.contains("proof"),
        "{printed}"
    );
}

/// Answers one request as a bucket would, and gives what was asked.
async fn answer_once(listener: tokio::net::TcpListener) -> String {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"hello") {
        assert!(
            socket.read_buf(&mut request).await.unwrap() > 0,
            "the request ends with its body"
        );
    }
    socket
        .write_all(b"HTTP/1.1 200 OK\r\netag: \"1\"\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap();
    String::from_utf8(request).unwrap()
}

#[tokio::test]
async fn a_bucket_is_sent_the_file_with_its_type() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let answered = tokio::spawn(answer_once(listener));
    let blobs = Blobs::open("s3://bucket", Some(&s3(&endpoint, true))).unwrap();

    blobs
        .put_file("a/b.png", file_of(b"hello").path(), "image/png")
        .await
        .unwrap();

    let request = answered.await.unwrap();
    assert!(
        request.starts_with("PUT /bucket/a/b.png HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("content-type: image/png\r\n"), "{request}");
    assert!(
        request.contains("authorization: AWS4-HMAC-SHA256 "),
        "{request}"
    );
}
