using System.CommandLine;
using ResNetMLNet.Trainer;
using ResNetMLNet.Trainer.Tuning;

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
        Recipe recipe = Apply(Recipes.BagOfTricks, "--epochs", "30", "--optimizer", "adamw", "--mixup", "0.5", "--balanced", "--precision", "bfloat16");
        Assert.AreEqual(
            Recipes.BagOfTricks with { Epochs = 30, Optimizer = OptimizerKind.AdamW, Mixup = 0.5, Balanced = true, Precision = ResNetMLNet.Backbones.Precision.BFloat16 },
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
        Assert.AreEqual(message, Assert.ThrowsExactly<UserException>(() => Apply(Recipes.FineTune with { WarmUpEpochs = 0 }, option, value)).Message);

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
        Assert.AreEqual(Recipes.BagOfTricks with { Epochs = 7, AutoAugment = AutoAugmentKind.TrivialAugment }, Recipes.Find(file, Recipes.BagOfTricks));
    }

    [TestMethod]
    public void An_unknown_key_is_named_with_its_line()
    {
        string file = folder["typo.json"];
        File.WriteAllText(file, "{\n  \"epochs\": 7,\n  \"learningrate\": 0.1\n}");
        string message = Assert.ThrowsExactly<UserException>(() => Recipes.Find(file, Recipes.BagOfTricks)).Message;
        StringAssert.StartsWith(message, $"'{file}', line 3: 'learningrate' is no setting of a recipe. The settings are epochs, batchSize, ");
    }

    [TestMethod]
    public void A_value_of_the_wrong_kind_is_named_with_its_line()
    {
        string file = folder["kind.json"];
        File.WriteAllText(file, "{\n  \"epochs\": \"many\"\n}");
        Assert.AreEqual($"'{file}', line 2: the value of 'epochs' is not one that it can have.", Assert.ThrowsExactly<UserException>(() => Recipes.Find(file, Recipes.BagOfTricks)).Message);
    }

    [TestMethod]
    public void An_unknown_recipe_is_refused() => Assert.AreEqual(
        "There is no recipe 'a4', and no file of that name. The recipes are finetune, bag-of-tricks, a3.",
        Assert.ThrowsExactly<UserException>(() => Recipes.Find("a4", Recipes.FineTune)).Message);

    [TestMethod]
    public void Named_recipes_make_sense()
    {
        foreach (Recipe recipe in Recipes.Named.Values) recipe.Check();
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
