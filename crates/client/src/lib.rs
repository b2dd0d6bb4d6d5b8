//! Client of the HTTP interface of a node.
