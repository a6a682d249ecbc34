//! Running median, equal to `scipy.signal.medfilt` in one dimension.
//!
//! After Suomela (2014), "Median filtering is equivalent to sorting": blocks as long as the
//! window are sorted, and a window over two neighbouring blocks is walked along two linked lists
//! in sorted order. Sorting takes O(n log w), everything else O(n), without branches on samples,
//! which no processor could foresee.

use std::hint::select_unpredictable;

/// Median of the `width` samples centred on each sample; beyond the ends the signal is zero.
///
/// An even `width` counts as the next odd one. Samples must not be NaN; a NaN is ordered as the
/// greatest value.
pub fn running_median(signal: &[f64], width: usize) -> Vec<f64> {
    let width = width | 1;
    let half = width / 2;
    let zero = key(0.0);
    let mut keys = vec![zero; half];
    keys.reserve(signal.len() + 2 * width);
    keys.extend(signal.iter().map(|&sample| key(sample)));
    keys.extend(std::iter::repeat_n(zero, half));
    keys.resize(keys.len().next_multiple_of(width), zero);
    let mut medians = Vec::with_capacity(signal.len() + width);
    let mut blocks = keys.chunks_exact(width);
    let mut old = Block::new(width);
    let mut new = Block::new(width);
    if let Some(first) = blocks.next() {
        new.sort(first);
        medians.push(value(new.peek()));
    }
    for block in blocks {
        std::mem::swap(&mut old, &mut new);
        new.sort(block);
        new.unwind();
        for at in 0..width {
            old.delete(at);
            new.add(at);
            let short = old.below + new.below < half;
            let of_old = old.peek() <= new.peek();
            old.advance_if(short & of_old);
            new.advance_if(short & !of_old);
            medians.push(value(old.peek().min(new.peek())));
        }
    }
    medians.truncate(signal.len());
    medians
}

/// A number whose integer order is the total order of the sample.
fn key(sample: f64) -> i64 {
    let bits = sample.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

fn value(key: i64) -> f64 {
    f64::from_bits((key ^ (((key >> 63) as u64) >> 1) as i64) as u64)
}

/// One block: its present elements as a list in sorted order, and a place in that list.
struct Block {
    /// Keys in order of time, behind them one above all keys for the tail of the list.
    keys: Vec<i64>,
    /// Links by position in time; the last is the tail, which is also the head.
    links: Vec<Link>,
    /// Positions in sorted order; while sorting, upper bits of the key above the position.
    order: Vec<u64>,
    /// The element at the place; the tail when all present elements are below.
    place: u32,
    /// Present elements below the place.
    below: usize,
}

#[derive(Clone, Copy)]
struct Link {
    previous: u32,
    next: u32,
}

impl Block {
    fn new(width: usize) -> Block {
        let link = Link {
            previous: 0,
            next: 0,
        };
        Block {
            keys: vec![i64::MAX; width + 1],
            links: vec![link; width + 1],
            order: Vec::with_capacity(width),
            place: 0,
            below: 0,
        }
    }

    fn tail(&self) -> u32 {
        self.links.len() as u32 - 1
    }

    /// Takes new keys, all present, the place at the median.
    fn sort(&mut self, keys: &[i64]) {
        self.keys[..keys.len()].copy_from_slice(keys);
        self.sort_order();
        let mut previous = self.tail();
        for &at in &self.order {
            let at = at as u32;
            self.links[previous as usize].next = at;
            self.links[at as usize].previous = previous;
            previous = at;
        }
        let tail = self.tail();
        self.links[previous as usize].next = tail;
        self.links[tail as usize].previous = previous;
        self.below = keys.len() / 2;
        self.place = self.order[self.below] as u32;
    }

    /// Sorts positions by key, equal keys by time.
    ///
    /// Integers sort much faster than pairs. So the low bits of a key give way to its position,
    /// and the few neighbours that only these bits tell apart are put right by insertion.
    fn sort_order(&mut self) {
        let width = self.links.len() - 1;
        let mask = (width as u64).next_power_of_two() - 1;
        let keys = &self.keys[..width];
        self.order.clear();
        let packed = |(&key, at): (&i64, u64)| (key as u64 ^ (1 << 63)) & !mask | at;
        self.order.extend(keys.iter().zip(0..).map(packed));
        self.order.sort_unstable();
        for at in 0..width {
            self.order[at] &= mask;
            let moved = self.order[at];
            let comes_after =
                |other: u64| (keys[other as usize], other) > (keys[moved as usize], moved);
            let mut place = at;
            while place > 0 && comes_after(self.order[place - 1]) {
                self.order[place] = self.order[place - 1];
                place -= 1;
            }
            self.order[place] = moved;
        }
    }

    /// Takes all elements out, the last in time first, so that they can be added in time order.
    fn unwind(&mut self) {
        for at in (0..self.links.len() - 1).rev() {
            self.unlink(at);
        }
        self.place = self.tail();
        self.below = 0;
    }

    fn unlink(&mut self, at: usize) {
        let Link { previous, next } = self.links[at];
        self.links[previous as usize].next = next;
        self.links[next as usize].previous = previous;
    }

    /// Whether an element comes before the place; equal keys are ordered by time.
    fn is_below(&self, at: usize) -> bool {
        let place = self.place as usize;
        let (key, other) = (self.keys[at], self.keys[place]);
        (key < other) | ((key == other) & (at < place))
    }

    fn delete(&mut self, at: usize) {
        self.unlink(at);
        let is_below = self.is_below(at);
        let is_place = self.place as usize == at;
        let stepped = select_unpredictable(is_place, self.links[at].next, self.place);
        let back = self.links[stepped as usize].previous;
        // Where the element is below the place there is one below it, so the count falls too.
        let has_below = self.below > 0;
        let moved = select_unpredictable(has_below, back, stepped);
        self.place = select_unpredictable(is_below, self.place, moved);
        self.below -= usize::from(has_below);
    }

    /// Puts back the element that was unlinked last.
    fn add(&mut self, at: usize) {
        let Link { previous, next } = self.links[at];
        self.links[previous as usize].next = at as u32;
        self.links[next as usize].previous = at as u32;
        let back = self.links[self.place as usize].previous;
        self.place = select_unpredictable(self.is_below(at), back, self.place);
    }

    fn advance_if(&mut self, condition: bool) {
        let next = self.links[self.place as usize].next;
        self.place = select_unpredictable(condition, next, self.place);
        self.below += usize::from(condition);
    }

    /// The key at the place; above all keys at the tail.
    fn peek(&self) -> i64 {
        self.keys[self.place as usize]
    }
}
