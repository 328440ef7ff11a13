using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Text.Json;
using System.Xml.Linq;
using ResNetMLNet.MLNetPipelines;

namespace Repository.Tests;

/// <summary>The NuGet packages of the libraries: what is in them, and that a stranger's project works with them and nothing else of this repository.</summary>
[TestClass]
public sealed class PackageTests
{
    private static readonly string[] names = ["ResNetMLNet.Backbones", "ResNetMLNet.MLNetPipelines", "ResNetMLNet.ImageFormats", "ResNetMLNet.Trainer"];
    private static readonly string folder = Directory.CreateTempSubdirectory("package-tests-").FullName;
    private static readonly string feed = Path.Combine(folder, "feed");

    // A version that no cache has ever seen.
    private static readonly string version = $"0.1.0-test.{Guid.NewGuid():N}";

    private static readonly string configuration = typeof(PackageTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    public TestContext TestContext { get; set; } = null!;

    [ClassInitialize]
    public static void Pack(TestContext context)
    {
        // As `dotnet pack --no-build` does it for each, in one process; and not into the checkout's obj.
        string properties = $"NoBuild=true;Configuration={configuration};Version={version};PackageOutputPath={feed};"
            + $"NuspecOutputPath={Path.Combine(folder, "nuspec")}";
        IEnumerable<string> projects = names.Select(name => name.Split('.')[1])
            .Select(name => Path.Combine(RepositoryFiles.Root, "src", name, $"{name}.csproj"));
        Assert.DoesNotContain("warning", Build("Pack", projects, properties));
    }

    [ClassCleanup]
    public static void Clean() => Directory.Delete(folder, recursive: true);

    [TestMethod]
    [DataRow("ResNetMLNet.Backbones", "buildTransitive/ResNetMLNet.Backbones.targets")]
    [DataRow("ResNetMLNet.MLNetPipelines", "buildTransitive/ResNetMLNet.MLNetPipelines.targets")]
    [DataRow("ResNetMLNet.Trainer", null)]
    [DataRow("ResNetMLNet.ImageFormats", null)]
    public void A_package_has_all_that_it_should(string name, string? targets)
    {
        using ZipArchive package = ZipFile.OpenRead(Path.Combine(feed, $"{name}.{version}.nupkg"));
        string[] entries = [.. package.Entries.Select(entry => entry.FullName)];
        foreach (string entry in new[] { "README.md", "icon.png", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml", targets is null ? null : $"buildTransitive/{name}.props", targets }.OfType<string>())
            CollectionAssert.Contains(entries, entry);

        using Stream nuspec = package.GetEntry($"{name}.nuspec")!.Open();
        XElement metadata = XDocument.Load(nuspec).Root!.Elements().Single();
        Assert.AreEqual("MIT", Value("license"));
        Assert.AreEqual("README.md", Value("readme"));
        Assert.AreEqual("icon.png", Value("icon"));

        using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(feed, $"{name}.{version}.snupkg"));
        Assert.IsNotNull(symbols.GetEntry($"lib/net10.0/{name}.pdb"));

        // It is read away from the repository: without its links, and with code that the pages have.
        using StreamReader readme = new(package.GetEntry("README.md")!.Open());
        string text = readme.ReadToEnd();
        StringAssert.StartsWith(text, $"# {name}\n");
        Assert.IsEmpty(Documents.Links(text));
        foreach (string code in Documents.CodeBlocks(text))
            Assert.IsTrue(Documents.Pages.Any(page => page.Text.Contains(code, StringComparison.Ordinal)), code);

        string Value(string element) => metadata.Elements().Single(child => child.Name.LocalName == element).Value;
    }

    /// <summary>
    /// Export, featurize, save and load in a file-based app, which is built for native compilation and run without: by the packages alone, or by the
    /// projects. The features are those that this repository's own code gives for the same file.
    /// </summary>
    [TestMethod]
    [DataRow("package")]
    [DataRow("project")]
    public void A_file_based_app_elsewhere_works(string reference)
    {
        string app = Directory.CreateDirectory(Path.Combine(folder, reference)).FullName;
        File.WriteAllText(Path.Combine(app, "Directory.Build.props"), "<Project />"); // none above it counts
        // A program that has the package's build step may call TorchSharp before anything of ours.
        string program = reference == "package" ? $"{Packages()}\n{Program("TorchSharp.torch.manual_seed(1);")}" : $"{Projects()}\n{Program("")}";
        File.WriteAllText(Path.Combine(app, "app.cs"), program);
        string photo = ImageFolder.List(Path.Combine(RepositoryFiles.Root, "samples", "flowers"))[0].ImagePath;

        string[] lines = Dotnet(app, "run", "-c", configuration, "app.cs", photo).TrimEnd().Split('\n');

        using ImageFeaturizer featurizer = ImageFeaturizer.Open(Path.Combine(app, "backbone.onnx"), new FeaturizeImagesOptions { Device = ComputeDevice.Cpu });
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

    public static IEnumerable<(string OutputType, string Native, bool Warned)> Programs =>
    [
        ("Exe", "runtimes/linux-x64/native/libsqlite.so", true),
        ("Exe", "runtimes/linux-x64/native/libonnxruntime.so", false),
        ("WinExe", "runtimes/win-x64/native/onnxruntime.dll", false),
        ("Exe", "runtimes/linux-x64/native/libSkiaSharp.so", true),
        ("Library", "runtimes/linux-x64/native/libsqlite.so", false),
    ];

    /// <summary>By the package's targets alone: what a package brings is an item here.</summary>
    [TestMethod]
    [DynamicData(nameof(Programs))]
    public void A_program_without_ONNX_Runtime_is_warned_when_it_is_built(string outputType, string native, bool warned)
    {
        string project = ProgramFile(outputType, native);
        string[] lines = [.. builtPrograms.Value.Split('\n').Where(line => line.Contains(project, StringComparison.Ordinal))];
        Assert.IsNotEmpty(lines, "it was not built");
        const string warning = "warning RESNETMLNET001: No package of this program has ONNX Runtime's native library";
        Assert.AreEqual(warned, lines.Any(line => line.Contains(warning, StringComparison.Ordinal)), string.Join('\n', lines));
    }

    // All in one process.
    private static readonly Lazy<string> builtPrograms = new(() =>
    {
        foreach ((string outputType, string native, _) in Programs)
        {
            File.WriteAllText(ProgramFile(outputType, native), $"""
                <Project>
                  <PropertyGroup><OutputType>{outputType}</OutputType></PropertyGroup>
                  <ItemGroup><RuntimeTargetsCopyLocalItems Include="{native}" /></ItemGroup>
                  <Target Name="ResolvePackageAssets"><Message Importance="high" Text="$(MSBuildProjectFullPath)" /></Target>
                  <Import Project="{Path.Combine(RepositoryFiles.Root, "src", "MLNetPipelines", "build", "ResNetMLNet.MLNetPipelines.targets")}" />
                </Project>
                """);
        }
        return Build("ResolvePackageAssets", Programs.Select(program => ProgramFile(program.OutputType, program.Native)), "");
    });

    private static string ProgramFile(string outputType, string native) =>
        Path.Combine(folder, $"{outputType}-{Path.GetFileNameWithoutExtension(native)}.proj");

    /// <summary>As a notebook does: no build has put TorchSharp's native libraries anywhere; they lie in the package folder.</summary>
    [TestMethod]
    public void TorchSharp_loads_from_the_package_folder()
    {
        string app = Directory.CreateDirectory(Path.Combine(folder, "loader")).FullName;
        File.WriteAllText(Path.Combine(app, "Directory.Build.props"), "<Project />");
        File.WriteAllText(Path.Combine(app, "app.cs"), Loader);
        string natives = Path.Combine(RepositoryFiles.PackageFolder, "torchsharp", TorchSharpVersion(), "lib", "net8.0");
        string[] before = Directory.GetFileSystemEntries(natives);
        string output = Dotnet(app, ["run", "-c", configuration, "app.cs", typeof(ResNetMLNet.Backbones.Backbone).Assembly.Location, .. ManagedLibraries()]);
        Assert.AreEqual("[3, 512]", output.TrimEnd().Split('\n')[^1]); // the compiler may warn first
        CollectionAssert.AreEqual(before, Directory.GetFileSystemEntries(natives), "TorchSharp has made a copy of its own");
    }

    // The packages under test come from the feed into a folder of this test; all others lie in the user's cache, since these tests were
    // built with them: no other source is asked, so this works without a network. Links to native libraries spare a gigabyte to copy.
    private static string Packages() => $"""
        #:property TreatWarningsAsErrors=true
        #:property NoWarn=IL2026;IL3050;IL2104;IL3053
        #:property RestoreSources={feed}
        #:property RestorePackagesPath={Path.Combine(folder, "packages")}
        #:property RestoreFallbackFolders={RepositoryFiles.PackageFolder}
        #:property NuGetAudit=false
        #:property CreateSymbolicLinksForCopyLocalIfPossible=true
        {string.Join('\n', names.Select(name => (name, version)).Concat(NativePackages()).Select(package => $"#:package {package.Item1}@{package.Item2}"))}
        """;

    private static string Projects() => $"""
        #:property RestoreSources={feed}
        #:property RestoreFallbackFolders={RepositoryFiles.PackageFolder}
        #:property NuGetAudit=false
        #:property CreateSymbolicLinksForCopyLocalIfPossible=true
        #:property RunAnalyzers=false
        {string.Join('\n', names.Select(name => $"#:project {Path.Combine(RepositoryFiles.Root, "src", name.Split('.')[1])}"))}
        {string.Join('\n', NativePackages().Select(package => $"#:package {package.Name}@{package.Version}"))}
        """;

    private static JsonDocument Dependencies()
    {
        using FileStream file = File.OpenRead(Path.ChangeExtension(typeof(PackageTests).Assembly.Location, "deps.json"));
        return JsonDocument.Parse(file);
    }

    private static (string Name, string Version)[] Libraries()
    {
        using JsonDocument dependencies = Dependencies();
        return [.. dependencies.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/')).Select(parts => (parts[0], parts[1]))];
    }

    private static string TorchSharpVersion() => Libraries().Single(library => library.Name == "TorchSharp").Version;

    /// <summary>The packages with the native libraries that these tests run with.</summary>
    private static IEnumerable<(string Name, string Version)> NativePackages() => Libraries().Where(library =>
        library.Name.StartsWith("TorchSharp-c", StringComparison.Ordinal) || library.Name.StartsWith("SkiaSharp.NativeAssets.Linux", StringComparison.Ordinal)
        || (library.Name.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal) && library.Name != "Microsoft.ML.OnnxRuntime.Managed"));

    /// <summary>Every managed library that these tests have of packages, in the package folder.</summary>
    private static IEnumerable<string> ManagedLibraries()
    {
        using JsonDocument dependencies = Dependencies();
        JsonElement target = dependencies.RootElement.GetProperty("targets").EnumerateObject().MaxBy(candidate => candidate.Name.Length).Value;
        return [.. from library in target.EnumerateObject()
                   where library.Value.TryGetProperty("runtime", out _)
                   from file in library.Value.GetProperty("runtime").EnumerateObject()
                   let path = Path.Combine(RepositoryFiles.PackageFolder, library.Name.ToLowerInvariant(), file.Name)
                   where File.Exists(path)
                   select path];
    }

    private const string Loader = """
        using System.Reflection;
        using System.Runtime.Loader;

        AssemblyLoadContext.Default.Resolving += (context, name) =>
            args.FirstOrDefault(path => Path.GetFileNameWithoutExtension(path) == name.Name) is string path ? context.LoadFromAssemblyPath(path) : null;
        Assembly backbones = AssemblyLoadContext.Default.LoadFromAssemblyPath(args[0]);
        object fresh = backbones.GetType("ResNetMLNet.Backbones.InitialWeights")!.GetProperty("Fresh")!.GetValue(null)!;
        MethodInfo create = backbones.GetType("ResNetMLNet.Backbones.BackboneRegistry")!.GetMethods()
            .Single(method => method.Name == "Create" && method.GetParameters()[0].ParameterType == typeof(string));
        var network = (IDisposable)create.Invoke(null, ["resnet10t", fresh, 3, null, null, null])!;
        object weights = network.GetType().GetMethod("state_dict")!.Invoke(network, [null, null])!;
        object classifier = weights.GetType().GetProperty("Item")!.GetValue(weights, ["fc.weight"])!;
        Console.WriteLine($"[{string.Join(", ", (long[])classifier.GetType().GetProperty("shape")!.GetValue(classifier)!)}]");
        network.Dispose();
        """;

    private static string Program(string first) => $$"""
        using Microsoft.ML;
        using Microsoft.ML.Data;
        using ResNetMLNet.Backbones;
        using ResNetMLNet.Backbones.Onnx;
        using ResNetMLNet.MLNetPipelines;

        {{first}}
        Run(args[0]);

        // The runtime compiles it after what comes before it has run.
        static void Run(string photo)
        {
            using (Backbone backbone = BackboneRegistry.Create("resnet10t", InitialWeights.Fresh)) OnnxExporter.Export(backbone, "backbone.onnx");

            var mlContext = new MLContext();
            IDataView photos = mlContext.Data.LoadFromEnumerable([new LabeledImage { ImagePath = photo }]);
            ITransformer model = mlContext.Transforms.FeaturizeImages("Features", "ImagePath", "backbone.onnx", new() { Device = ComputeDevice.Cpu }).Fit(photos);
            mlContext.Model.Save(model, photos.Schema, "model.zip");
            Print(model);
            Print(mlContext.Model.Load("model.zip", out _));

            void Print(ITransformer transformer) => Console.WriteLine(string.Join(' ', transformer.Transform(photos).GetColumn<float[]>("Features").Single()));
        }
        """;

    /// <summary>Runs a target of several projects.</summary>
    private static string Build(string target, IEnumerable<string> projects, string properties)
    {
        string all = Path.Combine(folder, $"{target}.proj");
        File.WriteAllText(all, $"""
            <Project>
              <Target Name="{target}"><MSBuild Projects="{string.Join(';', projects)}" Targets="{target}" Properties="{properties}" /></Target>
            </Project>
            """);
        return Dotnet(folder, "msbuild", all, $"-t:{target}", "-nodeReuse:false");
    }

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
