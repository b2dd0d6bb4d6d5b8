//! Runs the carriers: the tasks of the real relay, in the time of the simulation, in an order drawn from its seed.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _};
use pangolin_interchain::Clock;

use crate::dice::Dice;

#[derive(Debug, Default)]
struct Waiting {
    now: Duration,
    number: u64,
    wakers: BTreeMap<(Duration, u64), Waker>,
}

/// The time of the simulation, as carriers know it.
#[derive(Debug, Default)]
pub(crate) struct Time(Mutex<Waiting>);

impl Time {
    /// When somebody is to be woken next.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.0.lock().unwrap().wakers.keys().next().map(|key| key.0)
    }

    /// It is so late: whoever waited until then is woken.
    pub(crate) fn reach(&self, now: Duration) {
        let woken: Vec<Waker> = {
            let mut waiting = self.0.lock().unwrap();
            waiting.now = now;
            let later = waiting.wakers.split_off(&(now, u64::MAX));
            std::mem::replace(&mut waiting.wakers, later)
                .into_values()
                .collect()
        };
        woken.into_iter().for_each(Waker::wake);
    }
}

/// How carriers take the time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch(pub(crate) Arc<Time>);

struct Sleep {
    time: Arc<Time>,
    until: Duration,
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let time = self.time.clone();
        let mut waiting = time.0.lock().unwrap();
        if waiting.now >= self.until {
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert_with(|| {
            waiting.number += 1;
            waiting.number
        });
        let waker = context.waker().clone();
        waiting.wakers.insert((self.until, number), waker);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let mut waiting = self.time.0.lock().unwrap();
            waiting.wakers.remove(&(self.until, number));
        }
    }
}

impl Clock for Watch {
    fn now(&self) -> Duration {
        self.0.0.lock().unwrap().now
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let until = self.now() + time;
        let time = self.0.clone();
        Sleep {
            time,
            until,
            number: None,
        }
        .boxed()
    }
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Task {
    /// Of which carrier it is.
    carrier: usize,
    work: BoxFuture<'static, ()>,
    flag: Arc<Flag>,
}

/// Rounds after which somebody must have to wait.
const ROUNDS: usize = 10_000;

/// The tasks of all carriers.
#[derive(Default)]
pub(crate) struct Errands {
    tasks: Vec<Task>,
}

impl Errands {
    pub(crate) fn begin(&mut self, carrier: usize, parts: Vec<BoxFuture<'static, ()>>) {
        for work in parts {
            let flag = Arc::new(Flag(AtomicBool::new(true)));
            self.tasks.push(Task {
                carrier,
                work,
                flag,
            });
        }
    }

    /// A carrier stops wherever it is.
    pub(crate) fn stop(&mut self, carrier: usize) {
        self.tasks.retain(|task| task.carrier != carrier);
    }

    /// Lets everybody go on who can.
    pub(crate) fn run(&mut self, dice: &mut Dice) {
        for round in 0.. {
            assert!(round < ROUNDS, "a carrier goes round and round");
            let ready = |task: &Task| task.flag.0.load(Ordering::Relaxed);
            let mut woken: Vec<usize> = (0..self.tasks.len())
                .filter(|at| ready(&self.tasks[*at]))
                .collect();
            if woken.is_empty() {
                return;
            }
            dice.shuffle(&mut woken);
            for at in woken {
                let task = &mut self.tasks[at];
                task.flag.0.store(false, Ordering::Relaxed);
                let waker = Waker::from(task.flag.clone());
                let ended = task.work.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(ended.is_pending(), "a part of a relay ended");
            }
        }
    }
}
