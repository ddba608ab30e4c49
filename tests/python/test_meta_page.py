"""The page of an empirical game in a browser: what is shown and moved is held against its tables."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from pages import close, rows, sim

PAGE = "meta.html"


@pytest.fixture(scope="session")
def game(tmp_path_factory):
    """Three learners under three seeds, and two strategies."""
    folder = tmp_path_factory.mktemp("meta")
    sim("sweep", "scenarios/quick_look.ron", "--ticks", "6", "--seeds", "1..3", "--out", folder / "runs")
    sim("meta", folder / "runs", "--strategy", "AlwaysDefect", "--draws", "200", "--out", folder / "game")
    return folder / "game"


@pytest.fixture(scope="session")
def three(tmp_path_factory):
    """Three strategies, whose mixtures fill a triangle."""
    folder = tmp_path_factory.mktemp("three") / "game"
    names = ["AlwaysCooperate", "AlwaysDefect", "TitForTat"]
    sim("meta", *[part for name in names for part in ("--strategy", name)], "--out", folder)
    return folder


@pytest.fixture(scope="session")
def mutated(tmp_path_factory, game):
    """The learners again, with mutants that are not rare, selected by what they are rewarded for."""
    folder = tmp_path_factory.mktemp("mutated") / "game"
    more = ["--mutation", "0.01", "--fitness", "reward", "--sizes", "5,10", "--population", "10", "--draws", "50"]
    sim("meta", game.parent / "runs", *more, "--out", folder)
    return folder


@pytest.fixture(scope="session")
def groups(tmp_path_factory):
    """The three actions of a game of four."""
    folder = tmp_path_factory.mktemp("groups") / "game"
    game = "game=OptionalPublicGoods(players: 4, multiplier: 2.5, loner: 1.4)"
    sim("meta", "--actions", "--set", game, "--sizes", "5,10", "--population", "10", "--out", folder)
    return folder


def test_heat_maps_have_the_numbers_of_the_table(opened, game):
    page = opened(game, file=PAGE)
    types = [row["type"] for row in rows(game, "players.csv")]
    names = list(dict.fromkeys(types))
    tables = page.locator("#matrices table")
    # The payoff, the reward, cooperation and two regrets of all types, and the three terms that one type each has.
    expect(tables).to_have_count(8)
    for table, measure in zip(tables.all(), ["payoff", "cooperation", "regret_deontological", "regret_utilitarian"]):
        wanted = {(row["type"], row["opponent"]): row for row in rows(game, "measures.csv") if row["measure"] == measure}
        for name, line in zip(names, table.locator("tbody tr").all()):
            for other, cell in zip(names, line.locator("td").all()):
                row = wanted[name, other]
                assert float(cell.inner_text().replace("−", "-")) == pytest.approx(float(row["value"]), abs=0.0051)
                assert "to" in cell.get_attribute("title")


def test_sliders_move_to_other_rows_of_the_table(opened, game):
    page = opened(game, file=PAGE)
    strengths = sorted({float(row["strength"]) for row in rows(game, "long_run.csv")})
    sizes = sorted({int(row["population"]) for row in rows(game, "long_run.csv")})

    def shown():
        bars = page.locator("#invasion .bar")
        return {bar.locator(".name").inner_text(): bar.locator(".value").inner_text().split(" (")[0] for bar in bars.all()}

    for strength, size in [(strengths.index(0.1), sizes.index(50)), (len(strengths) - 1, 0), (0, len(sizes) - 1)]:
        page.locator("#meta-strength").fill(str(strength))
        page.locator("#meta-size").fill(str(size))
        expect(page.locator("#invasion output").last).to_have_text(f" N = {sizes[size]}")
        found = shown()
        for row in rows(game, "long_run.csv"):
            if (float(row["strength"]), int(row["population"])) == (strengths[strength], sizes[size]):
                assert close(found[row["type"]].replace("e−", "e-"), float(row["share"])), row
    # An arrow for every resident that a mutant replaces more often than a neutral one would.
    chosen = [row for row in rows(game, "fixation.csv") if float(row["strength"]) == strengths[0] and int(row["population"]) == sizes[-1]]
    more = [row for row in chosen if float(row["probability"]) * sizes[-1] > 1.0001]
    expect(page.locator("#invasion line.arrow")).to_have_count(len(more))


def test_three_types_fill_a_triangle_and_a_legend_hides_one(opened, three):
    page = opened(three, file=PAGE)
    section = page.locator("#replicator")
    expect(section.locator("path.flow")).to_have_count(28)
    expect(section.locator("circle.rest")).to_have_count(len({row["point"] for row in rows(three, "rest_points.csv")}))
    lines = section.locator("path.mean")
    expect(lines).to_have_count(3)
    section.locator(".legend .key", has_text="tit_for_tat").click()
    expect(lines).to_have_count(2)


def test_mutants_that_are_not_rare_are_shown_beside_rare_ones(opened, mutated):
    page = opened(mutated, file=PAGE)
    chains = [row for row in rows(mutated, "full_chain.csv") if row["measure"] == "share"]
    strength, size = max(chains, key=lambda row: (float(row["strength"]), int(row["population"])))["strength"], 10
    strengths = sorted({float(row["strength"]) for row in chains})
    page.locator("#meta-strength").fill(str(strengths.index(float(strength))))
    page.locator("#meta-size").fill("1")
    section = page.locator("#invasion")
    expect(section.locator("h4", has_text="Mean share with mutation μ = 0.01")).to_be_visible()
    bars = section.locator(".bars").last.locator(".bar")
    found = {bar.locator(".name").inner_text(): bar.locator(".value").inner_text().split(" (")[0] for bar in bars.all()}
    wanted = {row["type"]: float(row["value"]) for row in chains if (row["strength"], row["population"]) == (strength, str(size))}
    assert found.keys() == wanted.keys()
    for name, share in wanted.items():
        assert close(found[name].replace("e−", "e-"), share), name
    replicator = page.locator("#replicator")
    expect(replicator.locator(".note").first).to_contain_text("Shares grow by reward less the mean reward.")
    # Fines make rewards negative, which that equation does not take.
    expect(page.locator("#origin")).to_contain_text("the replicator–mutator equation is left out")
    expect(page.locator("#verdicts th", has_text="by reward")).to_have_count(1)


def test_groups_have_a_table_of_what_each_type_gets_beside_which_others(opened, groups):
    page = opened(groups, file=PAGE)
    assert page.locator("#matrices").count() == 0
    table = page.locator("#groups table").first
    names = ["contribute", "keep", "abstain"]
    wanted = {}
    for row in rows(groups, "groups.csv"):
        if row["measure"] == "payoff":
            wanted[tuple(int(row[f"others_{name}"]) for name in names), row["type"]] = float(row["value"])
    lines = table.locator("tbody tr").all()
    assert len(lines) == 10
    for line in lines:
        cells = [cell.inner_text().replace("−", "-") for cell in line.locator("th, td").all()]
        counts = tuple(int(cell) for cell in cells[:3])
        for name, cell in zip(names, cells[3:]):
            assert close(cell, wanted[counts, name]), (counts, name)
    assert "null" not in page.locator("#verdicts").inner_text()
    expect(page.locator("#replicator path.mean")).to_have_count(3)


def test_a_phone_and_a_reader_without_sight_are_served(opened, game, three, mutated, groups):
    for folder in [game, three, mutated, groups]:
        page = opened(folder, width=420, file=PAGE)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 420
        for scheme in ["light", "dark"]:
            page = opened(folder, scheme=scheme, file=PAGE)
            results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
            assert results.violations_count == 0, results.generate_report()
