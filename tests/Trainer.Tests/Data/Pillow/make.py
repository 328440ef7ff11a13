"""Makes operations.json and hues.json: what Pillow gives, called as torchvision calls it (transforms/autoaugment.py, _apply_op; transforms/_functional_pil.py).

python3 make.py PHOTO        with Pillow 9.4 and NumPy 1.24, beside this file
"""
import base64
import json
import math
import sys

import numpy as np
import PIL
from PIL import Image, ImageEnhance, ImageOps

SIZE = 24


def affine(picture, matrix):
    return picture.transform(picture.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST)


def hue(picture, turns):
    h, s, v = picture.convert("HSV").split()
    shifted = np.array(h, dtype=np.uint8)
    shifted += np.array(turns * 255).astype(np.int32).astype(np.uint8)  # wraps around
    return Image.merge("HSV", (Image.fromarray(shifted, "L"), s, v)).convert("RGB")


OPERATIONS = {
    "ShearX": (lambda p, m: affine(p, [1, math.tan(math.atan(m)), 0, 0, 1, 0]), [0.3, -0.3, 0.99, -0.033]),
    "ShearY": (lambda p, m: affine(p, [1, 0, 0, math.tan(math.atan(m)), 1, 0]), [0.3, -0.99]),
    "TranslateX": (lambda p, m: affine(p, [1, 0, -int(m), 0, 1, 0]), [3.26, -5.9]),
    "TranslateY": (lambda p, m: affine(p, [1, 0, 0, 0, 1, -int(m)]), [7, -2.5]),
    "Rotate": (lambda p, m: p.rotate(m, Image.Resampling.NEAREST), [9, -9, 30, 90, -135, 67.5]),
    "Brightness": (lambda p, m: ImageEnhance.Brightness(p).enhance(1 + m), [0.27, -0.27, 0.99, -0.99]),
    "Saturation": (lambda p, m: ImageEnhance.Color(p).enhance(1 + m), [0.27, -0.27, 0.99, -0.99]),
    "Contrast": (lambda p, m: ImageEnhance.Contrast(p).enhance(1 + m), [0.27, -0.27, 0.99, -0.99]),
    "Sharpness": (lambda p, m: ImageEnhance.Sharpness(p).enhance(1 + m), [0.27, -0.27, 0.99, -0.99]),
    "Posterize": (lambda p, m: ImageOps.posterize(p, int(m)), [8, 7, 4, 2]),
    "Solarize": (lambda p, m: ImageOps.solarize(p, m), [178.5, 255, 0, 128]),
    # timm/data/auto_augment.py, solarize_add
    "SolarizeAdd": (lambda p, m: p.point([min(255, i + m) if i < 128 else i for i in range(256)] * 3), [0, 66, 110]),
    "Invert": (lambda p, m: ImageOps.invert(p), [0]),
    "AutoContrast": (lambda p, m: ImageOps.autocontrast(p), [0]),
    "Equalize": (lambda p, m: ImageOps.equalize(p), [0]),
}


def text(picture):
    return base64.b64encode(picture.tobytes()).decode()


photo = Image.open(sys.argv[1]).convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
# Darker, so that there is something to stretch.
photo = photo.point(lambda value: 20 + value * 3 // 5)
cases = [
    {"operation": name, "magnitude": magnitude, "expected": text(function(photo, magnitude))}
    for name, (function, magnitudes) in OPERATIONS.items()
    for magnitude in magnitudes
]
with open("operations.json", "w") as file:
    json.dump({"pillow": PIL.__version__, "size": SIZE, "picture": text(photo), "cases": cases}, file, indent=1)

# Every colour of 18 levels a channel, and random ones.
levels = np.arange(0, 256, 15, dtype=np.uint8)
colors = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 3)
colors = np.concatenate([colors, np.random.default_rng(1).integers(0, 256, (1144, 3), dtype=np.uint8)])
picture = Image.fromarray(colors[None], "RGB")
with open("hues.json", "w") as file:
    json.dump({"colors": text(picture), "cases": [{"turns": turns, "expected": text(hue(picture, turns))} for turns in [0.1, -0.5]]}, file, indent=1)
