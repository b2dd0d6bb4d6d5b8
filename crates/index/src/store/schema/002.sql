-- Company prefixes that EPC URNs have shown: where they end cannot be seen in other notations.
CREATE TABLE prefixes (
    prefix TEXT PRIMARY KEY
) WITHOUT ROWID;
