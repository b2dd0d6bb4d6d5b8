//! client of Pangolin.
