//! index of Pangolin.
