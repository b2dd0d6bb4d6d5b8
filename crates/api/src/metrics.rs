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

/// Upper bounds of the buckets, in microseconds.
const BOUNDS_US: [u64; 14] = [
    250, 500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    5_000_000, 30_000_000,
];

/// A value that may rise and fall: name, explanation, number.
pub type Gauge = (&'static str, &'static str, String);

#[derive(Debug, Default)]
struct Series {
    buckets: [u64; BOUNDS_US.len()],
    count: u64,
    sum_us: u64,
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
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let series = routes.entry((method, route)).or_default();
        series.count += 1;
        series.sum_us = series.sum_us.saturating_add(us);
        *series.statuses.entry(status).or_default() += 1;
        if let Some(at) = BOUNDS_US.iter().position(|bound| us <= *bound) {
            series.buckets[at] += 1;
        }
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
            let mut sum = 0;
            for (bound, count) in BOUNDS_US.iter().zip(series.buckets) {
                sum += count;
                let _ = writeln!(
                    out,
                    "{name}_bucket{{{labels},le=\"{}\"}} {sum}",
                    seconds(*bound)
                );
            }
            let _ = writeln!(
                out,
                "{name}_bucket{{{labels},le=\"+Inf\"}} {}",
                series.count
            );
            let _ = writeln!(out, "{name}_sum{{{labels}}} {}", seconds(series.sum_us));
            let _ = writeln!(out, "{name}_count{{{labels}}} {}", series.count);
        }
    }
}

fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
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
            "pangolin_api_request_seconds_bucket{method=\"GET\",route=\"/status\",le=\"0.000500\"} 1",
            "pangolin_api_request_seconds_bucket{method=\"GET\",route=\"/status\",le=\"+Inf\"} 2",
            "pangolin_api_request_seconds_sum{method=\"GET\",route=\"/status\"} 60.000300",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
