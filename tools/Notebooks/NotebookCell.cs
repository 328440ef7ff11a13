namespace ResNetMLNet.Notebooks;

/// <summary>A cell of a notebook.</summary>
/// <param name="IsCode">C#; otherwise Markdown.</param>
/// <param name="Text">Its lines, joined by '\n'.</param>
internal sealed record NotebookCell(bool IsCode, string Text)
{
    /// <summary>Whether it only gets the notebook ready: what it prints names this machine, and is not kept.</summary>
    public bool IsSetUp { get; init; }
}
