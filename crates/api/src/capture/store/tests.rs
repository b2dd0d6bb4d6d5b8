use pangolin_epcis::read::Mode;
use pangolin_ledger::id::{EventId, TxId};

use super::*;
use crate::capture::job::EventState;

fn order(party: &str) -> Order {
    Order {
        party: PartyId::new(party).unwrap(),
        behaviour: Some(Behaviour::Proceed),
        placement: Placement::Full,
        mode: Mode::Strict,
    }
}

const DOCUMENT: Document = Document {
    bytes: 7,
    sha256: [3; 32],
};

fn rejected(index: u64) -> EventResult {
    EventResult {
        index,
        id: None,
        state: EventState::Rejected(Rejection::new("x", "y", "z")),
    }
}

#[test]
fn jobs_survive_and_are_taken_up_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("jobs.sqlite");
    let id = JobId::random();
    {
        let store = JobStore::open(&path).unwrap();
        let job = store.create(id, &order("a"), &DOCUMENT, 5).unwrap();
        assert_eq!(store.job(&id).unwrap(), Some(job.clone()));
        store.start(job.no).unwrap();
        assert_eq!(store.waiting(10).unwrap(), []);
        store.results(job.no, &[rejected(1)]).unwrap();
    }
    let store = JobStore::open(&path).unwrap();
    let job = store.waiting(10).unwrap().remove(0);
    assert_eq!(
        (job.id, job.order, job.counts.rejected),
        (id, order("a"), 1)
    );
    assert!(store.needs_document(&id).unwrap());
    store.finish(job.no, 100).unwrap();
    assert!(!store.needs_document(&id).unwrap());
    assert_eq!(store.prune(100).unwrap(), 0);
    assert_eq!(store.prune(101).unwrap(), 1);
    assert_eq!(store.job(&id).unwrap(), None);
    assert_eq!(store.page(job.no, None, 0, 10).unwrap(), []);
}

#[test]
fn results_are_counted_once_and_paged() {
    let directory = tempfile::tempdir().unwrap();
    let store = JobStore::open(&directory.path().join("jobs.sqlite")).unwrap();
    let job = store
        .create(JobId::random(), &order("a"), &DOCUMENT, 5)
        .unwrap();
    let tx = TxId([9; 32]);
    let parked = EventState::Parked {
        tx,
        height: 4,
        missing: "pack".into(),
        deadline_ms: 77,
    };
    let results = [
        EventResult {
            index: 0,
            id: Some(EventId([1; 32])),
            state: EventState::Captured { tx, height: 4 },
        },
        EventResult {
            index: 1,
            id: Some(EventId([2; 32])),
            state: EventState::Known { height: 2 },
        },
        EventResult {
            index: 2,
            id: Some(EventId([3; 32])),
            state: parked,
        },
        rejected(3),
    ];
    store.results(job.no, &results).unwrap();
    store.results(job.no, &results).unwrap();
    assert_eq!(store.page(job.no, None, 0, 10).unwrap(), results);
    assert_eq!(store.page(job.no, None, 1, 2).unwrap(), results[1..3]);
    assert_eq!(
        store.page(job.no, Some(Only::Rejected), 0, 10).unwrap(),
        results[3..]
    );
    assert_eq!(store.done(job.no).unwrap(), [0, 1, 2]);
    let mut later = results[2].clone();
    later.state = EventState::Captured { tx, height: 9 };
    store.results(job.no, &[later]).unwrap();
    store
        .failures(job.no, &[*Rejection::new("a", "b", "c")])
        .unwrap();
    let counts = store.job(&job.id).unwrap().unwrap().counts;
    assert_eq!(
        counts,
        Counts {
            captured: 2,
            known: 1,
            parked: 0,
            rejected: 1,
            document: 1
        }
    );
    assert_eq!(
        store.failures_of(job.no, 5).unwrap(),
        [*Rejection::new("a", "b", "c")]
    );
    store.forget_errors(job.no).unwrap();
    let counts = store.job(&job.id).unwrap().unwrap().counts;
    assert!(counts.is_success() && store.done(job.no).unwrap().len() == 3);
}

#[test]
fn lists_are_of_one_party_latest_first() {
    let directory = tempfile::tempdir().unwrap();
    let store = JobStore::open(&directory.path().join("jobs.sqlite")).unwrap();
    let jobs: Vec<Job> = ["a", "b", "a"]
        .iter()
        .map(|party| {
            store
                .create(JobId::random(), &order(party), &DOCUMENT, 5)
                .unwrap()
        })
        .collect();
    let a = PartyId::new("a").unwrap();
    let listed = store.jobs(Some(&a), None, 10).unwrap();
    assert_eq!(listed, [jobs[2].clone(), jobs[0].clone()]);
    assert_eq!(
        store.jobs(None, Some(jobs[2].no), 1).unwrap(),
        [jobs[1].clone()]
    );
    assert_eq!(store.open_jobs(&a).unwrap(), 2);
}
