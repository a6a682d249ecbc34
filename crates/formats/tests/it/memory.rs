//! Memory that a piece of work asks for, counted thread by thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

std::thread_local! {
    /// Bytes held, and the most that were, since [`peak`] began.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

/// Most bytes that a thread may hold; beyond it the allocation fails, and so the test.
const MOST: isize = 3 << 30;

/// The system's allocator with a count of each thread.
struct Counted;

// SAFETY: every call goes to the system's allocator unchanged, or is refused with null.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !grant(layout.size() as isize) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !grant(layout.size() as isize) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        grant(-(layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !grant(size as isize - layout.size() as isize) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// Counts so many further bytes, if they are granted.
fn grant(bytes: isize) -> bool {
    // A thread that is ending counts no more.
    let granted = HELD.try_with(|held| {
        let (now, most) = held.get();
        let now = now + bytes;
        if bytes > 0 && now > MOST {
            return false;
        }
        held.set((now, most.max(now)));
        true
    });
    granted.unwrap_or(true)
}

/// The most bytes that `work` held at a time on this thread.
pub(crate) fn peak(work: impl FnOnce()) -> usize {
    HELD.with(|held| held.set((0, 0)));
    work();
    HELD.with(|held| held.get().1.max(0) as usize)
}

#[test]
fn the_count_sees_what_is_held() {
    let held = peak(|| drop(vec![1_u8; 10 << 20]));
    assert!(held >= 10 << 20, "{held}");
    assert!(peak(|| ()) < 1 << 20);
}
