//! epcis of Pangolin.
