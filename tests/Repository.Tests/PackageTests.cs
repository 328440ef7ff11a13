using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Text.Json;
using System.Xml.Linq;
using ResNetMLNet.MLNetPipelines;

namespace Repository.Tests;

/// <summary>The two NuGet packages: what is in them, and that a stranger's project works with them and nothing else of this repository.</summary>
[TestClass]
public sealed class PackageTests
{
    private static readonly string[] names = ["ResNetMLNet.Backbones", "ResNetMLNet.MLNetPipelines"];
    private static readonly string folder = Directory.CreateTempSubdirectory("package-tests-").FullName;
    private static readonly string feed = Path.Combine(folder, "feed");

    // A version that no cache has ever seen.
    private static readonly string version = $"0.1.0-test.{Guid.NewGuid():N}";

    public TestContext TestContext { get; set; } = null!;

    [ClassInitialize]
    public static void Pack(TestContext context)
    {
        string configuration = typeof(PackageTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        foreach (string name in names)
        {
            string project = Path.Combine(RepositoryFiles.Root, "src", name.Split('.')[1]);
            string output = Dotnet(folder, "pack", project, "--no-build", "-c", configuration, "-o", feed,
                $"-p:Version={version}", $"-p:NuspecOutputPath={Path.Combine(folder, "nuspec")}"); // not into the checkout's obj
            Assert.DoesNotContain("warning", output);
        }
    }

    [ClassCleanup]
    public static void Clean() => Directory.Delete(folder, recursive: true);

    [TestMethod]
    [DataRow("ResNetMLNet.Backbones", "buildTransitive/ResNetMLNet.Backbones.targets")]
    [DataRow("ResNetMLNet.MLNetPipelines", "buildTransitive/ResNetMLNet.MLNetPipelines.targets")]
    public void A_package_has_all_that_it_should(string name, string? targets)
    {
        using ZipArchive package = ZipFile.OpenRead(Path.Combine(feed, $"{name}.{version}.nupkg"));
        string[] entries = [.. package.Entries.Select(entry => entry.FullName)];
        foreach (string entry in new[] { "README.md", "icon.png", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml", targets }.OfType<string>())
            CollectionAssert.Contains(entries, entry);

        using Stream nuspec = package.GetEntry($"{name}.nuspec")!.Open();
        XElement metadata = XDocument.Load(nuspec).Root!.Elements().Single();
        Assert.AreEqual("MIT", Value("license"));
        Assert.AreEqual("README.md", Value("readme"));
        Assert.AreEqual("icon.png", Value("icon"));

        using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(feed, $"{name}.{version}.snupkg"));
        Assert.IsNotNull(symbols.GetEntry($"lib/net10.0/{name}.pdb"));

        string Value(string element) => metadata.Elements().Single(child => child.Name.LocalName == element).Value;
    }

    /// <summary>Export, featurize, save and load by the packages; the features are those that this repository's own code gives for the same file.</summary>
    [TestMethod]
    public void A_project_elsewhere_works_with_the_packages()
    {
        string project = Directory.CreateDirectory(Path.Combine(folder, "consumer")).FullName;
        File.WriteAllText(Path.Combine(project, "Directory.Build.props"), "<Project />"); // none above it counts
        File.WriteAllText(Path.Combine(project, "consumer.csproj"), Project());
        File.WriteAllText(Path.Combine(project, "Program.cs"), Program);
        string photo = ImageFolder.List(Path.Combine(RepositoryFiles.Root, "samples", "flowers"))[0].ImagePath;

        Dotnet(project, "build", "-c", "Release", "-o", "out", "--disable-build-servers");
        string[] lines = Dotnet(project, Path.Combine("out", "consumer.dll"), photo).TrimEnd().Split('\n');

        using ImageFeaturizer featurizer = ImageFeaturizer.Open(Path.Combine(project, "backbone.onnx"), new FeaturizeImagesOptions { Device = ComputeDevice.Cpu });
        float[] expected = featurizer.Featurize([photo], TestContext.CancellationToken).Single().Features!;
        Assert.HasCount(2, lines);
        Assert.IsGreaterThan(0, expected.Max());
        foreach (string line in lines)
        {
            float[] features = [.. line.Split(' ').Select(text => float.Parse(text, CultureInfo.InvariantCulture))];
            Assert.HasCount(expected.Length, features);
            for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], features[i], 1e-4f * (1 + Math.Abs(expected[i])));
        }
    }

    /// <summary>By the package's targets alone: what a package brings is an item here.</summary>
    [TestMethod]
    [DataRow("Exe", "", true)]
    [DataRow("Exe", "runtimes/linux-x64/native/libonnxruntime.so", false)]
    [DataRow("WinExe", "runtimes/win-x64/native/onnxruntime.dll", false)]
    [DataRow("Exe", "runtimes/linux-x64/native/libSkiaSharp.so", true)]
    [DataRow("Library", "", false)]
    public void A_program_without_ONNX_Runtime_is_warned_when_it_is_built(string outputType, string native, bool warned)
    {
        string project = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, Guid.NewGuid().ToString("N"))).FullName, "program.proj");
        File.WriteAllText(project, $"""
            <Project>
              <PropertyGroup><OutputType>{outputType}</OutputType></PropertyGroup>
              <ItemGroup><RuntimeTargetsCopyLocalItems Include="{native}" /></ItemGroup>
              <Target Name="ResolvePackageAssets" />
              <Import Project="{Path.Combine(RepositoryFiles.Root, "src", "MLNetPipelines", "build", "ResNetMLNet.MLNetPipelines.targets")}" />
            </Project>
            """);
        string output = Dotnet(folder, "msbuild", project, "-t:ResolvePackageAssets", "-nodeReuse:false");
        Assert.AreEqual(warned, output.Contains("warning RESNETMLNET001: No package of this program has ONNX Runtime's native library", StringComparison.Ordinal), output);
    }

    // The packages under test come from the feed into a folder of this test; all others lie in the user's cache, since these tests were
    // built with them: no other source is asked, so this works without a network.
    private static string Project() => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <UseCurrentRuntimeIdentifier>true</UseCurrentRuntimeIdentifier>
            <SelfContained>false</SelfContained>
            <CreateSymbolicLinksForCopyLocalIfPossible>true</CreateSymbolicLinksForCopyLocalIfPossible>
            <RestoreSources>{feed}</RestoreSources>
            <RestorePackagesPath>{Path.Combine(folder, "packages")}</RestorePackagesPath>
            <RestoreFallbackFolders>{RepositoryFiles.PackageFolder}</RestoreFallbackFolders>
            <NuGetAudit>false</NuGetAudit>
          </PropertyGroup>
          <ItemGroup>
            {string.Concat(names.Select(name => Reference(name, version)).Concat(NativePackages()))}
          </ItemGroup>
        </Project>
        """;

    private static string Reference(string name, string version) => $"""<PackageReference Include="{name}" Version="{version}" />""";

    /// <summary>The packages with the native libraries that these tests run with.</summary>
    private static IEnumerable<string> NativePackages()
    {
        using FileStream file = File.OpenRead(Path.ChangeExtension(typeof(PackageTests).Assembly.Location, "deps.json"));
        using JsonDocument dependencies = JsonDocument.Parse(file);
        string[][] libraries = [.. dependencies.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/'))];
        return [.. from library in libraries
                   where library[0].StartsWith("TorchSharp-c", StringComparison.Ordinal)
                       || (library[0].StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal) && library[0] != "Microsoft.ML.OnnxRuntime.Managed")
                   select Reference(library[0], library[1])];
    }

    private const string Program = """
        using Microsoft.ML;
        using Microsoft.ML.Data;
        using ResNetMLNet.Backbones;
        using ResNetMLNet.Backbones.Onnx;
        using ResNetMLNet.MLNetPipelines;

        using (Backbone backbone = BackboneRegistry.Create("resnet10t", InitialWeights.Fresh)) OnnxExporter.Export(backbone, "backbone.onnx");

        var mlContext = new MLContext();
        IDataView photos = mlContext.Data.LoadFromEnumerable([new LabeledImage { ImagePath = args[0] }]);
        ITransformer model = mlContext.Transforms.FeaturizeImages("Features", "ImagePath", "backbone.onnx", new() { Device = ComputeDevice.Cpu }).Fit(photos);
        mlContext.Model.Save(model, photos.Schema, "model.zip");
        Print(model);
        Print(mlContext.Model.Load("model.zip", out _));

        void Print(ITransformer transformer) => Console.WriteLine(string.Join(' ', transformer.Transform(photos).GetColumn<float[]>("Features").Single()));
        """;

    private static string Dotnet(string workingFolder, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = workingFolder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, $"dotnet {string.Join(' ', arguments)}\n{output}\n{errors.Result}");
        return output;
    }
}
