using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;

namespace Backbones.Tests.Weights;

/// <summary>What training scripts save, written by PyTorch itself.</summary>
[TestClass]
public sealed class PyTorchCheckpointsTests
{
    private const string Script =
        """
        import argparse, collections, copy, dataclasses, datetime, enum, functools, os, pathlib, random, sys, types
        import numpy, torch
        folder, source = sys.argv[1:]
        state = torch.load(source)
        class Mode(enum.Enum):
            TRAIN = 1
        @dataclasses.dataclass
        class Settings:
            rate: float = 0.1
        class FocalLoss(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.register_buffer('weight', torch.ones(10))
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                for name, value in state.items():
                    parent = self
                    *path, last = name.split('.')
                    for part in path:
                        if not hasattr(parent, part): parent.add_module(part, torch.nn.Module())
                        parent = getattr(parent, part)
                    parent.register_buffer(last, value)
        net = Net()
        assert set(net.state_dict()) == set(state)
        parameter = torch.nn.Parameter(torch.ones(3))
        optimizer = torch.optim.AdamW([parameter])
        parameter.sum().backward()
        optimizer.step()
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, 10)
        saved = {
            'plain': state,
            'wrapped_twice': torch.nn.DataParallel(torch.nn.DataParallel(net)).state_dict(),
            'swa': torch.optim.swa_utils.AveragedModel(net).state_dict(),
            'torchvision': {'model': {name: value * 0 for name, value in state.items()}, 'model_ema': torch.optim.swa_utils.AveragedModel(net).state_dict(),
                'optimizer': optimizer.state_dict(), 'lr_scheduler': scheduler.state_dict(), 'epoch': 3, 'args': argparse.Namespace(device=torch.device('cpu'))},
            'timm': {'epoch': 3, 'arch': 'resnet50', 'state_dict': state, 'state_dict_ema': {}, 'version': 2, 'metric': numpy.float64(71.5)},
            'lightning': {'state_dict': {**{f'model.{name}': value for name, value in state.items()}, 'criterion.weight': torch.ones(10), 'accuracy.total': torch.tensor(3)},
                'hyper_parameters': {'mode': Mode.TRAIN, 'settings': Settings(), 'path': pathlib.Path('/data')}, 'callbacks': {}, 'loops': {'fit': {'state': {}}}},
            'objects': {'state_dict': state, 'optimizer': optimizer, 'scheduler': scheduler, 'loss': FocalLoss(), 'focal': torch.nn.CrossEntropyLoss(label_smoothing=0.1)},
            'numpy': {'model': state, 'means': numpy.arange(12.).reshape(3, 4), 'names': numpy.array(['a', 'b']), 'state': numpy.random.get_state(), 'scalar': numpy.int64(3)},
            'random': {'model': state, 'python': random.getstate(), 'torch': torch.get_rng_state(), 'numpy': numpy.random.RandomState(1), 'generator': numpy.random.default_rng(1)},
            'containers': {'model': state, 'set': {1, 2}, 'frozen': frozenset([1]), 'deque': collections.deque([1, 2], maxlen=3), 'default': collections.defaultdict(list, a=[1]),
                'counter': collections.Counter('abc'), 'bytes': bytearray(b'abc'), 'range': range(3), 'slice': slice(1, 2), 'complex': 1 + 2j, 'space': types.SimpleNamespace(a=1)},
            'times': {'model': state, 'now': datetime.datetime(2024, 1, 2, 3, 4, 5), 'day': datetime.date(2024, 1, 2), 'span': datetime.timedelta(seconds=1), 'zone': datetime.timezone.utc},
            'torch': {'model': state, 'dtype': torch.complex64, 'layout': torch.strided, 'size': torch.Size([1]), 'complex': torch.ones(2, dtype=torch.complex64),
                'sparse': torch.eye(3).to_sparse(), 'quantized': torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8), 'finfo': torch.float32},
            'functions': {'model': state, 'partial': functools.partial(torch.nn.LayerNorm, eps=1e-6), 'builtin': len, 'function': torch.nn.functional.relu, 'class': torch.nn.ReLU, 'method': numpy.linspace},
            'expanded': {**state, 'bn1.running_var': state['bn1.running_var'].as_strided([16], [1]), 'bn1.num_batches_tracked': torch.zeros(1, dtype=torch.int64).expand(1)},
            'views': {name: torch.stack([value, value])[1] for name, value in state.items()},
            'transposed': {name: value.t().contiguous().t() if value.dim() == 2 else value for name, value in state.items()},
            'parameters': {name: torch.nn.Parameter(value) if value.is_floating_point() else value for name, value in state.items()},
            'counters': {name: value.float() if name.endswith('num_batches_tracked') else value for name, value in state.items()},
            'no_counters': {name: value for name, value in state.items() if not name.endswith('num_batches_tracked')},
            'doubles': {name: value.double() if value.is_floating_point() else value.int() for name, value in state.items()},
            'list': [state, optimizer.state_dict(), 3],
            'tuple': (3, {'net': state}),
        }
        for name, value in saved.items():
            for protocol in (2, 4, 5):
                torch.save(value, os.path.join(folder, f'{name}-{protocol}.pth'), pickle_protocol=protocol)
            if name not in ('torch',): torch.save(value, os.path.join(folder, f'{name}-stream.pth'), _use_new_zipfile_serialization=False)
        refused = os.path.join(folder, 'refused')
        os.mkdir(refused)
        torch.save(net, os.path.join(refused, 'a whole module.pth'))
        torch.save(net, os.path.join(refused, 'a whole module, stream.pth'), _use_new_zipfile_serialization=False)
        torch.save({'model': net, 'epoch': 3}, os.path.join(refused, 'a whole module in a checkpoint.pth'))
        torch.save(state['fc.weight'], os.path.join(refused, 'one tensor.pth'))
        torch.save(optimizer.state_dict(), os.path.join(refused, 'no state_dict.pth'))
        torch.jit.script(torch.nn.Linear(2, 2)).save(os.path.join(refused, 'a TorchScript archive.pth'))
        """;

    [TestMethod]
    [PyTorchInstalled]
    public void What_PyTorch_saves_loads_or_says_what_it_is()
    {
        using var folder = new TemporaryFolder();
        SystemPython.Run(Script, folder.Path, TinyNetwork.Checkpoint("tiny_resnet_d.pth"));
        string[] files = Directory.GetFiles(folder.Path);
        Assert.HasCount(87, files);
        var failures = new List<string>();
        foreach (string file in files)
        {
            try
            {
                using WeightSet weights = WeightsFile.Load(file);
                TinyNetwork.AssertLogits(TinyNetwork.ExpectedLogits, TinyNetwork.Logits(weights), 1e-5);
            }
            catch (Exception e) when (e is InvalidDataException or AssertFailedException)
            {
                failures.Add($"{Path.GetFileName(file)}: {e.Message}");
            }
        }
        Assert.IsEmpty(failures, string.Join('\n', failures));
        foreach (string file in Directory.GetFiles(folder["refused"]))
        {
            string kind = Path.GetFileNameWithoutExtension(file).Split(',')[0].Split(" in ")[0];
            StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => WeightsFile.Load(file)).Message, kind);
        }
    }
}
