//! Threads that stay together for a whole pass.
//!
//! A pass is hundreds of jobs of a tenth of a millisecond to a few, and waking the threads of
//! a pool for each costs as much as the shorter ones take. So they are gathered once: one
//! leads and opens a job after the other, the others take tasks of whatever job is open. The
//! leader takes tasks too, and waits only for those that somebody has taken: a thread that
//! comes late, or never, holds nobody up.

use crate::strip::Team;
use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Looks for a task before a thread lets others have its core.
const PATIENCE: u32 = 256;

thread_local! {
    /// The crew that this thread leads, where it is not busy with a task itself.
    static LED: Cell<*const Crew> = const { Cell::new(std::ptr::null()) };
}

/// Runs `work` on the calling thread, whose jobs are shared with the threads of the current
/// rayon pool: those that are free stay with it until it returns.
///
/// Within, every function of this crate shares its work out in this way. Calls may be nested.
pub fn together<R>(work: impl FnOnce() -> R) -> R {
    if !LED.get().is_null() {
        return work();
    }
    Crew::gather(|crew| {
        LED.set(crew);
        let _led = OnDrop(|| LED.set(std::ptr::null()));
        work()
    })
}

/// Runs `work` for every `len` elements of `data` with their number, the last of which may be
/// fewer, on all threads.
///
/// # Panics
///
/// If `len` is zero.
pub fn each_chunk(data: &mut [f32], len: usize, work: impl Fn(usize, &mut [f32]) + Sync + Send) {
    Team::Joint.each_chunk(data, len, work);
}

/// Runs `work` for every task on the crew that this thread leads; whether it leads one.
pub(crate) fn each(tasks: usize, work: &Work<'_>) -> bool {
    let led = LED.replace(std::ptr::null());
    let _back = OnDrop(|| LED.set(led));
    // SAFETY: `together` keeps the crew for as long as its thread points to it.
    let crew = unsafe { led.as_ref() };
    if let Some(crew) = crew {
        let group = tasks.div_ceil(GROUPS * crew.threads).max(1);
        crew.each(tasks.div_ceil(group), &|number| {
            let end = tasks.min((number + 1) * group);
            (number * group..end).for_each(work);
        });
    }
    crew.is_some()
}

/// Tasks that small ones are put together to, for each thread.
const GROUPS: usize = 32;

/// What is done for each task of a job.
type Work<'a> = dyn Fn(usize) + Sync + 'a;

/// The jobs of one leader.
struct Crew {
    /// An [`Open`], packed.
    open: AtomicU64,
    /// What to do for each task; read by who has taken one.
    work: UnsafeCell<*const Work<'static>>,
    /// Tasks of the open job that are done.
    done: AtomicUsize,
    over: AtomicBool,
    threads: usize,
}

// SAFETY: `work` is written by the leader alone, while no task is open or taken; what it
// points to may be called by any thread.
unsafe impl Sync for Crew {}

/// Tasks of a job that nobody has taken, `low..high`.
#[derive(Clone, Copy)]
struct Open {
    /// Number of the job: tasks of different jobs are never taken for each other.
    job: u64,
    low: u64,
    high: u64,
}

/// Bits of a task's number.
const BITS: u32 = 20;

/// Which end of the open tasks a thread takes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Front,
    Back,
}

impl Open {
    fn of(word: u64) -> Open {
        let mask = (1 << BITS) - 1;
        Open {
            job: word >> (2 * BITS),
            low: word >> BITS & mask,
            high: word & mask,
        }
    }

    fn word(self) -> u64 {
        self.job << (2 * BITS) | self.low << BITS | self.high
    }
}

impl Crew {
    /// Gathers the threads of the current rayon pool for as long as `lead` runs, on the
    /// calling thread.
    fn gather<R>(lead: impl FnOnce(&Crew) -> R) -> R {
        let crew = Crew {
            open: AtomicU64::new(0),
            work: UnsafeCell::new(std::ptr::from_ref::<Work<'static>>(&|_| ())),
            done: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            threads: rayon::current_num_threads(),
        };
        rayon::in_place_scope(|scope| {
            let _over = OnDrop(|| crew.over.store(true, Ordering::Release));
            (1..crew.threads).for_each(|_| scope.spawn(|_| crew.help()));
            lead(&crew)
        })
    }

    /// Runs `work` for every task; for the leader alone, and not from within work.
    ///
    /// The leader takes tasks from the front and helpers from the back, so that what a
    /// thread reads is mostly what it wrote in the job before.
    fn each(&self, tasks: usize, work: &Work<'_>) {
        let before = Open::of(self.open.load(Ordering::Relaxed));
        let idle = before.low == before.high;
        assert!(idle && tasks < 1 << BITS, "this is a bug");
        // SAFETY: lifetimes aside the types are the same. Only who has taken a task reads the
        // work, and this function returns (or unwinds) after all of them are done.
        unsafe {
            *self.work.get() = std::mem::transmute::<*const Work<'_>, *const Work<'static>>(work)
        };
        self.done.store(0, Ordering::Relaxed);
        let job = Open {
            job: before.job + 1,
            low: 0,
            high: tasks as u64,
        };
        self.open.store(job.word(), Ordering::Release);
        // Runs also where a task of the leader panics: the work must outlive who does it.
        let _ended = OnDrop(|| self.end(tasks));
        while self.take(End::Front) {}
    }

    /// Ends the open job of `tasks` tasks: nobody takes another one, and those taken are done.
    fn end(&self, tasks: usize) {
        let left = Open::of(self.open.load(Ordering::Relaxed));
        let empty = Open {
            low: 0,
            high: 0,
            ..left
        };
        let left = Open::of(self.open.swap(empty.word(), Ordering::Relaxed));
        let taken = tasks - (left.high - left.low) as usize;
        let mut patience = Patience::new();
        while self.done.load(Ordering::Acquire) < taken {
            patience.look_away();
        }
    }

    /// Does one open task, if there is one.
    fn take(&self, end: End) -> bool {
        let mut word = self.open.load(Ordering::Relaxed);
        let task = loop {
            let mut open = Open::of(word);
            if open.low == open.high {
                return false;
            }
            let task = match end {
                End::Front => {
                    open.low += 1;
                    open.low - 1
                }
                End::Back => {
                    open.high -= 1;
                    open.high
                }
            };
            let order = (Ordering::Acquire, Ordering::Relaxed);
            match self
                .open
                .compare_exchange_weak(word, open.word(), order.0, order.1)
            {
                Ok(_) => break task,
                Err(now) => word = now,
            }
        };
        let _done = OnDrop(|| _ = self.done.fetch_add(1, Ordering::Release));
        // SAFETY: the task just taken keeps the leader from going on until it is done.
        unsafe { (**self.work.get())(task as usize) };
        true
    }

    /// Takes tasks until the leader is done.
    fn help(&self) {
        let mut patience = Patience::new();
        while !self.over.load(Ordering::Acquire) {
            match self.take(End::Back) {
                true => patience = Patience::new(),
                false => patience.look_away(),
            }
        }
    }
}

/// How a thread waits for something that is about to happen.
struct Patience(u32);

impl Patience {
    fn new() -> Patience {
        Patience(PATIENCE)
    }

    fn look_away(&mut self) {
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = left;
                std::hint::spin_loop();
            }
            None => std::thread::yield_now(),
        }
    }
}

/// Does something at the end of a scope, however that is left.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn in_pool<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(work)
    }

    #[test]
    fn every_task_of_every_job_is_done_once() {
        for threads in [1, 2, 5] {
            let times = in_pool(threads, || {
                let times: Vec<AtomicUsize> = (0..40).map(|_| AtomicUsize::new(0)).collect();
                Crew::gather(|crew| {
                    for tasks in (0..40).cycle().take(400) {
                        crew.each(tasks, &|task| {
                            _ = times[task].fetch_add(1, Ordering::Relaxed)
                        });
                    }
                });
                times
            });
            for (task, times) in times.into_iter().enumerate() {
                assert_eq!(times.into_inner(), 10 * (39 - task), "{threads} threads");
            }
        }
    }

    #[test]
    fn a_job_sees_what_the_one_before_has_written() {
        let sums = in_pool(3, || {
            let rows: Vec<AtomicUsize> = (0..64).map(|_| AtomicUsize::new(0)).collect();
            Crew::gather(|crew| {
                for round in 0..200 {
                    crew.each(64, &|task| {
                        // Relaxed on purpose: it is the crew that orders jobs.
                        assert_eq!(rows[63 - task].load(Ordering::Relaxed), round);
                    });
                    crew.each(64, &|task| _ = rows[task].fetch_add(1, Ordering::Relaxed));
                }
            });
            rows.into_iter().map(AtomicUsize::into_inner).sum::<usize>()
        });
        assert_eq!(sums, 64 * 200);
    }

    #[test]
    fn a_panic_of_a_task_ends_the_pass() {
        for threads in [1, 2, 4] {
            for bad in [0, 7, 15] {
                let pass = || {
                    Crew::gather(|crew| {
                        crew.each(16, &|task| assert_ne!(task, bad, "a bad task"));
                        crew.each(16, &|_| ());
                    });
                };
                let ended = in_pool(threads, || catch_unwind(AssertUnwindSafe(pass)));
                assert!(ended.is_err(), "{threads} threads, task {bad}");
            }
        }
    }
}
