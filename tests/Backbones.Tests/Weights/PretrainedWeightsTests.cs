using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Backbones.Tests.Weights;

/// <summary>The catalog of pretrained weights, and networks that are made with them.</summary>
[TestClass]
[DoNotParallelize] // it sets the environment's variables
public sealed class PretrainedWeightsTests
{
    [TestMethod]
    public void The_catalog_has_preprocessing_licence_and_accuracy()
    {
        Assert.HasCount(124, PretrainedWeights.All);
        Assert.HasCount(124, PretrainedWeights.All.Select(weights => weights.Name).Distinct().ToArray());
        PretrainedWeights weights = PretrainedWeights.Find("resnet50d.ra2_in1k");
        Assert.AreEqual("timm/resnet50d.ra2_in1k", weights.Repository);
        Assert.AreEqual(new InputSpec { ImageSize = 224, CropFraction = 0.875, Interpolation = Interpolation.Bicubic }, weights.Input);
        Assert.AreEqual(weights.Input with { ImageSize = 288, CropFraction = 0.95 }, weights.TestInput);
        Assert.AreEqual(("apache-2.0", 80.546, 224, 1000), (weights.License, weights.Top1, weights.EvaluationSize, weights.Classes));
    }

    [TestMethod]
    public void Every_set_is_plausible()
    {
        foreach (PretrainedWeights weights in PretrainedWeights.All)
        {
            Assert.AreEqual($"timm/{weights.Name}", weights.Repository);
            Assert.IsInRange(60, 90, weights.Top1, weights.Name);
            Assert.IsGreaterThan(weights.Top1, weights.Top5, weights.Name);
            Assert.AreEqual(weights.EvaluationSize, weights.Input.ImageSize, weights.Name);
            Assert.IsInRange(0.8, 1, weights.Input.CropFraction, weights.Name);
            Assert.AreNotEqual("", weights.License, weights.Name);
        }
    }

    [TestMethod]
    public void The_most_accurate_set_of_an_architecture_comes_first() =>
        Assert.AreEqual("resnet18.fb_swsl_ig1b_ft_in1k", PretrainedWeights.For(BackboneRegistry.Find("resnet18"))[0].Name);

    [TestMethod]
    public void A_typo_gets_the_nearest_names() => Assert.AreEqual(
        "There are no pretrained weights 'resnet50d.ra_in1k'. Did you mean 'resnet50.ra_in1k' or 'resnet50d.ra2_in1k' or " +
        "'resnet50.ram_in1k'?",
        Assert.ThrowsExactly<UnknownWeightsException>(() => PretrainedWeights.Find("resnet50d.ra_in1k")).Message);

    [TestMethod]
    public void A_network_gets_the_names_of_its_sets() => StringAssert.StartsWith(
        Assert.ThrowsExactly<UnknownWeightsException>(() => BackboneRegistry.Create("resnet50d", "resnet50d")).Message,
        "There is no weights file 'resnet50d', and there are no pretrained weights of that name. Did you mean " +
        "'resnet50d.ra4_e3600_r224_in1k' or ");

    [TestMethod]
    public void Weights_of_another_network_are_refused() => StringAssert.StartsWith(
        Assert.ThrowsExactly<UnknownWeightsException>(() => BackboneRegistry.Create("resnet50", "resnet50d.ra2_in1k")).Message,
        "The weights 'resnet50d.ra2_in1k' are for backbone 'resnet50d', not 'resnet50'. Did you mean 'resnet50.");

    [TestMethod]
    public void A_path_is_no_typo() => Assert.AreEqual(
        "There is no weights file 'resnet50.pth'.",
        Assert.ThrowsExactly<FileNotFoundException>(() => BackboneRegistry.Create("resnet50", "resnet50.pth")).Message);

    [TestMethod]
    public void A_network_without_public_weights_is_made_of_none() => Assert.AreEqual(
        "There are no public weights for 'resnet50a'. Pass a weights file, or InitialWeights.Fresh for random weights.",
        Assert.ThrowsExactly<WeightsUnavailableException>(() => BackboneRegistry.Create("resnet50a")).Message);

    [TestMethod]
    public void Without_a_network_the_best_weights_are_not_replaced_by_random_ones()
    {
        using var folder = new TemporaryFolder();
        using var environment = new Variables(("RESNETMLNET_CACHE", folder.Path), ("HF_HUB_OFFLINE", "1"));
        var error = Assert.ThrowsExactly<WeightsUnavailableException>(() => BackboneRegistry.Create("resnet10t"));
        Assert.AreEqual(("resnet10t", "resnet10t.c3_in1k"), (error.Backbone, error.Weights?.Name));
        StringAssert.EndsWith(
            error.Message,
            " They are the best public weights of 'resnet10t'; pass others, such as a file, or InitialWeights.Fresh.");
        using Backbone fresh = BackboneRegistry.Create("resnet10t", InitialWeights.Fresh, classes: 3);
        Assert.AreEqual("fresh", fresh.WeightsOrigin);
    }

    /// <summary>By the environment's variables alone: the first network is downloaded, the second comes from the cache.</summary>
    [TestMethod]
    public async Task A_network_is_made_by_the_name_of_its_weights()
    {
        using var folder = new TemporaryFolder();
        using var saved = new Backbone(BackboneRegistry.Find("resnet18"));
        saved.SaveWeights(folder["weights.safetensors"]);
        await using FakeHub server = await FakeHub.StartAsync(File.ReadAllBytes(folder["weights.safetensors"]));
        using var environment = new Variables(
            ("HF_ENDPOINT", server.Endpoint.ToString()), ("XDG_CACHE_HOME", folder.Path), ("HF_TOKEN", null), ("HF_HUB_OFFLINE", "0"),
            ("RESNETMLNET_CACHE", null));

        using Backbone backbone = BackboneRegistry.Create("resnet18", "resnet18.a1_in1k");
        Assert.IsTrue(saved.state_dict()["fc.weight"].equal(backbone.state_dict()["fc.weight"]).all().item<bool>());
        Assert.AreEqual("resnet18.a1_in1k (apache-2.0)", backbone.WeightsOrigin);
        Assert.AreEqual(new InputSpec { CropFraction = 0.95, Interpolation = Interpolation.Bicubic }, backbone.Spec.Input);
        Assert.IsTrue(File.Exists(Path.Combine(folder.Path, "resnet-mlnet", "hub", "timm--resnet18.a1_in1k", "main", "model.safetensors")));

        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
        using Backbone five = BackboneRegistry.Create("resnet18", "resnet18.a1_in1k", classes: 5);
        CollectionAssert.AreEqual(new long[] { 5, 512 }, five.state_dict()["fc.weight"].shape);
        Assert.AreEqual("resnet18.a1_in1k (apache-2.0), a fresh classifier of 5 classes in place of its own of 1000", five.WeightsOrigin);
        Assert.HasCount(2, server.Requests);
    }

    /// <summary>Its name, classes and preprocessing are its own; the weights are those of the network that it is a variant of.</summary>
    [TestMethod]
    public async Task A_spec_of_ones_own_gets_public_weights()
    {
        using var folder = new TemporaryFolder();
        using var saved = new Backbone(BackboneRegistry.Find("resnet18"));
        saved.SaveWeights(folder["weights.safetensors"]);
        await using FakeHub server = await FakeHub.StartAsync(File.ReadAllBytes(folder["weights.safetensors"]));
        using var environment = new Variables(
            ("HF_ENDPOINT", server.Endpoint.ToString()), ("RESNETMLNET_CACHE", folder.Path), ("HF_TOKEN", null), ("HF_HUB_OFFLINE", "0"));
        BackboneSpec mine = BackboneRegistry.Find("resnet18") with { Name = "mine", Classes = 5 };
        var reported = new Reports();

        using (Backbone backbone = await BackboneRegistry.CreateAsync(mine, "resnet18.a1_in1k", progress: reported))
        {
            Assert.AreEqual(PretrainedWeights.Find("resnet18.a1_in1k").Input, backbone.Spec.Input);
            Assert.AreEqual(mine with { Input = backbone.Spec.Input }, backbone.Spec);
            Assert.IsTrue(saved.state_dict()["layer4.1.conv2.weight"].Equals(backbone.state_dict()["layer4.1.conv2.weight"]));
            Assert.AreEqual(
                "resnet18.a1_in1k (apache-2.0), a fresh classifier of 5 classes in place of its own of 1000", backbone.WeightsOrigin);
        }
        Assert.AreEqual(new FileInfo(folder["weights.safetensors"]).Length, reported.Last.Received);

        var input = new InputSpec { ImageSize = 96 };
        using (Backbone backbone = BackboneRegistry.Create(mine with { Name = "resnet18", Input = input }, "resnet18.a1_in1k", META))
            Assert.AreEqual(
                (input, 5, DeviceType.META), (backbone.Spec.Input, backbone.Spec.Classes, backbone.state_dict()["fc.weight"].device_type));
        using (WeightSet weights = await PretrainedWeights.Find("resnet18.a1_in1k").LoadAsync())
            Assert.AreEqual(saved.state_dict().Count, weights.Tensors.Count);
        Assert.HasCount(2, server.Requests);

        Assert.AreEqual(
            "There are no public weights for 'mine'. Pass a weights file, or InitialWeights.Fresh for random weights.",
            (await Assert.ThrowsExactlyAsync<WeightsUnavailableException>(() => BackboneRegistry.CreateAsync(mine))).Message);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => BackboneRegistry.Create(mine with { Planes = 32 }, "resnet18.a1_in1k"))
                .Message,
            "resnet18.a1_in1k (apache-2.0): the weights do not fit backbone 'mine'");
    }

    [TestMethod]
    public async Task A_download_for_a_network_can_be_cancelled()
    {
        using var folder = new TemporaryFolder();
        using var environment = new Variables(("RESNETMLNET_CACHE", folder.Path), ("HF_HUB_OFFLINE", "0"));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(
            () => BackboneRegistry.CreateAsync("resnet10t", cancellationToken: stop.Token));
        await Assert.ThrowsAsync<OperationCanceledException>(
            () => PretrainedWeights.Find("resnet10t.c3_in1k").LoadAsync(cancellationToken: stop.Token));
        Assert.Throws<OperationCanceledException>(() => BackboneRegistry.Create("resnet10t", cancellationToken: stop.Token));
    }

    [TestMethod]
    public void An_endpoint_that_is_no_address_is_named()
    {
        using var environment = new Variables(("HF_ENDPOINT", "huggingface.co"));
        Assert.AreEqual(
            "HF_ENDPOINT is 'huggingface.co', which is not an http or https address.",
            Assert.ThrowsExactly<FormatException>(() => new WeightsHubOptions()).Message);
    }

    private sealed class Reports : IProgress<DownloadProgress>
    {
        public DownloadProgress Last { get; private set; }

        public void Report(DownloadProgress value) => Last = value;
    }

    /// <summary>Variables of the environment, set back after the test.</summary>
    private sealed class Variables : IDisposable
    {
        private readonly (string Name, string? Value)[] before;

        public Variables(params (string Name, string? Value)[] variables)
        {
            before = [.. variables.Select(variable => (variable.Name, Environment.GetEnvironmentVariable(variable.Name)))];
            foreach ((string name, string? value) in variables) Environment.SetEnvironmentVariable(name, value);
        }

        public void Dispose()
        {
            foreach ((string name, string? value) in before) Environment.SetEnvironmentVariable(name, value);
        }
    }
}
