//! What may be asked of a chain for a walk.

use pangolin_ledger::{ChainId, Digest32, TimeMs, walk::local::Want};

use super::{d, group, object};

/// Everything that may be asked of a chain for a walk.
pub(crate) fn wants() -> [Want; 6] {
    [
        Want::Object(object("a")),
        Want::Left {
            to: ChainId(d(1)),
            seq: 3,
            digest: Digest32(d(2)),
            only: true,
        },
        Want::Filling {
            container: object("b"),
            epoch: 2,
            object: object("a"),
            digest: Some(Digest32(d(3))),
        },
        Want::Chain(ChainId(d(4))),
        Want::Status {
            object: object("a"),
            at: TimeMs(5),
        },
        Want::Group(group()),
    ]
}
