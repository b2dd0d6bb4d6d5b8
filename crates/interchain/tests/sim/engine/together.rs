//! The tasks of one carrier as one task of the runtime: which of them go on first is drawn from the seed, and does not depend on the order
//! in which they were woken. The channels between them wake whoever waits in an order of their own.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures::{future::BoxFuture, task::AtomicWaker};

use crate::dice::Dice;

/// Rounds after which somebody must have to wait.
const ROUNDS: usize = 10_000;

struct Flag {
    woken: AtomicBool,
    whole: Arc<AtomicWaker>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Relaxed);
        self.whole.wake();
    }
}

/// All tasks of a carrier.
pub(super) struct Together {
    parts: Vec<(BoxFuture<'static, ()>, Arc<Flag>)>,
    whole: Arc<AtomicWaker>,
    dice: Dice,
}

impl Together {
    pub(super) fn new(parts: Vec<BoxFuture<'static, ()>>, dice: Dice) -> Self {
        let whole = Arc::new(AtomicWaker::new());
        let flag = || Flag {
            woken: AtomicBool::new(true),
            whole: whole.clone(),
        };
        let parts = parts.into_iter().map(|part| (part, Arc::new(flag())));
        Self {
            parts: parts.collect(),
            whole: whole.clone(),
            dice,
        }
    }
}

impl Future for Together {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.whole.register(context.waker());
        for _ in 0..ROUNDS {
            let woken = |at: &usize| this.parts[*at].1.woken.load(Ordering::Relaxed);
            let mut ready: Vec<usize> = (0..this.parts.len()).filter(woken).collect();
            if ready.is_empty() {
                return Poll::Pending;
            }
            this.dice.shuffle(&mut ready);
            for at in ready {
                let (part, flag) = &mut this.parts[at];
                flag.woken.store(false, Ordering::Relaxed);
                let waker = Waker::from(flag.clone());
                let ended = part.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(ended.is_pending(), "a part of a relay ended");
            }
        }
        panic!("a carrier goes round and round");
    }
}
