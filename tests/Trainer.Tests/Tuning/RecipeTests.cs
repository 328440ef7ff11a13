using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.Cli;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Tuning;

[TestClass]
public sealed class RecipeTests
{
    private static readonly TemporaryFolder folder = new();

    [ClassCleanup]
    public static void Clean() => folder.Dispose();

    [TestMethod]
    public void Every_setting_has_an_option_that_describes_itself() =>
        Assert.AreEqual("", string.Join(", ", Command().Options.Where(option => option.Description is not { Length: > 20 } || !option.Description.EndsWith('.')).Select(option => option.Name)));

    [TestMethod]
    public void Options_replace_settings_of_the_recipe()
    {
        Recipe recipe = Apply(Recipe.BagOfTricks, "--epochs", "30", "--optimizer", "adamw", "--mixup", "0.5", "--balanced", "--train-precision", "bfloat16");
        Assert.AreEqual(
            Recipe.BagOfTricks with { Epochs = 30, Optimizer = OptimizerKind.AdamW, Mixup = 0.5, Balanced = true, TrainPrecision = TrainingPrecision.BFloat16 },
            recipe);
    }

    [TestMethod]
    [DataRow("--batch-size", "many", "--batch-size is 'many'; it takes a whole number.")]
    [DataRow("--optimizer", "adam", "--optimizer is 'adam'; it takes sgd or adamw or lamb.")]
    [DataRow("--flip", "1.5", "--flip is 1.5; it has to be a probability, 0 to 1.")]
    [DataRow("--epochs", "0", "--epochs is 0; it has to be at least 1.")]
    [DataRow("--learning-rate", "NaN", "--learning-rate is 'NaN'; it takes a number.")]
    [DataRow("--learning-rate", "-1", "--learning-rate is -1; it has to be more than 0.")]
    public void A_value_that_a_setting_cannot_have_is_refused(string option, string value, string message) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<TrainingException>(() => Apply(Recipe.FineTune with { WarmUpEpochs = 0 }, option, value)).MessageFor(OptionNames.Of));

    [TestMethod]
    public void A_file_says_what_differs()
    {
        string file = folder["mine.json"];
        File.WriteAllText(file, """
            {
              // comments are fine
              "epochs": 7,
              "autoAugment": "trivial-augment",
            }
            """);
        Assert.AreEqual(Recipe.BagOfTricks with { Epochs = 7, WarmUpEpochs = 3.5, AutoAugment = AutoAugmentKind.TrivialAugment }, RecipeSettings.Read(file, Recipe.BagOfTricks));
    }

    [TestMethod]
    public void An_unknown_key_is_named_with_its_line()
    {
        string file = folder["typo.json"];
        File.WriteAllText(file, "{\n  \"epochs\": 7,\n  \"learningrate\": 0.1\n}");
        string message = Assert.ThrowsExactly<TrainingException>(() => RecipeSettings.Read(file, Recipe.BagOfTricks)).MessageFor(OptionNames.Of);
        StringAssert.StartsWith(message, $"'{file}', line 3: 'learningrate' is not a setting of a recipe. The settings are epochs, batchSize, ");
    }

    [TestMethod]
    public void A_value_of_the_wrong_kind_is_named_with_its_line()
    {
        string file = folder["kind.json"];
        File.WriteAllText(file, "{\n  \"epochs\": \"many\"\n}");
        Assert.AreEqual($"'{file}', line 2: the value of 'epochs' is not one that it can have.", Assert.ThrowsExactly<TrainingException>(() => RecipeSettings.Read(file, Recipe.BagOfTricks)).MessageFor(OptionNames.Of));
    }

    [TestMethod]
    public void With_few_epochs_the_recipe_warms_up_for_half_of_them_unless_told_otherwise()
    {
        Assert.AreEqual(1.5, Apply(Recipe.A3, "--epochs", "3").WarmUpEpochs);
        Assert.AreEqual(2, Apply(Recipe.A3, "--epochs", "3", "--warm-up-epochs", "2").WarmUpEpochs);
        Assert.AreEqual(5, Apply(Recipe.A3, "--epochs", "10").WarmUpEpochs);
        Assert.AreEqual(
            "--warm-up-epochs is 4; it has to be 0 to the number of epochs, 3.",
            Assert.ThrowsExactly<TrainingException>(() => Apply(Recipe.A3, "--epochs", "3", "--warm-up-epochs", "4")).MessageFor(OptionNames.Of));
    }

    [TestMethod]
    public void Statistics_that_training_moves_are_not_mixed() => Assert.AreEqual(
        "--weight-mixing is 0.5; it has to be 1 with --batch-norm updated, since statistics between those of two networks are neither's.",
        Assert.ThrowsExactly<TrainingException>(() => Apply(Recipe.FineTune, "--batch-norm", "updated", "--weight-mixing", "0.5")).MessageFor(OptionNames.Of));

    [TestMethod]
    public void One_image_has_no_statistics() => Assert.AreEqual(
        "--batch-size is 1; it has to be at least 2 with --batch-norm updated, since one image has no statistics.",
        Assert.ThrowsExactly<TrainingException>(() => Apply(Recipe.A3, "--batch-size", "1")).MessageFor(OptionNames.Of));

    [TestMethod]
    public void A_number_too_large_to_be_one_is_refused()
    {
        string file = folder["huge.json"];
        File.WriteAllText(file, """{ "clipNorm": 1e999 }""");
        Assert.AreEqual("--clip-norm is Infinity; it has to be a finite number.", Assert.ThrowsExactly<TrainingException>(() => RecipeSettings.Read(file, Recipe.FineTune)).MessageFor(OptionNames.Of));
    }

    /// <summary>Numbers of the papers that the recipes name.</summary>
    [TestMethod]
    public void Named_recipes_have_the_numbers_of_their_papers()
    {
        Recipe a3 = Recipe.A3;
        Assert.AreEqual((2048, 8e-3, 0.02, 100, 5.0), (a3.BatchSize * a3.Accumulation, a3.LearningRate, a3.WeightDecay, a3.Epochs, a3.WarmUpEpochs));
        Assert.AreEqual((0.1, 1.0, 6.0, 0.5), (a3.Mixup, a3.CutMix, a3.RandAugmentMagnitude / 3.0, a3.RandAugmentSpread / 3));
        Assert.AreEqual((AutoAugmentKind.RandAugmentIncreasing, 1.0, LossKind.BinaryCrossEntropy), (a3.AutoAugment, a3.ClipNorm, a3.Loss));
        Recipe tricks = Recipe.BagOfTricks;
        Assert.AreEqual((256, 0.1, 1e-4, 200, 5.0, 0.1, 0.2), (tricks.BatchSize, tricks.LearningRate, tricks.WeightDecay, tricks.Epochs, tricks.WarmUpEpochs, tricks.LabelSmoothing, tricks.Mixup));
    }

    // Of a photo of 4:3, a crop of 8 % has 0.28 of its sides: 224 pixels where the shorter side has 792.
    [TestMethod]
    [DataRow(0.08, 791)]
    [DataRow(0.01, 896)]
    [DataRow(0.35, 256)]
    public void Images_are_stored_large_enough_for_the_smallest_crop(double minCrop, int side) =>
        Assert.AreEqual(side, TuningRun.StoredSide(new Recipe { MinCrop = minCrop }, 224, 0.875));

    [TestMethod]
    public void An_unknown_recipe_is_refused() => Assert.AreEqual(
        "There is no recipe 'a4', and no file of that name. The recipes are finetune, bag-of-tricks, a3.",
        Assert.ThrowsExactly<TrainingException>(() => RecipeSettings.Read("a4", Recipe.FineTune)).MessageFor(OptionNames.Of));

    [TestMethod]
    public void Named_recipes_make_sense()
    {
        foreach (Recipe recipe in Recipe.Named.Values) recipe.Check();
    }

    private static Command Command()
    {
        var command = new Command("test");
        new RecipeOptions().AddTo(command);
        return command;
    }

    private static Recipe Apply(Recipe recipe, params string[] arguments)
    {
        var options = new RecipeOptions();
        var command = new Command("test");
        options.AddTo(command);
        return options.Apply(recipe, command.Parse(arguments));
    }
}
