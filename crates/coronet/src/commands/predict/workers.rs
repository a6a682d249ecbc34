//! Sources shared out among threads, outcomes in the order of the sources.
//!
//! Each thread reads, preprocesses and scores a share by itself, so that none waits for another:
//! while one reads a file, others compute.

use super::inputs::Source;
use super::scorer::{Outcome, Scorer};
use crate::interrupt;
use anyhow::Result;
use coronet_formats::ReadOptions;
use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Most sources of a share; a thread computes faster over several records than over one.
const SHARE: usize = 16;

/// Sources for each thread below which all threads work at the same records.
const FEW: usize = 4;

/// Shares for each thread that may be finished before one that is still being worked at.
const AHEAD: usize = 4;

/// Scores all sources; `done` takes the outcomes of some sources and their number.
///
/// # Errors
///
/// Those of `done`, which end the work. The work also ends where the user asks for it.
pub(super) fn score(
    sources: &[Source],
    scorer: &Scorer,
    options: &ReadOptions,
    mut done: impl FnMut(Vec<Outcome>, usize) -> Result<()>,
) -> Result<()> {
    let threads = rayon::current_num_threads();
    if scorer.is_on_cpu() && threads > 1 && sources.len() >= FEW * threads {
        return apart(sources, scorer, options, threads, done);
    }
    for share in sources.chunks(SHARE * threads.min(2)) {
        if interrupt::asked() {
            break;
        }
        done(scorer.outcomes(share, options), share.len())?;
    }
    Ok(())
}

fn apart(
    sources: &[Source],
    scorer: &Scorer,
    options: &ReadOptions,
    threads: usize,
    mut done: impl FnMut(Vec<Outcome>, usize) -> Result<()>,
) -> Result<()> {
    let pool = || rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pools = (0..threads)
        .map(|_| pool())
        .collect::<Result<Vec<_>, _>>()?;
    let queue = Queue::new(sources, threads);
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        for pool in pools {
            let (sender, queue) = (sender.clone(), &queue);
            scope.spawn(move || {
                let _ends = EndOnPanic(queue);
                pool.install(|| queue.work(scorer, options, &sender));
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (number, outcomes, sources) in receiver {
            early.insert(number, (outcomes, sources));
            while let Some((outcomes, sources)) = early.remove(&due) {
                if let Err(error) = done(outcomes, sources) {
                    queue.end();
                    return Err(error);
                }
                due += 1;
                queue.passed_on(due);
            }
        }
        Ok(())
    })
}

/// A share by its number: its outcomes, and how many sources it had.
type Finished = (usize, Vec<Outcome>, usize);

/// Sources that wait for a thread.
struct Queue<'a> {
    sources: &'a [Source],
    threads: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The first source that no thread has.
    next: usize,
    /// Shares that threads have taken.
    taken: usize,
    /// Shares whose outcomes were passed on, in order.
    passed_on: usize,
    ended: bool,
}

impl<'a> Queue<'a> {
    fn new(sources: &'a [Source], threads: usize) -> Queue<'a> {
        Queue {
            sources,
            threads,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Works at shares until none is left.
    fn work(&self, scorer: &Scorer, options: &ReadOptions, finished: &Sender<Finished>) {
        while let Some((number, share)) = self.take() {
            let outcomes = scorer.outcomes(share, options);
            if finished.send((number, outcomes, share.len())).is_err() {
                return;
            }
        }
    }

    /// The next share; smaller ones towards the end, so that all threads end together.
    fn take(&self) -> Option<(usize, &'a [Source])> {
        let mut state = self.lock();
        while !state.ended && state.taken >= state.passed_on + AHEAD * self.threads {
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        let rest = &self.sources[state.next..];
        if state.ended || rest.is_empty() || interrupt::asked() {
            return None;
        }
        let share = &rest[..(rest.len() / (2 * self.threads)).clamp(1, SHARE)];
        let number = state.taken;
        state.next += share.len();
        state.taken += 1;
        Some((number, share))
    }

    fn passed_on(&self, shares: usize) {
        self.lock().passed_on = shares;
        self.changed.notify_all();
    }

    fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the other threads end where one panics, so that the panic is passed on.
struct EndOnPanic<'a>(&'a Queue<'a>);

impl Drop for EndOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.end();
        }
    }
}
