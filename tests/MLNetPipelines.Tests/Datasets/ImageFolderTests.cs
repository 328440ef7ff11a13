using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.ML;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [TestMethod]
    public void Classes_are_folders_and_the_order_is_ordinal()
    {
        Files("dog/b.jpg", "dog/B.jpg", "dog/a/z.jpg", "dog/a.jpg", "Cat/10.png", "Cat/9.png", "empty cat/x.webp");

        ImageFolderListing listing = ImageFolder.List(folder.Path);

        CollectionAssert.AreEqual(
            new[]
            {
                "Cat: Cat/10.png", "Cat: Cat/9.png", "dog: dog/B.jpg", "dog: dog/a.jpg", "dog: dog/a/z.jpg", "dog: dog/b.jpg",
                "empty cat: empty cat/x.webp",
            },
            listing.Select(image => $"{image.Label}: {Relative(image.ImagePath)}").ToArray());
        Assert.IsEmpty(listing.PassedOver);
    }

    [TestMethod]
    public void What_systems_leave_behind_and_what_is_not_an_image_is_passed_over_and_said()
    {
        Files(
            "cat/1.jpg", "dog/1.jpg", "dog/Thumbs.db", "dog/DESKTOP.INI", "dog/.DS_Store", "dog/._1.jpg", "dog/@eaDir/1.jpg",
                "dog/.ipynb_checkpoints/1.jpg", "dog/notes.txt",
            "$RECYCLE.BIN/1.jpg", "lost+found/1.jpg", "__MACOSX/1.jpg", "@eaDir/1.jpg", ".hidden/x.jpg", "LICENSE.txt", "stray.jpg",
                "none/clip.mp4");

        ImageFolderListing listing = ImageFolder.List(folder.Path);

        CollectionAssert.AreEqual(new[] { "cat/1.jpg", "dog/1.jpg" }, listing.Select(image => Relative(image.ImagePath)).ToArray());
        CollectionAssert.AreEqual(new[] { "cat", "dog", "none" }, listing.Classes.ToArray());
        CollectionAssert.AreEqual(
            new[]
            {
                "$RECYCLE.BIN: made by the system", ".hidden: hidden", "@eaDir: made by the system", "LICENSE.txt: not an image",
                    "__MACOSX: made by the system",
                "dog/.DS_Store: hidden", "dog/._1.jpg: hidden", "dog/.ipynb_checkpoints: hidden", "dog/@eaDir: made by the system",
                "dog/DESKTOP.INI: made by the system", "dog/Thumbs.db: made by the system", "dog/notes.txt: not an image",
                    "lost+found: made by the system",
                "none/clip.mp4: not an image", "stray.jpg: beside the class folders",
            },
            PassedOverIn(listing.PassedOver));
        Assert.AreEqual(
            "made by the system (7), hidden (4), not an image (3), beside the class folders (1)", PassedOver.Summary(listing.PassedOver));
    }

    [TestMethod]
    public void An_image_counts_whatever_its_name()
    {
        NoiseImage.Write(folder.File("cat", "photo.dat"), 1, new SKColor(180, 70, 70));
        NoiseImage.Write(folder.File("cat", "0a1b2c"), 2, new SKColor(180, 70, 70));
        Files("cat/truncated.jpg");
        File.WriteAllText(folder.File("cat", "BMW.dat"), "BMW and others");

        CollectionAssert.AreEqual(
            new[] { "cat/0a1b2c", "cat/photo.dat", "cat/truncated.jpg" }, ImageFolder.List(folder.Path)
                .Select(image => Relative(image.ImagePath)).ToArray());
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
    public void Links_are_followed_and_each_image_is_listed_once()
    {
        using TemporaryFolder outside = new();
        foreach (string name in new[] { "far.jpg", "more.jpg" }) File.WriteAllText(outside.File(name), "");
        Files("cat/1.jpg", "cat/deep/2.jpg");
        File.CreateSymbolicLink(folder.File("cat", "0.jpg"), folder.File("cat", "1.jpg"));
        File.CreateSymbolicLink(folder.File("cat", "far.jpg"), outside.File("far.jpg"));
        File.CreateSymbolicLink(folder.File("cat", "gone.jpg"), outside.File("gone.jpg"));
        File.CreateSymbolicLink(folder.File("cat", "self.jpg"), "self.jpg");
        Directory.CreateSymbolicLink(folder.File("cat", "again"), folder.File("cat", "deep"));
        Directory.CreateSymbolicLink(folder.File("cat", "outside"), outside.Path);
        Directory.CreateSymbolicLink(folder.File("cat", "round"), folder.Path);
        Directory.CreateSymbolicLink(outside.File("back"), outside.Path);
        Directory.CreateSymbolicLink(folder.File("dog"), outside.Path);
        Directory.CreateSymbolicLink(folder.File("loop"), ".");

        ImageFolderListing listing = ImageFolder.List(folder.Path);

        CollectionAssert.AreEqual(
            new[] { "cat/1.jpg", "cat/deep/2.jpg", "cat/far.jpg", "cat/outside/more.jpg", "dog/far.jpg", "dog/more.jpg" },
            listing.Select(image => Relative(image.ImagePath))
                .ToArray(), string.Join('\n', listing.Select(image => Relative(image.ImagePath))));
        CollectionAssert.AreEqual(
            new[]
            {
                "cat/0.jpg: listed already by another path", "cat/again: listed already by another path", "cat/gone.jpg: a broken link",
                "cat/outside/back: a link to a folder that it is in", "cat/outside/far.jpg: listed already by another path",
                "cat/round: a link to a folder that it is in", "cat/self.jpg: a broken link", "dog/back: a link to a folder that it is in",
                "loop: a link to a folder that it is in",
            },
            PassedOverIn(listing.PassedOver), string.Join('\n', PassedOverIn(listing.PassedOver)));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
    public void Two_classes_in_one_folder_are_refused()
    {
        Files("cat/1.jpg");
        Directory.CreateSymbolicLink(folder.File("dog"), folder.File("cat"));
        Assert.AreEqual(
            $"'cat' and 'dog' in '{folder.Path}' are the same folder by a link, so each image would be of two classes. Remove the link.",
                Refusal());
    }

    /// <summary>Opening a FIFO would wait for ever.</summary>
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [Timeout(20_000, CooperativeCancellation = true)]
    public void Pipes_and_devices_are_not_opened()
    {
        Files("cat/1.jpg");
        Shell("mkfifo cat/fifo cat/fifo.jpg; ln -s fifo cat/link.jpg; ln -s /dev/zero cat/zero");

        ImageFolderListing listing = ImageFolder.List(folder.Path);

        Assert.AreEqual("cat/1.jpg", Relative(listing.Single().ImagePath));
        CollectionAssert.AreEqual(
            new[] { "cat/fifo: a FIFO", "cat/fifo.jpg: a FIFO", "cat/link.jpg: a FIFO", "cat/zero: a device" },
                PassedOverIn(listing.PassedOver));
        Assert.AreEqual("is a FIFO, not a file", Assert.ThrowsExactly<UnreadableImageException>(() =>
            ImageFile.Read(folder.File("cat", "fifo.jpg"))).Reason);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow(@"mkdir ""$(printf 'ros\351s')""", @"ros\xE9s", "")]
    [DataRow(@"touch ""$(printf 'cat/\351t\351.jpg')"" ""$(printf 'cat/z\377.jpg')""", @"cat/\xE9t\xE9.jpg", " (2 such names are in the folder)")]
    public void A_name_that_is_not_UTF8_is_an_error_that_spells_it(string command, string name, string others)
    {
        Files("cat/1.jpg", "dog/1.jpg");
        try
        {
            Shell(command);
            Assert.AreEqual(
                $"The name of '{Path.Combine(folder.Path, name)}' is not UTF-8{others}, and .NET cannot open it. Rename it; where names "
                    + $"came from an "
                + "older system, `convmv -f latin1 -t utf8 -r --notest FOLDER` renames all.",
                Refusal());
        }
        finally
        {
            Shell("rm -r *"); // .NET cannot delete them either
        }
    }

    /// <summary>Such a name is UTF-8, if a sad one.</summary>
    [TestMethod]
    public void A_name_with_the_replacement_character_is_listed()
    {
        Files("cat/\uFFFD.jpg");
        Assert.AreEqual("cat/\uFFFD.jpg", Relative(ImageFolder.List(folder.Path).Single().ImagePath));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("Daisy", "daisy", "'Daisy' and 'daisy'", "upper and lower case")]
    [DataRow("ÉCLAIR", "éclair", "'ÉCLAIR' and 'éclair'", "upper and lower case")]
    [DataRow("cat", "cat ", "'cat' and 'cat '", "spaces around the name")]
    [DataRow("Rose\u0301", "Ros\u00E9", "'Rose\u0301' (U+0301) and 'Ros\u00E9' (U+00E9)", "Unicode form (NFC and NFD)")]
    [DataRow("\u1112\u1161\u11AB", "\uD55C", "'\u1112\u1161\u11AB' (U+1112 U+1161 U+11AB) and '\uD55C' (U+D55C)",
        "Unicode form (NFC and NFD)")]
    public void Class_folders_that_look_alike_are_refused(string one, string other, string both, string difference)
    {
        Files($"{one}/1.jpg", $"{other}/2.jpg", "tulips/1.jpg");
        Assert.AreEqual(
            $"The class folders {both} in '{folder.Path}' differ only in {difference}: they would be trained as two classes. "
            + "Put their images into one folder, or give them names that differ.",
            Refusal());
    }

    [TestMethod]
    public void Accents_tell_classes_apart()
    {
        Files("rose/1.jpg", "ros\u00E9/1.jpg");
        Assert.HasCount(2, ImageFolder.List(folder.Path));
    }

    /// <summary>
    /// Everything that .NET can decompose where it has ICU is decomposed the same here; this process has it or not, so the samples are by
    /// hand.
    /// </summary>
    [TestMethod]
    [DataRow("\u1EC7", "e\u0323\u0302")]
    [DataRow("\u01D7", "U\u0308\u0301")]
    [DataRow("\uAC01", "\u1100\u1161\u11A8")]
    [DataRow("\u304C", "\u304B\u3099")]
    [DataRow("\u0439", "\u0438\u0306")]
    [DataRow("plain", "plain")]
    public void Names_are_decomposed_as_macOS_does(string composed, string decomposed) =>
        Assert.AreEqual(decomposed, CanonicalForm.Decompose(composed));

    [TestMethod]
    [OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
    [UnsupportedOSPlatform("windows")]
    public void A_folder_that_may_not_be_read_is_passed_over()
    {
        Files("cat/1.jpg", "cat/closed/2.jpg");
        File.SetUnixFileMode(folder.File("cat", "closed"), UnixFileMode.None);
        try
        {
            ImageFolderListing listing = ImageFolder.List(folder.Path);
            if (listing.Count == 2) Assert.Inconclusive("The superuser may read everything.");
            CollectionAssert.AreEqual(new[] { "cat/closed: not readable by this user" }, PassedOverIn(listing.PassedOver));
        }
        finally
        {
            File.SetUnixFileMode(Path.Combine(folder.Path, "cat", "closed"),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [TestMethod]
    public void Files_of_a_folder_are_its_images()
    {
        Files("a.jpg", "inner/b.png", "inner/notes.txt", "Thumbs.db");
        ImageFileListing listing = ImageFolder.Files(folder.Path);
        CollectionAssert.AreEqual(new[] { "a.jpg", "inner/b.png" }, listing.Select(Relative).ToArray());
        CollectionAssert.AreEqual(new[] { "Thumbs.db: made by the system", "inner/notes.txt: not an image" },
            PassedOverIn(listing.PassedOver));
        Assert.AreEqual(folder.File("inner", "notes.txt"), ImageFolder.Files(folder.File("inner", "notes.txt"))
            .Single(), "a file is itself");
    }

    [TestMethod]
    public void LoadImageFolder_gives_paths_and_labels()
    {
        NoiseImage.WriteClasses(folder, perClass: 2);
        MLContext ml = new();

        IDataView data = ml.Data.LoadImageFolder(folder.Path);

        CollectionAssert.AreEqual(new[] { "ImagePath: String", "Label: String" },
            data.Schema.Select(column => $"{column.Name}: {column.Type}").ToArray());
        CollectionAssert.AreEqual(ImageFolder.List(folder.Path).ToArray(),
            ml.Data.CreateEnumerable<LabeledImage>(data, reuseRowObject: false).ToArray());
    }

    [TestMethod]
    public void A_missing_folder_is_named() => Assert.AreEqual("The folder 'no/where' does not exist.",
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => ImageFolder.List("no/where")).Message);

    [TestMethod]
    public void A_file_is_no_folder()
    {
        string file = folder.File("model.zip");
        File.WriteAllText(file, "");
        Assert.AreEqual($"'{file}' is a file, not a folder of class folders.",
            Assert.ThrowsExactly<DirectoryNotFoundException>(() => ImageFolder.List(file)).Message);
    }

    [TestMethod]
    public void A_folder_without_classes_says_what_is_expected()
    {
        File.WriteAllText(folder.File("1.jpg"), "");
        Assert.AreEqual(
            $"The folder '{folder.Path}' has no class folders. Put the images of each class into a folder named after it, such as "
            + $"'{Path.Combine(folder.Path, "cat")}' and '{Path.Combine(folder.Path, "dog")}'. Passed over: beside the class folders (1).",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.List(folder.Path)).Message);
    }

    [TestMethod]
    public void Empty_classes_are_named()
    {
        Directory.CreateDirectory(folder.File("cat"));
        Directory.CreateDirectory(folder.File("dog"));
        Directory.CreateDirectory(folder.File("dog", "inner"));
        Assert.AreEqual(
            $"The class folders of '{folder.Path}' have no images in them: 'cat', 'dog'.",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.List(folder.Path)).Message);
    }

    public void Dispose() => folder.Dispose();

    private void Files(params string[] names)
    {
        foreach (string name in names) File.WriteAllText(folder.File(name.Split('/')), "");
    }

    private string Refusal() => Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.List(folder.Path)).Message;

    private string Relative(string path) => Path.GetRelativePath(folder.Path, path).Replace('\\', '/');

    private string[] PassedOverIn(IEnumerable<PassedOver> entries) =>
        [.. entries.Select(entry => $"{Relative(entry.Path)}: {entry.Reason}")];

    private void Shell(string command)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = folder.Path })!;
        shell.WaitForExit();
        Assert.AreEqual(0, shell.ExitCode, command);
    }
}
