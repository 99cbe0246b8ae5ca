//! What the audit log refuses.

use beta_domain::audit::AuditError;

use super::Error;

impl From<AuditError> for Error {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Denied(denied) => denied.into(),
            AuditError::Db(error) => error.into(),
        }
    }
}
