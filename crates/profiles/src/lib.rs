//! profiles of Pangolin.
