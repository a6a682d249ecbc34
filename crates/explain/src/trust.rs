//! Is the picture about the network, or about the eye?
//!
//! Every check compares attributions by Spearman's rank correlation of their sizes over the
//! cells of a [`Grid`] (leads × spans of time): 1 is the same picture, 0 an unrelated one.
//!
//! - [`cascade`]: the network's layers are randomised from the output down; a picture that stays
//!   is drawn by the signal alone (Adebayo et al. 2018).
//! - [`similarity`] between a network and one trained on shuffled labels: the same question.
//! - [`perturbation`]: marked cells move the logit faster than cells in random order.
//! - [`agreement`]: different methods mark the same cells.
//! - [`stability`]: small shifts and little noise leave the picture where it is.

mod cascade;
mod grid;
mod perturbation;
mod similarity;
mod stability;

pub use cascade::{CascadeStep, cascade};
pub use grid::Grid;
pub use perturbation::{Perturbation, perturbation};
pub use similarity::{Agreement, agreement, mean_with_interval, similarity};
pub use stability::{Disturbance, Stability, stability};

use coronet_model::attribution::{Explainer, Method};

/// What is asked of a network.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The network.
    pub explainer: &'a Explainer,
    /// Windows of one shape, `[leads, samples]` lead-major.
    pub windows: &'a [&'a [f32]],
    /// Which logit.
    pub class: usize,
    /// Way of attribution.
    pub method: &'a Method,
    /// Cells that are compared.
    pub grid: Grid,
}

impl Question<'_> {
    /// The sizes of the attribution of every window, over the cells of the grid.
    ///
    /// # Errors
    ///
    /// If a window, the class or the method is not the network's.
    fn cells_of(&self, explainer: &Explainer) -> Result<Vec<Vec<f64>>, MethodError> {
        let found = explainer.attribute(self.windows, self.class, self.method)?;
        Ok(found
            .iter()
            .map(|attribution| self.grid.sizes(&attribution.values))
            .collect())
    }
}

pub use coronet_model::attribution::MethodError;
