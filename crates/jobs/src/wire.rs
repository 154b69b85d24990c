//! How the domain's ids and times are written in a payload: as plain numbers.

#![expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    reason = "serde prescribes the signatures"
)]

use noctule_domain::{AnomalyId, LogId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) mod log_id {
    use super::{Deserialize, Deserializer, LogId, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(id: &LogId, to: S) -> Result<S::Ok, S::Error> {
        id.0.serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<LogId, D::Error> {
        i64::deserialize(from).map(LogId)
    }
}

pub(crate) mod log_ids {
    use super::{Deserialize, Deserializer, LogId, Serializer};

    pub(crate) fn serialize<S: Serializer>(ids: &[LogId], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(ids.iter().map(|id| id.0))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<LogId>, D::Error> {
        Ok(Vec::<i64>::deserialize(from)?.into_iter().map(LogId).collect())
    }
}

pub(crate) mod optional_timestamp {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp};

    pub(crate) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(Timestamp::as_micros).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<i64>::deserialize(from)?.map(Timestamp::from_micros))
    }
}

pub(crate) mod anomaly_id {
    use super::{AnomalyId, Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(id: &AnomalyId, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<AnomalyId, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(AnomalyId).map_err(serde::de::Error::custom)
    }
}
