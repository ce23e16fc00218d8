//! Owns the schema's state: which migrations ran, running the rest, and what an application's role may do.

use sqlx::{Connection, PgConnection, PgPool, Row};

use super::connect::{self, Purpose, Session};
use super::fault;
use crate::migrate::{self, Applied, Migration};
use crate::store::StoreFault;

const CREATE_MIGRATIONS: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer          NOT NULL PRIMARY KEY,
    name       text COLLATE \"C\" NOT NULL,
    sha256     text COLLATE \"C\" NOT NULL,
    applied_at timestamptz      NOT NULL DEFAULT now()
)";

/// Applies what is pending, in one transaction, and returns the names of what it applied. With `app_role`, gives that
/// existing role what `serve` needs and no more: INSERT and SELECT on `events` and `commands` (so the log is
/// append-only for it), INSERT, SELECT and UPDATE on heads, clock, directory and checkpoints, and CREATE in the schema:
/// the role makes and owns the projections' tables, which it must be able to replace.
///
/// # Errors
/// `Unavailable` when the server does not answer; `Unusable` when the schema is newer than this release or changed,
/// or the role cannot be used; `NotWritten` or `Unknown` when the transaction failed.
pub async fn migrate(url: &str, app_role: Option<&str>) -> Result<Vec<String>, StoreFault> {
    let session = Session::parse(url)?;
    let mut connection = session.connect(Purpose::Migrate).await?;
    create_migrations(&mut connection).await?;
    let applied = apply(&mut connection, app_role).await;
    connect::close(connection).await;
    applied
}

/// What is still to run.
pub(super) async fn pending(connection: &mut PgConnection) -> Result<&'static [Migration], StoreFault> {
    let exists: bool = sqlx::query_scalar("SELECT to_regclass('schema_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .map_err(fault::reading)?;
    let applied = if exists { applied(connection).await? } else { Vec::new() };
    migrate::pending(migrate::POSTGRES, &applied)
}

/// The refusal of a schema that is older than this release.
pub(super) fn older(missing: &Migration) -> StoreFault {
    StoreFault::Unusable {
        what: format!(
            "the store's tables are older than this release: migration {} {} is missing",
            missing.version, missing.name
        ),
        remedy: "run `subledger migrate` as the owner of the database".to_owned(),
    }
}

/// Whether the connected role could rewrite the log: it owns the table, directly or by membership, or is superuser.
pub(super) async fn connected_as_owner(pool: &PgPool) -> Result<bool, StoreFault> {
    sqlx::query_scalar(
        "SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class WHERE oid = 'events'::regclass",
    )
    .fetch_one(pool)
    .await
    .map_err(fault::reading)
}

/// Two first starts at once can meet in the catalogue in spite of IF NOT EXISTS; the second finds the table.
async fn create_migrations(connection: &mut PgConnection) -> Result<(), StoreFault> {
    let exists = "SELECT to_regclass('schema_migrations') IS NOT NULL";
    if sqlx::query_scalar(exists).fetch_one(&mut *connection).await.map_err(fault::reading)? {
        return Ok(());
    }
    let Err(error) = connect::run(connection, CREATE_MIGRATIONS).await else { return Ok(()) };
    if sqlx::query_scalar(exists).fetch_one(&mut *connection).await.map_err(fault::reading)? {
        return Ok(());
    }
    Err(StoreFault::Unusable {
        what: format!("this role may not create the ledger's tables: {error}"),
        remedy: "run `subledger migrate` as the owner of the database".to_owned(),
    })
}

async fn apply(connection: &mut PgConnection, app_role: Option<&str>) -> Result<Vec<String>, StoreFault> {
    let failed = |error: sqlx::Error| StoreFault::NotWritten { reason: error.to_string() };
    let mut transaction = connection.begin().await.map_err(fault::reading)?;
    // Of two nodes that migrate at once the second waits here and then finds nothing to do.
    connect::run(&mut transaction, "LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE").await.map_err(failed)?;
    let pending = pending(&mut transaction).await?;
    for migration in pending {
        connect::run(&mut transaction, migration.sql).await.map_err(|error| StoreFault::NotWritten {
            reason: format!("migration {} {}: {error}", migration.version, migration.name),
        })?;
        sqlx::query("INSERT INTO schema_migrations (version, name, sha256) VALUES ($1, $2, $3)")
            .bind(i64::from(migration.version))
            .bind(migration.name)
            .bind(migration.sha256())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
    }
    if let Some(role) = app_role {
        let role = usable_role(&mut transaction, role).await?;
        connect::run(&mut transaction, &grants(&role.schema, &role.quoted)).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(|error| fault::finishing(&error))?;
    Ok(pending.iter().map(|migration| migration.name.to_owned()).collect())
}

async fn applied(connection: &mut PgConnection) -> Result<Vec<Applied>, StoreFault> {
    let rows = sqlx::query("SELECT version, name, sha256 FROM schema_migrations ORDER BY version")
        .fetch_all(connection)
        .await
        .map_err(fault::reading)?;
    let read = |row: &sqlx::postgres::PgRow| -> Result<Applied, sqlx::Error> {
        let version: i32 = row.try_get(0)?;
        let version = u32::try_from(version).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Applied { version, name: row.try_get(1)?, sha256: row.try_get(2)? })
    };
    rows.iter().map(read).collect::<Result<_, _>>().map_err(fault::reading)
}

struct AppRole {
    schema: String,
    quoted: String,
}

async fn usable_role(connection: &mut PgConnection, role: &str) -> Result<AppRole, StoreFault> {
    let refused = |what: &str, remedy: &str| StoreFault::Unusable {
        what: format!("role `{role}` {what}"),
        remedy: remedy.to_owned(),
    };
    let well_formed = role.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if role.is_empty() || role.len() > 63 || !well_formed {
        return Err(refused("has no usable name", "use 1 to 63 of A-Z a-z 0-9 _ - ."));
    }
    let row = sqlx::query(
        "SELECT quote_ident(current_schema()), quote_ident(rolname), pg_has_role(rolname, current_user, 'MEMBER')
         FROM pg_roles WHERE rolname = $1",
    )
    .bind(role)
    .fetch_optional(connection)
    .await
    .map_err(fault::reading)?
    .ok_or_else(|| refused("does not exist", "create it first: CREATE ROLE … LOGIN"))?;
    if row.try_get(2).map_err(fault::reading)? {
        return Err(refused("is the owner or may act as the owner", "name a role that can be held to appending"));
    }
    let get = |column: usize| row.try_get::<String, _>(column).map_err(fault::reading);
    Ok(AppRole { schema: get(0)?, quoted: get(1)? })
}

/// The grants, from names that the server itself has quoted: GRANT takes no parameters.
fn grants(schema: &str, role: &str) -> String {
    format!(
        "GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};
         GRANT SELECT ON schema_migrations TO {role};
         GRANT SELECT, INSERT ON events, commands TO {role};
         GRANT SELECT, INSERT, UPDATE ON log_head, clock, directory, directory_applications, projections TO {role};"
    )
}
