using ResNetMLNet.Trainer;

namespace Trainer.Tests;

[TestClass]
public sealed class DataSetNameTests
{
    [TestMethod]
    [DataRow("photos/flowers", "flowers")]
    [DataRow("photos/flowers/", "flowers")]
    [DataRow("photos/flowers/train", "flowers")]
    [DataRow("photos/flowers/Val/", "flowers")]
    [DataRow("photos/trains", "trains")]
    [DataRow("/train", "train")]
    public void A_data_set_is_called_as_its_folder_is(string folder, string name) => Assert.AreEqual(name, DataSetName.Of(folder));
}
