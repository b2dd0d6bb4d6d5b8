//! sandbox of Pangolin.
