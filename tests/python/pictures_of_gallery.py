"""Remakes the pictures of docs/gallery.md from runs that it makes. Usage: pictures_of_gallery.py [FOLDER]

Needs Playwright for Python, Pillow, chromium and a built `sim` (SIM). Runs the commands that the page names, in a folder of
its own; those with the default model are left out where FOLDER has no `mixed_morals` to take."""

import io
import os
import pathlib
import subprocess
import sys
import tempfile

from PIL import Image
from playwright.sync_api import sync_playwright

from pages import CHROMIUM, FLAGS, ROOT, SIM

OUT = ROOT / "docs/gallery"
WIDTH = 1100


def run(folder, *arguments):
    subprocess.run([SIM, *map(str, arguments)], cwd=ROOT, check=True, capture_output=True)
    return folder


def sections(page, names):
    """What lies between the tops of the first of these sections and the end of the last."""
    page.evaluate("document.querySelector('nav').remove()")
    boxes = [page.locator(f"#{name}").bounding_box() for name in names]
    top, end = boxes[0]["y"], boxes[-1]["y"] + boxes[-1]["height"]
    return {"x": 0, "y": top, "width": WIDTH, "height": min(end - top, 1600)}


def main():
    given = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folder = pathlib.Path(folder)
        run(folder, "scenarios/spatial.ron", "--out", folder / "spatial")
        run(folder, "sweep", "scenarios/quick_look.ron", "--seeds", "1..3", "--out", folder / "morals")
        run(folder, "meta", folder / "morals", "--strategy", "AlwaysDefect", "--out", folder / "meta")
        volunteers = "game=OptionalPublicGoods(players: 5, multiplier: 3.0, loner: 2.0)"
        run(folder, "meta", "--actions", "--set", volunteers, "--out", folder / "volunteers")
        pictures = [
            ("types", folder / "spatial/report.html", ["types"], "light"),
            ("lattice", folder / "spatial/report.html", ["lattice"], "light"),
            ("meetings", folder / "morals/seed_1/report.html", ["meetings"], "light"),
            ("meta", folder / "meta/meta.html", ["invasion"], "light"),
            ("volunteers", folder / "volunteers/meta.html", ["replicator"], "dark"),
        ]
        if given:
            pictures.append(("strategies", given / "report.html", ["strategies"], "dark"))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, file, names, scheme in pictures:
            if not file.exists():
                file = next(file.parent.parent.glob("*/report.html"))
            page = browser.new_page(viewport={"width": WIDTH, "height": 2400}, color_scheme=scheme)
            page.goto(f"file://{file}")
            page.wait_for_timeout(500)
            picture = page.screenshot(clip=sections(page, names), full_page=True)
            out = OUT / f"{name}.png"
            # A palette of 128 colours halves the file, and cannot be told from the original.
            Image.open(io.BytesIO(picture)).convert("RGB").quantize(128).save(out, optimize=True)
            print(out, out.stat().st_size, "bytes")
        browser.close()


if __name__ == "__main__":
    main()
