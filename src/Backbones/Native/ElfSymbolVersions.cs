using System.Buffers.Binary;
using System.Text;

namespace ResNetMLNet.Backbones.Native;

/// <summary>The symbol versions that a 64-bit ELF library needs of others (System V gABI, "Symbol Versioning").</summary>
internal static class ElfSymbolVersions
{
    private const int HeaderSize = 64, SectionHeaderSize = 64, SectionTypeVersionNeeds = 0x6ffffffe, NeedSize = 16, EntrySize = 16;
    private const ushort Weak = 2;

    /// <summary>
    /// Marks a needed version as optional (VER_FLG_WEAK in Elf64_Vernaux.vna_flags), which lets the loader go on where it is absent.
    /// </summary>
    /// <param name="elf">The library's bytes, which are changed.</param>
    /// <param name="version">The version's name: <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>Whether anything was changed.</returns>
    /// <exception cref="InvalidDataException">It is not a 64-bit little-endian ELF file, or a damaged one.</exception>
    public static bool MarkWeak(Span<byte> elf, string version)
    {
        if (elf.Length < HeaderSize || !elf.StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new InvalidDataException("It is not a 64-bit ELF file.");
        try
        {
            bool changed = false;
            byte[] name = [.. Encoding.ASCII.GetBytes(version), 0];
            int sections = Offset(elf, 40), count = UInt16(elf, 60);
            for (int i = 0; i < count; i++)
            {
                int header = checked(sections + i * SectionHeaderSize);
                if (UInt32(elf, header + 4) == SectionTypeVersionNeeds) changed |= MarkWeak(elf, sections, header, name);
            }
            return changed;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("It is a damaged ELF file: its sections lie outside of it.", e);
        }
    }

    private static bool MarkWeak(Span<byte> elf, int sections, int header, byte[] name)
    {
        bool changed = false;
        int need = Offset(elf, header + 24), strings = Offset(
            elf, checked(sections + (int)UInt32(elf, header + 40) * SectionHeaderSize + 24));
        // Each list ends by its length and by an offset of 0, so that no file makes this run on.
        for (uint needs = Math.Min(UInt32(elf, header + 44), (uint)(elf.Length / NeedSize)); needs > 0; needs--)
        {
            int entry = checked(need + (int)UInt32(elf, need + 8));
            for (int entries = UInt16(elf, need + 2); entries > 0; entries--)
            {
                if (elf[checked(strings + (int)UInt32(elf, entry + 8))..].StartsWith(name))
                {
                    ushort flags = UInt16(elf, entry + 4);
                    changed |= (flags & Weak) == 0;
                    BinaryPrimitives.WriteUInt16LittleEndian(elf[(entry + 4)..], (ushort)(flags | Weak));
                }
                int next = checked((int)UInt32(elf, entry + 12));
                if (next == 0) break;
                entry += next;
            }
            int following = checked((int)UInt32(elf, need + 12));
            if (following == 0) break;
            need += following;
        }
        return changed;
    }

    private static int Offset(ReadOnlySpan<byte> elf, int at) => checked((int)BinaryPrimitives.ReadInt64LittleEndian(elf[at..]));

    private static uint UInt32(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadUInt32LittleEndian(elf[at..]);

    private static ushort UInt16(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadUInt16LittleEndian(elf[at..]);
}
