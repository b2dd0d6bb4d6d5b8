//! chain of Pangolin.
