#!/usr/bin/env bash
# Makes the images of this folder and what they are compared with, from a photo: ./make.sh PHOTO
# Debian 12: python3-pil (Pillow 9.4), libheif-examples (libheif 1.15), libjxl-tools (libjxl 0.7).
set -euo pipefail
cd "$(dirname "$0")"
/usr/bin/python3 - "$1" <<'PYTHON'
import sys
from PIL import Image, ImageOps

photo = Image.open(sys.argv[1]).convert("RGB").resize((96, 72), Image.Resampling.BICUBIC)
photo.save("photo.png")
photo.save("lzw.tif", compression="tiff_lzw")
photo.save("deflate.tif", compression="tiff_adobe_deflate")
photo.save("jpeg.tif", compression="jpeg", quality=95)
photo.convert("L").save("gray.tif", compression="tiff_lzw")
photo.convert("CMYK").save("cmyk.tif", compression="tiff_lzw")
alpha = photo.copy()
alpha.putalpha(Image.linear_gradient("L").resize(photo.size))
alpha.save("alpha.tif", compression="tiff_lzw")
photo.convert("P", palette=Image.Palette.ADAPTIVE).save("palette.tif", compression="tiff_lzw")
photo.transpose(Image.Transpose.ROTATE_90).save("turned.tif", compression="tiff_lzw", tiffinfo={274: 6})
photo.save("lossless.jp2", irreversible=False)
for name in ["lzw.tif", "deflate.tif", "jpeg.tif", "gray.tif", "cmyk.tif", "alpha.tif", "palette.tif", "lossless.jp2"]:
    ImageOps.exif_transpose(Image.open(name)).convert("RGB").save(f"expected/{name.replace('.', '_')}.png", optimize=True)
photo.save("expected/turned_tif.png", optimize=True)  # Pillow 9.4 turns a compressed TIFF while it loads it, and exif_transpose once more
PYTHON
heif-enc -q 80 photo.png -o photo.heic
heif-enc -q 80 -A photo.png -o photo.avif
heif-convert photo.heic expected/photo_heic.png
heif-convert photo.avif expected/photo_avif.png
cjxl photo.png lossless.jxl -d 0
djxl lossless.jxl expected/lossless_jxl.png
rm photo.png
