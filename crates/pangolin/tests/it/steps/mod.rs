//! Steps of the test of a whole network.

pub(crate) mod capture;
pub(crate) mod certificates;
pub(crate) mod credentials;
pub(crate) mod measures;
pub(crate) mod orders;
pub(crate) mod processes;
pub(crate) mod reading;
pub(crate) mod tls;
