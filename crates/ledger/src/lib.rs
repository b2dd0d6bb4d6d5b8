//! ledger of Pangolin.
