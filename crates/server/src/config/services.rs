//! What the server talks to: database, files, mail, and what it does not use yet.

use std::path::{Path, PathBuf};

use beta_kit::blobs::S3Config;
use beta_kit::mail::{MailServer, Sender};
use beta_kit::secret::Secret;

use super::reader::{Name, Reader};

const DATABASE: Name = Name {
    variable: "DATABASE_URL",
    key: "database.url",
};
const REDIS: Name = Name {
    variable: "REDIS_URL",
    key: "database.redis_url",
};
const STORAGE: Name = Name {
    variable: "STORAGE_URL",
    key: "storage.url",
};
const S3_ENDPOINT: Name = Name {
    variable: "S3_ENDPOINT",
    key: "storage.s3.endpoint",
};
const S3_REGION: Name = Name {
    variable: "S3_REGION",
    key: "storage.s3.region",
};
const S3_ACCESS_KEY: Name = Name {
    variable: "S3_ACCESS_KEY",
    key: "storage.s3.access_key",
};
const S3_SECRET_KEY: Name = Name {
    variable: "S3_SECRET_KEY",
    key: "storage.s3.secret_key",
};
const S3_PATH_STYLE: Name = Name {
    variable: "S3_FORCE_PATH_STYLE",
    key: "storage.s3.force_path_style",
};
const SMTP: Name = Name {
    variable: "SMTP_URL",
    key: "mail.smtp_url",
};
const MAIL_FROM: Name = Name {
    variable: "MAIL_FROM",
    key: "mail.from",
};

/// What the server talks to.
#[derive(Clone, Debug)]
pub struct Services {
    /// The database; its URL may hold a password.
    pub database_url: Secret<String>,
    /// The file of the database, when it is one.
    pub database_file: Option<PathBuf>,
    /// Where creative files are kept.
    pub storage_url: String,
    /// How to reach the bucket, when it is one.
    pub s3: Option<S3Config>,
    /// Whether a Redis was named, which this version does not use.
    pub has_redis: bool,
    /// How mail goes out, if it does.
    pub mail: Option<Mail>,
}

/// How mail goes out.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Where letters are handed over; its URL may hold a password.
    pub server: MailServer,
    /// Who they are from.
    pub sender: Sender,
}

impl Services {
    pub(super) fn read(reader: &mut Reader<'_>, data_dir: &Path) -> Self {
        let database_url = reader
            .text(DATABASE)
            .unwrap_or_else(|| format!("sqlite:{}", data_dir.join("beta-ads.db").display()));
        let database_file = check_database(reader, &database_url);
        let storage_url = reader
            .text(STORAGE)
            .unwrap_or_else(|| format!("file:{}", data_dir.join("media").display()));
        let s3 = read_s3(reader, &storage_url);
        Self {
            database_url: Secret::new(database_url),
            database_file,
            storage_url,
            s3,
            has_redis: reader.text(REDIS).is_some(),
            mail: read_mail(reader),
        }
    }
}

/// A mail server needs a sender; a sender alone does nothing.
fn read_mail(reader: &mut Reader<'_>) -> Option<Mail> {
    let is_wanted = reader.text(SMTP).is_some();
    let sender: Option<Sender> = reader.optional(MAIL_FROM);
    if is_wanted && reader.text(MAIL_FROM).is_none() {
        reader.problem(MAIL_FROM, "is required when SMTP_URL is set");
    }
    let server: MailServer = reader.optional(SMTP)?;
    Some(Mail {
        server,
        sender: sender?,
    })
}

/// The file of an embedded database.
fn check_database(reader: &mut Reader<'_>, url: &str) -> Option<PathBuf> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return None;
    }
    let Some(rest) = url.strip_prefix("sqlite:") else {
        reader.problem(
            DATABASE,
            "must start with sqlite:, postgres:// or postgresql://",
        );
        return None;
    };
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() || path.contains(":memory:") || rest.contains("mode=memory") {
        reader.problem(
            DATABASE,
            "must name a file: what is kept in memory does not last",
        );
        return None;
    }
    Some(PathBuf::from(path))
}

/// The bucket's settings; they are asked for only when there is a bucket.
fn read_s3(reader: &mut Reader<'_>, storage_url: &str) -> Option<S3Config> {
    let [endpoint, region, access_key, secret_key] =
        [S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY, S3_SECRET_KEY].map(|name| reader.text(name));
    let force_path_style = reader.required(S3_PATH_STYLE).unwrap_or(true);
    if storage_url.starts_with("file:") {
        return None;
    }
    if !storage_url.starts_with("s3:") {
        reader.problem(STORAGE, "must start with file: or s3:");
        return None;
    }
    let mut need = |name, value: Option<String>| {
        if value.is_none() {
            reader.problem(name, "is required when the storage is a bucket");
        }
        value
    };
    let endpoint = need(S3_ENDPOINT, endpoint);
    let region = need(S3_REGION, region);
    let access_key = need(S3_ACCESS_KEY, access_key);
    let secret_key = need(S3_SECRET_KEY, secret_key);
    Some(S3Config {
        endpoint: endpoint?,
        region: region?,
        access_key: access_key?,
        secret_key: secret_key?,
        force_path_style,
    })
}
