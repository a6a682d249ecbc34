//! Memory for what is only needed between two steps.

use std::cell::RefCell;
use std::mem::MaybeUninit;

/// A few numbers on the stack, aligned for whole vectors, with nothing in them yet.
#[repr(align(64))]
pub(crate) struct Room<const N: usize>(MaybeUninit<[f32; N]>);

impl<const N: usize> Room<N> {
    pub(crate) const fn new() -> Room<N> {
        Room(MaybeUninit::uninit())
    }

    pub(crate) fn start(&mut self) -> *mut f32 {
        self.0.as_mut_ptr().cast()
    }
}

thread_local! {
    /// Buffers of this thread that nobody uses, the last given back on top.
    static IDLE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Lends a buffer of this thread, with whatever is in it.
///
/// Calls may be nested: a thread that waits inside may run other work.
pub(crate) fn with_room<R>(work: impl FnOnce(&mut Vec<f32>) -> R) -> R {
    let mut room = IDLE.with_borrow_mut(Vec::pop).unwrap_or_default();
    let result = work(&mut room);
    IDLE.with_borrow_mut(|idle| idle.push(room));
    result
}

/// The same with room for `len` elements.
pub(crate) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    with_room(|room| {
        if room.len() < len {
            room.resize(len, 0.0);
        }
        work(&mut room[..len])
    })
}
