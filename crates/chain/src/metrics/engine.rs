//! The engine's own measurements: put into the text format that the rest is in, and asked which peers are connected.
//!
//! The engine writes OpenMetrics, where a counter `x` has the sample `x_total`; in Prometheus' text format both are called
//! `x_total`. A reader of that format would otherwise take every counter for a number of unknown kind and without help.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The gauge with one series for each connected peer.
const CONNECTED: &str = "network_tracker_directory_connected{peer=\"";

/// How long an answer about connections is given again: writing all measurements costs milliseconds, and anybody may ask.
const FRESH: Duration = Duration::from_secs(1);

/// Rewrites OpenMetrics into Prometheus' text format, version 0.0.4.
pub(crate) fn classic(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut help: Option<(&str, &str)> = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ');
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or((rest, "untyped"));
            let (suffix, kind) = match kind {
                "counter" => ("_total", kind),
                "gauge" | "histogram" | "summary" => ("", kind),
                _ => ("", "untyped"),
            };
            if let Some((_, words)) = help.take().filter(|(of, _)| *of == name) {
                super::line(&mut out, format_args!("# HELP {name}{suffix} {words}"));
            }
            super::line(&mut out, format_args!("# TYPE {name}{suffix} {kind}"));
        } else if !line.starts_with('#') && !line.is_empty() {
            super::line(&mut out, format_args!("{line}"));
        }
    }
    out
}

/// Public keys, in hexadecimal, of the peers that a node's measurements show as connected.
fn connected(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix(CONNECTED)?.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// Tells which peers are connected.
pub struct Links {
    measurements: Arc<dyn Fn() -> String + Send + Sync>,
    last: Mutex<Option<(Instant, BTreeSet<String>)>>,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").finish_non_exhaustive()
    }
}

impl Links {
    /// Of a node with these [`measurements`](crate::node::Node::metrics).
    pub fn new(measurements: Arc<dyn Fn() -> String + Send + Sync>) -> Self {
        Self {
            measurements,
            last: Mutex::default(),
        }
    }

    /// Public keys of the connected peers, in hexadecimal, as of at most a second ago.
    pub fn connected(&self) -> BTreeSet<String> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, keys)) = last.as_ref()
            && at.elapsed() < FRESH
        {
            return keys.clone();
        }
        let keys = connected(&(self.measurements)());
        *last = Some((Instant::now(), keys.clone()));
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    const ENGINE: &str = "\
# HELP network_dials Attempts.
# TYPE network_dials counter
# UNIT network_dials attempts
network_dials_total 7
# HELP network_tracker_directory_connected Since when.
# TYPE network_tracker_directory_connected gauge
network_tracker_directory_connected{peer=\"aa\"} 17
network_tracker_directory_connected{peer=\"bb\"} 18
# HELP odd Of no kind.
# TYPE odd unknown
odd 1
# EOF
";

    #[test]
    fn a_counter_is_declared_under_the_name_of_its_samples() {
        assert_eq!(
            classic(ENGINE),
            "\
# HELP network_dials_total Attempts.
# TYPE network_dials_total counter
network_dials_total 7
# HELP network_tracker_directory_connected Since when.
# TYPE network_tracker_directory_connected gauge
network_tracker_directory_connected{peer=\"aa\"} 17
network_tracker_directory_connected{peer=\"bb\"} 18
# HELP odd Of no kind.
# TYPE odd untyped
odd 1
"
        );
    }

    #[test]
    fn help_of_another_name_is_not_taken() {
        assert_eq!(
            classic("# HELP a First.\n# TYPE b gauge\nb 1\n"),
            "# TYPE b gauge\nb 1\n"
        );
    }

    #[test]
    fn connected_peers_are_read_and_remembered_for_a_moment() {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = asked.clone();
        let links = Links::new(Arc::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            classic(ENGINE)
        }));
        for _ in 0..3 {
            assert_eq!(links.connected(), ["aa", "bb"].map(str::to_owned).into());
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
