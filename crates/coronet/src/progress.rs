//! Progress on the terminal: what, how far, how fast, how long.

use crate::printer::Printer;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over `total` things; hidden where stderr is not a terminal.
pub fn bar(printer: &Printer, what: &str, total: usize, unit: &str) -> ProgressBar {
    let target = match printer.shows_progress() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let template = format!(
        "{{prefix:<12}} {{bar:30}} {{pos}}/{{len}} {unit}  {{per_sec}}  {{eta}} left  {{msg}}"
    );
    let style = ProgressStyle::with_template(&template)
        .expect("the template is well formed, this is a bug")
        .progress_chars("█▉▊▋▌▍▎▏ ");
    let bar = ProgressBar::with_draw_target(Some(total as u64), target).with_style(style);
    bar.with_prefix(what.to_owned())
}
