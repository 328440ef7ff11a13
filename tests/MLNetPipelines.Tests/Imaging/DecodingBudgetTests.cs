namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

[TestClass]
public sealed class DecodingBudgetTests
{
    private static readonly TimeSpan aWhile = TimeSpan.FromMilliseconds(100), longTime = TimeSpan.FromSeconds(30);

    [TestMethod]
    public void Images_wait_for_each_other_in_their_order()
    {
        DecodingBudget budget = new(100);
        IDisposable first = Take(budget, 60).Result;
        Task<IDisposable> second = Take(budget, 60);
        Thread.Sleep(aWhile);
        Task<IDisposable> third = Take(budget, 30);
        Assert.IsFalse(Task.WaitAny([second, third], aWhile) >= 0, "the third would fit, but the second was there before");

        first.Dispose();
        Assert.IsTrue(Task.WaitAll([second, third], longTime));
        second.Result.Dispose();
        third.Result.Dispose();
        third.Result.Dispose();
        Assert.IsTrue(Take(budget, 100).Wait(longTime));
        Assert.IsFalse(Take(budget, 1).Wait(aWhile), "what was given back twice counts once");
    }

    [TestMethod]
    public void An_image_that_needs_more_than_all_is_decoded_alone()
    {
        DecodingBudget budget = new(100);
        IDisposable small = Take(budget, 1).Result;
        Task<IDisposable> huge = Take(budget, 1e12);
        Assert.IsFalse(huge.Wait(aWhile));
        small.Dispose();
        Assert.IsTrue(huge.Wait(longTime));
    }

    [TestMethod]
    public void A_wait_can_be_cancelled_and_costs_the_others_nothing()
    {
        DecodingBudget budget = new(100);
        IDisposable first = Take(budget, 60).Result;
        using CancellationTokenSource stop = new();
        Task<IDisposable> cancelled = Task.Run(() => budget.Take(100, stop.Token));
        Thread.Sleep(aWhile);
        Task<IDisposable> fits = Take(budget, 40);
        stop.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => cancelled.GetAwaiter().GetResult());
        Assert.IsTrue(fits.Wait(longTime));
        first.Dispose();
        Assert.IsTrue(Take(budget, 60).Wait(longTime));
    }

    [TestMethod]
    public void An_image_gives_back_its_part_of_the_budget()
    {
        DecodingBudget budget = new(100);
        DecodedImage image = new(5, 5) { Lease = Take(budget, 100).Result };
        image.Dispose();
        Assert.IsTrue(Take(budget, 100).Wait(longTime));
    }

    private static Task<IDisposable> Take(DecodingBudget budget, double bytes) =>
        Task.Run(() => budget.Take(bytes, CancellationToken.None));
}
