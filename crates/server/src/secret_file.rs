//! The signing secret that is made when none is given, and kept for the next start.

use std::fs::{OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use beta_kit::entropy::Entropy;
use beta_kit::secret::{Secret, random_token};

const NAME: &str = "jwt-secret";
/// Read and written by its owner only.
const MODE: u32 = 0o600;
const CHARACTERS_MIN: usize = 32;

/// The secret in `folder`, made at the first start.
///
/// # Errors
/// When it cannot be read or written, or what is there is no secret.
pub fn read_or_make(folder: &Path, entropy: &dyn Entropy) -> Result<Secret<String>> {
    let path = folder.join(NAME);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let text = text.trim();
            if text.len() < CHARACTERS_MIN {
                bail!(
                    "{} is no secret; delete it, and everybody signs in anew",
                    path.display()
                );
            }
            std::fs::set_permissions(&path, Permissions::from_mode(MODE))
                .with_context(|| format!("{} cannot be kept secret", path.display()))?;
            Ok(Secret::new(text.to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(folder, entropy).with_context(|| format!("{} cannot be written", path.display()))
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Writes it under another name first, so that no half of it is ever found.
fn make(folder: &Path, entropy: &dyn Entropy) -> std::io::Result<Secret<String>> {
    std::fs::create_dir_all(folder)?;
    let secret = random_token::<48>(entropy);
    let unfinished = folder.join(format!("{NAME}.new"));
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(MODE)
        .open(&unfinished)?;
    file.set_permissions(Permissions::from_mode(MODE))?;
    writeln!(file, "{}", secret.reveal())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, folder.join(NAME))?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use beta_kit::entropy::SeededEntropy;

    #[test]
    fn the_secret_is_made_once_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let data = folder.path().join("data");
        let entropy = SeededEntropy::new(1);
        let first = read_or_make(&data, &entropy).expect("is made");
        let second = read_or_make(&data, &entropy).expect("is read");
        assert!(
            first == second,
            "the second start reads what the first one made"
        );
        assert_eq!(first.reveal().len(), 64);
        let mode = std::fs::metadata(data.join(NAME))
            .expect("is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, MODE);
    }

    #[test]
    fn what_is_no_secret_is_not_used() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        std::fs::write(folder.path().join(NAME), "short").expect("is written");
        assert!(read_or_make(folder.path(), &SeededEntropy::new(1)).is_err());
    }
}
