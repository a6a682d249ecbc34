//! Ctrl-C: asked for once, work stops at the next safe place; asked for twice, at once.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Starts listening for Ctrl-C and a request to terminate.
pub fn install() {
    // A second handler in one process is refused by the system; the first one stays.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(2);
        }
    });
}

/// Whether the user has asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
