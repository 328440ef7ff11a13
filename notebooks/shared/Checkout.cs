/// <summary>The checkout that a notebook or program is run in, whatever the current folder in it.</summary>
public static class Checkout
{
    /// <summary>A path in the checkout.</summary>
    /// <exception cref="DirectoryNotFoundException">The current folder is not in a checkout.</exception>
    public static string Find(params string[] parts)
    {
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ResNetMLNet.sln"))) return Path.Combine([folder.FullName, .. parts]);
        }
        throw new DirectoryNotFoundException($"'{Environment.CurrentDirectory}' is not in a checkout of ResNetMLNet. Open the notebook in its folder.");
    }
}
