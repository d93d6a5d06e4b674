"""The same pictures through torchvision's networks and ours: the same logits.

torchvision pins its own PyTorch, so its three networks stand here as modules of the same
state dict: every name and shape of torchvision/models/{alexnet,vgg,resnet}.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plant_train.archs import find_architecture
from plant_train.archs.architecture import Architecture
from plant_train.weights.porting import WeightsFile, open_weights

pytestmark = pytest.mark.import_proof
torch = pytest.importorskip("torch", reason="PyTorch is not installed: extra [import]")
nn = torch.nn

Pictures = Callable[[int], np.ndarray]
SeededTensors = Callable[..., dict[str, np.ndarray]]
OurLogits = Callable[[Architecture, WeightsFile, np.ndarray], np.ndarray]

GOLDEN = json.loads((Path(__file__).parent / "golden" / "published_logits.json").read_text())
PARAMETERS = {"alexnet-owt": 61_100_840, "vgg16": 138_357_544, "resnet50": 25_557_032}


class AlexNet(nn.Module):  # type: ignore[misc, name-defined]
    """torchvision.models.alexnet."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            *(nn.Dropout(0.5), nn.Linear(256 * 6 * 6, 4096), nn.ReLU()),
            *(nn.Dropout(0.5), nn.Linear(4096, 4096), nn.ReLU()),
            nn.Linear(4096, classes),
        )

    def forward(self, x: Any) -> Any:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class Vgg16(nn.Module):  # type: ignore[misc, name-defined]
    """torchvision.models.vgg16."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(*self._features())
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            *(nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout()),
            *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout()),
            nn.Linear(4096, classes),
        )

    def _features(self) -> Iterator[Any]:
        channels = 3
        for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            for _ in range(count):
                yield nn.Conv2d(channels, filters, 3, padding=1)
                yield nn.ReLU()
                channels = filters
            yield nn.MaxPool2d(2, 2)

    def forward(self, x: Any) -> Any:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class Bottleneck(nn.Module):  # type: ignore[misc, name-defined]
    """torchvision's, of ResNet v1.5: the stride is on the 3x3 convolution."""

    def __init__(self, channels: int, filters: int, stride: int, widens: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.conv3 = nn.Conv2d(filters, 4 * filters, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * filters)
        self.relu = nn.ReLU()
        self.downsample = (
            nn.Sequential(
                nn.Conv2d(channels, 4 * filters, 1, stride=stride, bias=False),
                nn.BatchNorm2d(4 * filters),
            )
            if widens
            else None
        )

    def forward(self, x: Any) -> Any:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        return self.relu(self.bn3(self.conv3(y)) + shortcut)


class ResNet50(nn.Module):  # type: ignore[misc, name-defined]
    """torchvision.models.resnet50."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = 64
        for stage, (filters, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 1):
            layer = nn.Sequential()
            for block in range(blocks):
                stride = 2 if stage > 1 and block == 0 else 1
                layer.append(Bottleneck(channels, filters, stride, block == 0))
                channels = 4 * filters
            setattr(self, f"layer{stage}", layer)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Any) -> Any:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


NETWORKS: dict[str, Any] = {"alexnet-owt": AlexNet, "vgg16": Vgg16, "resnet50": ResNet50}


def _published(name: str, tensors: dict[str, np.ndarray]) -> Any:
    """torchvision's network with these weights, in inference mode."""
    classes = len(tensors[list(tensors)[-1]])
    network = NETWORKS[name](classes).eval()
    state = {key: torch.from_numpy(tensor) for key, tensor in tensors.items()}
    counters = {key for key in network.state_dict() if key.endswith("num_batches_tracked")}
    assert network.state_dict().keys() - counters == state.keys()
    network.load_state_dict(network.state_dict() | state, strict=True)
    return network


def _normalised(pixels: np.ndarray) -> Any:
    """torchvision's transforms of ImageNet weights: [n, 3, S, S]."""
    mean, spread = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    values = (pixels.astype(np.float64) / 255 - mean) / spread
    return torch.from_numpy(values.transpose(0, 3, 1, 2).astype(np.float32))


def _logits(network: Any, pixels: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        logits: np.ndarray = network(_normalised(pixels)).numpy()
    return logits


def _shapes(name: str, classes: int) -> dict[str, list[int]]:
    state = NETWORKS[name](classes).state_dict()
    return {key: list(tensor.shape) for key, tensor in state.items() if "num_batches" not in key}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_state_dict_gives_the_logits_that_torch_gives(
    name: str,
    tmp_path: Path,
    pictures: Pictures,
    seeded_tensors: SeededTensors,
    our_logits: OurLogits,
) -> None:
    gain = GOLDEN[name]["last_gain"]
    network = _published(name, seeded_tensors(_shapes(name, 1000), seed=1, last_gain=gain))
    assert sum(parameter.numel() for parameter in network.parameters()) == PARAMETERS[name]
    torch.save(network.state_dict(), tmp_path / "published.pth")
    theirs = _logits(network, pictures(224))
    del network
    architecture = find_architecture(name)
    weights = open_weights(tmp_path / "published.pth", architecture, architecture.options())
    ours = our_logits(architecture, weights, pictures(224))
    assert 0.5 < theirs.std() < 10
    np.testing.assert_allclose(ours, theirs, atol=1e-3, rtol=0)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_committed_logits_are_those_that_torch_gives(
    name: str, pictures: Pictures, seeded_tensors: SeededTensors
) -> None:
    golden = GOLDEN[name]
    assert golden["shapes"] == _shapes(name, 10)
    tensors = seeded_tensors(golden["shapes"], golden["seed"], golden["last_gain"])
    network = _published(name, tensors)
    np.testing.assert_allclose(_logits(network, pictures(224)), golden["logits"], atol=1e-4)


def test_an_onnx_export_of_torchvisions_alexnet_gives_the_logits_that_onnx_runtime_gives(
    tmp_path: Path, pictures: Pictures, seeded_tensors: SeededTensors, our_logits: OurLogits
) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    network = _published("alexnet-owt", seeded_tensors(_shapes("alexnet-owt", 1000), seed=2))
    pixels = pictures(224)
    path = tmp_path / "published.onnx"
    torch.onnx.export(network, (_normalised(pixels),), path, dynamo=False)
    session = onnxruntime.InferenceSession(path)
    feed = {session.get_inputs()[0].name: _normalised(pixels).numpy()}
    (theirs,) = session.run(None, feed)
    architecture = find_architecture("alexnet-owt")
    weights = open_weights(path, architecture, architecture.options())
    assert 0.5 < theirs.std() < 10
    np.testing.assert_allclose(our_logits(architecture, weights, pixels), theirs, atol=1e-3, rtol=0)
