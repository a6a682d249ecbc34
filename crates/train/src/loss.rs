//! Binary cross-entropy per task, over the records whose grade is known.

/// Labels of a batch, with the share each has in its task's mean.
#[derive(Clone, Debug)]
pub struct Targets {
    /// `[record, task]`: whether positive, and its share of the mean; `None` where not known.
    each: Vec<Option<(bool, f64)>>,
    /// Known labels per task.
    known: Vec<usize>,
}

impl Targets {
    /// `labels[record][task]`; a missing label has no part in its task's loss.
    pub fn new(labels: &[Vec<Option<bool>>], tasks: usize) -> Targets {
        let known: Vec<usize> = (0..tasks)
            .map(|task| labels.iter().filter(|of| of[task].is_some()).count())
            .collect();
        let each = labels.iter().flatten().enumerate();
        let each = each
            .map(|(i, label)| label.map(|positive| (positive, 1.0 / known[i % tasks] as f64)))
            .collect();
        Targets { each, known }
    }

    /// Tasks with at least one known label.
    pub fn known_tasks(&self) -> Vec<usize> {
        (0..self.known.len())
            .filter(|&task| self.known[task] > 0)
            .collect()
    }

    /// Mean loss of every task over its known records; 0 where none is known.
    ///
    /// `logits` are `[record, task]`.
    pub fn losses(&self, logits: &[f32]) -> Vec<f32> {
        let tasks = self.known.len();
        let mut losses = vec![0.0f64; tasks];
        for (i, (logit, target)) in logits.iter().zip(&self.each).enumerate() {
            if let Some((positive, share)) = target {
                let logit = f64::from(*logit);
                let towards = if *positive { logit } else { 0.0 };
                losses[i % tasks] +=
                    share * (logit.max(0.0) - towards + (-logit.abs()).exp().ln_1p());
            }
        }
        losses.into_iter().map(|loss| loss as f32).collect()
    }

    /// Derivative by the logits of the losses' sum weighted with `weights`, `[record, task]`.
    pub fn derivative(&self, logits: &[f32], weights: &[f32]) -> Vec<f32> {
        let each = logits.iter().zip(&self.each).enumerate();
        each.map(|(i, (logit, target))| {
            target.map_or(0.0, |(positive, share)| {
                let probability = 1.0 / (1.0 + (-f64::from(*logit)).exp());
                let weight = f64::from(weights[i % weights.len()]);
                (weight * share * (probability - f64::from(positive))) as f32
            })
        })
        .collect()
    }
}
