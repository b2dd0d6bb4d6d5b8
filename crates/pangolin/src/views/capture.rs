//! What became of a file.

use pangolin_client::{CaptureJob, Defect, JobProblem, ProblemReport};

use super::words::{count, time};

/// The first line about a job, and what is parked.
pub(crate) fn summary(file: &str, job: &CaptureJob) -> Vec<String> {
    let counts = &job.counts;
    let mut parts = vec![format!(
        "{} final",
        count(counts.captured, "event", "events")
    )];
    let more = [
        (counts.known, "known before"),
        (counts.parked, "waiting for a predecessor"),
        (counts.rejected, "refused"),
    ];
    parts.extend(
        more.iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} {what}")),
    );
    let verdict = match (job.success, counts.captured + counts.known + counts.parked) {
        (true, _) => "captured",
        (false, 0) => "NOT captured",
        (false, _) => "captured IN PART",
    };
    let mut lines = vec![format!("{file}: {verdict}: {}", parts.join(", "))];
    lines.extend(job.parked.iter().map(|event| {
        let until = event.deadline.as_deref().map(time).unwrap_or_default();
        format!(
            "  event {} waits for {} until {until}",
            event.event + 1,
            event.missing.as_deref().unwrap_or("its predecessor")
        )
    }));
    lines.extend(job.open_until.map(|until| {
        format!("  another validator may take what was refused, up to block {until}: look again before you state it in other words")
    }));
    lines
}

/// Everything that is wrong, each with its place, code and remedy: refusals and errors of events, then defects.
pub(crate) fn problems(errors: &[JobProblem], defects: &[Defect]) -> Vec<String> {
    let mut lines = Vec::new();
    for error in errors {
        let at = error
            .event
            .map(|event| format!("event {}", event + 1))
            .unwrap_or_default();
        if let Some(refusal) = &error.refusal {
            let place = [at.as_str(), refusal.place.as_str()];
            lines.push(line(
                "REFUSED",
                &refusal.code,
                &place,
                &format!("{}: {}", refusal.subject, refusal.message),
            ));
            lines.push(format!("    rule: {} ({})", refusal.rule, refusal.kernel));
            lines.push(format!("    do: {}", refusal.remedy));
        } else if !listed(error, &error.defects) && !listed(error, defects) {
            lines.push(line("ERROR", &error.code, &[at.as_str()], &error.detail));
            lines.push(format!("    do: {}", error.remedy));
        }
        lines.extend(error.defects.iter().flat_map(defect));
    }
    lines.extend(defects.iter().flat_map(defect));
    lines
}

/// Whether an error says again, and with less, what is among these defects.
fn listed(error: &JobProblem, defects: &[Defect]) -> bool {
    defects.iter().any(|found| {
        found.code == error.code
            && error
                .event
                .is_none_or(|event| found.event.is_some_and(|found| found as u64 == event))
    })
}

/// A document that was refused as a whole, before it became a job.
pub(crate) fn refused(file: &str, problem: &ProblemReport) -> Vec<String> {
    let place = problem.place.as_deref().unwrap_or_default();
    let mut lines = vec![format!("{file}: NOT captured")];
    // the defects say it again, with more
    if !problem
        .defects
        .iter()
        .any(|found| found.code == problem.code)
    {
        lines.push(line("REFUSED", &problem.code, &[place], &problem.detail));
        let remedy = problem.remedy.iter();
        lines.extend(remedy.map(|remedy| format!("    do: {remedy}")));
    }
    lines.extend(problem.defects.iter().flat_map(defect));
    lines
}

fn defect(defect: &Defect) -> [String; 2] {
    let event = defect
        .event
        .map(|event| format!("event {}", event + 1))
        .unwrap_or_default();
    let place = [event.as_str(), defect.place.as_str()];
    [
        line(&defect.severity, &defect.code, &place, &defect.message),
        format!("    do: {}", defect.remedy),
    ]
}

fn line(word: &str, code: &str, place: &[&str], message: &str) -> String {
    let place: Vec<&str> = place
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    let at = if place.is_empty() {
        String::new()
    } else {
        format!(" at {}", place.join(", "))
    };
    format!("  {word} [{code}]{at}: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(
        clippy::needless_pass_by_value,
        reason = "documents are written where they are used"
    )]
    fn job(value: serde_json::Value) -> CaptureJob {
        let mut whole = json!({
            "captureID": "1", "createdAt": "2026-01-05T13:00:00Z", "running": false,
            "success": true, "captureErrorBehaviour": "rollback",
        });
        let members = value.as_object().unwrap().clone();
        whole.as_object_mut().unwrap().extend(members);
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_summary_counts_what_there_is() {
        let done = job(json!({"counts": {"captured": 1, "known": 2}}));
        assert_eq!(
            summary("a.xml", &done),
            ["a.xml: captured: 1 event final, 2 known before"]
        );
        let parked = job(json!({
            "counts": {"parked": 1},
            "parked": [{"event": 0, "state": "parked", "missing": "the pack", "deadline": "2026-02-01T00:00:00Z"}],
        }));
        assert_eq!(
            summary("a.xml", &parked),
            [
                "a.xml: captured: 0 events final, 1 waiting for a predecessor",
                "  event 1 waits for the pack until 2026-02-01 00:00:00 UTC"
            ]
        );
        let open = job(json!({"success": false, "openUntil": 312, "counts": {"rejected": 1}}));
        assert_eq!(
            summary("a.xml", &open),
            [
                "a.xml: NOT captured: 0 events final, 1 refused",
                "  another validator may take what was refused, up to block 312: look again before you state it in other words"
            ]
        );
        let half = job(json!({"success": false, "counts": {"captured": 1, "rejected": 1}}));
        assert!(summary("a", &half)[0].starts_with("a: captured IN PART"));
        let none = job(json!({"success": false, "counts": {"rejected": 1}}));
        assert!(summary("a", &none)[0].starts_with("a: NOT captured"));
    }

    #[test]
    fn a_document_that_is_refused_as_a_whole_says_it_once() {
        let problem = |code: &str| ProblemReport {
            code: code.into(),
            detail: "it is wrong".into(),
            remedy: Some("mend it".into()),
            defects: vec![
                serde_json::from_value(json!({"code": "bad-time", "severity": "error",
                    "place": "12:4", "message": "no offset", "remedy": "add one"}))
                .unwrap(),
            ],
            ..ProblemReport::default()
        };
        assert_eq!(
            refused("a", &problem("bad-time")),
            [
                "a: NOT captured",
                "  error [bad-time] at 12:4: no offset",
                "    do: add one"
            ]
        );
        assert_eq!(refused("a", &problem("too-many-events")).len(), 5);
    }

    #[test]
    fn every_defect_has_place_code_and_remedy() {
        let found = job(json!({
            "errors": [
                {"code": "refused", "detail": "d", "remedy": "r", "event": 3, "refusal": {
                    "code": "on-recall", "rule": "orders", "kernel": "K9", "subject": "pack 1",
                    "place": "/epcList/0", "message": "order x is in force", "remedy": "return it"}},
                {"code": "interrupted", "detail": "it ended", "remedy": "send again"},
                {"code": "bad-time", "detail": "event 0: no offset", "remedy": "add one", "event": 0},
            ],
            "defects": [{"code": "bad-time", "severity": "error", "place": "12:4", "event": 0,
                "message": "no offset", "remedy": "add one"}],
        }));
        assert_eq!(
            problems(&found.errors, &found.defects),
            [
                "  REFUSED [on-recall] at event 4, /epcList/0: pack 1: order x is in force",
                "    rule: orders (K9)",
                "    do: return it",
                "  ERROR [interrupted]: it ended",
                "    do: send again",
                "  error [bad-time] at event 1, 12:4: no offset",
                "    do: add one",
            ]
        );
    }
}
