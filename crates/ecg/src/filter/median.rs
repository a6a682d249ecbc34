//! Running median in O(n log w), equal to `scipy.signal.medfilt` in one dimension.

/// Median of the `width` samples centred on each sample; beyond the ends the signal is zero.
///
/// An even `width` counts as the next odd one. Samples must not be NaN; a NaN is ordered as the
/// greatest value.
pub fn running_median(signal: &[f64], width: usize) -> Vec<f64> {
    let width = width | 1;
    let half = width / 2;
    let padded: Vec<f64> = std::iter::repeat_n(0.0, half)
        .chain(signal.iter().copied())
        .chain(std::iter::repeat_n(0.0, half))
        .collect();
    let mut medians = Vec::with_capacity(signal.len());
    while medians.len() < signal.len() {
        let start = medians.len();
        let outputs = width.min(signal.len() - start);
        block_medians(
            &padded[start..start + outputs + width - 1],
            width,
            &mut medians,
        );
    }
    medians
}

/// Medians of every window of a block of fewer than `2 · width` samples.
///
/// The block is ranked once; a binary indexed tree over ranks then gives each median in
/// O(log w).
fn block_medians(block: &[f64], width: usize, medians: &mut Vec<f64>) {
    let mut order: Vec<usize> = (0..block.len()).collect();
    order.sort_unstable_by(|&left, &right| {
        block[left].total_cmp(&block[right]).then(left.cmp(&right))
    });
    let mut rank = vec![0; block.len()];
    for (position, &index) in order.iter().enumerate() {
        rank[index] = position;
    }
    let mut present = RankTree::new(block.len());
    for &position in &rank[..width] {
        present.add(position, 1);
    }
    medians.push(block[order[present.select(width / 2)]]);
    for next in width..block.len() {
        present.add(rank[next - width], -1);
        present.add(rank[next], 1);
        medians.push(block[order[present.select(width / 2)]]);
    }
}

/// Binary indexed tree counting which ranks are present (Fenwick, 1994).
struct RankTree {
    counts: Vec<i32>,
}

impl RankTree {
    fn new(ranks: usize) -> RankTree {
        RankTree {
            counts: vec![0; ranks + 1],
        }
    }

    fn add(&mut self, rank: usize, change: i32) {
        let mut node = rank + 1;
        while node < self.counts.len() {
            self.counts[node] += change;
            node += node & node.wrapping_neg();
        }
    }

    /// The rank with exactly `smaller` present ranks below it.
    fn select(&self, smaller: usize) -> usize {
        let mut wanted = smaller as i32 + 1;
        let mut node = 0;
        let mut step = self.counts.len().next_power_of_two();
        while step > 0 {
            let next = node + step;
            if next < self.counts.len() && self.counts[next] < wanted {
                wanted -= self.counts[next];
                node = next;
            }
            step /= 2;
        }
        node
    }
}
