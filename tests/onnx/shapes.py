"""The network shapes of this field, as small torch modules: what people train and export.

Each is a function of parts: modules, parameters (tensors) and buffers (arrays). Every parameter is perturbed,
since exporters optimise zero biases and slopes of 1 away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import pi
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own convention

WIDTH = 8


class Net(nn.Module):
    """A function of its parts and inputs."""

    def __init__(self, function: Callable[..., Any], **parts: Any) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            if isinstance(part, np.ndarray):
                self.register_buffer(name, torch.tensor(part, dtype=torch.float32))
            elif isinstance(part, torch.Tensor):
                self.register_parameter(name, nn.Parameter(part))
            else:
                setattr(self, name, part)

    def forward(self, *inputs: torch.Tensor) -> Any:
        """Apply the function."""
        return self.function(self, *inputs)


@dataclass(frozen=True)
class Shape:
    """A network and its inputs.

    Attributes:
        build: Makes the module.
        inputs: Shape of each input; names are sizes that stay open.
        double: In double precision.
        exports: Whether torch can export it at all.
    """

    build: Callable[[], nn.Module]
    inputs: tuple[tuple[int | str, ...], ...] = (("N", 2),)
    double: bool = False
    exports: bool = True

    def module(self, seed: int = 0) -> nn.Module:
        """Return the module, perturbed, in evaluation mode."""
        torch.manual_seed(seed)
        module = self.build()
        generator = torch.Generator().manual_seed(seed + 1)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
        module = module.double() if self.double else module
        return module.eval()

    def points(self, sizes: dict[str, int], seed: int = 0) -> tuple[torch.Tensor, ...]:
        """Return random inputs with these sizes."""
        generator = torch.Generator().manual_seed(seed)
        dtype = torch.float64 if self.double else torch.float32
        return tuple(
            torch.rand([sizes[d] if isinstance(d, str) else d for d in shape], generator=generator, dtype=dtype) * 1.8
            - 0.9
            for shape in self.inputs
        )


def mlp(*widths: int, act: type[nn.Module] = nn.Tanh, bias: bool = True) -> nn.Sequential:
    """Return linear layers with activations between."""
    layers: list[nn.Module] = []
    for a, b in pairwise(widths):
        layers += [nn.Linear(a, b, bias=bias), act()]
    return nn.Sequential(*layers[:-1])


def activated(function: Callable[[torch.Tensor], torch.Tensor], **parts: Any) -> Shape:
    """Return the shape of one hidden layer with an activation."""

    def build() -> Net:
        copies = {name: part.clone() for name, part in parts.items()}
        return Net(lambda s, x: s.b(function(s, s.a(x))), a=nn.Linear(2, WIDTH), b=nn.Linear(WIDTH, 1), **copies)

    return Shape(build)


def act(function: Callable[[torch.Tensor], torch.Tensor]) -> Shape:
    """Return the shape of one hidden layer with an activation without parameters."""
    return activated(lambda _, z: function(z))


def gated(s: Any, h: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Mix two encodings as the modified MLP does."""
    return h * u + (1 - h) * v


def modified(s: Any, x: torch.Tensor) -> torch.Tensor:
    """The modified MLP of Wang, Teng and Perdikaris."""
    u, v = torch.tanh(s.u(x)), torch.tanh(s.v(x))
    h = gated(s, torch.tanh(s.a(x)), u, v)
    return s.c(gated(s, torch.tanh(s.b(h)), u, v))


def pirate(s: Any, x: torch.Tensor) -> torch.Tensor:
    """One adaptive residual block of PirateNet."""
    z = x @ s.proj
    e = torch.cat([torch.cos(z), torch.sin(z)], -1)
    u, v = torch.tanh(s.u(e)), torch.tanh(s.v(e))
    f = gated(s, torch.tanh(s.a(e)), u, v)
    g = gated(s, torch.tanh(s.b(f)), u, v)
    h = torch.tanh(s.c(g))
    return s.d(s.alpha * h + (1 - s.alpha) * e)


def factorised(s: Any, x: torch.Tensor) -> torch.Tensor:
    """Random weight factorisation: a weight is a computed constant."""
    h = torch.tanh(F.linear(x, torch.exp(s.s1)[:, None] * s.w1, s.b1))
    return F.linear(h, torch.exp(s.s2)[:, None] * s.w2, s.b2)


def fbpinn(s: Any, x: torch.Tensor) -> torch.Tensor:
    """Two windowed subnetworks."""

    def window(low: float, high: float) -> torch.Tensor:
        return torch.sigmoid((x - low) * 10.0) * torch.sigmoid((x - high) * -10.0)

    w1, w2 = window(-1.2, 0.2), window(-0.2, 1.2)
    total = w1 + w2
    return w1 / total * s.a((x + 0.5) / 0.7) + w2 / total * s.b((x - 0.5) / 0.7)


def features(s: Any, x: torch.Tensor) -> torch.Tensor:
    """DeepXDE with a feature and an output transform."""
    t = x[:, 1:2]
    z = torch.cat([torch.sin(pi * x[:, 0:1]), torch.cos(pi * x[:, 0:1]), t], 1)
    return t * (1 - x[:, 0:1] ** 2) * s.net(z)


def chebyshev(s: Any, x: torch.Tensor) -> torch.Tensor:
    """One layer of a Chebyshev KAN."""
    t = torch.tanh(x).unsqueeze(-1).expand(-1, -1, 5)
    return torch.einsum("bij,ioj->bo", torch.cos(torch.acos(t) * s.order), s.coefficients)


def rowdy(s: Any, z: torch.Tensor) -> torch.Tensor:
    """Add to tanh two sines with trained amplitudes."""
    return torch.tanh(z) + s.a1 * torch.sin(10 * z) * 0.1 + s.a2 * torch.sin(20 * z) * 0.1


def gradient(s: Any, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The solution and its gradient by automatic differentiation."""
    x = x.requires_grad_()
    u = s.net(x)
    return u, torch.autograd.grad(u.sum(), x, create_graph=True)[0]


def explicit(s: Any, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The solution and its gradient written out."""
    h = torch.tanh(s.a(x))
    return s.b(h), ((1 - h * h) * s.b.weight) @ s.a.weight


def jacobian(tool: Any) -> Callable[..., Any]:
    """Return the derivative by torch.func."""
    return lambda s, x: torch.func.vmap(tool(s.net))(x)


def normalised(s: Any, x: torch.Tensor) -> torch.Tensor:
    """Scale to [-1, 1], then a hard boundary condition."""
    z = 2.0 * (x - s.lb) / (s.ub - s.lb) - 1.0
    return (1 - z[:, 0:1]) * s.net(z)


def raissi(s: Any, x: torch.Tensor) -> torch.Tensor:
    """Normalisation with plain tensors of the module."""
    return s.net(2.0 * (x - torch.tensor([-1.0, 0.0])) / torch.tensor([2.0, 1.0]) - 1.0)


def hard_initial(s: Any, x: torch.Tensor) -> torch.Tensor:
    """``x^2 cos(pi x) + t (1 - x^2) u``."""
    p, t = x[:, 0:1], x[:, 1:2]
    return p**2 * torch.cos(pi * p) + t * (1 - p**2) * s.net(x)


def mixed(s: Any, x: torch.Tensor) -> torch.Tensor:
    """Maximum, root and absolute value around a network."""
    y = torch.tanh(s.net(x))
    return torch.sqrt(torch.maximum(y, torch.tensor(0.1))) + torch.abs(x[:, 0:1])


def net(*widths: int) -> Callable[[], Net]:
    """Return a builder of the plain network."""
    return lambda: Net(lambda s, x: s.net(x), net=mlp(*widths))


def around(function: Callable[..., Any], *widths: int, **parts: Any) -> Callable[[], Net]:
    """Return a builder of a function around a plain network."""
    return lambda: Net(function, net=mlp(*(widths or (2, WIDTH, WIDTH, 1))), **{k: _copy(v) for k, v in parts.items()})


def _copy(part: Any) -> Any:
    return part.clone() if isinstance(part, torch.Tensor) else part


def spinn(axes: int, merge: Callable[..., Any], width: int = 4) -> Shape:
    """Return a separable network: one subnetwork per axis, then a merge of their features."""

    def build() -> Net:
        nets = {f"n{i}": mlp(1, WIDTH, width) for i in range(axes)}
        return Net(lambda s, *xs: merge(*(getattr(s, f"n{i}")(x) for i, x in enumerate(xs))), **nets)

    return Shape(build, tuple((name, 1) for name in "NML"[:axes]))


def deeponet(
    function: Callable[..., Any], branch: tuple[int | str, ...] = ("N", 6), trunk: tuple[int | str, ...] = ("N", 1)
) -> Shape:
    """Return a branch, a trunk and a bias."""

    def build() -> Net:
        parts = {"branch": mlp(int(branch[1]), WIDTH, 4), "trunk": mlp(int(trunk[1]), WIDTH, 4), "bias": torch.zeros(1)}
        return Net(lambda s, f, y: function(s.branch(f), s.trunk(y), s.bias), **parts)

    return Shape(build, (branch, trunk))


def _adaptive(size: int) -> Callable[[], Net]:
    def run(s: Any, x: torch.Tensor) -> torch.Tensor:
        return s.c(torch.tanh(10 * s.s2 * s.b(torch.tanh(10 * s.s1 * s.a(x)))))

    return lambda: Net(
        run,
        a=nn.Linear(2, WIDTH),
        b=nn.Linear(WIDTH, WIDTH),
        c=nn.Linear(WIDTH, 1),
        s1=torch.full((size,), 0.1),
        s2=torch.full((size,), 0.1),
    )


def _global() -> Net:
    def run(s: Any, x: torch.Tensor) -> torch.Tensor:
        return s.c(torch.tanh(s.slope * s.b(torch.tanh(s.slope * s.a(x)))))

    return Net(run, a=nn.Linear(2, WIDTH), b=nn.Linear(WIDTH, WIDTH), c=nn.Linear(WIDTH, 1), slope=torch.ones(()))


def _residual() -> Net:
    def run(s: Any, x: torch.Tensor) -> torch.Tensor:
        h = torch.tanh(s.a(x))
        h = torch.tanh(h + s.c(torch.tanh(s.b(h))))
        h = torch.tanh(h + s.e(torch.tanh(s.d(h))))
        return s.f(h)

    inner = {name: nn.Linear(WIDTH, WIDTH) for name in "bcde"}
    return Net(run, a=nn.Linear(2, WIDTH), f=nn.Linear(WIDTH, 1), **inner)


def _skip() -> Net:
    def run(s: Any, x: torch.Tensor) -> torch.Tensor:
        h = torch.cat([x, torch.tanh(s.a(x))], 1)
        return s.c(torch.cat([h, torch.tanh(s.b(h))], 1))

    return Net(run, a=nn.Linear(2, 4), b=nn.Linear(6, 4), c=nn.Linear(10, 1))


def _siren() -> Net:
    return Net(
        lambda s, x: s.c(torch.sin(30 * s.b(torch.sin(30 * s.a(x))))),
        a=nn.Linear(2, WIDTH),
        b=nn.Linear(WIDTH, WIDTH),
        c=nn.Linear(WIDTH, 1),
    )


def _raw() -> Net:
    return Net(
        lambda s, x: torch.tanh(x @ s.w1 + s.b1) @ s.w2 + s.b2,
        w1=torch.randn(2, WIDTH),
        b1=torch.randn(WIDTH),
        w2=torch.randn(WIDTH, 1),
        b2=torch.randn(1),
    )


def _factorised() -> Net:
    return Net(
        factorised,
        s1=torch.randn(WIDTH) * 0.1,
        w1=torch.randn(WIDTH, 2),
        b1=torch.randn(WIDTH),
        s2=torch.randn(1) * 0.1,
        w2=torch.randn(1, WIDTH),
        b2=torch.randn(1),
    )


def _modified(function: Callable[..., Any] = modified) -> Net:
    return Net(
        function,
        u=nn.Linear(2, WIDTH),
        v=nn.Linear(2, WIDTH),
        a=nn.Linear(2, WIDTH),
        b=nn.Linear(WIDTH, WIDTH),
        c=nn.Linear(WIDTH, 1),
    )


def _pirate() -> Net:
    inner = {name: nn.Linear(WIDTH, WIDTH) for name in "uvabc"}
    return Net(pirate, proj=torch.randn(2, WIDTH // 2), alpha=torch.tensor([0.3]), d=nn.Linear(WIDTH, 1), **inner)


def _weight_norm() -> nn.Module:
    return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(2, WIDTH)), nn.Tanh(), nn.Linear(WIDTH, 1))


def _batch_norm() -> nn.Module:
    module = nn.Sequential(nn.Linear(2, WIDTH), nn.BatchNorm1d(WIDTH), nn.Tanh(), nn.Linear(WIDTH, 1))
    statistics = module[1]
    statistics.running_mean += torch.randn(WIDTH) * 0.1
    statistics.running_var += torch.rand(WIDTH)
    return module


def _pfnn() -> Net:
    def run(s: Any, x: torch.Tensor) -> torch.Tensor:
        h = torch.tanh(s.a(x))
        return torch.cat([s.d(torch.tanh(s.b(h))), s.e(torch.tanh(s.c(h)))], 1)

    return Net(
        run, a=nn.Linear(2, WIDTH), b=nn.Linear(WIDTH, 4), c=nn.Linear(WIDTH, 4), d=nn.Linear(4, 1), e=nn.Linear(4, 1)
    )


def _mionet() -> Shape:
    def run(s: Any, f: torch.Tensor, g: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.einsum("ip,jp->ij", s.f(f) * s.g(g), s.t(y)) + s.bias

    def build() -> Net:
        return Net(run, f=mlp(5, WIDTH, 4), g=nn.Linear(3, 4), t=mlp(1, WIDTH, 4), bias=torch.zeros(1))

    return Shape(build, (("N", 5), ("N", 3), ("M", 1)))


def _quadratic() -> Net:
    return Net(
        lambda s, x: s.c(torch.tanh(s.a(x) * s.b(x))),
        a=nn.Linear(2, WIDTH),
        b=nn.Linear(2, WIDTH),
        c=nn.Linear(WIDTH, 1),
    )


def _chebyshev() -> Net:
    return Net(chebyshev, order=np.arange(5.0), coefficients=torch.randn(2, 1, 5) * 0.3)


def _vector(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.einsum("iro,jro->ijo", a.reshape(-1, 2, 3), b.reshape(-1, 2, 3))


def _unused(s: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.einsum("ir,jr->ij", s.a(x), s.c(torch.ones_like(y)) * 0 + s.b(torch.ones_like(y)))


def _xpinn(s: Any, x: torch.Tensor) -> torch.Tensor:
    return torch.where(x[:, 0:1] < 0.1, s.a(x), s.b(x))


def _two(kind: Callable[..., Any] = _xpinn) -> Net:
    return Net(kind, a=mlp(2, WIDTH, 1), b=mlp(2, WIDTH, 1))


def _periodic(s: Any, x: torch.Tensor) -> torch.Tensor:
    t, p = x[:, 0:1], x[:, 1:2]
    return s.net(torch.cat([t, torch.cos(pi * p), torch.sin(pi * p)], 1))


def _split(s: Any, x: torch.Tensor) -> torch.Tensor:
    u, v = torch.split(s.net(x), [1, 1], dim=1)
    return torch.cat([v, u], 1)


def _pointwise(s: Any, x: torch.Tensor) -> torch.Tensor:
    return (s.a(x[:, 0:1]) * s.b(x[:, 1:2])).sum(1, keepdim=True)


def _denormalised(s: Any, x: torch.Tensor) -> torch.Tensor:
    return s.net((x - s.mean) / s.deviation) * s.scale + s.shift


def _fourier(s: Any, x: torch.Tensor) -> torch.Tensor:
    z = 2 * pi * x @ s.basis
    return s.net(torch.cat([torch.cos(z), torch.sin(z)], -1))


def _fourier_transposed(s: Any, x: torch.Tensor) -> torch.Tensor:
    z = (2 * pi * x) @ s.basis.T
    return s.net(torch.cat([torch.sin(z), torch.cos(z)], -1))


BASIS = np.random.default_rng(5).normal(size=(2, 4))
ONE_LAYER = (2, WIDTH, 1)

SHAPES: dict[str, Shape] = {
    "mlp_tanh": Shape(lambda: mlp(2, WIDTH, WIDTH, WIDTH, 1)),
    "dde_FNN_tanh": Shape(net(2, WIDTH, WIDTH, WIDTH, 1)),
    "dde_FNN_feature_output_transform": Shape(around(features, 3, WIDTH, WIDTH, 1)),
    "dde_PFNN": Shape(_pfnn),
    "dde_DeepONet": deeponet(lambda b, t, c: torch.einsum("bi,bi->b", b, torch.tanh(t)).unsqueeze(1) + c),
    "dde_DeepONetCartesianProd": deeponet(
        lambda b, t, c: torch.einsum("bi,ni->bn", b, torch.tanh(t)) + c, trunk=("M", 1)
    ),
    "dde_MIONetCartesianProd": _mionet(),
    "modified_mlp": Shape(_modified),
    "fourier_features": Shape(around(_fourier, 8, WIDTH, 1, basis=BASIS)),
    "fourier_features_transposed": Shape(around(_fourier_transposed, 8, WIDTH, 1, basis=BASIS.T)),
    "siren": Shape(_siren),
    "spinn2_einsum": spinn(2, lambda a, b: torch.einsum("ir,jr->ij", a, b)),
    "spinn2_mulsum": spinn(2, lambda a, b: (a.unsqueeze(1) * b.unsqueeze(0)).sum(-1)),
    "spinn2_matmulT": spinn(2, lambda a, b: a @ b.T),
    "spinn2_jaxstyle": spinn(2, lambda a, b: torch.einsum("fx,fy->xy", a.T, b.T)),
    "spinn3_einsum": spinn(3, lambda a, b, c: torch.einsum("ir,jr,kr->ijk", a, b, c)),
    "spinn3_chain": spinn(3, lambda a, b, c: torch.einsum("ijr,kr->ijk", torch.einsum("ir,jr->ijr", a, b), c)),
    "spinn3_mulsum": spinn(3, lambda a, b, c: (a[:, None, None] * b[None, :, None] * c[None, None]).sum(-1)),
    "spinn2_vector_out_einsum": spinn(2, _vector, width=6),
    "spinn_pointwise": Shape(lambda: Net(_pointwise, a=mlp(1, WIDTH, 4), b=mlp(1, WIDTH, 4))),
    "deeponet_sum": deeponet(lambda b, t, c: (b * t).sum(-1, keepdim=True) + c),
    "deeponet_einsum": deeponet(lambda b, t, c: torch.einsum("bi,bi->b", b, t) + c),
    "deeponet_acttrunk": deeponet(lambda b, t, c: (b * torch.tanh(t)).sum(-1, keepdim=True) + c),
    "deeponet_cart": deeponet(lambda b, t, c: torch.einsum("bi,ni->bn", b, t) + c, trunk=("M", 1)),
    "deeponet_matmul": deeponet(lambda b, t, c: b @ t.T + c, trunk=("M", 1)),
    "residual_mlp": Shape(_residual),
    "adaptive_tanh_layer": Shape(_adaptive(1)),
    "adaptive_tanh_neuron": Shape(_adaptive(WIDTH)),
    "adaptive_tanh_global": Shape(_global),
    "act_gelu": act(F.gelu),
    "act_gelu_tanh": act(lambda z: F.gelu(z, approximate="tanh")),
    "act_silu": act(F.silu),
    "act_softplus": act(F.softplus),
    "act_softplus_b5": act(lambda z: F.softplus(z, beta=5)),
    "act_elu": act(F.elu),
    "act_selu": act(F.selu),
    "act_celu": act(lambda z: F.celu(z, 0.7)),
    "act_mish": act(F.mish),
    "act_sigmoid": act(torch.sigmoid),
    "act_softsign": act(F.softsign),
    "act_leaky": act(F.leaky_relu),
    "act_hardtanh": act(F.hardtanh),
    "act_tanhshrink": act(F.tanhshrink),
    "act_logsigmoid": act(F.logsigmoid),
    "act_relu_cubed": act(lambda z: torch.relu(z) ** 3),
    "act_gaussian": act(lambda z: torch.exp(-(z**2) / 2)),
    "act_swish_beta": activated(lambda s, z: z * torch.sigmoid(s.beta * z), beta=torch.ones(())),
    "act_rowdy": activated(rowdy, a1=torch.ones(()), a2=torch.ones(())),
    "act_sine": act(lambda z: torch.sin(1.0 * z)),
    "act_arctan": act(torch.atan),
    "act_relu": act(torch.relu),
    "norm_hard_constraint": Shape(around(normalised, lb=np.array([-1.0, 0.0]), ub=np.array([1.0, 2.0]))),
    "raissi_norm": Shape(around(raissi)),
    "zscore_in_denorm_out": Shape(
        around(
            _denormalised,
            mean=np.array([0.1, 0.2]),
            deviation=np.array([0.5, 1.5]),
            scale=np.array([2.0]),
            shift=np.array([0.3]),
        )
    ),
    "two_inputs_cat": Shape(around(lambda s, x, t: s.net(torch.cat([x, t], 1))), (("N", 1), ("N", 1))),
    "two_1d_inputs_stack": Shape(around(lambda s, x, t: s.net(torch.stack([x, t], 1)), *ONE_LAYER), (("N",), ("N",))),
    "raw_matmul": Shape(_raw),
    "rwf_weight_factorised": Shape(_factorised),
    "weight_norm": Shape(_weight_norm),
    "piratenet_block": Shape(_pirate),
    "periodic_embedding": Shape(around(_periodic, 3, WIDTH, 1)),
    "xpinn_where": Shape(_two),
    "fbpinn_windows": Shape(lambda: Net(fbpinn, a=mlp(1, WIDTH, 1), b=mlp(1, WIDTH, 1)), (("N", 1),)),
    "hard_IC": Shape(around(hard_initial, *ONE_LAYER)),
    "exp_output": Shape(around(lambda s, x: torch.exp(s.net(x)), *ONE_LAYER)),
    "quadratic_neuron": Shape(_quadratic),
    "mlp_tanh_3d_input": Shape(net(2, WIDTH, WIDTH, 1), (("N", 5, 2),)),
    "mlp_no_bias": Shape(lambda: mlp(*ONE_LAYER, bias=False)),
    "mlp_unbatched_1d_input": Shape(net(*ONE_LAYER), ((2,),)),
    "mlp_tanh_float64": Shape(net(*ONE_LAYER), double=True),
    "mlp_dropout_eval": Shape(
        lambda: nn.Sequential(nn.Linear(2, WIDTH), nn.Tanh(), nn.Dropout(0.1), nn.Linear(WIDTH, 1))
    ),
    "mlp_batchnorm_eval": Shape(_batch_norm),
    "mlp_layernorm": Shape(
        lambda: nn.Sequential(nn.Linear(2, WIDTH), nn.LayerNorm(WIDTH), nn.Tanh(), nn.Linear(WIDTH, 1))
    ),
    "chebyshev_kan": Shape(_chebyshev),
    "u_and_grad": Shape(around(gradient, *ONE_LAYER), exports=False),
    "jacrev_vmap": Shape(around(jacobian(torch.func.jacrev), *ONE_LAYER), exports=False),
    "frozen_u_and_grad": Shape(
        lambda: around(gradient, *ONE_LAYER)().requires_grad_(requires_grad=False), exports=False
    ),
    "frozen_jacfwd_vmap": Shape(
        lambda: around(jacobian(torch.func.jacfwd), *ONE_LAYER)().requires_grad_(requires_grad=False), exports=False
    ),
    "frozen_explicit_grad": Shape(
        lambda: Net(explicit, a=nn.Linear(2, WIDTH), b=nn.Linear(WIDTH, 1)).requires_grad_(requires_grad=False)
    ),
    "mlp_mixed_where_abs_max": Shape(around(mixed, *ONE_LAYER)),
    "spinn2_unused_y": Shape(
        lambda: Net(_unused, a=mlp(1, WIDTH, 4), b=mlp(1, WIDTH, 4), c=mlp(1, WIDTH, 4)), (("N", 1), ("M", 1))
    ),
    "shared_net_symmetry": Shape(around(lambda s, x: 0.5 * (s.net(x) + s.net(-x)), *ONE_LAYER)),
    "linear_skip_concat": Shape(_skip),
    "two_outputs_split": Shape(around(_split, 2, WIDTH, 2)),
}
"""The 84 shapes, by name."""
