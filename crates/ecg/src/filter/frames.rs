//! Signals side by side: a frame holds one sample of four of them.

/// One sample of each of four signals; a vector register or two.
pub(super) type Frame = [f64; 4];

/// Up to twelve signals of one length, in blocks of four, with room for padding at both ends.
#[derive(Default)]
pub(super) struct Frames {
    /// `[block][padding + samples + padding]`.
    frames: Vec<Frame>,
    blocks: usize,
    padding: usize,
    samples: usize,
}

impl Frames {
    /// Signals that fit.
    pub(super) const SIGNALS: usize = 12;

    /// Takes signals of one length; lanes without a signal are zero.
    pub(super) fn load(&mut self, signals: &[&[f64]], padding: usize) {
        let lanes = Frame::default().len();
        self.blocks = signals.len().div_ceil(lanes);
        self.padding = padding;
        self.samples = signals[0].len();
        let block_length = self.samples + 2 * padding;
        self.frames.clear();
        self.frames
            .resize(self.blocks * block_length, Frame::default());
        let blocks = self.frames.chunks_exact_mut(block_length);
        for (block, signals) in blocks.zip(signals.chunks(lanes)) {
            let inner = &mut block[padding..][..self.samples];
            if let &[one, two, three, four] = signals {
                let samples = one.iter().zip(two).zip(three.iter().zip(four));
                for (frame, ((&one, &two), (&three, &four))) in inner.iter_mut().zip(samples) {
                    *frame = [one, two, three, four];
                }
                continue;
            }
            for (lane, signal) in signals.iter().enumerate() {
                for (frame, &sample) in inner.iter_mut().zip(*signal) {
                    frame[lane] = sample;
                }
            }
        }
    }

    /// The samples of one signal.
    pub(super) fn samples(&self, index: usize) -> impl Iterator<Item = f64> {
        let lanes = Frame::default().len();
        let start = index / lanes * (self.samples + 2 * self.padding) + self.padding;
        let frames = &self.frames[start..][..self.samples];
        frames.iter().map(move |frame| frame[index % lanes])
    }

    /// Writes `padding` samples before and after, mirrored through the end points.
    pub(super) fn mirror(&mut self, padding: usize) {
        for block in self.blocks(padding) {
            let last = block.len() - 1 - padding;
            for away in 1..=padding {
                for lane in 0..block[0].len() {
                    let (first, final_) = (block[padding][lane], block[last][lane]);
                    block[padding - away][lane] = 2.0 * first - block[padding + away][lane];
                    block[last + away][lane] = 2.0 * final_ - block[last - away][lane];
                }
            }
        }
    }

    /// The blocks with `padding` samples at each end.
    pub(super) fn blocks(&mut self, padding: usize) -> Vec<&mut [Frame]> {
        let unused = self.padding - padding;
        let length = self.samples + 2 * self.padding;
        let blocks = self.frames.chunks_exact_mut(length);
        blocks
            .map(|block| &mut block[unused..length - unused])
            .collect()
    }
}
