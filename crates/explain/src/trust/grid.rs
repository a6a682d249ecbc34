//! Leads × spans of time.

use coronet_model::attribution::Region;

/// Equal spans of every lead; a last, shorter span takes what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Leads of a window.
    pub leads: usize,
    /// Samples of a lead.
    pub samples: usize,
    /// Samples of a cell, at least 1.
    pub cell: usize,
}

impl Grid {
    /// The cells, lead by lead, each in the order of time.
    pub fn cells(&self) -> Vec<Region> {
        (0..self.leads)
            .flat_map(|lead| {
                (0..self.samples)
                    .step_by(self.cell)
                    .map(move |from| Region::lead(lead, from..(from + self.cell).min(self.samples)))
            })
            .collect()
    }

    /// Mean magnitude of `values`, `[leads, samples]`, in every cell.
    ///
    /// # Panics
    ///
    /// If `values` is not of the grid's size.
    pub fn sizes(&self, values: &[f32]) -> Vec<f64> {
        self.means(values, |value| f64::from(value.abs()))
    }

    /// Mean of `values`, `[leads, samples]`, in every cell, with their signs.
    ///
    /// # Panics
    ///
    /// If `values` is not of the grid's size.
    pub fn signed(&self, values: &[f32]) -> Vec<f64> {
        self.means(values, |value| f64::from(*value))
    }

    fn means(&self, values: &[f32], of: impl Fn(&f32) -> f64) -> Vec<f64> {
        assert_eq!(
            values.len(),
            self.leads * self.samples,
            "values of a window"
        );
        values
            .chunks(self.samples)
            .flat_map(|lead| lead.chunks(self.cell))
            .map(|cell| cell.iter().map(&of).sum::<f64>() / cell.len() as f64)
            .collect()
    }
}
