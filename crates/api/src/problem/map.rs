//! Errors of every part of the node as problems.
