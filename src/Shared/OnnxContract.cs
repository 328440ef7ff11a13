namespace ResNetMLNet;

/// <summary>
/// What the trainer's side and the ML.NET side agree on: the names inside an exported ONNX file.
/// The file is the only thing that they share.
/// </summary>
internal static class OnnxContract
{
    /// <summary>
    /// The highest version of the contract, in <see cref="Keys.Version"/>. A reader refuses a higher one, so a file names the lowest that
    /// has all it uses: 1, or 2 where <see cref="Keys.Resizing"/> is not <see cref="Crop"/>.
    /// </summary>
    public const int Version = 2;

    /// <summary>Input of a file that normalizes by itself: uint8 RGB pixels [N, H, W, 3].</summary>
    public const string PixelsInput = "pixels";

    /// <summary>Input of a file that leaves normalization to the caller: float32 [N, 3, H, W].</summary>
    public const string TensorInput = "input";

    /// <summary>Output: pooled features, float32 [N, C].</summary>
    public const string Features = "features";

    /// <summary>Output: the classifier's logits, float32 [N, classes].</summary>
    public const string Logits = "logits";

    /// <summary>Outputs: what the four stages give, averaged over the picture, float32 [N, C] of C channels of the stage's own.</summary>
    public static readonly IReadOnlyList<string> Stages = ["layer1", "layer2", "layer3", "layer4"];

    /// <summary>Output of a whole classifier: the probability of each class, float32 [N, classes].</summary>
    public const string Probabilities = "probabilities";

    /// <summary>Values of <see cref="Keys.Resizing"/>.</summary>
    public const string Crop = "crop", Squash = "squash", Letterbox = "letterbox";

    /// <summary>Values of <see cref="Keys.Precision"/>.</summary>
    public const string Float32 = "float32", Half = "half", Int8 = "int8";

    /// <summary>Metadata properties of the ONNX model. Numbers are written invariantly, lists are separated by commas.</summary>
    public static class Keys
    {
        public const string Version = "resnetmlnet.version";
        public const string Architecture = "resnetmlnet.architecture";

        /// <summary>Height and width in pixels that the network takes.</summary>
        public const string ImageSize = "resnetmlnet.image_size";

        /// <summary>
        /// How an image becomes a square: <see cref="OnnxContract.Crop"/>, which is also meant where it is absent,
        /// <see cref="OnnxContract.Squash"/> or <see cref="OnnxContract.Letterbox"/>.
        /// </summary>
        public const string Resizing = "resnetmlnet.resizing";

        /// <summary>
        /// The part of the resized picture's shorter side that the centre crop keeps, in (0, 1]; for the other ways of resizing it means
        /// nothing.
        /// </summary>
        public const string CropFraction = "resnetmlnet.crop_fraction";

        /// <summary><c>bilinear</c> or <c>bicubic</c>, both antialiased as in Pillow.</summary>
        public const string Interpolation = "resnetmlnet.interpolation";

        /// <summary>Mean of R, G, B, in units of 255 levels; already applied inside a file that takes pixels.</summary>
        public const string Mean = "resnetmlnet.mean";

        /// <summary>Standard deviation of R, G, B, in units of 255 levels; already applied inside a file that takes pixels.</summary>
        public const string Std = "resnetmlnet.std";

        /// <summary>Where the weights came from, in words.</summary>
        public const string Weights = "resnetmlnet.weights";

        /// <summary>
        /// What the convolutions compute in: <see cref="Float32"/>, which is also meant where it is absent, <see cref="Half"/> or
        /// <see cref="Int8"/>.
        /// </summary>
        public const string Precision = "resnetmlnet.precision";

        /// <summary>Of a file in <see cref="Int8"/>: how it was made, in words.</summary>
        public const string Quantization = "resnetmlnet.quantization";

        /// <summary>
        /// Names of the classes behind <see cref="Logits"/> and <see cref="Probabilities"/>, a JSON array; absent where they are not known.
        /// </summary>
        public const string Labels = "resnetmlnet.labels";

        /// <summary>
        /// Where an image has any number of labels: the probability from which on it is given each of <see cref="Labels"/>, a JSON array.
        /// </summary>
        public const string Thresholds = "resnetmlnet.thresholds";
    }
}
