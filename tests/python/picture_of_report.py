"""Remakes docs/report.png: the top of a run's report. Usage: picture_of_report.py RUN [FILE]

Needs Playwright for Python, Pillow and chromium."""

import io
import os
import pathlib
import shutil
import sys

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
run = pathlib.Path(sys.argv[1]).resolve()
out = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs/report.png"
chromium = os.environ.get("CHROMIUM", shutil.which("chromium") or "/usr/bin/chromium")
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
    page = browser.new_page(viewport={"width": 1240, "height": 1100}, color_scheme="light")
    page.goto(f"file://{run}/report.html")
    page.evaluate("document.querySelector('nav').remove()")
    chart = page.locator("figure[data-name=cooperation_rate]")
    chart.scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.getElementById('curves').getBoundingClientRect().top + scrollY - 4)")
    page.wait_for_timeout(300)
    plot = chart.locator(".plot")
    plot.hover(position={"x": plot.bounding_box()["width"] * 0.3, "y": 60})
    page.wait_for_timeout(200)
    end = page.locator("h3", has_text="Rewards").first.bounding_box()["y"]
    picture = page.screenshot(clip={"x": 0, "y": 0, "width": 1240, "height": min(1100, end - 8)})
    browser.close()
# A palette of 128 colours halves the file, and cannot be told from the original.
Image.open(io.BytesIO(picture)).convert("RGB").quantize(128).save(out, optimize=True)
print(out, out.stat().st_size, "bytes")
