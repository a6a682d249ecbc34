//! The operations on the Flex CPU backend, as kernels with their own derivatives.

use super::NormUse;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, DispatchDevice, Flex};
use burn::tensor::{Device, Tensor, TensorData};
use coronet_kernels::activation::{self, Dropout, Moments, Norm};
use coronet_kernels::conv::{self, Conv1d};
use coronet_kernels::residual::{self, Residual};

/// How operations on Flex are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    /// No derivatives are asked for.
    Plain,
    /// Operations are recorded for a backward pass.
    Recorded,
}

type Recorded = Autodiff<Flex>;
type RecordedTensor = burn::backend::tensor::FloatTensor<Recorded>;

impl Engine {
    /// The engine of a tensor on Flex; `None` for every other device.
    pub(super) fn of(tensor: &Tensor<3>) -> Option<Engine> {
        Engine::of_device(&tensor.device())
    }

    /// The engine of tensors on a device; `None` where it is not Flex.
    pub(super) fn of_device(device: &Device) -> Option<Engine> {
        let recorded = device.is_autodiff();
        match device.clone().inner().as_dispatch() {
            DispatchDevice::Flex(_) if recorded => Some(Engine::Recorded),
            DispatchDevice::Flex(_) => Some(Engine::Plain),
            _ => None,
        }
    }
}

fn plain<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    tensor
        .inner()
        .try_into_primitive::<Flex>()
        .expect("a tensor on Flex, this is a bug")
}

fn recorded<const D: usize>(tensor: Tensor<D>) -> RecordedTensor {
    let tensor = if tensor.is_autodiff() {
        tensor
    } else {
        Tensor::from_inner(tensor)
    };
    tensor
        .try_into_primitive::<Recorded>()
        .expect("a recorded tensor on Flex, this is a bug")
}

/// Makes the output of an operation part of the graph, with what its derivative needs.
fn record<O, const N: usize>(
    operation: O,
    inputs: [NodeGuard; N],
    state: O::State,
    output: FlexTensor,
) -> Tensor<3>
where
    O: Backward<Flex, N>,
{
    let prepared = operation.prepare::<NoCheckpointing>(inputs);
    let output = match prepared.compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish(state, output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    };
    Tensor::from_primitive::<Recorded>(output)
}

/// Row-major elements of a tensor.
struct Elements(FlexTensor);

impl Elements {
    fn of(tensor: &FlexTensor) -> Elements {
        Elements(tensor.to_contiguous())
    }

    fn get(&self) -> &[f32] {
        self.0
            .as_slice()
            .expect("contiguous single precision, this is a bug")
    }
}

fn tensor(values: Vec<f32>, shape: &[usize]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.to_vec()))
}

fn dims<const D: usize>(tensor: &FlexTensor) -> [usize; D] {
    tensor.layout().shape().dims()
}

pub(super) fn convolution(
    engine: Engine,
    [input, weight]: [Tensor<3>; 2],
    bias: Tensor<1>,
    stride: usize,
    groups: usize,
) -> Tensor<3> {
    let shape = Conv1d::same(input.dims(), weight.dims(), stride, groups);
    if engine == Engine::Plain {
        let output = convolve(&shape, &plain(input), &plain(weight), &plain(bias));
        return Tensor::from_primitive::<Flex>(output);
    }
    let (input, weight, bias) = (recorded(input), recorded(weight), recorded(bias));
    let output = convolve(
        &shape,
        input.primitive(),
        weight.primitive(),
        bias.primitive(),
    );
    let nodes = [input.node(), weight.node(), bias.node()];
    let state = (shape, input.into_primitive(), weight.into_primitive());
    record(Convolution, nodes, state, output)
}

fn convolve(
    shape: &Conv1d,
    input: &FlexTensor,
    weight: &FlexTensor,
    bias: &FlexTensor,
) -> FlexTensor {
    let mut output = vec![0.0; shape.output_len()];
    let (input, weight, bias) = (
        Elements::of(input),
        Elements::of(weight),
        Elements::of(bias),
    );
    conv::forward(shape, input.get(), weight.get(), bias.get(), &mut output);
    tensor(output, &[shape.batch, shape.out_channels, shape.out_length])
}

#[derive(Debug)]
struct Convolution;

impl Backward<Flex, 3> for Convolution {
    type State = (Conv1d, FlexTensor, FlexTensor);

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = Elements::of(&grads.consume::<Flex>(&ops.node));
        let (shape, input, weight) = ops.state;
        let [to_input, to_weight, to_bias] = ops.parents;
        if to_weight.is_some() || to_bias.is_some() {
            let mut weight_grad = vec![0.0; shape.weight_len()];
            let mut bias_grad = vec![0.0; shape.out_channels];
            let input = Elements::of(&input);
            conv::backward_weight(
                &shape,
                input.get(),
                grad.get(),
                &mut weight_grad,
                &mut bias_grad,
            );
            register(
                grads,
                to_weight.map(|node| node.id),
                tensor(weight_grad, &dims::<3>(&weight)),
            );
            register(
                grads,
                to_bias.map(|node| node.id),
                tensor(bias_grad, &[shape.out_channels]),
            );
        }
        if let Some(node) = to_input {
            let mut input_grad = vec![0.0; shape.input_len()];
            conv::backward_input(
                &shape,
                Elements::of(&weight).get(),
                grad.get(),
                &mut input_grad,
            );
            let of = [shape.batch, shape.in_channels, shape.in_length];
            register(grads, Some(node.id), tensor(input_grad, &of));
        }
    }
}

fn register(grads: &mut Gradients, node: Option<NodeId>, value: FlexTensor) {
    if let Some(node) = node {
        grads.register::<Flex>(node, value);
    }
}

/// A norm as its kernel and its backward pass need it.
#[derive(Clone, Debug)]
struct NormState {
    moments: Moments,
    of_batch: bool,
    epsilon: f32,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl NormState {
    fn new(norm: &NormUse, input: &FlexTensor) -> NormState {
        let values = |tensor: &Tensor<1>| Elements::of(&plain(tensor.clone())).get().to_vec();
        let moments = match &norm.moments {
            Some([mean, variance]) => Moments {
                mean: values(mean),
                variance: values(variance),
            },
            None => activation::moments(Elements::of(input).get(), dims(input)),
        };
        NormState {
            moments,
            of_batch: norm.moments.is_none(),
            epsilon: norm.epsilon,
            weight: values(&norm.weight),
            bias: values(&norm.bias),
        }
    }

    fn borrow(&self) -> Norm<'_> {
        Norm {
            moments: &self.moments,
            epsilon: self.epsilon,
            weight: &self.weight,
            bias: &self.bias,
        }
    }

    fn own_moments(&self) -> Option<[Tensor<1>; 2]> {
        let channels = [self.weight.len()];
        let of =
            |values: &Vec<f32>| Tensor::from_primitive::<Flex>(tensor(values.clone(), &channels));
        self.of_batch
            .then(|| [of(&self.moments.mean), of(&self.moments.variance)])
    }
}

pub(super) fn activation(
    engine: Engine,
    input: Tensor<3>,
    norm: Option<NormUse>,
    dropout: Option<Dropout>,
) -> (Tensor<3>, Option<[Tensor<1>; 2]>) {
    if engine == Engine::Plain {
        let input = plain(input);
        let norm = norm.map(|norm| NormState::new(&norm, &input));
        let output = activate(&input, norm.as_ref(), dropout);
        let moments = norm.and_then(|norm| norm.own_moments());
        return (Tensor::from_primitive::<Flex>(output), moments);
    }
    let input = recorded(input);
    let state = norm
        .as_ref()
        .map(|norm| NormState::new(norm, input.primitive()));
    let output = activate(input.primitive(), state.as_ref(), dropout);
    let moments = state.as_ref().and_then(NormState::own_moments);
    let output = match norm {
        None => {
            let node = [input.node()];
            let state = (input.into_primitive(), dropout);
            record(Silu, node, state, output)
        }
        Some(norm) => {
            let (weight, bias) = (recorded(norm.weight), recorded(norm.bias));
            let nodes = [input.node(), weight.node(), bias.node()];
            let state = state.expect("a norm has a state, this is a bug");
            let state = (input.into_primitive(), state, dropout);
            record(NormSilu, nodes, state, output)
        }
    };
    (output, moments)
}

fn activate(input: &FlexTensor, norm: Option<&NormState>, dropout: Option<Dropout>) -> FlexTensor {
    let shape = dims::<3>(input);
    let input = Elements::of(input);
    let mut output = vec![0.0; input.get().len()];
    activation::forward(
        input.get(),
        shape,
        norm.map(NormState::borrow),
        dropout,
        &mut output,
    );
    tensor(output, &shape)
}

#[derive(Debug)]
struct Silu;

impl Backward<Flex, 1> for Silu {
    type State = (FlexTensor, Option<Dropout>);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = Elements::of(&grads.consume::<Flex>(&ops.node));
        let (input, dropout) = ops.state;
        let [to_input] = ops.parents;
        let (input_grad, _) = activate_backward(&input, &grad, None, dropout);
        register(grads, to_input.map(|node| node.id), input_grad);
    }
}

#[derive(Debug)]
struct NormSilu;

impl Backward<Flex, 3> for NormSilu {
    type State = (FlexTensor, NormState, Option<Dropout>);

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = Elements::of(&grads.consume::<Flex>(&ops.node));
        let (input, norm, dropout) = ops.state;
        let [to_input, to_weight, to_bias] = ops.parents;
        let (input_grad, gradient) = activate_backward(&input, &grad, Some(&norm), dropout);
        let gradient = gradient.expect("a norm has a gradient, this is a bug");
        let channels = [norm.weight.len()];
        register(
            grads,
            to_weight.map(|node| node.id),
            tensor(gradient.weight, &channels),
        );
        register(
            grads,
            to_bias.map(|node| node.id),
            tensor(gradient.bias, &channels),
        );
        register(grads, to_input.map(|node| node.id), input_grad);
    }
}

fn activate_backward(
    input: &FlexTensor,
    grad: &Elements,
    norm: Option<&NormState>,
    dropout: Option<Dropout>,
) -> (FlexTensor, Option<activation::NormGradient>) {
    let shape = dims::<3>(input);
    let input = Elements::of(input);
    let mut input_grad = vec![0.0; input.get().len()];
    let of_batch = norm.is_some_and(|norm| norm.of_batch);
    let norm = norm.map(NormState::borrow);
    let gradient = activation::backward(
        input.get(),
        grad.get(),
        shape,
        norm,
        of_batch,
        dropout,
        &mut input_grad,
    );
    (tensor(input_grad, &shape), gradient)
}

pub(super) fn residual(
    engine: Engine,
    branch: Tensor<3>,
    gate: Tensor<2>,
    input: Tensor<3>,
    halves: bool,
) -> Tensor<3> {
    let [batch, in_channels, in_length] = input.dims();
    let [_, out_channels, _] = branch.dims();
    let shape = Residual {
        batch,
        in_channels,
        out_channels,
        in_length,
        halves,
    };
    if engine == Engine::Plain {
        let output = join(&shape, [&plain(branch), &plain(gate), &plain(input)]);
        return Tensor::from_primitive::<Flex>(output);
    }
    let (branch, gate, input) = (recorded(branch), recorded(gate), recorded(input));
    let output = join(
        &shape,
        [branch.primitive(), gate.primitive(), input.primitive()],
    );
    let nodes = [branch.node(), gate.node(), input.node()];
    let state = (
        shape,
        [
            branch.into_primitive(),
            gate.into_primitive(),
            input.into_primitive(),
        ],
    );
    record(Join, nodes, state, output)
}

fn join(shape: &Residual, operands: [&FlexTensor; 3]) -> FlexTensor {
    let [branch, gate, input] = operands.map(Elements::of);
    let mut output = vec![0.0; branch.get().len()];
    residual::forward(shape, branch.get(), gate.get(), input.get(), &mut output);
    tensor(
        output,
        &[shape.batch, shape.out_channels, shape.out_length()],
    )
}

#[derive(Debug)]
struct Join;

impl Backward<Flex, 3> for Join {
    type State = (Residual, [FlexTensor; 3]);

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = Elements::of(&grads.consume::<Flex>(&ops.node));
        let (shape, operands) = ops.state;
        let operands = operands.each_ref().map(Elements::of);
        let mut sums = operands
            .each_ref()
            .map(|elements| vec![0.0; elements.get().len()]);
        let values = operands.each_ref().map(Elements::get);
        let [branch, gate, input] = &mut sums;
        residual::backward(&shape, values, grad.get(), [branch, gate, input]);
        let shapes = [
            vec![shape.batch, shape.out_channels, shape.out_length()],
            vec![shape.batch, shape.out_channels],
            vec![shape.batch, shape.in_channels, shape.in_length],
        ];
        for ((node, values), shape) in ops.parents.into_iter().zip(sums).zip(shapes) {
            register(grads, node.map(|node| node.id), tensor(values, &shape));
        }
    }
}
