//! gs1 of Pangolin.
