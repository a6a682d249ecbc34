//! Windows in memory to logits in memory.

use crate::net1d::{Net1d, Pass};
use crate::ops;
use burn::tensor::{Device, Tensor, TensorData};

/// Windows that the network sees at once.
const BATCH: usize = 32;

impl Net1d {
    /// Logits of windows of one shape, `[window][class]`, without dropout and with the running
    /// statistics of the norms.
    ///
    /// Every window is `leads × samples` long, lead-major; `device` is where the network lies.
    /// [`Inference`](crate::Inference) does the same faster where there is no need of a `Net1d`.
    ///
    /// # Panics
    ///
    /// If a window has another size.
    pub fn score(
        &self,
        windows: &[&[f32]],
        (leads, samples): (usize, usize),
        device: &Device,
    ) -> Vec<Vec<f32>> {
        let mut all = Vec::with_capacity(windows.len());
        for windows in windows.chunks(BATCH) {
            let data = TensorData::new(windows.concat(), [windows.len(), leads, samples]);
            let input = Tensor::<3>::from_data(data, device);
            let logits = self.forward(input, &mut Pass::Inference).logits; // [batch, classes]
            let [_, classes] = logits.dims();
            all.extend(ops::to_vec(logits).chunks(classes).map(<[f32]>::to_vec));
        }
        all
    }
}
