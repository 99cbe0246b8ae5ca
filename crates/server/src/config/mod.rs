//! The configuration: defaults, then a file, then the environment; checked as a whole.
//!
//! Nobody else reads the environment. `default.toml` is the reference: it names every setting.

mod addresses;
mod limits;
mod listen;
mod log;
mod reader;
mod secrets;
mod services;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use beta_kit::text_enum;
use beta_web::urls::BaseUrl;

pub use addresses::{Addresses, own as own_address};
pub use limits::Limits;
pub use listen::Listen;
pub use log::Log;
pub use reader::{Problem, Problems};
pub use secrets::Secrets;
pub use services::{Mail, Services};

use reader::{Name, Reader};

/// Every setting, with its default and what it means.
pub const DEFAULTS: &str = include_str!("default.toml");

text_enum! {
    /// What the installation is for.
    pub enum Environment {
        /// Trying and developing: sign-in links are shown to whoever asks.
        Development => "development",
        /// As in production, but the secret may be generated.
        Test => "test",
        /// People depend on it.
        Production => "production",
    }
}

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the installation is for.
    pub environment: Environment,
    /// Where the server keeps what it keeps.
    pub data_dir: PathBuf,
    /// Where it listens.
    pub listen: Listen,
    /// Database, files, and what else it talks to.
    pub services: Services,
    /// What it must not tell.
    pub secrets: Secrets,
    /// How people reach it.
    pub addresses: Addresses,
    /// How much of it one client may have.
    pub limits: Limits,
    /// What it says.
    pub log: Log,
}

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The file's name and text, if there is one.
    pub file: Option<(PathBuf, String)>,
}

impl Sources {
    /// The environment of this process, and the file it or the caller names.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of_process(file: Option<&Path>) -> Result<Self, Problems> {
        // Settings are text; what is not cannot be one of ours.
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let named = environment
            .get("BETA_CONFIG")
            .filter(|name| !name.is_empty());
        let Some(path) = file
            .map(Path::to_owned)
            .or_else(|| named.map(PathBuf::from))
        else {
            return Ok(Self {
                environment,
                file: None,
            });
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self {
                environment,
                file: Some((path, text)),
            }),
            Err(error) => {
                Err(Problem::new(path.display(), format_args!("cannot be read: {error}")).into())
            }
        }
    }
}

impl Sources {
    /// Sets what neither the environment nor the file sets.
    pub fn prefer(&mut self, variable: &str, key: &str, value: &str) {
        let in_file = self
            .file
            .as_ref()
            .is_some_and(|(_, text)| has_key(text, key));
        if !in_file {
            let wanted = || value.to_owned();
            self.environment
                .entry(variable.to_owned())
                .or_insert_with(wanted);
        }
    }
}

/// Whether the file has the key, with dots between sections. One that cannot be read has none;
/// that it cannot be read is said when it is loaded.
fn has_key(text: &str, key: &str) -> bool {
    let Ok(table) = text.parse::<toml::Table>() else {
        return false;
    };
    let mut value = Some(&toml::Value::Table(table));
    for part in key.split('.') {
        value = value.and_then(|value| value.get(part));
    }
    value.is_some()
}

const ENVIRONMENT: Name = Name {
    variable: "BETA_ENV",
    key: "environment",
};
const DATA_DIR: Name = Name {
    variable: "DATA_DIR",
    key: "data_dir",
};

impl Config {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// Every problem there is, not only the first.
    pub fn load(sources: &Sources) -> Result<Self, Problems> {
        let mut reader = Reader::new(sources)?;
        let environment = reader.required(ENVIRONMENT).unwrap_or(Environment::Test);
        let data_dir = reader
            .required(DATA_DIR)
            .unwrap_or_else(|| PathBuf::from("./data"));
        let config = Self {
            listen: Listen::read(&mut reader),
            services: Services::read(&mut reader, &data_dir),
            secrets: Secrets::read(&mut reader, environment),
            addresses: Addresses::read(&mut reader),
            limits: Limits::read(&mut reader),
            log: Log::read(&mut reader),
            environment,
            data_dir,
        };
        reader.finish()?;
        Ok(config)
    }
}

/// The addresses that go out, complete.
#[derive(Clone, Debug)]
pub struct PublicAddresses {
    /// What sign-in links begin with.
    pub magic_link: BaseUrl,
    /// What overlay URLs and the addresses of files begin with.
    pub overlay: BaseUrl,
    /// The portal.
    pub portal: BaseUrl,
}

/// The addresses of a server that listens at `local`.
pub fn addresses_at(config: &Config, local: SocketAddr) -> PublicAddresses {
    let own = addresses::own(local);
    let Addresses {
        magic_link,
        overlay,
        portal,
    } = config.addresses.clone();
    let portal = portal.unwrap_or_else(|| own.clone());
    PublicAddresses {
        magic_link: magic_link.unwrap_or_else(|| portal.clone()),
        overlay: overlay.unwrap_or(own),
        portal,
    }
}

/// The addresses of a server that listens where the configuration says.
pub fn addresses_of(config: &Config) -> PublicAddresses {
    addresses_at(config, config.listen.address())
}
