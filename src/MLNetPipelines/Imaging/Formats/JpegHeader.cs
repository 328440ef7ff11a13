using System.Buffers.Binary;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The marker segments of a JPEG before its first scan (ITU-T T.81, annex B).</summary>
internal static class JpegHeader
{
    private const byte StartOfScan = 0xDA, EndOfImage = 0xD9, App1 = 0xE1;
    private const int BytesPerCoefficient = 2;

    public static ImageHeader Read(ReadOnlySpan<byte> encoded)
    {
        int? orientation = null;
        bool seenExif = false;
        byte frame = 0, components = 0;
        double samples = 0;
        ReadOnlySpan<byte> rest = encoded[2..];
        while (true)
        {
            int start = rest.IndexOf((byte)0xFF);
            if (start < 0) break;
            rest = rest[start..].TrimStart((byte)0xFF);
            if (rest.IsEmpty || rest[0] == EndOfImage) break;
            byte marker = rest[0];
            rest = rest[1..];
            if (marker is 0 or 1 or (>= 0xD0 and <= 0xD8)) continue; // they have no length
            if (rest.Length < 2) break;
            int length = Math.Max(2, (int)BinaryPrimitives.ReadUInt16BigEndian(rest)); // a length is at least its own
            if (length > rest.Length) break;

            ReadOnlySpan<byte> segment = rest[2..length];
            rest = rest[length..];
            if (marker == StartOfScan)
            {
                // A decoder keeps the coefficients of an image whose components, or their bits, come in several scans.
                bool severalScans = IsProgressive(frame) || (!segment.IsEmpty && segment[0] < components);
                return new ImageHeader { Orientation = orientation ?? 1, WorkingBytes = severalScans ? BytesPerCoefficient * samples : 0 };
            }

            if (marker == App1 && !seenExif && segment.StartsWith("Exif\0"u8))
            {
                seenExif = true;
                orientation = ExifOrientation.Read(segment);
            }
            else if (IsFrame(marker) && segment.Length >= 6)
            {
                (frame, components) = (marker, segment[5]);
                samples = SamplesPerPixel(segment[6..], components);
            }
        }

        return new ImageHeader { Orientation = orientation ?? 1 };
    }

    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static bool IsProgressive(byte frame) => frame is 0xC2 or 0xC6 or 0xCA or 0xCE;

    /// <summary>1 for gray, 1.5 for 4:2:0, 3 for 4:4:4.</summary>
    private static double SamplesPerPixel(ReadOnlySpan<byte> frame, int components)
    {
        int total = 0, largest = 1;
        for (int i = 0; i < components && frame.Length >= 3; i++, frame = frame[3..])
        {
            int blocks = (frame[1] >> 4) * (frame[1] & 15);
            total += blocks;
            largest = Math.Max(largest, blocks);
        }

        return (double)total / largest;
    }
}
