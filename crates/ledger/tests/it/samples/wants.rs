//! What may be asked of a chain for a walk.

use pangolin_ledger::{
    ChainId, Digest32, EventId, Height, TimeMs,
    state::keys,
    walk::{
        local::{Came, Piece, Want},
        together::{Answer, Pieces, Records, Value},
    },
};

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

/// What is answered to several questions: with and without proof, something and nothing.
pub(crate) fn together() -> [Pieces; 2] {
    let piece = Piece {
        came: [(Digest32(d(1)), came(2)), (Digest32(d(3)), came(4))].into(),
        ..Piece::default()
    };
    let answers = vec![
        Answer::Has {
            piece,
            rests: [0, 1].into(),
        },
        Answer::not("not-on-this-chain", "it is not here"),
    ];
    let entries = [
        (keys::params(), Some(Value(vec![1, 2]))),
        (keys::wanted(), None),
    ];
    let told = Pieces {
        chain: ChainId(d(5)),
        records: Records::Told {
            height: Height(6),
            time: TimeMs(7),
            entries: entries.into(),
        },
        answers,
    };
    let proven = Pieces {
        records: Records::Proven { proof: vec![8, 9] },
        ..told.clone()
    };
    [told, proven]
}

fn came(event: u8) -> Came {
    Came::Event {
        event: EventId(d(event)),
        parents: vec![Digest32(d(event + 1))],
    }
}
