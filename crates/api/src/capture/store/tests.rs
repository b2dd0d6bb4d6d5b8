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
        assert!(store.start(job.no).unwrap());
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

/// Whoever listed the waiting jobs may come to one when it was worked off: what became of it stays, and its document is gone.
#[test]
fn a_job_is_begun_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = JobStore::open(&directory.path().join("jobs.sqlite")).unwrap();
    let id = JobId::random();
    store.create(id, &order("a"), &DOCUMENT, 5).unwrap();
    let listed = store.waiting(10).unwrap().remove(0);
    assert!(store.start(listed.no).unwrap());
    store.results(listed.no, &[rejected(1)]).unwrap();
    assert!(!store.start(listed.no).unwrap(), "it runs");
    store.finish(listed.no, 100).unwrap();
    let finished = store.job(&id).unwrap().unwrap();
    assert!(!store.start(listed.no).unwrap(), "it has finished");
    assert_eq!(store.job(&id).unwrap(), Some(finished));
    assert_eq!(store.page(listed.no, None, 0, 10).unwrap().len(), 1);
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

fn open(index: u64, tx: u8, until: u64) -> EventResult {
    let mut rejection = Rejection::new("x", "y", "z");
    rejection.open = Some(Open {
        tx: TxId([tx; 32]),
        until,
    });
    EventResult {
        index,
        id: Some(EventId([tx; 32])),
        state: EventState::Rejected(rejection),
    }
}

fn captured(index: u64, tx: u8) -> EventResult {
    let tx = TxId([tx; 32]);
    EventResult {
        index,
        id: Some(EventId(tx.0)),
        state: EventState::Captured { tx, height: 6 },
    }
}

#[test]
fn an_open_refusal_ends_once_and_for_all_its_events() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("jobs.sqlite");
    let store = JobStore::open(&path).unwrap();
    let [one, other] = ["a", "b"].map(|party| {
        store
            .create(JobId::random(), &order(party), &DOCUMENT, 5)
            .unwrap()
    });
    let results = [
        open(0, 1, 30),
        open(1, 1, 30),
        open(2, 2, 20),
        rejected(3),
        captured(4, 9),
    ];
    store.results(one.no, &results).unwrap();
    store.results(other.no, &[open(0, 1, 30)]).unwrap();
    drop(store);
    let store = JobStore::open(&path).unwrap();
    assert_eq!(store.page(one.no, None, 0, 10).unwrap(), results);
    let until = |job: &Job| store.job(&job.id).unwrap().unwrap().open_until;
    assert_eq!((until(&one), until(&other)), (Some(30), Some(30)));
    let refusal = |job: &Job, tx: u8, until| OpenRefusal {
        job: job.no,
        open: Open {
            tx: TxId([tx; 32]),
            until,
        },
    };
    let all = [
        refusal(&one, 2, 20),
        refusal(&one, 1, 30),
        refusal(&other, 1, 30),
    ];
    assert_eq!(store.open_refusals(9).unwrap(), all);
    assert_eq!(store.open_refusals(1).unwrap(), all[..1]);
    assert_eq!(store.refused(&all[1]).unwrap(), results[..2]);

    // one was taken: it captured one event of two; a result that came meanwhile stays
    store.results(one.no, &[captured(2, 8)]).unwrap();
    let done = [captured(0, 1), captured(2, 1)];
    assert_eq!(store.settle(&all[1], &done).unwrap(), Some(one.id));
    assert_eq!(store.settle(&all[0], &done[1..]).unwrap(), Some(one.id));
    let kept = store.page(one.no, None, 0, 10).unwrap();
    assert_eq!(kept[0], captured(0, 1));
    assert_eq!(kept[2], captured(2, 8));
    let EventState::Rejected(why) = &kept[1].state else {
        panic!("{:?}", kept[1]);
    };
    assert_eq!((&*why.code, why.open), ("x", None), "refused for good");
    let job = store.job(&one.id).unwrap().unwrap();
    assert_eq!((job.counts.captured, job.counts.rejected), (3, 2));
    assert_eq!(job.open_until, None);
    assert_eq!(store.open_refusals(9).unwrap(), all[2..]);

    // a job that is done again from its document, or is removed, has none
    store.forget_errors(other.no).unwrap();
    assert_eq!(store.open_refusals(9).unwrap(), []);
    assert_eq!(store.refused(&all[2]).unwrap(), []);
    store.finish(one.no, 7).unwrap();
    store.prune(8).unwrap();
    assert_eq!(store.settle(&all[1], &done).unwrap(), None);
    assert_eq!(store.page(one.no, None, 0, 10).unwrap(), []);
}
