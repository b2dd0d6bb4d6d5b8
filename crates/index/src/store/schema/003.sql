-- Chains that objects came from: what happened to them before is recorded there.
CREATE TABLE arrivals (
    object INTEGER NOT NULL,
    height INTEGER NOT NULL,
    chain BLOB NOT NULL,
    PRIMARY KEY (object, height)
) WITHOUT ROWID;
