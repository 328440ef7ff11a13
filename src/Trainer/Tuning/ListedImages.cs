using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The images that a training finds in its folders, each with what tells it from another one.</summary>
internal sealed class ListedImages
{
    private readonly (LabeledImage Image, ImageRecord Record)[] images;

    private readonly LearningTask task;

    private ListedImages((LabeledImage, ImageRecord)[] images, LearningTask task) => (this.images, this.task) = (images, task);

    /// <summary>Reads every file once: a small part of what decoding takes.</summary>
    public static ListedImages Of(ImageDataSet data, TrainingImages images, CancellationToken cancellationToken)
    {
        IEnumerable<(LabeledImage Image, bool Validation)> files = images.Train.Select(image => (image, false));
        if (images.Validation is not null) files = files.Concat(images.Validation.Select(image => (image, true)));
        return new ListedImages([.. files.AsParallel().AsOrdered().WithCancellation(cancellationToken)
            .Select(file => (file.Image, Record(file.Image, data.PlaceOf(file.Image.ImagePath, file.Validation), file.Validation)))], data.Task);
    }

    /// <summary>Writes down what each image is for.</summary>
    public void Keep(TuningData data, CheckpointFolder checkpoints) =>
        checkpoints.SaveData(Used(data.Train.Images, data.Validation.Images));

    internal DataRecord Used(IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage> validation)
    {
        // Without a folder of their own, those to validate on are of the folder of all.
        bool apart = images.Any(entry => entry.Record.InValidationFolder);
        Dictionary<(bool, string), ImageRecord> records =
            images.ToDictionary(entry => (entry.Record.InValidationFolder, entry.Image.ImagePath), entry => entry.Record);
        ImageRecord[] trained = [.. train.Select(image => records[(false, image.ImagePath)])];
        ImageRecord[] validated = [.. validation.Select(image => records[(apart, image.ImagePath)])];
        return new DataRecord
        {
            Train = trained,
            Validation = validated,
            Unreadable = [.. images.Select(entry => entry.Record).Except(trained).Except(validated)],
        };
    }

    /// <summary>The images of a training that goes on, each for what it was for.</summary>
    /// <param name="before">What they were.</param>
    /// <param name="output">The result folder.</param>
    /// <exception cref="TrainingException">They are not the same any more.</exception>
    public TrainingImages As(DataRecord before, string output)
    {
        if (before.ChangesTo(images.Select(entry => entry.Record), task) is string changes)
        {
            throw new TrainingException(
                $"The images are not those that the training in '{output}' was started with: {changes}. " +
                $"It would validate on images that it has trained on, or learn other {task.Labels}. " +
                $"Put them back as they were to go on with it; with other images, start anew with {Setting.Overwrite}, or in another folder with {Setting.ResultFolder}.");
        }
        Dictionary<(bool, string), LabeledImage> files = images.ToDictionary(entry => entry.Record.Place, entry => entry.Image);
        return new TrainingImages(
            [.. before.Train.Select(image => files[image.Place])], [.. before.Validation.Select(image => files[image.Place])]);
    }

    private static ImageRecord Record(LabeledImage image, string path, bool validation)
    {
        (long length, string hash) = Content(image.ImagePath);
        return new ImageRecord(path, image.Label, length, hash) { InValidationFolder = validation };
    }

    private static (long Length, string Sha256) Content(string path)
    {
        try
        {
            return FileCopies.Hash(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (0, ""); // decoding says so, and skips it or ends training
        }
    }
}
