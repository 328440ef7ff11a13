"""Reference values for the networks that forward.json and forward_more.json lack, computed by PyTorch.

    /usr/bin/python3 forward_own.py > forward_own.json        # Debian 12's python3-torch (1.13.1), CPU

The definitions below were written from the papers (He et al. 2015, arXiv:1512.03385; He et al. 2018, arXiv:1812.01187; Xie et al. 2016,
arXiv:1611.05431; Hu et al. 2017, arXiv:1709.01507; Gao et al. 2019, arXiv:1904.01169) and timm's documented structure, with torch.nn alone.
Before anything is written, the same definitions must give every entry of models.json.gz's state_dict, and the values of forward.json for
relatives that have the same parts: a definition that is wrong cannot pass.
"""
import gzip
import json
import os
import sys

import numpy as np
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


def rule(name, shape):
    """The weight rule: FNV-1a of the name seeds SplitMix64."""
    n = int(np.prod(shape)) if len(shape) else 1
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over='ignore'):
        z = np.uint64(seed) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = (z >> np.uint64(40)).astype(np.float64) / 2 ** 24
    if name == 'input':
        values = 4 * u - 2
    elif name.endswith('running_var'):
        values = 0.75 + 0.5 * u
    elif name.endswith('running_mean'):
        values = 0.1 * (2 * u - 1)
    elif len(shape) >= 2:
        values = (2 * u - 1) * np.sqrt(3 / (n / shape[0]))
    elif name.endswith('.weight'):
        values = 0.5 + 0.5 * u
    else:
        values = 0.1 * (2 * u - 1)
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def conv(inputs, outputs, kernel, stride=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        hidden = max(8, int(channels / 16 + 4) // 8 * 8)
        self.fc1 = nn.Conv2d(channels, hidden, 1)
        self.fc2 = nn.Conv2d(hidden, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.fc2(torch.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


class Basic(nn.Module):
    expansion = 1

    def __init__(self, inputs, planes, stride, downsample, **_):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, planes, 3, stride), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = conv(planes, planes, 3), nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs, planes, stride, downsample, cardinality=1, base_width=64, se=False):
        super().__init__()
        width = planes * base_width // 64 * cardinality
        self.conv1, self.bn1 = conv(inputs, width, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3, stride, cardinality), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = conv(width, planes * 4, 1), nn.BatchNorm2d(planes * 4)
        self.se = SqueezeExcite(planes * 4) if se else None
        self.downsample = downsample

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        if self.se is not None:
            y = self.se(y)
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottle2neck(nn.Module):
    expansion = 4

    def __init__(self, inputs, planes, stride, downsample, base_width=26, scale=4):
        super().__init__()
        width = planes * base_width // 64
        self.scale, self.first = scale, downsample is not None
        self.conv1, self.bn1 = conv(inputs, width * scale, 1), nn.BatchNorm2d(width * scale)
        self.convs = nn.ModuleList(conv(width, width, 3, stride) for _ in range(scale - 1))
        self.bns = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(scale - 1))
        self.pool = nn.AvgPool2d(3, stride, 1) if self.first else nn.Identity()
        self.conv3, self.bn3 = conv(width * scale, planes * 4, 1), nn.BatchNorm2d(planes * 4)
        self.downsample = downsample

    def forward(self, x):
        pieces = torch.relu(self.bn1(self.conv1(x))).chunk(self.scale, 1)
        outputs, before = [], None
        for i, (c, b) in enumerate(zip(self.convs, self.bns)):
            piece = pieces[i] if i == 0 or self.first else pieces[i] + before
            before = torch.relu(b(c(piece)))
            outputs.append(before)
        outputs.append(self.pool(pieces[-1]))
        y = self.bn3(self.conv3(torch.cat(outputs, 1)))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, block, depths, stem=None, d=False, **options):
        super().__init__()
        widths = stem or [64]
        if stem:
            self.conv1 = nn.Sequential(
                conv(3, stem[0], 3, 2), nn.BatchNorm2d(stem[0]), nn.ReLU(),
                conv(stem[0], stem[1], 3), nn.BatchNorm2d(stem[1]), nn.ReLU(), conv(stem[1], stem[2], 3))
        else:
            self.conv1 = conv(3, 64, 7, 2)
        self.bn1 = nn.BatchNorm2d(widths[-1])
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = widths[-1]
        for i, depth in enumerate(depths):
            planes, blocks = 64 << i, []
            for j in range(depth):
                stride = 2 if i > 0 and j == 0 else 1
                outputs, downsample = planes * block.expansion, None
                if stride > 1 or inputs != outputs:
                    pool = nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False) if stride > 1 else nn.Identity()
                    parts = [conv(inputs, outputs, 1, 1 if d else stride), nn.BatchNorm2d(outputs)]
                    downsample = nn.Sequential(*([pool] if d else []), *parts)
                blocks.append(block(inputs, planes, stride, downsample, **options))
                inputs = outputs
            setattr(self, f'layer{i + 1}', nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, 1000)

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        stages = []
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            stages.append(list(x.shape))
        features = x.mean((2, 3))
        return stages, features, self.fc(features)


DEEP, TIERED = [32, 32, 64], [24, 32, 64]
MISSING = {
    'resnet26t': lambda: ResNet(Bottleneck, [2, 2, 2, 2], TIERED, d=True),
    'res2net101d': lambda: ResNet(Bottle2neck, [3, 4, 23, 3], DEEP, d=True),
    'seresnext26d_32x4d': lambda: ResNet(Bottleneck, [2, 2, 2, 2], DEEP, d=True, cardinality=32, base_width=4, se=True),
}
RELATIVES = {
    'resnet10t': lambda: ResNet(Basic, [1, 1, 1, 1], TIERED, d=True),
    'resnet14t': lambda: ResNet(Bottleneck, [1, 1, 1, 1], TIERED, d=True),
    'resnet50t': lambda: ResNet(Bottleneck, [3, 4, 6, 3], TIERED, d=True),
    'resnet26d': lambda: ResNet(Bottleneck, [2, 2, 2, 2], DEEP, d=True),
    'res2net50d': lambda: ResNet(Bottle2neck, [3, 4, 6, 3], DEEP, d=True),
    'res2net101_26w_4s': lambda: ResNet(Bottle2neck, [3, 4, 23, 3]),
    'resnext50d_32x4d': lambda: ResNet(Bottleneck, [3, 4, 6, 3], DEEP, d=True, cardinality=32, base_width=4),
    'seresnext50_32x4d': lambda: ResNet(Bottleneck, [3, 4, 6, 3], cardinality=32, base_width=4, se=True),
}


def run(name, make, size=64):
    network = make().eval()
    state = {key: torch.zeros((), dtype=torch.int64) if key.endswith('num_batches_tracked') else rule(key, value.shape)
             for key, value in network.state_dict().items()}
    network.load_state_dict(state)
    expected = [(key, list(shape)) for key, shape in MODELS[name]['state']]
    assert sorted((key, list(value.shape)) for key, value in state.items()) == sorted(expected), f'{name}: another state_dict'
    images = rule('input', (2, 3, size, size))
    with torch.no_grad():
        stages, features, logits = network(images)
        _, _, exact = network.double()(images.double())
    return {
        'stage_shapes': stages,
        'features': [row(values) for values in features.double().numpy()],
        'logits': [{**row(values), 'sum': float(values.sum()), 'argmax': int(values.argmax())} for values in logits.double().numpy()],
        'float64_logits': [[float(f'{x:.12g}') for x in values[:16]] for values in exact.numpy()],
        'float32_vs_float64_max_abs': float((logits.double() - exact).abs().max()),
    }


def row(values):
    return {'first16': [float(f'{x:.7g}') for x in values[:16]], 'l2': float(np.linalg.norm(values))}


def check(name, actual, expected):
    assert actual['stage_shapes'] == expected['stage_shapes'], name
    for kind in ('features', 'logits'):
        for ours, theirs in zip(actual[kind], expected[kind]):
            np.testing.assert_allclose(ours['first16'], theirs['first16'], rtol=1e-4, atol=1e-5, err_msg=name)
            np.testing.assert_allclose(ours['l2'], theirs['l2'], rtol=1e-5, err_msg=name)
    np.testing.assert_allclose(actual['float64_logits'], expected['float64_logits'], rtol=1e-9, atol=1e-10, err_msg=name)


with gzip.open(os.path.join(HERE, 'models.json.gz')) as file:
    MODELS = json.load(file)
with open(os.path.join(HERE, 'forward.json')) as file:
    FORWARD = json.load(file)
for name, make in RELATIVES.items():
    check(name, run(name, make), FORWARD[name]['64'])
    print(f'{name}: as in forward.json', file=sys.stderr)
json.dump({name: {'64': run(name, make)} for name, make in MISSING.items()}, sys.stdout)
