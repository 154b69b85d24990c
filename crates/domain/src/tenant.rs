//! Tenants, and the scope that every store function asks for before it touches tenant data.

/// A tenant's id. Tenant 1 is the one that every installation starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(pub i64);

impl TenantId {
    /// The tenant that every installation starts with.
    pub const DEFAULT: Self = Self(1);
}

/// The right to read and write one tenant's data.
///
/// The API makes it from the caller's credential and a worker from its job, never from a field
/// of a request body, so a query without a tenant cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantScope {
    tenant_id: TenantId,
}

impl TenantScope {
    /// The scope of a credential or of a job that belongs to `tenant_id`.
    #[must_use]
    pub const fn of(tenant_id: TenantId) -> Self {
        Self { tenant_id }
    }

    /// The tenant whose data may be touched.
    #[must_use]
    pub const fn tenant_id(self) -> TenantId {
        self.tenant_id
    }
}
