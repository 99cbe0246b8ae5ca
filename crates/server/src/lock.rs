//! One server per SQLite file: a second one would know nothing of the sockets of the first.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Held while a server uses the file. The system lets it go when the process ends, however.
#[derive(Debug)]
pub struct Lock {
    // The lock belongs to the open file.
    _file: File,
}

impl Lock {
    /// Takes the lock beside `database`.
    ///
    /// # Errors
    /// When another process holds it.
    pub fn take(database: &Path) -> Result<Self> {
        if let Some(folder) = database.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        }
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let path = Path::new(&path);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .with_context(|| format!("{} cannot be opened", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                bail!("another server uses {}; stop it first", database.display())
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("{} cannot be locked", path.display()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_served_once_at_a_time() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let database = folder.path().join("deep/beta-ads.db");
        let first = Lock::take(&database).expect("is free");
        let second = Lock::take(&database).expect_err("is taken");
        assert!(second.to_string().contains("another server"), "{second}");
        drop(first);
        Lock::take(&database).expect("is free again");
    }
}
