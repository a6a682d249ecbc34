//! Exchange of single groups so that every fold holds a positive group of each vessel.

/// What a group holds.
#[derive(Clone, Default)]
pub(super) struct Held {
    pub(super) samples: usize,
    pub(super) positive: [bool; 4],
}

impl Held {
    fn is_negative(&self) -> bool {
        self.positive == [false; 4]
    }
}

/// Moves positive groups into folds that have none, rarest vessel first, and moves a negative group
/// of about the same size back; a fold never loses its last positive group of any vessel.
pub(super) fn every_fold(held: &[Held], folds: &mut [usize], k: usize) {
    let positives = |vessel: usize| held.iter().filter(|group| group.positive[vessel]).count();
    let mut vessels: Vec<usize> = (0..4).collect();
    vessels.sort_by_key(|&vessel| positives(vessel));
    for vessel in vessels {
        for receiver in 0..k {
            if count(held, folds, vessel, receiver) == 0
                && let Some(group) = spare(held, folds, vessel)
            {
                exchange(held, folds, group, receiver);
            }
        }
    }
}

fn count(held: &[Held], folds: &[usize], vessel: usize, fold: usize) -> usize {
    let in_fold = held.iter().zip(folds).filter(|&(_, &of)| of == fold);
    in_fold.filter(|(group, _)| group.positive[vessel]).count()
}

/// The smallest positive group its fold can spare, taken from the fold with most of them.
fn spare(held: &[Held], folds: &[usize], vessel: usize) -> Option<usize> {
    let can_go = |group: usize| {
        (0..4)
            .filter(|&other| held[group].positive[other])
            .all(|other| count(held, folds, other, folds[group]) > 1)
    };
    (0..held.len())
        .filter(|&group| held[group].positive[vessel] && can_go(group))
        .min_by_key(|&group| {
            let there = count(held, folds, vessel, folds[group]);
            (usize::MAX - there, held[group].samples, group)
        })
}

fn exchange(held: &[Held], folds: &mut [usize], group: usize, receiver: usize) {
    let back = (0..held.len())
        .filter(|&other| folds[other] == receiver && held[other].is_negative())
        .min_by_key(|&other| (held[other].samples.abs_diff(held[group].samples), other));
    if let Some(other) = back {
        folds[other] = folds[group];
    }
    folds[group] = receiver;
}
