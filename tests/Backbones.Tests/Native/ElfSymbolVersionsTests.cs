using ResNetMLNet.Backbones.Native;

namespace Backbones.Tests.Native;

/// <summary>The library that TorchSharp brings for Linux, and damaged forms of it.</summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public sealed class ElfSymbolVersionsTests
{
    private const string Version = "GLIBCXX_3.4.32";

    private static byte[] Library() => File.ReadAllBytes(
        ((string)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES")!).Split(Path.PathSeparator).Append(AppContext.BaseDirectory)
            .Select(folder => Path.Combine(folder, "libLibTorchSharp.so")).First(File.Exists));

    [TestMethod]
    public void One_flag_of_one_entry_is_set()
    {
        byte[] library = Library(), marked = [.. library];
        Assert.IsTrue(ElfSymbolVersions.MarkWeak(marked, Version));
        int[] changed = [.. Enumerable.Range(0, library.Length).Where(i => library[i] != marked[i])];
        Assert.HasCount(1, changed);
        Assert.AreEqual(2, marked[changed[0]]);
        Assert.IsFalse(ElfSymbolVersions.MarkWeak(marked, Version), "a second time there is nothing to do");
        Assert.IsFalse(ElfSymbolVersions.MarkWeak(library, "GLIBCXX_9.9.9"));
    }

    [TestMethod]
    public void A_damaged_file_is_an_error_and_no_endless_loop()
    {
        byte[] library = Library();
        var random = new Random(1);
        int sections = (int)BitConverter.ToInt64(library, 40);
        for (int i = 0; i < 300; i++)
        {
            // Where headers are, most mutations matter.
            byte[] damaged = [.. library];
            for (int n = 0; n < 40; n++)
                damaged[random.Next(2) == 0 ? sections + random.Next(library.Length - sections) : random.Next(5, 64)] = (byte)random.Next(
                    256);
            try
            {
                ElfSymbolVersions.MarkWeak(damaged, Version);
            }
            catch (InvalidDataException)
            {
                // As it should be.
            }
        }
        Assert.ThrowsExactly<InvalidDataException>(() => ElfSymbolVersions.MarkWeak(new byte[10], Version));
    }
}
