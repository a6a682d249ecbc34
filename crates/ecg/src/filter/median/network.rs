//! Sorting networks over rows, each lane by itself: which elements are compared does not depend
//! on them.

use crate::vector::Vectorised;

/// Signals that are sorted side by side.
pub(super) const LANES: usize = 4;

/// One number of each signal, none of them NaN and no two of a signal equal, in one vector
/// register or two.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
pub(super) struct Row(pub(super) [f64; LANES]);

/// Sorts rows by Batcher's merge exchange (Knuth, *The Art of Computer Programming* 3, 5.2.2,
/// algorithm M).
pub(super) struct Sort<'a>(pub(super) &'a mut [Row]);

impl Vectorised for Sort<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let length = self.0.len();
        let top = length.next_power_of_two() / 2;
        let mut run = top;
        while run > 0 {
            let (mut reach, mut residue, mut distance) = (top, 0, run);
            loop {
                let mut start = residue;
                while start + distance < length {
                    let end = (start + run).min(length - distance);
                    let (low, high) = self.0.split_at_mut(start + distance);
                    exchange(&mut low[start..end], &mut high[..end - start]);
                    start += 2 * run;
                }
                if reach == run {
                    break;
                }
                distance = reach - run;
                reach /= 2;
                residue = run;
            }
            run /= 2;
        }
    }
}

/// Sorts rows of which the first half descends and the second ascends by Batcher's bitonic
/// merge, extended to any length as by Lang (1998); says which lanes hold neighbours that differ
/// in no bit outside of the mask.
pub(super) struct Merge<'a>(pub(super) &'a mut [Row], pub(super) u64);

impl Vectorised for Merge<'_> {
    type Output = [bool; LANES];

    #[inline(always)]
    fn run(self) -> [bool; LANES] {
        let Merge(rows, mask) = self;
        let mut rest = &mut *rows;
        while rest.len() > 1 {
            let half = rest.len().next_power_of_two() / 2;
            let (low, high) = rest.split_at_mut(half);
            exchange(&mut low[..high.len()], high);
            halve(low);
            rest = high;
        }
        let mut alike = [0_u64; LANES];
        for pair in rows.windows(2) {
            for (alike, (one, two)) in alike.iter_mut().zip(pair[0].0.iter().zip(pair[1].0)) {
                let bits = one.to_bits() ^ two.to_bits();
                *alike |= u64::from(bits & !mask == 0);
            }
        }
        alike.map(|found| found != 0)
    }
}

/// The steps of the bitonic merge on a power of two of rows.
#[inline(always)]
fn halve(rows: &mut [Row]) {
    let mut half = rows.len() / 2;
    while half > 2 {
        for part in rows.chunks_exact_mut(2 * half) {
            let (low, high) = part.split_at_mut(half);
            exchange(low, high);
        }
        half /= 2;
    }
    if half == 2 {
        for four in rows.as_chunks_mut::<4>().0 {
            let [a, b, c, d] = *four;
            let ((a, c), (b, d)) = (ordered(a, c), ordered(b, d));
            let ((a, b), (c, d)) = (ordered(a, b), ordered(c, d));
            *four = [a, b, c, d];
        }
    } else if half == 1 {
        let (low, high) = rows.split_at_mut(1);
        exchange(low, high);
    }
}

/// The lesser of each pair to the left, the greater to the right.
#[inline(always)]
fn exchange(left: &mut [Row], right: &mut [Row]) {
    for (left, right) in left.iter_mut().zip(right) {
        (*left, *right) = ordered(*left, *right);
    }
}

#[inline(always)]
fn ordered(one: Row, two: Row) -> (Row, Row) {
    let (one, two) = (one.0, two.0);
    (
        Row(std::array::from_fn(|lane| one[lane].min(two[lane]))),
        Row(std::array::from_fn(|lane| one[lane].max(two[lane]))),
    )
}
