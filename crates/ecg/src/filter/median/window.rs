//! A window as a set of ranks, and its middle.

use std::hint::select_unpredictable;

/// A set of ranks as bits.
pub(super) struct Window {
    words: Vec<u64>,
    middle: usize,
}

impl Window {
    /// An empty set of ranks below `limit`.
    pub(super) fn new(limit: usize) -> Window {
        Window {
            words: vec![0; limit.div_ceil(64)],
            middle: 0,
        }
    }

    /// Holds these ranks; the middle is the one that `half` are below.
    pub(super) fn start(&mut self, ranks: &[u32], half: usize) {
        self.words.fill(0);
        for &rank in ranks {
            self.words[rank as usize / 64] |= 1 << (rank % 64);
        }
        let (mut below, mut place) = (half as u32, 0);
        while self.words[place].count_ones() <= below {
            below -= self.words[place].count_ones();
            place += 1;
        }
        let mut word = self.words[place];
        for _ in 0..below {
            word &= word - 1;
        }
        self.middle = 64 * place + word.trailing_zeros() as usize;
    }

    /// The middle rank.
    #[inline(always)]
    pub(super) fn middle(&self) -> usize {
        self.middle
    }

    /// Takes `old` out, which is in the set, and puts `new` in, which is not.
    ///
    /// The middle stays, or moves to its neighbour on the side that has become heavier; where it
    /// was itself taken out, its neighbour on the side of `new` takes its place.
    #[inline(always)]
    pub(super) fn exchange(&mut self, old: u32, new: u32) {
        let (old, new) = (old as usize, new as usize);
        self.words[old / 64] ^= 1 << (old % 64);
        self.words[new / 64] ^= 1 << (new % 64);
        let gained = new < self.middle;
        let lost = old < self.middle;
        let down = gained & !lost;
        let past = lost & !gained;
        let (place, bit) = (self.middle / 64, self.middle % 64);
        let from_here = u64::MAX << bit;
        let word = self.words[place];
        let above = word & from_here << u32::from(past);
        let below = word & !from_here;
        let found = select_unpredictable(down, below, above);
        if found == 0 {
            self.middle = self.in_another_word(place, down);
            return;
        }
        let highest = 63 - below.leading_zeros() as usize % 64;
        let lowest = above.trailing_zeros() as usize;
        self.middle = 64 * place + select_unpredictable(down, highest, lowest);
    }

    /// The nearest rank of the set outside of the word at `place`.
    #[cold]
    fn in_another_word(&self, place: usize, down: bool) -> usize {
        let mut place = place;
        loop {
            place = if down { place - 1 } else { place + 1 };
            let word = self.words[place];
            if word != 0 {
                let highest = 63 - word.leading_zeros() as usize;
                let lowest = word.trailing_zeros() as usize;
                return 64 * place + if down { highest } else { lowest };
            }
        }
    }
}
