namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class DataSetPartsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [TestMethod]
    [DataRow("train val", "train", "val", null)]
    [DataRow("train validation test", "train", "validation", "test")]
    [DataRow("Training Valid", "Training", "Valid", null)]
    [DataRow("train test", "train", null, "test")]
    [DataRow("train", "train", null, null)]
    [DataRow("train val annotations", "train", "val", null)]
    public void Parts_are_known_by_their_names(string folders, string train, string? validation, string? test)
    {
        Classes(folders.Split(' '));
        Assert.AreEqual(new DataSetParts(In(train)!, In(validation), In(test)), DataSetParts.Find(folder.Path));

        string? In(string? part) => part is null ? null : Path.Combine(folder.Path, part);
    }

    [TestMethod]
    [DataRow("train bus car")]
    [DataRow("cat dog")]
    [DataRow("test")]
    [DataRow("val daisy")]
    public void Other_folders_are_classes(string folders)
    {
        Classes(folders.Split(' '));
        Assert.IsNull(DataSetParts.Find(folder.Path));
    }

    [TestMethod]
    public void Parts_are_not_listed_as_classes()
    {
        Classes("train", "val");
        Assert.AreEqual(
            $"'{folder.Path}' holds the parts of a data set ('train', 'val'), which are not classes. Name one of them, such as "
                + $"'{Path.Combine(folder.Path, "train")}'.",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.List(folder.Path)).Message);
    }

    [TestMethod]
    public void A_part_twice_is_refused()
    {
        Classes("train", "val", "valid");
        Assert.AreEqual($"'{folder.Path}' holds 'val' and 'valid', which are the same part of a data set. Name the folder to use.",
            Refusal());
    }

    [TestMethod]
    public void Parts_without_one_to_train_on_are_refused()
    {
        Classes("val", "test");
        Assert.AreEqual($"'{folder.Path}' holds 'val' and 'test' and nothing to train on. Name one of them, or add a folder 'train'.",
            Refusal());
    }

    /// <summary>As competitions hand data out, with the classes in a table.</summary>
    [TestMethod]
    public void Parts_without_class_folders_are_refused()
    {
        File.WriteAllText(folder.File("train", "1.jpg"), "");
        File.WriteAllText(folder.File("test", "2.jpg"), "");
        string train = Path.Combine(folder.Path, "train");
        Assert.AreEqual(
            $"'{train}' has no class folders. Put its images into a folder for each class, such as '{Path.Combine(train, "cat")}'; "
            + "if 'train' is a class itself, give it another name.", Refusal());
    }

    public void Dispose() => folder.Dispose();

    private string Refusal() => Assert.ThrowsExactly<InvalidDataException>(() => DataSetParts.Find(folder.Path)).Message;

    private void Classes(params string[] parts)
    {
        foreach (string part in parts) File.WriteAllText(folder.File(part, "cat", "1.jpg"), "");
    }
}
