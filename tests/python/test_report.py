"""`report.html` in a browser: what people click, hover and read is held against the tables of the run.

Needs Playwright for Python, axe-playwright-python and Debian's chromium. SIM names the program, or it is taken from
target/release."""

import csv
import json
import re
import shutil
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages import close, rows, sim, write
from playwright.sync_api import expect

HOSTILE = "</script><b>x&amp;\u2028<!--"


@pytest.fixture(scope="session")
def learning(tmp_path_factory):
    """A run of three learning populations and a script, with its moves."""
    out = tmp_path_factory.mktemp("runs") / "learning"
    sim("scenarios/quick_look.ron", "--ticks", "6", "--set", "output.moves=true", "--out", out)
    return out


@pytest.fixture(scope="session")
def tournament(tmp_path_factory):
    """A run of one row per agent."""
    out = tmp_path_factory.mktemp("runs") / "tournament"
    sim("scenarios/scripted_tournament.ron", "--set", "rounds=Fixed(20)", "--out", out)
    return out


def chart(page, name):
    figure = page.locator(f"figure[data-name='{name}']").first
    figure.scroll_into_view_if_needed()
    expect(figure.locator("svg .grid").first).to_be_attached()
    return figure


def means(folder, column):
    """Means over the members, by (population, tick)."""
    values = {}
    for row in rows(folder, "strategy_evolution.csv"):
        if row[column] != "":
            values.setdefault((row["population"], int(row["tick"])), []).append(float(row[column]))
    return {key: sum(all) / len(all) for key, all in values.items()}


def test_hovering_tells_the_numbers_of_the_table(opened, learning):
    page = opened(learning)
    figure = chart(page, "cooperation_rate")
    plot = figure.locator(".plot")
    box = plot.bounding_box()
    wanted = means(learning, "cooperation_rate")
    # The plot runs from tick 0, 50 pixels from its left, to tick 5, 12 pixels from its right.
    for tick in range(6):
        plot.hover(position={"x": 50 + (box["width"] - 62) * tick / 5, "y": 100})
        tip = figure.locator(".tip")
        assert tip.locator("b").first.inner_text() == f"tick {tick}"
        told = {row.locator("td").nth(1).inner_text(): row.locator("td").nth(2).inner_text() for row in tip.locator("tr").all()}
        assert set(told) == {"selfish", "utilitarian", "deontological", "tit_for_tat"}
        for name, value in told.items():
            assert close(value, wanted[name, tick]), (name, tick, value)
    assert figure.locator("circle.dot").count() == 4
    page.mouse.move(0, 0)
    expect(figure.locator(".tip")).to_be_hidden()


def test_every_measure_of_the_tables_is_on_the_page(opened, learning):
    page = opened(learning)
    data = json.loads(page.locator("#data").text_content())
    curves = next(section for section in data["sections"] if section["name"] == "curves")["data"]
    text = page.locator("main").inner_text()
    columns = set(rows(learning, "strategy_evolution.csv")[0]) - {"tick", "agent", "population", "policy", "p_c_source", "nearest_strategy"}
    drawn = {column["name"] for column in curves["evolution"]["columns"]}
    assert drawn == columns
    for column in columns:
        if not column.startswith("p_c_"):
            assert page.locator(f"figure[data-name='{column}']").count() or column.replace("_", " ") in text.lower(), column
    assert set(rows(learning, "social_outcomes.csv")[0]) - {"tick"} == {column["name"] for column in curves["society"]["columns"]}
    # All numbers that are drawn, against the table.
    names = [population["name"] for population in data["common"]["populations"]]
    for place, column in enumerate(curves["evolution"]["columns"]):
        wanted = means(learning, column["name"])
        for name, population in zip(names, curves["evolution"]["populations"]):
            values = population["means"][place]
            values = values if isinstance(values, list) else [values] * 6
            for tick, value in enumerate(values):
                assert value == (pytest.approx(wanted[name, tick], rel=1e-4, abs=1e-6) if (name, tick) in wanted else None)


def test_a_legend_hides_a_population_everywhere_and_a_reload_keeps_it(opened, learning):
    page = opened(learning)
    chart(page, "cooperation_rate")
    line = page.locator("figure[data-name=cooperation_rate] g.curve[data-key=p0] path.mean")
    assert line.count() == 1
    button = page.locator("#curves .legend .key", has_text="selfish").first
    button.click()
    expect(line).to_have_count(0)
    assert button.get_attribute("aria-pressed") == "false"
    page.reload()
    chart(page, "cooperation_rate")
    expect(line).to_have_count(0)
    page.locator("#curves .legend .key", has_text="selfish").first.click()
    expect(line).to_have_count(1)
    assert page.locator("figure[data-name=cooperation_rate] path.member").count() > 0
    page.locator("#show-members").uncheck()
    expect(page.locator("figure[data-name=cooperation_rate] path.member")).to_have_count(0)


def test_dragging_zooms_all_charts_and_the_button_zooms_out(opened, learning):
    page = opened(learning)
    figure = chart(page, "cooperation_rate")
    labels = lambda: [int(text) for text in figure.locator("svg text[text-anchor=middle]").all_text_contents()]
    assert labels() == [0, 2, 4]
    box = figure.locator(".plot").bounding_box()
    at = lambda tick: box["x"] + 50 + (box["width"] - 62) * tick / 5
    page.mouse.move(at(1.8), box["y"] + 100)
    page.mouse.down()
    page.mouse.move(at(3), box["y"] + 100)
    page.mouse.move(at(4.2), box["y"] + 100)
    page.mouse.up()
    expect(page.locator("#reset-zoom")).to_be_enabled()
    assert labels() == [2, 3, 4]
    page.locator("#reset-zoom").click()
    assert labels() == [0, 2, 4]
    page.locator("#show-log").check()
    values = figure.locator(".plot > svg text[text-anchor=end]").all_text_contents()
    numbers = [float(value) for value in values if value != "tick"]
    assert numbers and all(number > 0 for number in numbers), values
    page.locator("#show-log").uncheck()
    assert "0" in figure.locator(".plot > svg text[text-anchor=end]").all_text_contents()


def test_keys_move_the_crosshair_and_say_what_is_there(opened, learning):
    page = opened(learning)
    plot = chart(page, "payoff_mean").locator(".plot")
    plot.focus()
    plot.press("ArrowRight")
    plot.press("ArrowRight")
    assert plot.get_attribute("aria-valuenow") == "1"
    value = means(learning, "payoff_mean")["tit_for_tat", 1]
    told = plot.get_attribute("aria-valuetext").split("tit_for_tat ")[1].split(",")[0]
    assert close(told, value)
    plot.press("End")
    assert plot.get_attribute("aria-valuenow") == "5"
    outline = plot.evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline != "none", "focus can be seen"
    # Every control can be reached by the tab key.
    page.reload()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className || document.activeElement.tagName"))
    assert {"scheme", "show-members", "show-log", "smooth", "key", "plot"} <= reached, reached


def test_colours_follow_the_system_and_a_switch(opened, learning):
    page = opened(learning, scheme="dark")
    background = lambda: page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background() == "rgb(20, 24, 29)"
    page.locator("#scheme").click()
    assert background() == "rgb(255, 255, 255)"
    page.locator("#scheme").click()
    assert background() == "rgb(20, 24, 29)"


def test_colours_stand_out_from_both_backgrounds(opened, learning):
    def light(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for scheme in ["light", "dark"]:
        page = opened(learning, scheme=scheme)
        painted = "name => (document.body.style.color = `var(--${name})`, getComputedStyle(document.body).color)"
        page_light = light(page.evaluate(painted, "page"))
        for index in range(8):
            own = light(page.evaluate(painted, f"c{index}"))
            contrast = (max(own, page_light) + 0.05) / (min(own, page_light) + 0.05)
            assert contrast >= 3, (scheme, index, contrast)


def test_a_table_sorts_and_has_the_numbers_of_the_last_tick(opened, learning):
    page = opened(learning)
    table = page.locator("#agents table")
    table.scroll_into_view_if_needed()
    head = lambda text: table.locator("thead button", has_text=text).first
    wanted = [row for row in rows(learning, "strategy_evolution.csv") if row["tick"] == "5"]
    assert table.locator("tbody tr").count() == len(wanted)
    heads = [cell.inner_text().strip() for cell in table.locator("thead th").all()]
    head("Payoff mean").click()
    column = heads.index("Payoff mean")
    shown = [row.locator("th, td").nth(column).inner_text() for row in table.locator("tbody tr").all()]
    for text, value in zip(shown, sorted((float(row["payoff_mean"]) for row in wanted), reverse=True)):
        assert close(text, value)
    assert table.locator("th[aria-sort=descending]").count() == 1
    head("Payoff mean").click()
    assert table.locator("th[aria-sort=ascending]").count() == 1
    with page.expect_download() as taken:
        page.locator("#agents button", has_text="Download as CSV").click()
    saved = list(csv.DictReader(open(taken.value.path(), newline="")))
    assert [row["agent"] for row in saved] == [row["agent"] for row in wanted]


def test_each_chart_has_its_numbers_as_a_table(opened, learning):
    page = opened(learning)
    figure = chart(page, "regret_utilitarian")
    figure.locator("summary").click()
    # The table is made when it is first shown, a moment after the click.
    expect(figure.locator("tbody tr")).to_have_count(6)
    cells = figure.locator("tbody tr").nth(3).locator("th, td").all_inner_texts()
    heads = [text.strip() for text in figure.locator("thead th").all_inner_texts()]
    assert cells[0] == "3" and figure.locator("caption").count() == 1
    assert close(cells[heads.index("selfish")], means(learning, "regret_utilitarian")["selfish", 3])
    member = next(row for row in rows(learning, "strategy_evolution.csv") if row["tick"] == "3" and row["agent"] == "selfish_1")
    assert close(cells[heads.index("selfish_1")], float(member["regret_utilitarian"]))


def test_strategies_end_where_the_policies_do(opened, learning):
    page = opened(learning)
    space = page.locator("#strategies")
    space.scroll_into_view_if_needed()
    row = space.locator("tbody tr", has_text="utilitarian").first.locator("th, td").all_inner_texts()
    for text, column in zip(row[1:5], ["p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"]):
        assert close(text, means(learning, column)["utilitarian", 5])
    assert space.locator(".landmarks").first.inner_text().count("tit for tat") == 1
    expect(space.locator("g.curve"), "three learners in two planes").to_have_count(6)


def test_who_plays_whom_adds_up(opened, tournament):
    page = opened(tournament)
    ranking = page.locator("#meetings .data table")
    ranking.scroll_into_view_if_needed()
    won, played = {}, {}
    for row in rows(tournament, "pairs.csv"):
        n = int(row["rounds"])
        for name, payoff in [(row["population"], row["payoff"]), (row["opponents"], row["payoff_opponents"])]:
            won[name] = won.get(name, 0) + n * float(payoff)
            played[name] = played.get(name, 0) + n
    order = sorted(won, key=lambda name: -won[name] / played[name])
    shown = [row.locator("th, td").all_inner_texts() for row in ranking.locator("tbody tr").all()]
    assert [cells[0] for cells in shown] == order
    for cells in shown:
        assert close(cells[1], won[cells[0]] / played[cells[0]])
    pair = next(row for row in rows(tournament, "pairs.csv") if {row["population"], row["opponents"]} == {"always_defect", "grim"})
    own = float(pair["cc"]) + float(pair["cd" if pair["population"] == "grim" else "dc"])
    cell = page.locator("#meetings td[title^='grim against always_defect']").first.inner_text()
    assert float(cell) == pytest.approx(own, abs=0.006)
    # What the moves say of the same matches.
    moves = [row for row in rows(tournament, "moves.csv") if row["agent"] == "grim_0" and row["opponent"] == "always_defect_0"]
    assert sum(row["action"] == "cooperate" for row in moves) / len(moves) == pytest.approx(own, abs=1e-6)


def test_a_run_of_one_row_has_bars(opened, tournament):
    page = opened(tournament)
    bars = page.locator("figure[data-name=payoff_mean] .bar")
    assert bars.count() == 12 and page.locator("svg path.mean").count() == 0
    wanted = means(tournament, "payoff_mean")
    for bar in bars.all():
        assert close(bar.locator(".value").inner_text(), wanted[bar.locator(".name").inner_text(), 0])
    assert page.locator("#show-log").count() == 0, "nothing to zoom or smooth"


def test_matches_are_found_and_have_addresses(opened, learning):
    page = opened(learning)
    section = page.locator("#transcripts")
    section.locator("#t-agent").select_option("tit_for_tat_0")
    section.locator("#t-tick").select_option("2")
    items = section.locator(".matches li")
    assert items.count() == 4, "one against each of the others"
    items.first.locator("a").click()
    address = page.url.split("#")[1]
    _, tick, number = address.split("-")
    cells = [row.locator("th, td").all_inner_texts() for row in section.locator(".match tbody tr").all()]
    heads = [text.strip() for text in section.locator(".match thead th").all_inner_texts()]
    wanted = [row for row in rows(learning, "moves.csv") if (row["tick"], row["match"]) == (tick, number)]
    assert len(cells) == 5 and len(wanted) == 10
    for row in wanted:
        assert cells[int(row["round"])][heads.index(f"{row['agent']}: action")] == row["action"]
    page = opened(learning, address="#" + address)
    expect(page.locator(".match caption")).to_contain_text(f"Tick {tick}, match {number}")
    page.locator("#t-text").fill("no such word")
    expect(page.locator("#transcripts [role=status]")).to_have_text("0 matches")


def test_a_phone_never_scrolls_sideways(opened, learning, tournament):
    for folder in [learning, tournament]:
        page = opened(folder, width=420)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_nothing_that_a_name_or_message_says_becomes_part_of_the_page(opened, tmp_path):
    heads = ["tick", "agent", "population", "policy", "cooperation_rate", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd", "payoff_mean"]
    lines = [[tick, HOSTILE + str(i), HOSTILE, "llm", 0.5, tick / 9, 0.1, 0.2, 0.3, tick] for tick in range(3) for i in range(2)]
    write(tmp_path, "strategy_evolution.csv", heads, lines)
    write(tmp_path, "social_outcomes.csv", ["tick", "cooperation_rate"], [[tick, 0.5] for tick in range(3)])
    talk = [[tick, 0, 0, seat, HOSTILE + str(seat), HOSTILE] for tick in range(3) for seat in range(2)]
    write(tmp_path, "messages.csv", ["tick", "match", "round", "seat", "agent", "text"], talk)
    prompts = [{"agents": [HOSTILE], "prompts": [{"history": "start", "seat": 0, "text": HOSTILE, "answers": []}]}]
    (tmp_path / "prompts.json").write_text(json.dumps(prompts))
    (tmp_path / "manifest.json").write_text(json.dumps({"scenario": HOSTILE, "status": "done", "seed": 1}))
    sim("report", tmp_path)
    page = opened(tmp_path)
    for details in page.locator("details").all():
        details.locator("summary").first.click()
        expect(details.locator(":scope > *").nth(1)).to_be_attached()
    # Headings of charts and the like hold no elements that a name has made.
    assert page.locator("b", has_text="x&").count() == 0
    assert page.locator("script").count() == 2
    assert page.locator("#about dd").first.inner_text().startswith("</script><b>x&amp;")
    assert page.locator("#transcripts .match td.text").first.inner_text().startswith("</script><b>x&amp;")


def test_large_runs_draw_and_stay_small(opened, tmp_path):
    heads = ["tick", "agent", "population", "policy", "cooperation_rate", "payoff_mean", "p_c_cc"]
    many, long = tmp_path / "many", tmp_path / "long"
    for folder, ticks, agents in [(many, 4, 4000), (long, 100_000, 1)]:
        folder.mkdir()
        lines = ([t, f"a_{i}", f"p{i % 50}", "grim", (i + t) % 7 / 7, t % 1000 / 1000, ""] for t in range(ticks) for i in range(agents))
        write(folder, "strategy_evolution.csv", heads, lines)
        write(folder, "social_outcomes.csv", ["tick", "gini"], ([t, t % 10 / 10] for t in range(ticks)))
        sim("report", folder)
        assert (folder / "report.html").stat().st_size < 5_000_000
    page = opened(many)
    assert page.locator("#curves .legend .key").count() == 50
    assert chart(page, "cooperation_rate").locator("g.curve path.mean").count() == 50
    assert "of 4,000 agents" in page.locator("#agents").inner_text()
    page = opened(long)
    assert "mean of 200 recorded ticks" in page.locator("#curves").inner_text()
    plot = chart(page, "payoff_mean").locator(".plot")
    plot.focus()
    plot.press("Home")
    assert "ticks 0 to 199 (means)" in plot.get_attribute("aria-valuetext")
    assert close(plot.get_attribute("aria-valuetext").split("p0 ")[1], sum(range(200)) / 200 / 1000)


def test_a_run_in_progress_loads_itself_again(browser, learning, tmp_path):
    folder = tmp_path / "going_on"
    shutil.copytree(learning, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["status"] = "running"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    sim("report", folder)
    page = browser.new_page()
    page.clock.install()
    page.goto(f"file://{folder}/report.html")
    expect(page.locator(".live")).to_contain_text("In progress")
    page.evaluate("window.isOld = true")
    page.clock.run_for(11_000)
    page.wait_for_function("!window.isOld")
    page.locator("#reload").uncheck()
    page.evaluate("window.isOld = true")
    page.clock.run_for(31_000)
    assert page.evaluate("window.isOld")
    page.close()


def test_a_page_that_is_read_is_not_loaded_again(browser, learning, tmp_path):
    folder = tmp_path / "going_on"
    shutil.copytree(learning, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["status"] = "running"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    sim("report", folder)
    page = browser.new_page()
    page.clock.install()
    page.goto(f"file://{folder}/report.html")
    details = page.locator("#about details").first
    details.locator("summary").click()
    expect(details.locator("pre")).to_be_visible()
    page.evaluate("window.isOld = true")
    page.clock.run_for(31_000)
    assert page.evaluate("window.isOld"), "what is open stays open"
    details.locator("summary").click()
    expect(details.locator("pre")).to_be_hidden()
    page.mouse.move(0, 0)
    page.clock.run_for(11_000)
    page.wait_for_function("!window.isOld")
    page.close()


def test_any_address_opens_the_page(opened, learning):
    for address in ["#%", "#", "#nowhere", "#agents"]:
        page = opened(learning, address=address)
        expect(page.locator("#agents tbody tr")).not_to_have_count(0)


def test_a_log_axis_has_numbers_however_little_it_spans(opened, tmp_path):
    heads = ["tick", "agent", "population", "policy", "payoff_mean"]
    write(tmp_path, "strategy_evolution.csv", heads, [[tick, "a_0", "a", "llm", 0.62 + tick / 100] for tick in range(15)])
    write(tmp_path, "social_outcomes.csv", ["tick", "gini"], [[tick, 0.5] for tick in range(15)])
    sim("report", tmp_path)
    page = opened(tmp_path)
    figure = chart(page, "payoff_mean")
    page.locator("#show-log").check()
    labels = figure.locator(".plot > svg text[text-anchor=end]:not(:text-is('tick'))")
    expect(labels.first).to_have_text(re.compile(r"^0\.6"))
    assert labels.count() >= 2 and all(0.6 <= float(text) <= 0.78 for text in labels.all_text_contents())


def test_a_match_with_an_empty_action_is_listed(opened, tmp_path):
    write(tmp_path, "strategy_evolution.csv", ["tick", "agent", "population"], [[0, "a_0", "a"], [0, "b_0", "b"]])
    write(tmp_path, "social_outcomes.csv", ["tick", "gini"], [[0, 0.5]])
    heads = ["tick", "match", "round", "seat", "agent", "opponent", "action", "payoff"]
    moves = [[0, 0, 0, 0, "a_0", "b_0", "", 1], [0, 0, 0, 1, "b_0", "a_0", "defect", 2]]
    write(tmp_path, "moves.csv", heads, moves)
    sim("report", tmp_path)
    page = opened(tmp_path)
    expect(page.locator("#transcripts .matches code")).to_have_text("· / D")


def test_what_there_is_no_room_for_is_said(opened, tmp_path):
    added = [f"added_{number}" for number in range(33)]
    write(tmp_path, "strategy_evolution.csv", ["tick", "agent", "population", *added], [[0, "a_0", "a", *[1] * 33]])
    write(tmp_path, "social_outcomes.csv", ["tick", "gini"], [[0, 0.5]])
    heads = ["tick", "selector", "selector_population", "selected", "selected_population", "selections"]
    write(tmp_path, "selections.csv", heads, [[0, f"a_{i}", f"p{i}", "a_0", "p0", 1] for i in range(1, 70)])
    for number in range(45):
        write(tmp_path, f"extra_{number}.csv", ["tick"], [])
    sim("report", tmp_path)
    page = opened(tmp_path)
    expect(page.locator("#curves")).to_contain_text("3 columns of plugins are not drawn: a page holds 30 of a table")
    expect(page.locator("#choices")).to_contain_text("Populations beyond the first 64 are left out here.")
    expect(page.locator("#about .files li").last).to_have_text("and 8 more")


def test_groups_with_different_ticks_keep_their_own_points(opened, tmp_path):
    # The points of `long` are means over three ticks each; `short` has a point for every tick.
    for name, ticks in [("short", 4), ("long", 1200)]:
        for seed in [1, 2]:
            folder = tmp_path / f"{name}-s{seed}"
            folder.mkdir()
            lines = [[tick, "a_0", "a", "llm", tick * seed] for tick in range(ticks)]
            write(folder, "strategy_evolution.csv", ["tick", "agent", "population", "policy", "payoff_mean"], lines)
            write(folder, "social_outcomes.csv", ["tick", "gini"], [[tick, 0.5] for tick in range(ticks)])
            (folder / "manifest.json").write_text(json.dumps({"scenario": name, "status": "done", "seed": seed}))
    sim("report", tmp_path)
    page = opened(tmp_path)
    figure = chart(page, "a:payoff_mean")
    for key in ["g0", "g1"]:
        expect(figure.locator(f"g.curve[data-key={key}] path.mean")).to_have_attribute("d", re.compile("^M[^M]+$"))
        expect(figure.locator(f"g.curve[data-key={key}] path.band")).to_have_attribute("d", re.compile("^M[^M]+$"))
    plot = figure.locator(".plot")
    plot.focus()
    told = []
    for _ in range(5):
        plot.press("ArrowRight")
        text = plot.get_attribute("aria-valuetext")
        told.append([part.split(" (−")[0].split(" (0 ")[0] for part in text.split("; ")])
    assert told == [
        ["tick 0: short 0"],
        ["tick 1: short 1.5"],
        ["ticks 0 to 2 (means): long 1.5", "tick 2: short 3"],
        ["tick 3: short 4.5"],
        ["ticks 3 to 5 (means): long 6"],
    ]
    assert figure.locator(".tip b").all_inner_texts() == ["ticks 3 to 5 (means)"]
    figure.locator("summary").click()
    expect(figure.locator("tbody tr")).to_have_count(404)
    heads = [text.strip() for text in figure.locator("thead th").all_inner_texts()]
    assert heads[:2] == ["from tick", "to tick"]
    cells = [row.locator("th, td").all_inner_texts() for row in figure.locator("tbody tr").all()[:5]]
    shown = [[row[0], row[1], row[heads.index("short")], row[heads.index("long")]] for row in cells]
    assert shown == [["0", "0", "0", ""], ["1", "1", "1.5", ""], ["0", "2", "", "1.5"], ["2", "2", "3", ""], ["3", "3", "4.5", ""]]


def test_axe_finds_no_barrier(opened, learning, tournament):
    for folder in [learning, tournament]:
        for scheme in ["light", "dark"]:
            page = opened(folder, scheme=scheme)
            page.locator("figure summary").first.click()
            expect(page.locator("figure tbody").first).to_be_visible()
            results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
            assert results.violations_count == 0, results.generate_report()


def test_means_over_seeds_have_their_intervals_and_differences(opened, tmp_path):
    for name, more in [("quick_look", []), ("patient", ["--set", 'name="patient"', "--set", "rounds=Fixed(8)"])]:
        sim("scenarios/quick_look.ron", "--ticks", "3", *more, "--seeds", "1..3", "--out", tmp_path)
        assert (tmp_path / f"{name}.html").exists(), "a sweep leaves a page about its seeds"
    sim("report", tmp_path)
    page = opened(tmp_path)
    finals = {}
    for name in ["quick_look", "patient"]:
        finals[name] = [means(tmp_path / f"{name}-s{seed}", "payoff_mean")["selfish", 2] for seed in [1, 2, 3]]

    def interval(values):
        mean = sum(values) / 3
        deviation = (sum((value - mean) ** 2 for value in values) / 2) ** 0.5
        return mean, 4.302653 * deviation / 3**0.5

    def cells(group):
        for row in page.locator("#differences tbody tr").all():
            texts = row.locator("th, td").all_inner_texts()
            if texts[:3] == [group, "selfish", "Payoff mean"]:
                return texts
        raise AssertionError(group)

    def same(text, wanted):
        mean, half = text.replace("*", "").split(" ± ")
        assert close(mean, wanted[0]) and close(half, wanted[1]), (text, wanted)

    for name in finals:
        assert cells(name)[3] == "3"
        same(cells(name)[4], interval(finals[name]))
    other = next(name for name in finals if cells(name)[5] != "")
    base = next(name for name in finals if name != other)
    same(cells(other)[5], interval([a - b for a, b in zip(finals[other], finals[base])]))
    figure = chart(page, "selfish:payoff_mean")
    assert figure.locator("path.band").count() == 2
    plot = figure.locator(".plot")
    plot.focus()
    plot.press("End")
    mean, half = interval(finals["patient"])
    told = plot.get_attribute("aria-valuetext").split("patient ")[1]
    assert close(told.split(" (")[0], mean) and close(told.split(" to ")[1].split(")")[0], mean + half)
    assert Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).violations_count == 0
    page = opened(tmp_path, width=420, file="quick_look.html")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    assert page.locator("#seeds h3").first.inner_text() == "Populations"


def test_a_chart_is_saved_as_a_drawing_of_its_own(opened, learning, tmp_path):
    page = opened(learning)
    figure = chart(page, "cooperation_rate")
    with page.expect_download() as taken:
        figure.locator("button.save").click()
    assert taken.value.suggested_filename == "cooperation_rate.svg"
    saved = tmp_path / "figure.svg"
    taken.value.save_as(saved)
    tree = ElementTree.parse(saved)
    texts = ["".join(node.itertext()) for node in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Cooperation rate", "selfish", "utilitarian", "deontological", "tit_for_tat"} <= set(texts)
    lines = [node for node in tree.iter("{http://www.w3.org/2000/svg}path") if "mean" in node.get("class", "")]
    # Colours are in the file, since there is no style sheet beside it.
    assert len(lines) == 4 and len({node.get("style").split("stroke: ")[1].split(";")[0] for node in lines}) == 4
    before = page.url
    page.goto(f"file://{saved}")
    assert page.url != before and page.locator("svg").bounding_box()["height"] > 300
