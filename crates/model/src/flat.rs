//! The learnt parameters of a network as one flat tensor.
//!
//! Gradients of several tasks are compared, and the optimiser steps, over all parameters
//! at once; both are simplest and fastest over one vector.

use crate::net1d::Net1d;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};

/// A run of elements of the flat tensor that belong to one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlatRange {
    /// Name of the parameter as in the published checkpoints.
    pub name: String,
    /// First element.
    pub start: usize,
    /// Elements.
    pub len: usize,
}

impl Net1d {
    /// Learns the parameters that `learns` accepts by name, and freezes the others.
    pub fn with_learning(self, learns: &dyn Fn(&str) -> bool) -> Net1d {
        self.map(&mut Freeze {
            path: Vec::new(),
            learns,
        })
    }

    /// The learning parameters, one after the other in the order of the network.
    pub fn flat_ranges(&self) -> Vec<FlatRange> {
        let mut ranges = Ranges::default();
        self.visit(&mut ranges);
        ranges.found
    }

    /// The learning parameters, `[parameters]`, apart from automatic differentiation.
    pub fn flat_parameters(&self) -> Tensor<1> {
        let mut gather = Gather(Vec::new());
        self.visit(&mut gather);
        Tensor::cat(gather.0, 0)
    }

    /// The network with its learning parameters replaced by those of `flat`.
    ///
    /// # Panics
    ///
    /// If `flat` does not have the size of [`Net1d::flat_parameters`].
    pub fn with_flat_parameters(self, flat: Tensor<1>) -> Net1d {
        self.map(&mut Replace { flat, at: 0 })
    }

    /// The gradients of the learning parameters, zero where a parameter took no part.
    pub fn flat_gradients(&self, gradients: &mut Gradients) -> Tensor<1> {
        let mut gather = GatherGradients {
            gradients,
            parts: Vec::new(),
        };
        self.visit(&mut gather);
        Tensor::cat(gather.parts, 0)
    }
}

struct Freeze<'a> {
    path: Vec<String>,
    learns: &'a dyn Fn(&str) -> bool,
}

impl ModuleMapper for Freeze<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let learns = (self.learns)(&self.path.join("."));
        param.set_require_grad(learns)
    }
}

#[derive(Default)]
struct Ranges {
    path: Vec<String>,
    found: Vec<FlatRange>,
    end: usize,
}

impl ModuleVisitor for Ranges {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        if !tensor.is_require_grad() {
            return;
        }
        let len = tensor.shape().num_elements();
        self.found.push(FlatRange {
            name: self.path.join("."),
            start: self.end,
            len,
        });
        self.end += len;
    }
}

struct Gather(Vec<Tensor<1>>);

impl ModuleVisitor for Gather {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        if tensor.is_require_grad() {
            self.0.push(flatten(tensor.inner()));
        }
    }
}

struct GatherGradients<'a> {
    gradients: &'a mut Gradients,
    parts: Vec<Tensor<1>>,
}

impl ModuleVisitor for GatherGradients<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        if !tensor.is_require_grad() {
            return;
        }
        let gradient = tensor.grad_remove(self.gradients);
        self.parts.push(flatten(
            gradient.unwrap_or_else(|| tensor.inner().zeros_like()),
        ));
    }
}

struct Replace {
    flat: Tensor<1>,
    at: usize,
}

impl ModuleMapper for Replace {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let tensor = param.val();
        if !tensor.is_require_grad() {
            return param;
        }
        let shape = tensor.shape();
        let len = shape.num_elements();
        let part = self.flat.clone().narrow(0, self.at, len).reshape(shape);
        self.at += len;
        param.map(|_| Tensor::from_inner(part).require_grad())
    }
}

fn flatten<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let len = tensor.shape().num_elements();
    tensor.reshape([len])
}
