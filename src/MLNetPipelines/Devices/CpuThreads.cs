namespace ResNetMLNet.MLNetPipelines;

/// <summary>Threads for a network on the CPU.</summary>
internal static class CpuThreads
{
    /// <summary>
    /// What ONNX Runtime is told: 0 lets it take one thread for each physical core, and is right unless a container's quota, which it does
    /// not know, allows fewer; it then gets as many as the quota. Tests set it: several test programs share a few cores.
    /// </summary>
    public static int ForNetwork { get; set; } = Choose(PhysicalCores(), Environment.ProcessorCount);

    /// <param name="physicalCores">Of the host; null where it is not known.</param>
    /// <param name="allowed">Processors that this process may use at a time: .NET counts affinity and quota.</param>
    public static int Choose(int? physicalCores, int allowed) => physicalCores > allowed ? allowed : 0;

    private static int? PhysicalCores()
    {
        if (!OperatingSystem.IsLinux()) return null; // only there do quotas come from outside
        try
        {
            return CountCores(File.ReadLines("/proc/cpuinfo"));
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="cpuInfo">Lines of Linux's <c>/proc/cpuinfo</c>.</param>
    /// <returns>Physical cores; logical processors where the lines do not tell them apart.</returns>
    public static int CountCores(IEnumerable<string> cpuInfo)
    {
        HashSet<(string Package, string Core)> cores = [];
        string package = "", core = "", processor = "";
        foreach (string line in cpuInfo.Append(""))
        {
            string[] pair = line.Split(':', 2, StringSplitOptions.TrimEntries);
            switch (pair[0])
            {
                case "processor": processor = pair[^1]; break;
                case "physical id": package = pair[^1]; break;
                case "core id": core = pair[^1]; break;
                case "" when processor.Length > 0:
                    cores.Add(core.Length > 0 ? (package, core) : ("processor", processor));
                    package = core = processor = "";
                    break;
            }
        }

        return cores.Count;
    }
}
