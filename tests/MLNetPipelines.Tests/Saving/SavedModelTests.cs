using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class SavedModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly string[] paths;
    private readonly IDataView data;
    private readonly ImageFeaturizingTransformer transformer;

    public SavedModelTests()
    {
        paths = NoiseImage.WriteMany(folder, 6);
        data = ml.Data.LoadFromEnumerable(paths.Select(path => new Row { ImagePath = path, pixels = 7, features = "kept" }).ToList());
        transformer = ml.Transforms.FeaturizeImages("Features", "ImagePath", new TinyBackbone().Write(folder.File("tiny.onnx"))).Fit(data);
    }

    private string ModelPath => Path.Combine(folder.Path, "model.zip");

    [TestMethod]
    public void Another_process_loads_it_with_nothing_registered_and_gets_the_same_values()
    {
        ml.Model.Save(transformer, data.Schema, ModelPath);

        string program = Path.Combine(AppContext.BaseDirectory, "LoadModel.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, ModelPath, .. paths])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();

        Assert.AreEqual("", errors.Result);
        Assert.AreEqual(0, process.ExitCode);
        Assert.HasCount(paths.Length, lines);
        foreach ((string line, ImageFeatures expected) in lines.Zip(transformer.Featurizer.Featurize(paths)))
        {
            string[] fields = line.Split('\t');
            Assert.AreEqual(expected.Path, fields[0]);
            ImageFeaturizerTests.AssertClose(expected.Features!, [.. fields[1].Split(' ').Select(float.Parse)]);
            ImageFeaturizerTests.AssertClose(expected.Features!, [.. fields[2].Split(' ').Select(float.Parse)]);
        }
    }

    [TestMethod]
    public void A_plainly_loaded_model_adds_exactly_the_output_column_of_the_same_type()
    {
        ml.Model.Save(transformer, data.Schema, ModelPath);

        DataViewSchema schema = ml.Model.Load(ModelPath, out DataViewSchema inputSchema).GetOutputSchema(inputSchema);

        string[] columns = [.. schema.Where(column => !column.IsHidden).Select(column => $"{column.Name}: {column.Type}")];
        CollectionAssert.AreEqual(
            transformer.GetOutputSchema(data.Schema).Select(column => $"{column.Name}: {column.Type}").ToArray(), columns);
        Assert.Contains($"Features: Vector<Single, {TinyBackbone.FeatureCount}>", columns);
    }

    [TestMethod]
    public void Columns_named_as_the_networks_values_stay_as_they_are()
    {
        ml.Model.Save(transformer, data.Schema, ModelPath);
        IDataView scored = ml.Model.Load(ModelPath, out _).Transform(data);

        foreach (Row row in ml.Data.CreateEnumerable<Row>(scored, reuseRowObject: false))
        {
            Assert.AreEqual(7, row.pixels);
            Assert.AreEqual("kept", row.features);
        }
    }

    [TestMethod]
    public void A_plainly_loaded_model_says_which_image_it_cannot_read()
    {
        ml.Model.Save(transformer, data.Schema, ModelPath);
        ITransformer loaded = ml.Model.Load(ModelPath, out _);
        File.WriteAllBytes(paths[2], []);

        Exception error = Assert.Throws<Exception>(() => ml.Data.CreateEnumerable<Output>(loaded.Transform(data), reuseRowObject: false)
            .ToList());

        Assert.Contains($"The image '{paths[2]}' is empty.", error.ToString());
    }

    [TestMethod]
    public void LoadImageModel_gives_the_batched_featurizer_back()
    {
        ml.Model.Save(transformer, data.Schema, ModelPath);

        using TransformerChain<ITransformer> loaded = ml.Model.LoadImageModel(
            ModelPath, out DataViewSchema schema, new FeaturizeImagesOptions { Device = ComputeDevice.Cpu, BatchSize = 3 });

        ImageFeaturizingTransformer restored = loaded.OfType<ImageFeaturizingTransformer>().Single();
        Assert.AreEqual("Features", restored.OutputColumnName);
        Assert.AreEqual("ImagePath", restored.InputColumnName);
        Assert.AreEqual("tiny", restored.Featurizer.Architecture);
        Assert.AreEqual(3, restored.Featurizer.BatchSize);
        CollectionAssert.AreEqual(data.Schema.Select(column => column.Name).ToArray(), schema.Select(column => column.Name).ToArray());
        AssertSame(transformer.Transform(data), loaded.Transform(data));
    }

    [TestMethod]
    public void What_was_loaded_can_be_saved_and_loaded_again()
    {
        ml.Model.Save(transformer, data.Schema, ModelPath);
        using (TransformerChain<ITransformer> first = ml.Model.LoadImageModel(ModelPath, out DataViewSchema schema))
        {
            ml.Model.Save(first, schema, folder.File("second.zip"));
        }

        using TransformerChain<ITransformer> second = ml.Model.LoadImageModel(folder.File("second.zip"), out _);

        AssertSame(transformer.Transform(data), second.Transform(data));
        AssertSame(transformer.Transform(data), ml.Model.Load(folder.File("second.zip"), out _).Transform(data));
    }

    [TestMethod]
    public void Featurizers_deep_in_a_chain_are_found_each_with_its_own_network()
    {
        TinyBackbone larger = new() { ImageSize = 40, Metadata = { [OnnxContract.Keys.ImageSize] = "40" } };
        EstimatorChain<ImageFeaturizingTransformer> inner = ml.Transforms.CopyColumns("Copy", "ImagePath")
            .Append(ml.Transforms.FeaturizeImages("Large", "Copy", larger.Write(folder.File("larger.onnx"))));
        TransformerChain<ITransformer> model = new(transformer, inner.Fit(data));
        ml.Model.Save(model, data.Schema, ModelPath);

        using TransformerChain<ITransformer> loaded = ml.Model.LoadImageModel(ModelPath, out _);

        CollectionAssert.AreEqual(new[] { 32, 40 },
            loaded.OfType<ImageFeaturizingTransformer>().Select(part => part.Featurizer.Preprocessing.ImageSize).ToArray());
        AssertSame(((ITransformer)model).Transform(data), loaded.Transform(data));
    }

    [TestMethod]
    public void The_pixel_limit_is_saved()
    {
        ImageFeaturizingTransformer careful = ml.Transforms.FeaturizeImages(
            "Features", "ImagePath", folder.File("tiny.onnx"), new FeaturizeImagesOptions { PixelLimit = 999 }).Fit(data);
        ml.Model.Save(careful, data.Schema, ModelPath);
        ITransformer loaded = ml.Model.Load(ModelPath, out _);

        Assert.Throws<Exception>(() => ml.Data.CreateEnumerable<Output>(loaded.Transform(data), reuseRowObject: false).ToList());
        using TransformerChain<ITransformer> batched = ml.Model.LoadImageModel(ModelPath, out _,
            new FeaturizeImagesOptions { PixelLimit = 1_000_000 });
        Assert.AreEqual(999, batched.OfType<ImageFeaturizingTransformer>().Single().Featurizer.Options.PixelLimit);
    }

    public void Dispose()
    {
        transformer.Dispose();
        folder.Dispose();
    }

    private void AssertSame(IDataView expected, IDataView actual)
    {
        foreach ((Output one, Output other) in ml.Data.CreateEnumerable<Output>(expected, reuseRowObject: false)
            .Zip(ml.Data.CreateEnumerable<Output>(actual, reuseRowObject: false)))
        {
            ImageFeaturizerTests.AssertClose(one.Features!, other.Features);
        }
    }

    private sealed class Row
    {
        public string? ImagePath { get; set; }

#pragma warning disable IDE1006 // named as the network's values are
        public int pixels { get; set; }

        public string? features { get; set; }
#pragma warning restore IDE1006
    }

    private sealed class Output
    {
        public float[]? Features { get; set; }
    }
}
