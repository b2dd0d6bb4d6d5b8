CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- The key that page tokens are sealed with.
INSERT INTO meta (name, value) VALUES ('token-key', randomblob(32));

CREATE TABLE blocks (
    height      INTEGER PRIMARY KEY,
    time        INTEGER NOT NULL,           -- ms since 1970
    digest      BLOB    NOT NULL,
    first_event INTEGER NOT NULL            -- number that its first event has, or would have
);
CREATE INDEX blocks_time ON blocks (time);

CREATE TABLE transactions (
    no     INTEGER PRIMARY KEY,
    height INTEGER NOT NULL,
    place  INTEGER NOT NULL,                -- among the transactions of the block
    id8    INTEGER NOT NULL,                -- first 8 bytes of its identity
    id     BLOB    NOT NULL,
    body   INTEGER NOT NULL,                -- 0 events, 1 order, 2 governance, 3 correction
    issuer INTEGER NOT NULL                 -- parties.id
);
CREATE INDEX transactions_id ON transactions (id8);

CREATE TABLE events (
    no          INTEGER PRIMARY KEY,
    height      INTEGER NOT NULL,
    tx          INTEGER NOT NULL,           -- transactions.no
    place       INTEGER NOT NULL,           -- among the events of the transaction
    time        INTEGER NOT NULL,           -- ns since 1970
    hash8       INTEGER NOT NULL,           -- first 8 bytes of the event hash
    hash        BLOB    NOT NULL,
    kind        INTEGER NOT NULL,
    action      INTEGER NOT NULL,
    profile     INTEGER NOT NULL,           -- profile << 16 | version
    step        INTEGER NOT NULL,           -- code of the profile
    disposition INTEGER,                    -- code of the profile
    issuer      INTEGER NOT NULL,           -- parties.id
    source      INTEGER,                    -- parties.id
    destination INTEGER,                    -- parties.id
    state       INTEGER NOT NULL,           -- 0 applied, 1 parked, 2 lapsed, 3 rejected, 4 declaration of error
    applied     INTEGER,                    -- in which order it took effect
    flags       INTEGER NOT NULL,           -- 1 declared in error, 2 full event unreadable, 4 has an identifier of its own
    does        INTEGER NOT NULL,           -- what it means for objects, as bits
    parent      INTEGER,                    -- objects.id
    about       INTEGER,                    -- events.no: of a declaration, the event in error
    corrects    BLOB                        -- hash of the event that it corrects
);
CREATE INDEX events_time ON events (time);
CREATE INDEX events_hash ON events (hash8);

CREATE TABLE bodies (
    event   INTEGER PRIMARY KEY,            -- events.no
    lists   BLOB    NOT NULL,               -- objects by role, as runs of numbers
    kind    INTEGER NOT NULL,               -- 0 full, 1 committed, 2 pointer
    payload BLOB    NOT NULL,               -- full: as carried; committed: digest; pointer: digest and URI
    reduced BLOB                            -- the reduced event, unless the payload is full
);

CREATE TABLE declarations (
    event       INTEGER PRIMARY KEY,        -- events.no of the declaration
    time        INTEGER NOT NULL,           -- ms since 1970
    reason      INTEGER NOT NULL,           -- code of the profile
    note        TEXT    NOT NULL,
    correctives BLOB    NOT NULL            -- hashes, 32 bytes each
);

CREATE TABLE objects (
    id      INTEGER PRIMARY KEY,
    key     BLOB    NOT NULL UNIQUE,
    status  INTEGER NOT NULL,               -- 0 unknown, 1 live, 2 ended, 3 voided, 4 away
    reason  INTEGER NOT NULL,               -- why it ended: code of the profile
    holder  INTEGER NOT NULL,               -- 0 nobody, party << 1, container << 1 | 1
    filling INTEGER NOT NULL,               -- filling of the container that it went into
    pending INTEGER NOT NULL,               -- party that it was offered to, or 0
    giver   INTEGER NOT NULL,               -- party that it came from, or 0
    lot     INTEGER NOT NULL,               -- groups.id, or 0
    flags   INTEGER NOT NULL,
    epoch   INTEGER NOT NULL,               -- how often it was emptied as a whole
    origin  INTEGER NOT NULL                -- events.no of its creation, or 0
);

CREATE TABLE postings (
    bucket INTEGER NOT NULL,                -- objects.id >> 6
    at     INTEGER NOT NULL,                -- events.no << 3 | role
    bits   INTEGER NOT NULL,
    PRIMARY KEY (bucket, at)
) WITHOUT ROWID;

CREATE TABLE terms (
    id    INTEGER PRIMARY KEY,
    kind  INTEGER NOT NULL,
    value TEXT    NOT NULL,
    n     INTEGER NOT NULL,                 -- events that have it
    UNIQUE (kind, value)
);

CREATE TABLE term_events (
    term   INTEGER NOT NULL,
    bucket INTEGER NOT NULL,                -- events.no >> 6
    bits   INTEGER NOT NULL,
    PRIMARY KEY (term, bucket)
) WITHOUT ROWID;

CREATE TABLE groups (
    id    INTEGER PRIMARY KEY,
    key   BLOB    NOT NULL UNIQUE,
    made  INTEGER NOT NULL,                 -- objects created in it
    event INTEGER NOT NULL                  -- events.no of its first mention
);

CREATE TABLE group_objects (
    lot    INTEGER NOT NULL,
    bucket INTEGER NOT NULL,                -- objects.id >> 6
    bits   INTEGER NOT NULL,
    PRIMARY KEY (lot, bucket)
) WITHOUT ROWID;

-- Which groups were made of which by transformations.
CREATE TABLE lineage (
    origin INTEGER NOT NULL,                -- groups.id
    lot    INTEGER NOT NULL,                -- groups.id
    PRIMARY KEY (origin, lot)
) WITHOUT ROWID;
CREATE INDEX lineage_lot ON lineage (lot);

CREATE TABLE parties (
    id        INTEGER PRIMARY KEY,
    key       BLOB    NOT NULL UNIQUE,
    name      TEXT    NOT NULL,
    admitted  INTEGER,                      -- height
    suspended INTEGER                       -- ms since 1970
);

CREATE TABLE releases (
    container INTEGER NOT NULL,
    epoch     INTEGER NOT NULL,
    party     INTEGER NOT NULL,
    event     INTEGER NOT NULL,
    held      INTEGER NOT NULL,             -- 1: it was held back, and so is what came out
    PRIMARY KEY (container, epoch)
) WITHOUT ROWID;

CREATE TABLE balances (
    stock  BLOB    NOT NULL,                -- class or group, as the ledger encodes it
    holder BLOB    NOT NULL,                -- as the ledger encodes it
    amount INTEGER NOT NULL,                -- thousandths
    PRIMARY KEY (stock, holder)
) WITHOUT ROWID;
CREATE INDEX balances_holder ON balances (holder);

CREATE TABLE orders (
    no          INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE,
    kind        INTEGER NOT NULL,           -- 0 hold, 1 recall
    scope       BLOB    NOT NULL,           -- as the ledger encodes it
    issuer      INTEGER NOT NULL,
    reason      INTEGER NOT NULL,
    legal_basis TEXT    NOT NULL,
    expires     INTEGER,                    -- ms since 1970
    officers    INTEGER NOT NULL,
    signed      INTEGER NOT NULL,
    document    BLOB,
    profile     INTEGER NOT NULL,
    state       INTEGER NOT NULL,           -- 0 pending, 1 active, 2 released, 3 expired
    issued      INTEGER NOT NULL,           -- height
    changed     INTEGER NOT NULL            -- height
);
CREATE INDEX orders_scope ON orders (scope);
CREATE INDEX orders_state ON orders (state);

CREATE TABLE exemptions (
    "order" INTEGER NOT NULL,               -- orders.no
    object  INTEGER NOT NULL,
    height  INTEGER NOT NULL,
    PRIMARY KEY ("order", object)
) WITHOUT ROWID;

CREATE TABLE parked (
    event    INTEGER PRIMARY KEY,           -- events.no
    state    INTEGER NOT NULL,              -- 0 waiting, 1 applied, 2 lapsed, 3 rejected
    missing  BLOB    NOT NULL,              -- as the ledger encodes it
    deadline INTEGER NOT NULL,              -- ms since 1970
    code     TEXT    NOT NULL,              -- of the refusal that it would have been, or was
    class    INTEGER NOT NULL,
    closed   INTEGER,                       -- height
    reduced  BLOB                           -- the reduced event, while it waits
);
CREATE INDEX parked_state ON parked (state, deadline);

CREATE TABLE handovers (
    event   INTEGER PRIMARY KEY,            -- events.no of the offer
    state   INTEGER NOT NULL,               -- 1 complete, 2 overdue
    open    INTEGER NOT NULL,               -- objects still under way
    changed INTEGER NOT NULL                -- height
);

CREATE TABLE places (
    place  TEXT NOT NULL,
    parent TEXT NOT NULL,
    PRIMARY KEY (parent, place)
) WITHOUT ROWID;

CREATE TABLE alerts (
    no     INTEGER PRIMARY KEY,
    height INTEGER NOT NULL,
    time   INTEGER NOT NULL,                -- ms since 1970
    code   TEXT    NOT NULL,
    event  INTEGER,                         -- events.no
    object INTEGER,                         -- objects.id
    detail TEXT    NOT NULL
);
