//! Where files lie: the folder or the bucket an address means.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::{ClientOptions, RetryConfig};
use url::Url;

use super::BlobError;

/// How long a bucket may take to be reached, and to send the next piece.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);

/// How often, and until when, a failed request is made again.
const RETRIES_MAX: usize = 3;
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);

/// How to reach an S3-compatible store.
#[derive(Clone)]
pub struct S3Config {
    /// Its address, without a bucket.
    pub endpoint: String,
    /// Its region.
    pub region: String,
    /// Who we are.
    pub access_key: String,
    /// The proof of it.
    pub secret_key: String,
    /// Whether the bucket is named in the path, and not in the host.
    pub force_path_style: bool,
}

impl fmt::Debug for S3Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Config")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("access_key", &"***")
            .field("secret_key", &"***")
            .field("force_path_style", &self.force_path_style)
            .finish()
    }
}

/// The folder, made when it is not there. Writes reach the disk before they are acknowledged.
pub(super) fn open_folder(url: &str, path: &str) -> Result<(LocalFileSystem, PathBuf), BlobError> {
    let path = match path.strip_prefix("//") {
        // `file://` names a host before the path; ours is always this one.
        Some(rest) if rest.starts_with('/') => rest,
        Some(_) => {
            return Err(bad_address(
                url,
                "a path of this machine is written file:/path",
            ));
        }
        None => path,
    };
    if path.is_empty() {
        return Err(bad_address(url, "the path is missing"));
    }
    std::fs::create_dir_all(path)?;
    let folder = std::fs::canonicalize(path)?;
    let store = LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
    Ok((store, folder))
}

/// The bucket, by the name in the address and the settings.
pub(super) fn open_bucket(url: &str, s3: Option<&S3Config>) -> Result<AmazonS3, BlobError> {
    let bucket = url
        .strip_prefix("s3:")
        .map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    let bucket = bucket.ok_or_else(|| bad_address(url, "it must begin with file: or s3:"))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    if bucket.is_empty() || !bucket.bytes().all(plain) {
        return Err(bad_address(url, "a bucket is written s3://bucket"));
    }
    let s3 = s3.ok_or_else(|| bad_address(url, "the settings of the S3 store are missing"))?;

    // TLS needs its provider once per process; a second time changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = ClientOptions::new()
        .with_connect_timeout(CONNECT_TIMEOUT)
        // Long files take long; what must not last is silence.
        .with_timeout_disabled()
        .with_read_timeout(SILENCE_TIMEOUT);
    let retry = RetryConfig {
        max_retries: RETRIES_MAX,
        retry_timeout: RETRY_TIMEOUT,
        ..RetryConfig::default()
    };
    let store = AmazonS3Builder::new()
        .with_client_options(client)
        .with_endpoint(endpoint(url, s3, bucket)?)
        .with_region(&s3.region)
        .with_bucket_name(bucket)
        .with_access_key_id(&s3.access_key)
        .with_secret_access_key(&s3.secret_key)
        .with_virtual_hosted_style_request(!s3.force_path_style)
        .with_allow_http(s3.endpoint.starts_with("http://"))
        .with_retry(retry)
        .build()?;
    Ok(store)
}

/// The address requests go to; the bucket stands in the host unless it is to stand in the path.
pub(super) fn endpoint(url: &str, s3: &S3Config, bucket: &str) -> Result<String, BlobError> {
    let refused = || {
        bad_address(
            url,
            "the endpoint of the S3 store is not an http or https URL",
        )
    };
    let mut endpoint = Url::parse(&s3.endpoint).map_err(|_| refused())?;
    let host = endpoint
        .host_str()
        .filter(|_| matches!(endpoint.scheme(), "http" | "https"));
    let host = host.ok_or_else(refused)?;
    if !s3.force_path_style {
        let host = format!("{bucket}.{host}");
        endpoint.set_host(Some(&host)).map_err(|_| refused())?;
    }
    Ok(endpoint.as_str().trim_end_matches('/').to_owned())
}

fn bad_address(url: &str, reason: &'static str) -> BlobError {
    BlobError::BadAddress {
        url: url.to_owned(),
        reason,
    }
}
