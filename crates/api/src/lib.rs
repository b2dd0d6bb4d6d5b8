//! api of Pangolin.
