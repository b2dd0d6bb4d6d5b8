//! The test runner's own counts, and the lines that say why something failed, found in its output.

/// Lines quoted for a step that failed.
pub(crate) const REASONS_MAX: usize = 60;

/// The lines in which a test runner says how many tests ran.
///
/// `cargo nextest` says it once; `cargo test` once for each test program, so their sum follows in the same form.
pub(crate) fn counts(lines: &[String]) -> Vec<String> {
    if let Some(summary) = lines
        .iter()
        .rfind(|line| line.trim_start().starts_with("Summary ["))
    {
        return vec![summary.trim().to_owned()];
    }
    let results: Vec<Count> = lines.iter().filter_map(|line| Count::read(line)).collect();
    if results.is_empty() {
        return Vec::new();
    }
    let mut sum = Count::default();
    for count in &results {
        sum.passed += count.passed;
        sum.failed += count.failed;
        sum.ignored += count.ignored;
    }
    vec![format!(
        "test result: {}. {} passed; {} failed; {} ignored; {} test programs",
        if sum.failed == 0 { "ok" } else { "FAILED" },
        sum.passed,
        sum.failed,
        sum.ignored,
        results.len(),
    )]
}

/// The lines that say why a step failed; its last lines if none looks like a reason.
pub(crate) fn reasons(lines: &[String]) -> Vec<&str> {
    let mut reasons = Vec::new();
    let mut follow = 0_usize;
    for line in lines {
        let text = line.trim_start();
        let starts = [
            "error",
            "FAIL [",
            "SIGKILL [",
            "SIGABRT [",
            "SIGSEGV [",
            "TIMEOUT [",
            "Diff in",
        ];
        if starts.iter().any(|start| text.starts_with(start)) {
            follow = 4;
        } else if text.contains("panicked at") {
            follow = 6;
        } else if text.starts_with("test ") && text.ends_with("FAILED") {
            follow = 1;
        }
        if follow > 0 {
            follow -= 1;
            if !text.is_empty() && !reasons.contains(&line.as_str()) {
                reasons.push(line.as_str());
            }
        }
    }
    if reasons.is_empty() {
        reasons = lines
            .iter()
            .rev()
            .take(REASONS_MAX / 2)
            .rev()
            .map(String::as_str)
            .collect();
    }
    reasons.truncate(REASONS_MAX);
    reasons
}

#[derive(Default)]
struct Count {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Count {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
    fn read(line: &str) -> Option<Self> {
        let (_, counts) = line
            .trim()
            .strip_prefix("test result: ")?
            .split_once(". ")?;
        let mut count = Self::default();
        for part in counts.split(';') {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse() else { continue };
            match what {
                "passed" => count.passed = number,
                "failed" => count.failed = number,
                "ignored" => count.ignored = number,
                _ => {}
            }
        }
        Some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn nextest_counts_are_quoted() {
        let output = lines(
            "  PASS [ 0.1s] a b\n     Summary [   0.2s] 45 tests run: 45 passed, 2 skipped\n",
        );
        assert_eq!(
            counts(&output),
            ["Summary [   0.2s] 45 tests run: 45 passed, 2 skipped"]
        );
    }

    #[test]
    fn cargo_test_counts_are_added() {
        let output = lines(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             noise\n\
             test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
        );
        let sum = "test result: FAILED. 7 passed; 2 failed; 1 ignored; 2 test programs";
        assert_eq!(counts(&output), [sum]);
    }

    #[test]
    fn no_counts_are_invented() {
        assert!(counts(&lines("error: could not compile `x`")).is_empty());
    }

    #[test]
    fn reasons_are_the_errors_and_what_follows_them() {
        let output = lines(
            "   Compiling x\nerror[E0308]: mismatched types\n --> src/a.rs:1:1\nfine\n\n\nlater",
        );
        assert_eq!(
            reasons(&output)[..2],
            ["error[E0308]: mismatched types", " --> src/a.rs:1:1"]
        );
        assert_eq!(reasons(&lines("one\ntwo")), ["one", "two"]);
    }
}
