"""The strips of inherited traits on a run's page, in a browser: what is drawn and told is held against `types.csv`."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages import close, rows, sim
from playwright.sync_api import expect

PROBABILITIES = ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"]
BINS = 20


def run(folder, *settings):
    settings = [part for setting in settings for part in ("--set", setting)]
    sim("scenarios/evolution.ron", "--out", folder, *settings)
    return folder


@pytest.fixture(scope="session")
def evolving(tmp_path_factory):
    """Forty ticks of strategies that mutate."""
    folder = tmp_path_factory.mktemp("traits") / "evolving"
    return run(folder, "ticks=40", "evolution.mutation=(strategy: (rate: 0.3, deviation: 0.2))")


@pytest.fixture(scope="session")
def short(tmp_path_factory):
    """A run without a generation: its one row of types is what it leaves behind."""
    return run(tmp_path_factory.mktemp("traits") / "short", "ticks=1", "evolution.every=5")


@pytest.fixture(scope="session")
def long(tmp_path_factory):
    """More generations than a strip has columns."""
    folder = tmp_path_factory.mktemp("traits") / "long"
    mutation = "evolution.mutation=(strategy: (rate: 0.3, deviation: 0.2))"
    return run(folder, "ticks=2500", "evolution.every=1", "evolution.genealogy=false", "output.every=100", "rounds=Fixed(1)", mutation)


def histogram(table, column):
    """Shares by tick and bin, and the mean of those that have the trait, by tick."""
    shares, sums = {}, {}
    for row in table:
        if row[column] == "":
            continue
        tick, value, share = int(row["tick"]), float(row[column]), float(row["frequency"])
        key = (tick, min(BINS - 1, int(value * BINS)))
        shares[key] = shares.get(key, 0) + share
        old = sums.get(tick, (0, 0))
        sums[tick] = (old[0] + value * share, old[1] + share)
    return shares, {tick: sum / weight for tick, (sum, weight) in sums.items()}


def test_hovering_tells_the_share_and_the_mean_of_the_table(opened, evolving):
    page = opened(evolving)
    figures = page.locator("#traits figure.chart")
    expect(figures).to_have_count(5)
    assert [figure.get_attribute("data-name") for figure in figures.all()] == PROBABILITIES
    table = rows(evolving, "types.csv")
    ticks = sorted({int(row["tick"]) for row in table})
    for name in ["p_c_cc", "p_c_dd"]:
        shares, means = histogram(table, name)
        figure = page.locator(f"#traits figure[data-name={name}]")
        figure.scroll_into_view_if_needed()
        plot = figure.locator(".plot")
        box = plot.locator("svg").first.bounding_box()
        scale = box["width"] / 460
        for place in [0, len(ticks) // 2, len(ticks) - 1]:
            for part in [0, 9, 19]:
                x = 44 + (place + 0.5) * (460 - 52) / len(ticks)
                y = 8 + (1 - (part + 0.5) / BINS) * (200 - 30)
                plot.hover(position={"x": x * scale, "y": y * scale})
                tip = figure.locator(".tip")
                assert tip.locator("b").inner_text() == f"tick {ticks[place]}"
                low, high, share = re.fullmatch(r"(\S+) to (\S+): (\S+) % of all agents", tip.locator("div").nth(0).inner_text()).groups()
                assert close(low, part / BINS) and close(high, (part + 1) / BINS)
                assert close(share, 100 * shares.get((ticks[place], part), 0)), (name, ticks[place], part)
                assert close(tip.locator("div").nth(1).inner_text().removeprefix("mean "), means[ticks[place]])
                assert figure.locator("rect.cell").count() == 1
        page.mouse.move(0, 0)
        expect(figure.locator(".tip")).to_be_hidden()
        expect(figure.locator("path.mean")).to_have_count(1)


def test_keys_move_the_cell_and_the_table_has_all_numbers(opened, evolving):
    page = opened(evolving)
    figure = page.locator("#traits figure[data-name=p_c_cc]")
    plot = figure.locator(".plot")
    table = rows(evolving, "types.csv")
    ticks = sorted({int(row["tick"]) for row in table})
    shares, means = histogram(table, "p_c_cc")
    plot.focus()
    assert plot.get_attribute("aria-valuetext").startswith(f"tick {ticks[0]}: 0.95 to 1: ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert plot.get_attribute("aria-valuetext").startswith(f"tick {ticks[1]}: 0.9 to 0.95: ")
    assert plot.get_attribute("aria-valuenow") == str(ticks[1])
    figure.locator("summary").click()
    lines = figure.locator("tbody tr")
    expect(lines).to_have_count(len(ticks))
    for tick, line in zip(ticks, lines.all()):
        cells = [line.locator("th").inner_text(), *line.locator("td").all_inner_texts()]
        assert int(cells[0]) == tick and close(cells[1], means[tick])
        assert all(close(cell, shares.get((tick, part), 0)) for part, cell in enumerate(cells[2:])), tick
        assert len(cells) == 2 + BINS


def test_shades_are_darker_where_more_agents_are(opened, evolving):
    for scheme in ["light", "dark"]:
        page = opened(evolving, scheme=scheme)
        shades = page.locator("#traits figure[data-name=p_c_cc] path.shade")
        opacities = [float(shade.get_attribute("fill-opacity")) for shade in shades.all()]
        assert len(opacities) > 2 and opacities == sorted(opacities) and 0 < opacities[0] and opacities[-1] <= 1
        fill = shades.first.evaluate("shade => getComputedStyle(shade).fill")
        assert fill == {"light": "rgb(0, 114, 178)", "dark": "rgb(86, 180, 233)"}[scheme]


def test_one_row_and_thousands_of_ticks_are_drawn(opened, short, long):
    page = opened(short)
    expect(page.locator("#traits figure.chart")).to_have_count(5)
    # A mean alone is a dot; founders are at the ends of the scale and fill the whole width.
    expect(page.locator("#traits figure[data-name=p_c_cc] circle.mean")).to_have_count(1)
    assert page.locator("#traits figure[data-name=p_c_cc] path.shade").count() >= 1
    page = opened(long)
    plot = page.locator("#traits figure[data-name=p_c_cc] .plot")
    plot.focus()
    first, last = re.match(r"ticks (\d+) to (\d+): ", plot.get_attribute("aria-valuetext")).groups()
    assert int(first) == 0 and int(last) > 0
    assert page.locator("#traits path.shade").count() <= 5 * 12
    size = page.evaluate("document.getElementById('data').textContent.length")
    assert size < 2_500_000, size


def test_a_phone_and_a_reader_without_sight_are_served(opened, evolving):
    page = opened(evolving, width=420)
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    for scheme in ["light", "dark"]:
        page = opened(evolving, scheme=scheme)
        results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        assert results.violations_count == 0, results.generate_report()
