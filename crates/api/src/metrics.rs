//! Counters and histograms of the interface, in Prometheus' text format.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pangolin_chain::metrics::Durations;

/// A value that may rise and fall: name, explanation, number.
pub type Gauge = (&'static str, &'static str, String);

#[derive(Debug, Default)]
struct Series {
    took: Durations,
    statuses: BTreeMap<u16, u64>,
}

/// The metrics. Series are named by route, of which there is a fixed number.
#[derive(Debug, Default)]
pub struct Metrics {
    routes: Mutex<BTreeMap<(&'static str, &'static str), Series>>,
    panics: AtomicU64,
    connections: AtomicU64,
}

impl Metrics {
    /// Counts an answered request.
    pub fn request(&self, method: &'static str, route: &'static str, status: u16, took: Duration) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let series = routes.entry((method, route)).or_default();
        series.took.add(took);
        *series.statuses.entry(status).or_default() += 1;
    }

    /// Counts a handler that panicked.
    pub fn panic(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection.
    pub fn connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Everything as text. `gauges` are further values.
    pub fn text(&self, gauges: &[Gauge]) -> String {
        let mut out = String::new();
        for (name, help, value) in gauges {
            // writing to a string does not fail
            let _ = writeln!(
                out,
                "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
            );
        }
        for (name, help, value) in [
            (
                "pangolin_api_panics_total",
                "Handlers that panicked.",
                &self.panics,
            ),
            (
                "pangolin_api_connections_total",
                "Connections accepted.",
                &self.connections,
            ),
        ] {
            let value = value.load(Ordering::Relaxed);
            let _ = writeln!(
                out,
                "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}"
            );
        }
        self.series(&mut out);
        out
    }

    fn series(&self, out: &mut String) {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let name = "pangolin_api_requests_total";
        let _ = writeln!(
            out,
            "# HELP {name} Requests answered.\n# TYPE {name} counter"
        );
        for ((method, route), series) in routes.iter() {
            for (status, count) in &series.statuses {
                let _ = writeln!(
                    out,
                    "{name}{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
                );
            }
        }
        let name = "pangolin_api_request_seconds";
        let _ = writeln!(
            out,
            "# HELP {name} Time to answer.\n# TYPE {name} histogram"
        );
        for ((method, route), series) in routes.iter() {
            let labels = format!("method=\"{method}\",route=\"{route}\"");
            series.took.series(out, name, &labels);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_and_time() {
        let metrics = Metrics::default();
        metrics.request("GET", "/status", 200, Duration::from_micros(300));
        metrics.request("GET", "/status", 503, Duration::from_mins(1));
        let text = metrics.text(&[("pangolin_height", "Height.", 7.to_string())]);
        for line in [
            "pangolin_height 7",
            "pangolin_api_requests_total{method=\"GET\",route=\"/status\",status=\"503\"} 1",
            "pangolin_api_request_seconds_bucket{method=\"GET\",route=\"/status\",le=\"0.0005\"} 1",
            "pangolin_api_request_seconds_bucket{method=\"GET\",route=\"/status\",le=\"+Inf\"} 2",
            "pangolin_api_request_seconds_sum{method=\"GET\",route=\"/status\"} 60.0003",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
