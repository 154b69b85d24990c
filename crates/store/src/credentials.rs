//! Signing keys and bearer tokens. Whoever encrypts the keys and hashes the tokens does it
//! outside: this file never sees a secret.

use noctule_domain::{TenantId, TenantScope};

use crate::{Store, StoreError, sql::sql};

/// A signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The key's public name.
    pub key_id: String,
    /// Whose key it is.
    pub tenant_id: TenantId,
    /// The secret, encrypted.
    pub sealed_secret: Vec<u8>,
}

/// What the holder of a token may do. Higher roles may do all that lower ones may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read.
    Viewer,
    /// Read, and ask for work.
    Operator,
    /// Everything.
    Admin,
}

impl Role {
    const fn code(self) -> i16 {
        match self {
            Self::Viewer => 1,
            Self::Operator => 2,
            Self::Admin => 3,
        }
    }

    fn from_code(code: i16) -> Option<Self> {
        [Self::Viewer, Self::Operator, Self::Admin].into_iter().find(|role| role.code() == code)
    }
}

/// The holder of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHolder {
    /// The tenant.
    pub tenant_id: TenantId,
    /// What the holder may do.
    pub role: Role,
}

impl Store {
    /// Stores a signing key. A key id that is taken keeps its first secret.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn add_signing_key(
        &self,
        scope: TenantScope,
        key_id: &str,
        sealed_secret: Vec<u8>,
    ) -> Result<(), StoreError> {
        let insert =
            sql("INSERT INTO signing_keys (key_id, tenant_id, sealed_secret, created_us) \
             SELECT v.column1, v.column2, v.column3, c.now_us \
             FROM (VALUES (?, ?, ?)) AS v CROSS JOIN db_clock AS c \
             WHERE true ON CONFLICT DO NOTHING")
            .bind(key_id)
            .bind(scope.tenant_id().0)
            .bind(sealed_secret);
        let mut session = self.write().await?;
        session.execute(insert).await?;
        session.commit().await
    }

    /// All signing keys that are not revoked.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        let query = sql("SELECT key_id, tenant_id, sealed_secret FROM signing_keys \
             WHERE revoked_us IS NULL ORDER BY tenant_id, created_us, key_id");
        let rows: Vec<(String, i64, Vec<u8>)> = self.read().await?.fetch_all(query).await?;
        let key = |(key_id, tenant_id, sealed_secret)| SigningKey {
            key_id,
            tenant_id: TenantId(tenant_id),
            sealed_secret,
        };
        Ok(rows.into_iter().map(key).collect())
    }

    /// Stores a token by the SHA-256 of its text.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn add_token(
        &self,
        scope: TenantScope,
        role: Role,
        label: &str,
        digest: [u8; 32],
    ) -> Result<(), StoreError> {
        let insert = sql("INSERT INTO tokens (digest, tenant_id, role, label, created_us) \
             SELECT v.column1, v.column2, v.column3, v.column4, c.now_us \
             FROM (VALUES (?, ?, ?, ?)) AS v CROSS JOIN db_clock AS c \
             WHERE true ON CONFLICT DO NOTHING")
        .bind(digest.to_vec())
        .bind(scope.tenant_id().0)
        .bind(role.code())
        .bind(label);
        let mut session = self.write().await?;
        session.execute(insert).await?;
        session.commit().await
    }

    /// Whose token this is; `None` when it is unknown or revoked.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn find_token(&self, digest: [u8; 32]) -> Result<Option<TokenHolder>, StoreError> {
        let query =
            sql("SELECT tenant_id, role FROM tokens WHERE digest = ? AND revoked_us IS NULL")
                .bind(digest.to_vec());
        let row: Option<(i64, i16)> = self.read().await?.fetch_optional(query).await?;
        row.map(|(tenant_id, code)| {
            let role = Role::from_code(code)
                .ok_or_else(|| StoreError::corrupt("tokens", "role", &"a token", &code))?;
            Ok(TokenHolder { tenant_id: TenantId(tenant_id), role })
        })
        .transpose()
    }

    /// Whether any token was ever made.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn has_tokens(&self) -> Result<bool, StoreError> {
        let row: Option<(i64,)> = self
            .read()
            .await?
            .fetch_optional(sql("SELECT CAST(count(*) AS BIGINT) FROM tokens"))
            .await?;
        Ok(row.unwrap_or_default().0 > 0)
    }
}
