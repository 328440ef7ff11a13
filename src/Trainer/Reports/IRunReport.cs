namespace ResNetMLNet.Trainer;

/// <summary>What people read of a run.</summary>
internal interface IRunReport
{
    /// <summary>Writes what the model made of each validation image: <c>predictions.csv</c>.</summary>
    void WritePredictions(string path);

    /// <summary>The page to look at, as HTML.</summary>
    string Page();

    /// <summary>The model's card, as Markdown.</summary>
    string Card();
}
