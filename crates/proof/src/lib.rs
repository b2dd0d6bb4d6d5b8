//! proof of Pangolin.
