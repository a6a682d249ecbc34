//! Insertion and deletion: does what is marked move the logit faster than anything else?
//!
//! Cells of the window are flattened in an order (deletion), or put back into a flat window
//! (insertion), and the logit is followed (Samek et al. 2017; Petsiuk et al. 2018). An order by
//! a good attribution lets the logit fall, or rise, sooner than a random order.

use super::explainer::Explainer;
use super::method::MethodError;
use super::occlusion::{Fill, Region, flatten};

/// Which way a curve goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Cells are flattened one after the other.
    Deletion,
    /// Cells are put back into a window that is flat everywhere.
    Insertion,
}

/// A logit followed while a window is changed step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Logits after equal shares of the cells, from none to all of them.
    pub logits: Vec<f32>,
}

impl Curve {
    /// Mean logit along the curve: the lower the better for deletion, the higher for insertion.
    pub fn mean(&self) -> f32 {
        let inner: f32 = self
            .logits
            .windows(2)
            .map(|pair| (pair[0] + pair[1]) / 2.0)
            .sum();
        inner / (self.logits.len() - 1).max(1) as f32
    }
}

impl Explainer {
    /// Follows the logit of `class` while `cells` are changed in their order, in `steps` steps.
    ///
    /// # Errors
    ///
    /// If the window, the class or a cell is not the network's, or `steps` is 0.
    pub fn curve(
        &self,
        window: &[f32],
        class: usize,
        cells: &[Region],
        change: Change,
        steps: usize,
    ) -> Result<Curve, MethodError> {
        if steps == 0 {
            return Err(MethodError {
                field: "steps",
                expected: "at least 1".to_owned(),
                got: "0".to_owned(),
            });
        }
        // Refuses windows, classes and cells that do not fit, before anything is changed.
        self.occlusion(window, class, &[joined(cells)], Fill::Zero)?;
        let samples = window.len() / self.leads();
        let windows: Vec<Vec<f32>> = (0..=steps)
            .map(|step| {
                let count = cells.len() * step / steps;
                let flat = match change {
                    Change::Deletion => &cells[..count],
                    Change::Insertion => &cells[count..],
                };
                flatten(window, samples, &joined(flat), Fill::Zero)
            })
            .collect();
        let windows: Vec<&[f32]> = windows.iter().map(Vec::as_slice).collect();
        let logits = self.score(&windows);
        Ok(Curve {
            logits: logits.iter().map(|logits| logits[class]).collect(),
        })
    }
}

fn joined(cells: &[Region]) -> Region {
    Region {
        spans: cells.iter().flat_map(|cell| cell.spans.clone()).collect(),
    }
}
