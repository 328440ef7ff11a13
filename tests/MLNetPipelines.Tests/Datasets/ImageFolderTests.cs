using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [TestMethod]
    public void Classes_are_folders_and_the_order_is_ordinal()
    {
        foreach (string[] names in new string[][]
        {
            ["dog", "b.jpg"], ["dog", "B.jpg"], ["dog", "a", "z.jpg"], ["dog", "a.jpg"], ["Cat", "10.png"], ["Cat", "9.png"], ["empty cat", "x"],
            ["LICENSE.txt"], [".hidden", "x.jpg"], ["dog", ".DS_Store"], ["dog", ".thumbnails", "b.jpg"],
        })
        {
            File.WriteAllText(folder.File(names), "");
        }

        string[] listed = [.. ImageFolder.List(folder.Path)
            .Select(image => $"{image.Label}: {Path.GetRelativePath(folder.Path, image.ImagePath).Replace('\\', '/')}")];

        CollectionAssert.AreEqual(
            new[]
            {
                "Cat: Cat/10.png", "Cat: Cat/9.png", "dog: dog/B.jpg", "dog: dog/a.jpg", "dog: dog/a/z.jpg", "dog: dog/b.jpg",
                "empty cat: empty cat/x",
            },
            listed);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
    public void Links_are_not_followed()
    {
        using TemporaryFolder outside = new();
        File.WriteAllText(outside.File("secret.jpg"), "");
        File.WriteAllText(folder.File("cat", "1.jpg"), "");
        File.CreateSymbolicLink(folder.File("cat", "2.jpg"), outside.File("secret.jpg"));
        Directory.CreateSymbolicLink(folder.File("cat", "more"), outside.Path);
        Directory.CreateSymbolicLink(folder.File("cat", "round"), folder.Path);
        Directory.CreateSymbolicLink(folder.File("dog"), outside.Path);

        Assert.AreEqual(folder.File("cat", "1.jpg"), ImageFolder.List(folder.Path).Single().ImagePath);
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
            + $"'{Path.Combine(folder.Path, "cat")}' and '{Path.Combine(folder.Path, "dog")}'. Links and hidden folders do not count.",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.List(folder.Path)).Message);
    }

    [TestMethod]
    public void Empty_classes_are_named()
    {
        Directory.CreateDirectory(folder.File("cat"));
        Directory.CreateDirectory(folder.File("dog"));
        Directory.CreateDirectory(folder.File("dog", "inner"));
        Assert.AreEqual(
            $"The class folders of '{folder.Path}' have no files in them: 'cat', 'dog'. Links and hidden files do not count.",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.List(folder.Path)).Message);
    }

    public void Dispose() => folder.Dispose();
}
