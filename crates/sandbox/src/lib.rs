//! Whole networks from one seed, and the synthetic industry that loads them.
//!
//! Pure as far as [`industry`] goes: the seed and the plan decide every byte, so that a failure found once can be replayed.
//!
//! ```
//! use pangolin_sandbox::industry::{Plan, Verdict};
//!
//! let mut plan = Plan::demo();
//! plan.seed = 7;
//! let first = plan.history().unwrap().next().unwrap().unwrap();
//! assert_eq!(first.file_name(), "0001-acmegen-commission-26A000001.xml");
//! assert_eq!(first.expected.verdict, Verdict::Accepted);
//! assert!(first.bytes().unwrap().starts_with(b"<?xml"));
//! ```

pub mod industry;
