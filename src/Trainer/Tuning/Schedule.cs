namespace ResNetMLNet.Trainer;

/// <summary>
/// The learning rate over a training, as a part of its highest: up in a straight line while it warms up (Goyal et al. 2017,
/// arXiv:1706.02677, section 2.2), then down to 0 as half a cosine (Loshchilov and Hutter 2016, arXiv:1608.03983, eq. 5).
/// </summary>
/// <param name="Updates">Steps of the optimizer in all.</param>
/// <param name="WarmUp">Steps of the warm-up.</param>
internal readonly record struct Schedule(int Updates, int WarmUp)
{
    public static Schedule Of(Recipe recipe, int updatesPerEpoch) =>
        new(recipe.Epochs * updatesPerEpoch, (int)Math.Round(recipe.WarmUpEpochs * updatesPerEpoch));

    /// <summary>The factor of an update, counted from 0.</summary>
    public double this[int update] => update < WarmUp
        ? (update + 1.0) / (WarmUp + 1)
        : 0.5 * (1 + Math.Cos(Math.PI * (update - WarmUp) / Math.Max(1, Updates - WarmUp)));
}
