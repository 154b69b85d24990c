//! One scenario, two fleets.

use noctule_tests::{Fleet, FleetOptions, Shape};

/// Makes two tests of each function that takes a whole fleet: one on `noctule up` with SQLite,
/// one on eight processes with Postgres and Redis.
macro_rules! on_both_fleets {
    ($($scenario:ident),+ $(,)?) => {
        mod embedded {
            $(#[test] fn $scenario() {
                super::$scenario(&mut crate::shapes::start(noctule_tests::Shape::Embedded));
            })+
        }
        mod distributed {
            $(#[test] fn $scenario() {
                super::$scenario(&mut crate::shapes::start(noctule_tests::Shape::Distributed));
            })+
        }
    };
}

pub(crate) use on_both_fleets;

/// A whole fleet with a mail server, without the model.
pub(crate) fn start(shape: Shape) -> Fleet {
    Fleet::start(FleetOptions { has_mail: true, ..FleetOptions::new(shape) }).unwrap()
}
