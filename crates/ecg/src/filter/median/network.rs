//! Sorting networks over rows, each lane by itself: which elements are compared does not depend
//! on them.

use crate::vector::{Instructions, Vectorised};

/// Signals that are sorted side by side.
pub(super) const LANES: usize = 4;

/// One number of each signal, none of them NaN and no two of a signal equal, in one vector
/// register or two.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
pub(super) struct Row(pub(super) [f64; LANES]);

/// Rows that are sorted in registers.
const FEW: usize = 8;

/// Rows to make room for where `count` are sorted; those at the end hold [`Row::LAST`].
pub(super) fn padded(count: usize) -> usize {
    count.next_multiple_of(FEW)
}

impl Row {
    /// Greater than any number.
    pub(super) const LAST: Row = Row([f64::INFINITY; LANES]);
}

/// Sorts [`padded`] rows: eights in registers, then runs of twice the length by Batcher's bitonic
/// merge, whose comparisons all put the lesser first, so that what would lie beyond the end
/// need not be there.
pub(super) struct Sort<'a>(pub(super) &'a mut [Row]);

impl Vectorised for Sort<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(self) {
        let rows = self.0;
        for few in rows.as_chunks_mut::<FEW>().0 {
            sort_few::<I>(few);
        }
        let mut run = FEW;
        while run < rows.len() {
            for pair in rows.chunks_mut(2 * run) {
                let Some((low, high)) = pair.split_at_mut_checked(run) else {
                    continue;
                };
                let missing = run - high.len();
                for (low, high) in low[missing..].iter_mut().zip(high.iter_mut().rev()) {
                    (*low, *high) = ordered::<I>(*low, *high);
                }
            }
            let mut half = run / 2;
            while half >= FEW {
                for part in rows.chunks_mut(2 * half) {
                    if let Some((low, high)) = part.split_at_mut_checked(half) {
                        exchange::<I>(low, high);
                    }
                }
                half /= 2;
            }
            for few in rows.as_chunks_mut::<FEW>().0 {
                halve_few::<I>(few);
            }
            run *= 2;
        }
    }
}

/// Compares rows of a few in turn.
#[inline(always)]
fn exchange_few<I: Instructions>(few: &mut [Row; FEW], pairs: &[(usize, usize)]) {
    for &(low, high) in pairs {
        (few[low], few[high]) = ordered::<I>(few[low], few[high]);
    }
}

/// The network of 19 comparisons for eight (Knuth, 5.3.4).
#[inline(always)]
fn sort_few<I: Instructions>(rows: &mut [Row; FEW]) {
    let mut few = *rows;
    exchange_few::<I>(&mut few, &[(0, 2), (1, 3), (4, 6), (5, 7)]);
    exchange_few::<I>(&mut few, &[(0, 4), (1, 5), (2, 6), (3, 7)]);
    exchange_few::<I>(&mut few, &[(0, 1), (2, 3), (4, 5), (6, 7)]);
    exchange_few::<I>(&mut few, &[(2, 4), (3, 5)]);
    exchange_few::<I>(&mut few, &[(1, 4), (3, 6)]);
    exchange_few::<I>(&mut few, &[(1, 2), (3, 4), (5, 6)]);
    *rows = few;
}

/// The last three steps of a bitonic merge.
#[inline(always)]
fn halve_few<I: Instructions>(rows: &mut [Row; FEW]) {
    let mut few = *rows;
    exchange_few::<I>(&mut few, &[(0, 4), (1, 5), (2, 6), (3, 7)]);
    exchange_few::<I>(&mut few, &[(0, 2), (1, 3), (4, 6), (5, 7)]);
    exchange_few::<I>(&mut few, &[(0, 1), (2, 3), (4, 5), (6, 7)]);
    *rows = few;
}

/// Sorts rows of which the first half descends and the second ascends by Batcher's bitonic
/// merge, extended to any length as by Lang (1998); says which lanes hold neighbours that differ
/// in no bit outside of the mask.
pub(super) struct Merge<'a>(pub(super) &'a mut [Row], pub(super) u64);

impl Vectorised for Merge<'_> {
    type Output = [bool; LANES];

    #[inline(always)]
    fn run<I: Instructions>(self) -> [bool; LANES] {
        let Merge(rows, mask) = self;
        let mut rest = &mut *rows;
        while rest.len() > 1 {
            let half = rest.len().next_power_of_two() / 2;
            let (low, high) = rest.split_at_mut(half);
            exchange::<I>(&mut low[..high.len()], high);
            halve::<I>(low);
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
fn halve<I: Instructions>(rows: &mut [Row]) {
    let mut half = rows.len() / 2;
    while half >= FEW {
        for part in rows.chunks_exact_mut(2 * half) {
            let (low, high) = part.split_at_mut(half);
            exchange::<I>(low, high);
        }
        half /= 2;
    }
    if half == FEW / 2 {
        for few in rows.as_chunks_mut::<FEW>().0 {
            halve_few::<I>(few);
        }
        return;
    }
    while half > 0 {
        for part in rows.chunks_exact_mut(2 * half) {
            let (low, high) = part.split_at_mut(half);
            exchange::<I>(low, high);
        }
        half /= 2;
    }
}

/// The lesser of each pair to the left, the greater to the right.
#[inline(always)]
fn exchange<I: Instructions>(left: &mut [Row], right: &mut [Row]) {
    for (left, right) in left.iter_mut().zip(right) {
        (*left, *right) = ordered::<I>(*left, *right);
    }
}

#[inline(always)]
fn ordered<I: Instructions>(one: Row, two: Row) -> (Row, Row) {
    let (lesser, greater) = I::ordered(one.0, two.0);
    (Row(lesser), Row(greater))
}
