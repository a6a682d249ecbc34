//! Is the picture about the network, or about the eye?
//!
//! Checks compare attributions over the cells of a [`Grid`] (leads × spans of time) by Spearman's
//! rank correlation: 1 is the same picture, 0 an unrelated one. Sizes alone flatter: values that are
//! a derivative times the signal are large where the signal is large, whatever the network, and two
//! networks without any learning in common have pictures that are alike. [`Likeness`] therefore
//! also holds the correlation with signs and the one at equal signal, and [`cascade`] what two
//! shuffled networks have in common.
//!
//! - [`cascade`]: the network's layers are randomised from the output down; a picture that stays
//!   is drawn by the signal alone (Adebayo et al. 2018).
//! - [`compared`] with a network trained on shuffled labels: the same question.
//! - [`perturbation`]: marked cells move the logit faster than cells in random order.
//! - [`agreement`]: different methods mark the same cells.
//! - [`stability`]: small shifts and little noise leave the picture where it is.

mod cascade;
mod grid;
mod perturbation;
mod similarity;
mod stability;

pub use cascade::{Cascade, CascadeStep, cascade};
pub use grid::Grid;
pub use perturbation::{Perturbation, perturbation};
pub use similarity::{
    Agreement, Likeness, agreement, compared, likeness, mean_with_interval, similarity,
};
pub use stability::{Disturbance, Stability, stability};

use coronet_model::attribution::{Attribution, Explainer, Method};

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
    /// The attribution of every window, which the checks start from.
    ///
    /// # Errors
    ///
    /// If a window, the class or the method is not the network's.
    pub fn attribute(&self) -> Result<Vec<Attribution>, MethodError> {
        self.explainer
            .attribute(self.windows, self.class, self.method)
    }

    /// The same question to another network.
    fn to<'b>(&'b self, explainer: &'b Explainer) -> Question<'b> {
        Question { explainer, ..*self }
    }

    /// Likeness of two sets of attributions of the windows.
    fn likeness(&self, first: &[Attribution], second: &[Attribution]) -> Likeness {
        let signal = |window: &&[f32]| self.grid.sizes(window);
        let signal: Vec<Vec<f64>> = self.windows.iter().map(signal).collect();
        likeness(&self.grid, first, second, &signal)
    }

    /// The sizes of attributions over the cells of the grid.
    fn sizes(&self, found: &[Attribution]) -> Vec<Vec<f64>> {
        let sizes = |found: &Attribution| self.grid.sizes(&found.values);
        found.iter().map(sizes).collect()
    }
}

pub use coronet_model::attribution::MethodError;
