//! Owns the wire form of `timestamptz`, so that no second time library is needed: microseconds since 2000-01-01 UTC.

use jiff::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// 2000-01-01T00:00:00Z, PostgreSQL's epoch, in microseconds since 1970.
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/// An instant on its way to or from PostgreSQL. Finer parts than a microsecond are cut off, as in the hashed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PgInstant(pub(super) Timestamp);

impl Type<Postgres> for PgInstant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1184)) // timestamptz, fixed since PostgreSQL's catalogues exist
    }
}

impl PgHasArrayType for PgInstant {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1185)) // timestamptz[]
    }
}

impl Encode<'_, Postgres> for PgInstant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        // jiff's instants lie within ±10,000 years, far inside an i64 of microseconds.
        <i64 as Encode<Postgres>>::encode(self.0.as_microsecond() - EPOCH_MICROSECONDS, buffer)
    }

    fn size_hint(&self) -> usize {
        size_of::<i64>()
    }
}

impl Decode<'_, Postgres> for PgInstant {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.format() == PgValueFormat::Text {
            return Err("an instant in text form was not asked for".into());
        }
        let microseconds: i64 = Decode::<Postgres>::decode(value)?;
        // `infinity` is i64::MAX and fails here: the log has no such instant.
        let since_1970 = microseconds.checked_add(EPOCH_MICROSECONDS).ok_or("the instant is infinite")?;
        Ok(Self(Timestamp::from_microsecond(since_1970)?))
    }
}
