//! Our time types in PostgreSQL's binary form, which counts from 2000-01-01.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef, Postgres};
use sqlx::{Decode, Encode, Type};

use crate::time::{Day, Timestamp};

const DAYS_TO_2000: i32 = 10_957;
const MICROS_TO_2000: i64 = DAYS_TO_2000 as i64 * 86_400_000_000;
const TIMESTAMPTZ: Oid = Oid(1184);
const DATE: Oid = Oid(1082);

pub(super) struct PgTime(pub(super) Timestamp);

impl Type<Postgres> for PgTime {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl Encode<'_, Postgres> for PgTime {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let micros = self.0.as_micros().saturating_sub(MICROS_TO_2000);
        buf.extend_from_slice(&micros.to_be_bytes());
        Ok(IsNull::No)
    }
}

impl<'r> Decode<'r, Postgres> for PgTime {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let micros = i64::from_be_bytes(value.as_bytes()?.try_into()?);
        Ok(Self(Timestamp::from_micros(
            micros.saturating_add(MICROS_TO_2000),
        )))
    }
}

pub(super) struct PgDay(pub(super) Day);

impl Type<Postgres> for PgDay {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(DATE)
    }
}

impl Encode<'_, Postgres> for PgDay {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let days = self.0.epoch_days().saturating_sub(DAYS_TO_2000);
        buf.extend_from_slice(&days.to_be_bytes());
        Ok(IsNull::No)
    }
}

impl<'r> Decode<'r, Postgres> for PgDay {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let days = i32::from_be_bytes(value.as_bytes()?.try_into()?);
        Ok(Self(Day::from_epoch_days(
            days.saturating_add(DAYS_TO_2000),
        )))
    }
}
